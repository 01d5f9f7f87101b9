"""`docs/BENCHMARKS.md` and its chart, from figures and samples."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from figures import FUNCTIONS, FURTHER, IMPORTERS, MEGABYTE, target

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE, CHART = REPOSITORY / "docs/BENCHMARKS.md", REPOSITORY / "docs/benchmarks.svg"
BEGIN, END = "<!-- make bench: begin -->", "<!-- make bench: end -->"
COLOURS = {"arize": "#d9480f", "langfuse": "#1864ab", "langsmith": "#2b8a3e"}
RULES = {"requests_at_cap": "the floor's + 3", "peak_mb_2kb": "one span's + 2.5 × `stored_mb_2kb`", "requests": "2, 3, 3"}
"""What a target is where it is not the same number for all."""
LEFT, TOP, WIDTH, HEIGHT, NEXT, LEGEND = 70, 40, 280, 200, 400, 20


def publish(figures: dict[str, float], samples: list[dict[str, Any]]) -> None:
    """Writes both. The chart only when growth was measured."""
    drawn = chart(samples)
    if drawn:
        CHART.write_text(drawn)
    shown = "\n![Seconds and peak memory of an import against the share of the cap, a line a provider](benchmarks.svg)\n" if CHART.exists() else ""
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{tables(figures)}{shown}{END}{after}")


def tables(figures: dict[str, float]) -> str:
    """The figures with their targets, those without, and further rows."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True, check=False).stdout.strip()
    about = f"{datetime.now(UTC):%Y-%m-%d}, commit {commit or 'unknown'}, {os.cpu_count()} cores of {_processor()}, {platform.system()}."
    kinds = list(dict.fromkeys(name.partition(".")[0] for name in figures if name.partition(".")[2] in FUNCTIONS))
    aimed = [kind for kind in kinds if any(target(f"{kind}.{of}", figures) is not None for of in FUNCTIONS)]
    lines = [about, ""]
    if aimed:
        missed = sum(_is_missed(f"{kind}.{of}", figures) for kind in aimed for of in FUNCTIONS)
        lines += [f"Targets: {missed} figures miss theirs; those are bold.", "", *_table(aimed, FUNCTIONS, figures, "at most")]
    if rest := [kind for kind in kinds if kind not in aimed]:
        lines += ["Without a target:", "", *_table(rest, FUNCTIONS, figures)]
    if further := list(dict.fromkeys(name.partition(".")[0] for name in figures if name.partition(".")[2] in FURTHER)):
        lines += ["Older APIs and a real Phoenix, without targets:", "", *_table(further, FURTHER, figures)]
    lines += [f"`{name}`: {value:g}." for name, value in figures.items() if "." not in name]
    return "\n".join(lines).rstrip() + "\n"


def _table(kinds: list[str], columns: tuple[str, ...], figures: dict[str, float], *more: str) -> list[str]:
    head = ["figure", *(name.replace("_", " ") for name in columns), *more]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for kind in kinds:
        cells = [_cell(f"{kind}.{of}", figures) for of in columns]
        lines.append(f"| {' | '.join([f'`{kind}`', *cells, *(_rule(kind, figures) for _ in more)])} |")
    return [*lines, ""]


def _cell(name: str, figures: dict[str, float]) -> str:
    if name not in figures:
        return ""
    most, value = target(name, figures), _number(figures[name])
    own = f" of {_number(most)}" if most is not None and name.partition(".")[0] in RULES else ""
    return f"**{value}**{own}" if _is_missed(name, figures) else f"{value}{own}"


def _is_missed(name: str, figures: dict[str, float]) -> bool:
    most = target(name, figures)
    return name in figures and most is not None and figures[name] > most


def _rule(kind: str, figures: dict[str, float]) -> str:
    most = [target(f"{kind}.{of}", figures) for of in IMPORTERS]
    return RULES.get(kind) or next(_number(one) for one in most if one is not None)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10_000 else f"{value:g}"


def chart(samples: list[dict[str, Any]]) -> str:
    """Time and peak memory against the share of the cap, a line a provider. Empty without samples of growth."""
    grown = [one for one in samples if one["part"] == "growth" and one["eighths"]]
    if not grown:
        return ""
    width, height = NEXT + LEFT + WIDTH + 20, TOP + HEIGHT + 60
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for number, provider in enumerate(IMPORTERS):
        parts.append(f'<text x="{LEFT + 110 * number}" y="{LEGEND}" fill="{COLOURS[provider]}">● {provider}</text>')
    parts += _panel(0, "seconds", lambda ones: median(one["seconds"] for one in ones), grown)
    parts += _panel(NEXT, "peak MB", lambda ones: max(one["peak_bytes"] for one in ones) / MEGABYTE, grown)
    return "\n".join([*parts, "</svg>", ""])


def _panel(shift: int, unit: str, measure: Any, grown: list[dict[str, Any]]) -> list[str]:  # noqa: ANN401 - a function of samples
    lines: dict[str, list[tuple[int, float]]] = {}
    for provider in IMPORTERS:
        mine = [one for one in grown if one["of"] == provider]
        lines[provider] = [(point, measure([one for one in mine if one["eighths"] == point])) for point in sorted({one["eighths"] for one in mine})]
    most = max(value for points in lines.values() for _, value in points)
    left, bottom = LEFT + shift, TOP + HEIGHT
    parts = [f'<path d="M{left} {TOP}V{bottom}H{left + WIDTH}" fill="none" stroke="#555"/>']
    for share in (0, 0.5, 1):
        y = bottom - HEIGHT * share
        parts.append(f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end">{most * share:.3g}</text>')
        parts.append(f'<path d="M{left} {y:.0f}H{left + WIDTH}" stroke="#ddd"/>' if share else "")
    parts += [f'<text x="{left + WIDTH * point / 8:.0f}" y="{bottom + 18}" text-anchor="middle">{point}/8</text>' for point in (1, 2, 4, 8)]
    parts.append(f'<text x="{left + WIDTH / 2:.0f}" y="{bottom + 40}" text-anchor="middle">{unit}, by share of the cap</text>')
    for provider, points in lines.items():
        path = " ".join(f"{left + WIDTH * point / 8:.1f},{bottom - HEIGHT * value / most:.1f}" for point, value in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[provider]}" stroke-width="2"/>')
    return [part for part in parts if part]


def _processor() -> str:
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()
