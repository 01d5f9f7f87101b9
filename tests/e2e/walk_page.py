"""docs/CONNECTING.md shows what the command really said: its blocks are the walk's transcript, but for ids, times, ports and the tables' widths."""

from __future__ import annotations

import os
import re
from pathlib import Path

from operator_terminal import Said

PAGE = Path(__file__).resolve().parents[2] / "docs/CONNECTING.md"
BLOCK = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What differs from run to run, and what stands for it.
VARYING = (
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"),
    (r"\borg-[0-9a-f]{8}\b", "ORGANIZATION"),
    (r"\b127\.0\.0\.1:\d+", "ADDRESS"),
    (r"\b\d+ (s|min|h)( \d+ (s|min))?\b", "SPAN"),
    (r"\b\d+\.\d\d\b(?!\.)", "SECONDS"),
    (r"\b[0-9a-f]{32}\b", "TRACE"),
    (r"─+", "─"),
    (r" +", " "),
    (r"\s+$", ""),
)


def block(said: Said) -> str:
    """A command and what it said, as the page shows it."""
    lines = [line.rstrip() for line in said.text.strip().splitlines()]
    return "\n".join([f"$ spanlift {said.line}", *lines]) + "\n"


def alike(text: str) -> list[str]:
    """The text without what differs from run to run."""
    lines = []
    for line in text.splitlines():
        for pattern, name in VARYING:
            line = re.sub(pattern, name, line)  # noqa: PLW2901
        lines.append(line)
    return lines


def check(transcript: list[Said]) -> None:
    """The page's blocks are the transcript; written anew where UPDATE_REFERENCE is set."""
    shown, page = [block(said) for said in transcript], PAGE.read_text()
    known = BLOCK.findall(page)
    assert len(known) == len(shown), f"{PAGE.name} has {len(known)} blocks, the walk {len(shown)} commands"
    if os.environ.get("UPDATE_REFERENCE"):
        rest = iter(shown)
        PAGE.write_text(BLOCK.sub(lambda _: f"```text\n{next(rest)}```", page))
        return
    for wanted, found in zip(shown, known, strict=True):
        assert alike(found) == alike(wanted), f"{PAGE.name} is not what the command says. Write it: UPDATE_REFERENCE=1 and this test"
