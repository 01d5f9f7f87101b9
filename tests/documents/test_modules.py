"""No module of a crate depends, over others, on itself: who reads one can read what it uses first.

An arrow is a `use crate::…` or `use super::…` outside tests. What a crate's `lib.rs` (or a folder's `mod.rs`) exports again counts as the
module that has it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
CRATES = sorted(path.parent for pattern in ("shared/*/src", "functions/*/src", "cli/src") for path in REPOSITORY.glob(f"{pattern}/lib.rs"))
USE = re.compile(r"^(?:pub(?:\([^)]*\))? )?use ((?:crate|super|self)\b[^;]*);", re.MULTILINE)
EXPORT = re.compile(r"^pub(?:\(crate\))? use (?:self::|crate::)?(?P<path>[a-z_]\w*(?:::[a-z_]\w*)*)::(?P<names>\{[^}]*\}|\w+);", re.MULTILINE)
TESTS = re.compile(r"#\[cfg\(test\)\]\nmod \w+ \{.*", re.DOTALL)


@pytest.mark.parametrize("source", CRATES, ids=lambda path: path.parent.name)
def test_modules_make_no_circle(source: Path) -> None:
    circle = circle_in(arrows(modules(source)))
    assert not circle, " → ".join(circle)


def test_a_circle_is_found() -> None:
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle_in({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_arrows_are_found() -> None:
    sources = {
        "": "pub use model::{Span, Window};",
        "model": "",
        "read": "use crate::Span;\nuse crate::read::page::{self, Page};",
        "read::page": "use super::Query;\n#[cfg(test)]\nmod tests {\nuse crate::write::Writer;\n}",
        "write": "use super::{model, read::page::Page};",
    }
    assert arrows(sources) == {"model": set(), "read": {"model"}, "read::page": set(), "write": {"model", "read::page"}}


def modules(source: Path) -> dict[str, str]:
    """The text of each module but the tests', by its path; that of the crate itself by the empty one."""
    found = {}
    for file in sorted(source.rglob("*.rs")):
        parts = list(file.relative_to(source).with_suffix("").parts)
        if parts[-1] in ("mod", "lib"):
            parts.pop()
        if not any("tests" in part for part in parts) and parts != ["main"]:
            found["::".join(parts)] = file.read_text()
    return found


def arrows(sources: dict[str, str]) -> dict[str, set[str]]:
    """What each module uses. A file and what stands in the folder of its name are read as one."""
    exports = {
        (module, name.strip().split(" as ")[-1]): "::".join(filter(None, (module, export["path"])))
        for module, text in sources.items()
        for export in EXPORT.finditer(text)
        for name in export["names"].strip("{}").split(",")
    }

    def owner(path: list[str]) -> str:
        for length in range(len(path), -1, -1):
            module = "::".join(path[:length])
            if module in sources and (module or length == 0):
                return exports.get((module, path[length]), module) if length < len(path) else module
        return ""

    found: dict[str, set[str]] = {}
    for module, text in sources.items():
        if module:
            paths = [path for use in USE.findall(TESTS.sub("", text)) for path in flat(use)]
            used = {owner(absolute(path.split("::"), module)) for path in paths}
            found[module] = {other for other in used if other and not is_of(other, module) and not is_of(module, other)}
    return found


def is_of(module: str, folder: str) -> bool:
    """Whether a module is another one, or stands in its folder."""
    return f"{module}::".startswith(f"{folder}::")


def flat(use: str) -> list[str]:
    """The paths of a `use` with braces."""
    text = re.sub(r"\s+", "", re.sub(r" as \w+", "", use))
    if "{" not in text:
        return [text]
    head, rest = text.split("{", 1)
    depth, part, parts = 0, "", []
    for sign in rest[:-1]:
        depth += (sign == "{") - (sign == "}")
        if sign == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += sign
    return [path.removesuffix("::self") for part in [*parts, part] if part for path in flat(head + part)]


def absolute(path: list[str], module: str) -> list[str]:
    """A path from the crate on."""
    here = module.split("::")
    while path and path[0] in ("self", "super"):
        here = here[:-1] if path[0] == "super" else here
        path = path[1:]
        if path[:1] != ["super"]:
            return here + path
    return path[1:]


def circle_in(graph: dict[str, set[str]]) -> list[str]:
    """A circle, if there is one."""
    done: set[str] = set()

    def walk(at: str, way: list[str]) -> list[str]:
        if at in way:
            return [*way[way.index(at) :], at]
        if at in done:
            return []
        for next_one in sorted(graph.get(at, ())):
            if found := walk(next_one, [*way, at]):
                return found
        done.add(at)
        return []

    return next(filter(None, (walk(module, []) for module in sorted(graph))), [])
