"""What the demo prints of its imports: a table, and one call as a tree."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from typing import Any

Row = dict[str, Any]


def table(headings: list[str], rows: list[list[Any]]) -> str:
    """Aligned columns: numbers to the right, words to the left."""
    cells = [headings, *([_text(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    numeric = [all(isinstance(row[column], int | float | None) for row in rows) for column in range(len(headings))]

    def line(row: list[str]) -> str:
        return "  ".join(cell.rjust(width) if right else cell.ljust(width) for cell, width, right in zip(row, widths, numeric, strict=True)).rstrip()

    return "\n".join([line(cells[0]), line(["─" * width for width in widths]), *map(line, cells[1:])])


def tree(spans: list[Row]) -> str:
    """Stored spans of one call, each below its parent: when it began, how long it took, its tokens, its error."""
    known = {(span["TraceId"], span["SpanId"]) for span in spans}
    children: dict[tuple[str, str] | None, list[Row]] = defaultdict(list)
    for span in spans:
        parent = (span["TraceId"], span["ParentSpanId"])
        children[parent if parent in known else None].append(span)
    began = min(span["StartNanoseconds"] for span in spans)
    lines: list[str] = []

    def add(span: Row, indent: str, branch: str) -> None:
        offset, took = (span["StartNanoseconds"] - began) / 1e9, int(span["Duration"]) / 1e9
        lines.append(f"{offset:7.2f} s {took:7.2f} s  {indent}{branch}{_one_line(span['SpanName'], 40)}{_notes(span)}")
        below = children[(span["TraceId"], span["SpanId"])]
        indent += {"": "", "├─ ": "│  ", "└─ ": "   "}[branch]
        for number, child in enumerate(below, 1):
            add(child, indent, "└─ " if number == len(below) else "├─ ")

    for root in children[None]:
        add(root, "", "")
    return "\n".join(["  begins      took", *lines])


def _notes(span: Row) -> str:
    attributes = span["SpanAttributes"]
    notes = []
    if "gen_ai.request.model" in attributes:
        notes.append(attributes["gen_ai.request.model"])
    if "gen_ai.usage.input_tokens" in attributes:
        notes.append(f"{attributes['gen_ai.usage.input_tokens']} → {attributes.get('gen_ai.usage.output_tokens', '?')} tokens")
    if "function.name" in attributes:
        notes.append(f"{attributes['function.name']}()")
    if span["StatusCode"] == "Error":
        notes.append(f"ERROR {span['StatusMessage']}")
    return "  " + " · ".join(_one_line(note, 60) for note in notes) if notes else ""


def _one_line(text: str, longest: int) -> str:
    """What a platform sent may hold anything: control characters must not reach a terminal."""
    clean = "".join(character if not unicodedata.category(character).startswith("C") else " " for character in text)
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


def _text(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if isinstance(value, float) else str(value)
