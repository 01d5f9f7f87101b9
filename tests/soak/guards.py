#!/usr/bin/env python3
"""Guards switched off in turn: the fault schedules have to notice each of them.

    guards.py [names of guards]

Works on a copy of the tree. For each guard one small patch is applied, `soak` is built and runs at most 500 schedules a provider; it has to
fail. The conditions of the ledger are switched off in the fake, since DynamoDB's own are not run here: that the fake's conditions are the
real ones is for the adapters' own tests to show. A patch that does not fit the code any more is an error. The last line is
`guards: ok guards=N`, or says which were not found.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CARGO = os.environ.get("CARGO") or "cargo"
SCHEDULES = 500


@dataclass(frozen=True)
class Guard:
    """What is switched off, and how."""

    name: str
    file: str
    guarded: str
    unguarded: str


GUARDS = [
    Guard("lease", "tests/fakes/src/ledger.rs", "Some((_, until)) if *until > now => return", "Some((_, until)) if *until > now && claim.owner.is_empty() => return"),
    Guard(
        "fencing",
        "tests/fakes/src/ledger.rs",
        "if item.lease.as_ref().is_none_or(|(owner, _)| owner != claim.owner) {",
        "if item.lease.as_ref().is_none_or(|(owner, _)| owner != claim.owner) && claim.owner.is_empty() {",
    ),
    Guard(
        "look-up",
        "shared/importer/src/pass.rs",
        "            Ok(state) => Ok(state),\n",
        "            Ok(_) => Ok(StoreState::default()),\n",
    ),
    Guard(
        "token",
        "shared/trace-store/src/token.rs",
        "    let mut encoded = Vec::new();\n",
        "    static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);\n"
        "    digest.add(&COUNT.fetch_add(1, std::sync::atomic::Ordering::SeqCst).to_be_bytes());\n"
        "    let mut encoded = Vec::new();\n",
    ),
    Guard(
        "partial trace",
        "shared/model/src/correlation/trace.rs",
        "_ if is_partial => Ownership::Left(Cause::PartialTrace),",
        "_ if is_partial && self.nodes.is_empty() => Ownership::Left(Cause::PartialTrace),",
    ),
    Guard(
        "tries",
        "shared/importer/src/import.rs",
        "let was_killed = record.tries > self.most_claims(&record);",
        "let record = Record { tries: 1, ..record };\n        let was_killed = record.tries > self.most_claims(&record);",
    ),
    Guard(
        "repair",
        "shared/importer/src/import.rs",
        "Ok(Claimed::Done(record)) => return self.repair(job, &record, delivery).await,",
        "Ok(Claimed::Done(_)) => return Report::without_pass(Disposition::Acknowledge, String::new()),",
    ),
    Guard(
        "paging guard",
        "shared/platform-client/src/paging.rs",
        'if !self.seen.insert(cursor.to_owned()) {\n            return Err(malformed("the platform\'s cursor leads back to a page that was read already"));\n        }\n'
        "        Ok(if has_news { NextPage::Cursor(cursor) } else { NextPage::Stalled })",
        "self.seen.insert(cursor.to_owned());\n        Ok(if has_news || !cursor.is_empty() { NextPage::Cursor(cursor) } else { NextPage::Stalled })",
    ),
    Guard(
        "group hold-back",
        "shared/importer/src/normalize.rs",
        "unit.may_be_call && !is_begun && !is_whole && !self.is_last_pass {",
        "unit.may_be_call && !is_begun && !is_whole && !self.is_last_pass && sent.is_empty() {",
    ),
]


def main(names: list[str]) -> int:
    """Switches each guard off in turn; 0 if each is found."""
    unknown = set(names) - {guard.name for guard in GUARDS}
    if unknown:
        print(f"no such guard: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    guards = [guard for guard in GUARDS if not names or guard.name in names]
    missed = []
    print("| guard | found by | first seed | sign |\n|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="spanlift-guards-") as folder:
        tree = Path(folder) / "tree"
        _copy(tree)
        unpatched = _run(tree)
        if unpatched.returncode:
            print(f"guards: FAILED with every guard on: {unpatched.stdout.strip()}\n{unpatched.stderr[-2000:]}")
            return 1
        print(f"| none | nothing, as it must be | | {unpatched.stdout.strip().splitlines()[-1]} |", flush=True)
        for guard in guards:
            row = _switched_off(tree, guard)
            if row is None:
                missed.append(guard.name)
                row = f"| {guard.name} | **nothing** | | {SCHEDULES} schedules a provider |"
            print(row, flush=True)
    if missed:
        print(f"guards: FAILED not found: {', '.join(missed)}")
        return 1
    print(f"guards: ok guards={len(guards)}")
    return 0


def _copy(tree: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=REPOSITORY, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        source = REPOSITORY / name
        if source.is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            # With a time of its own: by an old one cargo would take what it built of another patch for what this is.
            shutil.copyfile(source, tree / name)
            shutil.copymode(source, tree / name)


def _switched_off(tree: Path, guard: Guard) -> str | None:
    """The table's row, or None where nothing was found."""
    file = tree / guard.file
    text = file.read_text()
    if text.count(guard.guarded) != 1:
        raise SystemExit(f"guards: the patch of `{guard.name}` fits {guard.file} {text.count(guard.guarded)} times")
    file.write_text(text.replace(guard.guarded, guard.unguarded))
    try:
        done = _run(tree)
    finally:
        file.write_text(text)
    found = re.search(r"^(\w+) (\d+) \(.*?\): (.*)$", done.stderr, re.MULTILINE)
    if done.returncode == 0 or not found:
        return None
    provider, seed, sign = found.groups()
    return f"| {guard.name} | {provider} | {seed} | {sign} |"


def _run(tree: Path) -> subprocess.CompletedProcess[str]:
    # A folder of its own, so that nobody else ever runs what was built of a patched tree.
    target = Path(os.environ.get("CARGO_TARGET_DIR") or REPOSITORY / "target") / "guards"
    environment = os.environ | {"CARGO_TARGET_DIR": str(target)}
    built = subprocess.run([CARGO, "build", "--quiet", "-p", "soak", "--bin", "soak", "-j2"], cwd=tree, env=environment, capture_output=True, text=True, check=False)
    if built.returncode:
        raise SystemExit(f"guards: the patched tree does not build\n{built.stderr[-3000:]}")
    return subprocess.run([str(target / "debug" / "soak"), "--schedules", str(SCHEDULES), "--stop"], capture_output=True, text=True, check=False)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
