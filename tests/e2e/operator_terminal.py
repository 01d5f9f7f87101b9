"""Somebody who uses the spanlift command on a terminal of their own: prompts are answered, and what the terminal shows is kept."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pexpect
from binaries import command_line
from lifecycle import Stack

PATIENCE = 90
TRACED = Path(__file__).resolve().parent / "traced.py"


@dataclass
class Said:
    """What a command said on the terminal, and how it exited."""

    line: str
    text: str
    status: int


@dataclass
class Operator:
    """A person at a pseudo-terminal."""

    stack: Stack
    transcript: list[Said] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    """Everything that was typed where nobody sees it."""
    command_lines: list[str] = field(default_factory=list)
    """Of every process that came of a command, as it began; and of everything that ran here at each prompt and behind each answer."""

    def run(self, line: str, *answers: tuple[str, str]) -> Said:
        """Runs `spanlift` with a line's words. `answers` are pairs of a prompt's beginning and what is typed there."""
        with tempfile.TemporaryDirectory() as folder:
            begun = Path(folder) / "begun"
            child = self._spawn(line, [sys.executable, str(TRACED), str(begun)])
            said = self._answer(child, line, answers)
            self.command_lines += [" ".join(json.loads(words)) for words in begun.read_text().splitlines()]
        self.transcript.append(said)
        return said

    def _answer(self, child: pexpect.spawn, line: str, answers: tuple[tuple[str, str], ...]) -> Said:
        for prompt, answer in answers:
            child.expect_exact(prompt, timeout=PATIENCE)
            if "key" in prompt.lower() and "Public" not in prompt:
                self.secrets.append(answer)
                assert child.waitnoecho(timeout=10), "nobody sees a key"
            self.command_lines.append(processes())
            child.sendline(answer)
            self.command_lines.append(processes())
        child.expect(pexpect.EOF, timeout=PATIENCE)
        child.close()
        shown = "".join(child.logged).replace("\r\n", "\n")
        assert not re.search(r"\x1b\[[0-9;]*m", shown), "NO_COLOR is set"
        return Said(line, re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", shown), child.exitstatus)

    def start(self, line: str) -> pexpect.spawn:
        """The command, started and not waited for. Its processes are not watched."""
        return self._spawn(line, [])

    def _spawn(self, line: str, before: list[str]) -> pexpect.spawn:
        environment = {**self.stack.command_environment(), "NO_COLOR": "1", "TERM": "xterm"}
        words = [*before, str(command_line(self.stack.settings)), *line.split()]
        child = pexpect.spawn(words[0], words[1:], env=environment, encoding="utf-8", dimensions=(60, 200))
        child.logged = []
        child.logfile_read = _Log(child.logged)
        return child

    def json(self, line: str, *answers: tuple[str, str]) -> dict:
        """The same for a line with --json: its document, behind the prompts."""
        said = self.run(line, *answers)
        return json.loads(said.text[said.text.index("{") :]) | {"exit": said.status}


class _Log:
    def __init__(self, kept: list[str]) -> None:
        self.kept = kept

    def write(self, text: str) -> None:
        self.kept.append(text)

    def flush(self) -> None:
        """Nothing is held back."""


def processes() -> str:
    """The command lines of everything that runs here."""
    lines = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                lines.append(file.read().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return "\n".join(lines)
