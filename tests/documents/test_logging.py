"""docs/LOGGING.md lists every line that the functions log, at its level and with its fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fenced import REPOSITORY

DOCUMENT = (REPOSITORY / "docs/LOGGING.md").read_text()
MACRO = re.compile(r"tracing::(?P<name>error|warn|info|debug|trace|info_span)!\(")
FIELD = re.compile(r"^(?:(\w+) = |[%?]?([a-z_.]+)$)")


@dataclass(frozen=True)
class Line:
    """One call of a logging macro."""

    level: str
    message: str
    fields: frozenset[str]

    @property
    def is_of_an_import(self) -> bool:
        """Its message is put together as it goes: the page describes it in words."""
        return "{" in self.message


def _arguments(source: str, start: int) -> list[str]:
    """The arguments of a call whose parenthesis opened before `start`, parted at its own commas."""
    depth, text, parts, in_text = 1, "", [], False
    for character in source[start:]:
        in_text ^= character == '"'
        if not in_text:
            depth += (character in "([{") - (character in ")]}")
        if depth == 0:
            break
        if character == "," and depth == 1 and not in_text:
            parts.append(text.strip())
            text = ""
        else:
            text += character
    return [part for part in (*parts, text.strip()) if part]


def _lines() -> Iterator[Line]:
    for folder in ("functions", "shared"):
        for file in (REPOSITORY / folder).glob("*/src/**/*.rs"):
            source = file.read_text().split("#[cfg(test)]\nmod tests {")[0]
            for call in MACRO.finditer(source):
                arguments = _arguments(source, call.end())
                [message, *_] = [argument.strip('"') for argument in arguments if argument.startswith('"')]
                named = [FIELD.match(argument) for argument in arguments if not argument.startswith('"')]
                fields = {found[1] or found[2] for found in named if found}
                yield Line(call["name"], message, frozenset(field for field in fields if "." not in field))


LINES = [line for line in _lines() if line.level != "info_span"]


def test_every_line_is_listed_and_no_other() -> None:
    rows = re.findall(r"^\| (error|warn|info|debug|trace) \| ([^|]+) \|([^|]*)\|$", DOCUMENT, re.MULTILINE)
    listed = {Line(level, message, frozenset(re.findall(r"`(\w+)`", fields))) for level, message, fields in rows}
    assert listed == {line for line in LINES if not line.is_of_an_import}


def _section(heading: str) -> set[str]:
    """The fields that a section's table lists."""
    section = DOCUMENT.split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
    return {field for cell in cells for field in re.findall(r"`(\w+)`", cell)}


def test_every_field_of_an_import_is_listed() -> None:
    assert _section("The line of an import") == {field for line in LINES if line.is_of_an_import for field in line.fields}


def test_every_name_of_a_span_is_listed() -> None:
    spans = [line for line in _lines() if line.level == "info_span"]
    assert {span.message for span in spans} == {"import", "event", "verify", "preview"}
    assert _section("Whose line it is") - {"span"} == {field for span in spans for field in span.fields}


def test_every_metric_is_listed() -> None:
    source = (REPOSITORY / "shared/runtime/src/metrics.rs").read_text()
    section = DOCUMENT.split("## Metrics\n")[1]
    [listed] = re.findall(r"metrics ([^.]+) \(milliseconds\)", section)
    assert re.findall(r'metric\("(\w+)"', source) == re.findall(r"`(\w+)`", listed)
