"""The fenced code blocks of a Markdown document. What is tested says so after its language, where readers do not see it:

    ```python runnable langfuse-5   a snippet that is run, and with what
    ```sh runnable                  commands that are run as they stand; with `beside` in a terminal of their own
    ```text output                  what the commands before print; a line … stands for any lines, numbers and ids that vary for any
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(?P<language>\w+)(?P<words>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One block: its language, what else stands on its first line, its text, and where it begins."""

    language: str
    words: tuple[str, ...]
    text: str
    line: int

    @property
    def is_runnable(self) -> bool:
        """Whether a test has to run it."""
        return self.words[:1] == ("runnable",)

    @property
    def environment(self) -> str:
        """What it is run with: the word after `runnable`."""
        return self.words[1] if len(self.words) > 1 else ""


def blocks(document: str) -> list[Block]:
    """The blocks of a document of the repository."""
    text = (REPOSITORY / document).read_text()
    return [
        Block(found["language"], tuple(found["words"].split()), found["text"], text.count("\n", 0, found.start()) + 1)
        for found in BLOCK.finditer(text)
    ]


def runnable(document: str, *languages: str) -> list[Block]:
    """Those that say that they can be run."""
    return [block for block in blocks(document) if block.is_runnable and block.language in languages]
