"""Every citation of a document leads somewhere: `docs/….md#heading` in any tracked text file, and each link of a document."""

from __future__ import annotations

import functools
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
# In code and prose, from the root of the repository.
CITATION = re.compile(r"\b(docs/[\w./-]+\.md)(#[\w-]+)?")
# In documents, from the document's own folder.
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(#[^)\s]+)?\)")
HEADING = re.compile(r"^#+ +(.+?) *#*$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
# Documents that are not in the repository were cited so; and the folder beside it was named. A path of a manifest is one of the repository's own.
DANGLING = re.compile(r"\b(?:design|contracts?)(?: \w+)? ?§|§ ?\d|\bthe seed\b|(?<!path = \")\.\./shared/", re.IGNORECASE)
# What is not ours to write.
FOREIGN = ("Cargo.lock", "LICENSE", "docs/schemas/")


def test_every_citation_leads_somewhere() -> None:
    lost = [
        f"{file}: {target}{heading}"
        for file, text in texts().items()
        for target, heading in CITATION.findall(text)
        if not leads_somewhere(REPOSITORY / target, heading)
    ]
    assert not lost, "\n".join(lost)


def test_every_link_of_a_document_leads_somewhere() -> None:
    lost = [
        f"{file}: {target}{heading}"
        for file, text in texts().items()
        if file.endswith(".md")
        for target, heading in LINK.findall(FENCE.sub("", text))
        if not leads_somewhere((REPOSITORY / file).parent / target if target else REPOSITORY / file, heading)
    ]
    assert not lost, "\n".join(lost)


def test_nothing_cites_what_is_not_here() -> None:
    here = Path(__file__).relative_to(REPOSITORY).as_posix()
    lost = [
        f"{file}:{number}: {line.strip()}"
        for file, text in texts().items()
        if file != here and not file.startswith(".ci/")
        for number, line in enumerate(text.splitlines(), 1)
        if DANGLING.search(line)
    ]
    assert not lost, "\n".join(lost)


def test_the_table_of_steps_names_functions_that_are_there() -> None:
    rows = re.findall(r"^\| [\w-]+ \| ([^|]*`[^|]*) \| ([^|]*`[^|]*) \|$", (REPOSITORY / "docs/ARCHITECTURE.md").read_text(), re.MULTILINE)
    steps = [row for row in rows if ".rs`" in row[1]]
    assert len(steps) >= 14
    for functions, files in steps:
        sources = "".join(path.read_text() for file in re.findall(r"`([^`]+)`", files) for path in sorted(REPOSITORY.glob(file)))
        names = re.findall(r"`(?:\w+::)*(\w+)`", functions)
        # "`A::b`, by `c`": the file has `c`.
        wanted = names[1:] if "`, by `" in functions else names
        missing = [name for name in wanted if not re.search(rf"\b(?:fn|struct) {name}\b", sources)]
        assert wanted and not missing, f"{missing} not in {files}"


@pytest.mark.parametrize(
    ("target", "heading", "is_there"),
    [
        ("README.md", "", True),
        ("docs/ARCHITECTURE.md", "#whose-a-span-is", True),
        ("docs/ARCHITECTURE.md", "#whose-span", False),
        ("docs/CONNECT.md", "#limits-1", True),
        ("docs/CONNECT.md", "#limits-3", False),
        ("docs/" "NOWHERE.md", "", False),
    ],
)
def test_what_is_not_there_is_found_missing(target: str, heading: str, is_there: bool) -> None:
    assert leads_somewhere(REPOSITORY / target, heading) == is_there


def leads_somewhere(target: Path, heading: str) -> bool:
    """Whether the file is there, and has the heading."""
    return target.exists() and (not heading or heading[1:] in anchors(target))


@functools.cache
def anchors(document: Path) -> frozenset[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = HEADING.findall(FENCE.sub("", document.read_text()))
    times: Counter[str] = Counter()
    found = set()
    for heading in headings:
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        found.add(f"{anchor}-{times[anchor]}" if times[anchor] else anchor)
        times[anchor] += 1
    return frozenset(found)


@functools.cache
def texts() -> dict[str, str]:
    """Every tracked text file."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    found = {}
    for file in filter(None, listed.stdout.split("\0")):
        if not file.startswith(FOREIGN) and (REPOSITORY / file).is_file():
            raw = (REPOSITORY / file).read_bytes()
            if b"\0" not in raw:
                found[file] = raw.decode()
    return found
