"""Unwrap and interpret alone, on the rows of real SDKs: spans a second on one core, and instructions a span."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from settings import REPOSITORY

RECORDINGS = REPOSITORY / "tests/sdks/recordings"
# Those that all three platforms have, at one version each; the smallest first, which is all that the short form takes.
SDKS = (
    "pipecat ai-sdk-6 crewai langgraph-js-openinference langgraph-openinference litellm livekit-1.8 openai-agents-openinference pydantic-ai strands"
).split()
FILES = {"arize": ("phoenix.json", "spans"), "langfuse": ("langfuse.json", "v2"), "langsmith": ("langsmith.json", "v2")}


def one_core(binary: Path, provider: str, sdks: Sequence[str], rounds: int, repetitions: int, *, counts: bool) -> Iterator[dict[str, Any]]:
    """Each round takes all rows of these SDKs so many times. `counts`: instructions too, which takes callgrind seconds."""
    name, member = FILES[provider]
    with TemporaryDirectory(prefix="spanlift-bench-") as folder:
        files = []
        for sdk in sdks:
            rows = json.loads((RECORDINGS / sdk / name).read_text())[member]
            files.append(Path(folder) / f"{sdk}.json")
            files[-1].write_text(json.dumps(rows, ensure_ascii=False))
        command = [str(binary), provider]
        for number in range(rounds):
            spans, seconds = subprocess.run([*command, str(repetitions), *files], capture_output=True, text=True, check=True).stdout.split()
            yield {"part": "one_core", "of": provider, "round": number, "spans": int(spans), "seconds": float(seconds)}
        if not counts:
            return
        if not shutil.which("valgrind"):
            print("bench: no instructions_per_span: valgrind is not there (Debian, Ubuntu: apt-get install valgrind)", file=sys.stderr)
            return
        once, more = (_instructions(command, times, files) for times in (1, 2))
        yield {"part": "one_core", "of": provider, "instructions": more - once, "instructions_spans": int(spans) // repetitions}


def _instructions(command: list[str], times: int, files: list[Path]) -> int:
    """All of a process: what it needs beside the measured, its start and the files, is the same however often it repeats."""
    grind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command, str(times), *map(str, files)]
    said = subprocess.run(grind, capture_output=True, text=True, check=True).stderr
    found = re.search(r"Collected : (\d+)", said)
    if not found:
        raise AssertionError(f"callgrind said no number: {said[-500:]}")
    return int(found[1])
