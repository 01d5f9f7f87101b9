"""What was done to the functions, how often, and what came of it: a table for people, a file for programs, one closing line."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from text_table import table


@dataclass
class Fault:
    """One kind of fault over a run."""

    part: str
    name: str
    injected: int
    outcome: str
    wrong: list[str] = field(default_factory=list)


class Report:
    """Of one run. `numbers` are those of the closing line, in order."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.numbers: dict[str, int | str] = {}

    def add(self, part: str, name: str, injected: int, outcome: str, wrong: list[str]) -> None:
        """One row. A fault that was never injected is wrong: it shows nothing."""
        more = [] if injected else ["it was never injected"]
        self.faults.append(Fault(part, name, injected, outcome, wrong + more))

    @property
    def wrong(self) -> list[str]:
        """All that went wrong."""
        return [f"{fault.part} {fault.name}: {text}" for fault in self.faults for text in fault.wrong]

    @property
    def closing_line(self) -> str:
        """The run in a line."""
        if not self.faults:
            return "chaos: FAILED nothing was done"
        numbers = " ".join(f"{name}={value}" for name, value in self.numbers.items())
        return f"chaos: FAILED wrong={len(self.wrong)} {numbers}" if self.wrong else f"chaos: ok {numbers}"

    def print(self) -> None:
        """The table, and below it what went wrong."""
        rows = [[fault.part, fault.name, fault.injected, fault.outcome, "WRONG" if fault.wrong else "ok"] for fault in self.faults]
        print(table(["part", "fault", "times", "what came of it", ""], rows))
        for text in self.wrong:
            print(f"wrong: {text}")

    def write(self, file: Path, **more: Any) -> None:  # noqa: ANN401 - whatever JSON takes
        """The same as JSON."""
        file.parent.mkdir(parents=True, exist_ok=True)
        content = {"closing": self.closing_line, "numbers": self.numbers, "faults": [vars(fault) for fault in self.faults], **more}
        file.write_text(json.dumps(content, indent=1) + "\n")
