"""What the documents show is done: on a clean clone, every command that is marked runnable, in order, and what it prints is as shown.

The clone has the files that git knows, as they stand now, and nothing else. So that the walk takes two minutes and not ten, it is lent what
was compiled (CARGO_TARGET_DIR) and the Python environment (VENV), both of which its own commands would make. Everything else is its own: the
state of the stack, and the "account" that `aws` speaks to, which is its emulator.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from aws_command import aws_command
from binaries import binaries
from fenced import REPOSITORY, Block, blocks
from settings import Settings, free_port, virtual_environment

DOCUMENTS = ("README.md", "events/README.md")
# It would run this test again. Where it is run instead:
NOT_HERE = {"make test": ".ci/run"}
SECONDS = 900
MARK = "====== "
# What is another every time: gaps and rules of tables, anything that was left out, ids, and numbers with a fraction.
VARYING = {
    "gap": (" {2,}|^ +", " *"),
    "rule": ("─+", "─+"),
    "left_out": ("…", ".*"),
    "id": (r"\b[0-9a-f]{16,}\b", "[0-9a-f]{16,}"),
    "suffix": (r"-[0-9a-f]{6}\b", "-[0-9a-f]{6}"),
    "fraction": (r"\d+\.\d+", r"[\d.]+"),
}


@dataclass(frozen=True)
class Step:
    """A block of commands, and what the document shows of their output."""

    document: str
    block: Block
    shown: str = ""

    @property
    def name(self) -> str:
        """Where it stands."""
        return f"{self.document}:{self.block.line}"

    @property
    def commands(self) -> str:
        """What the shell is given; those that stay running, beside the rest (their log is outside the clone, as any file in it makes
        `cargo lambda watch` build again)."""
        lines = [line for line in self.block.text.splitlines() if _plain(line) not in NOT_HERE]
        text = "\n".join(lines)
        if "beside" not in self.block.words:
            return text
        return f"{{\n{text}\n}} > ../beside.log 2>&1 &\nuntil [ -s ../beside.log ]; do sleep 0.1; done"


def _plain(line: str) -> str:
    """A command without its comment."""
    return re.sub(r"\s+# .*", "", line)


def _steps() -> list[Step]:
    found: list[Step] = []
    for document in DOCUMENTS:
        for block in blocks(document):
            if block.language == "sh" and block.is_runnable:
                found.append(Step(document, block))
            elif block.words == ("output",):
                assert found and not found[-1].shown, f"{document}:{block.line} follows no command"
                found[-1] = replace(found[-1], shown=block.text)
    return found


STEPS = _steps()


def _pattern(shown: str) -> re.Pattern[str]:
    """What is shown, with all that varies left open; a line of … stands for any lines."""
    tokens = re.compile("|".join(f"(?P<{name}>{token})" for name, (token, _) in VARYING.items()))
    lines = []
    for line in shown.splitlines():
        if line == "…":
            lines.append(r"(?:.*\n)*?")
            continue
        parts, end = [], 0
        for token in tokens.finditer(line):
            parts += [re.escape(line[end : token.start()]), VARYING[str(token.lastgroup)][1]]
            end = token.end()
        lines.append("".join([*parts, re.escape(line[end:])]) + r" *\n")
    return re.compile("".join(["^", *lines]), re.MULTILINE)


@dataclass(frozen=True)
class Clone:
    """A clean clone, and the terminal that somebody opened in it."""

    folder: Path
    environment: dict[str, str]

    def run(self, script: str, log: Path) -> int:
        """One shell from the first command to the last, as in a terminal; returns its exit code."""
        file = log.with_suffix(".sh")
        file.write_text(script)
        with log.open("w") as output:
            streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
            shell = subprocess.Popen(["bash", str(file)], cwd=self.folder, env=self.environment, start_new_session=True, **streams)
            try:
                return shell.wait(SECONDS)
            except subprocess.TimeoutExpired:
                return -1
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(shell.pid, signal.SIGTERM)  # what runs beside, if it still does
                shell.wait(30)


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """The clone, whose stack is stopped in the end, however far the walk came."""
    folder = tmp_path / "spanlift"
    known = subprocess.run(["git", "-c", f"safe.directory={REPOSITORY}", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True)
    for name in filter(None, known.stdout.decode().split("\0")):
        if (REPOSITORY / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, folder / name, follow_symlinks=False)  # with its time, which cargo goes by
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    kept = {name: os.environ[name] for name in ("CARGO_HOME", "HOME", "LANG", "RUSTUP_HOME", "USER") if name in os.environ}
    kept |= {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "CARGO_NET_", "CARGO_HTTP_", "SSL_"))}
    account = Settings.read({"STATE": str(tmp_path / "account"), "AWS_PORT": str(free_port())})
    own = {"PATH": f"{aws_command(tmp_path / 'bin', account)}:{os.environ['PATH']}", "XDG_STATE_HOME": str(tmp_path / "state")}
    own |= {"AWS_PORT": str(account.ports["aws"])}
    lent = {"CARGO_TARGET_DIR": str(binaries(Settings.read({})).parent), "VENV": str(virtual_environment())}
    clone = Clone(folder, kept | own | lent)
    yield clone
    assert clone.run("make down", tmp_path / "down.log") == 0, (tmp_path / "down.log").read_text()


def test_the_documents_commands_work_word_for_word(clone: Clone, tmp_path: Path) -> None:
    log = tmp_path / "walk.log"
    script = "".join(f"echo '{MARK}{step.name}'\n{step.commands}\n" for step in STEPS)
    code = clone.run(f"set -e\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{script}", log)
    printed = dict(part.split("\n", 1) for part in log.read_text().split(MARK)[1:])
    last = list(printed.items())[-1]
    assert code == 0, f"exit code {code} in {last[0]}\n{last[1]}\n{_beside(clone)}"
    assert list(printed) == [step.name for step in STEPS]
    for step in STEPS:
        assert _pattern(step.shown).search(printed[step.name]), f"{step.name} shows\n{step.shown}\nand this was printed:\n{printed[step.name]}"


def _beside(clone: Clone) -> str:
    log = clone.folder.parent / "beside.log"
    return log.read_text() if log.exists() else ""


def test_every_command_is_walked_but_for_the_one_that_runs_this() -> None:
    for document in DOCUMENTS:
        assert [block.line for block in blocks(document) if block.language == "sh" and not block.is_runnable] == []
    lines = {_plain(line) for step in STEPS for line in step.block.text.splitlines()}
    for command, where in NOT_HERE.items():
        assert command in lines
        assert command in (REPOSITORY / where).read_text().splitlines()


def test_what_is_shown_is_compared() -> None:
    """Times and ids may be others; words and counts may not."""
    shown = "arize  one call  imported  12  3.02\n…\nimport 6ebe0a5ad0c38e8e71960a6abfc5a621: 4 spans\n"
    printed = "before\narize    one call  imported  12  13.5\nbetween\nimport 7ebe0a5ad0c38e8e71960a6abfc5a621: 4 spans\n"
    assert _pattern(shown).search(printed)
    for one, other in (("imported", "failed"), ("12", "13"), ("4 spans", "5 spans"), ("one call", "two calls")):
        assert not _pattern(shown).search(printed.replace(one, other))
