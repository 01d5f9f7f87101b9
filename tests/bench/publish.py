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

from figures import IMPORTERS, target

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE, CHART = REPOSITORY / "docs/BENCHMARKS.md", REPOSITORY / "docs/benchmarks.svg"
BEGIN, END = "<!-- make bench: begin -->", "<!-- make bench: end -->"
COLOURS = {"arize": "#d9480f", "langfuse": "#1864ab", "langsmith": "#2b8a3e"}
LEFT, TOP, WIDTH, HEIGHT = 60, 20, 520, 240


def publish(figures: dict[str, float], samples: list[dict[str, Any]]) -> None:
    """Writes both. The chart only when growth was measured."""
    drawn = chart(samples)
    if drawn:
        CHART.write_text(drawn)
    shown = "\n![Seconds of an import against the share of the cap, a line a provider](benchmarks.svg)\n" if CHART.exists() else ""
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table(figures)}{shown}{END}{after}")


def table(figures: dict[str, float]) -> str:
    """The figures, with their targets."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True, check=False).stdout.strip()
    about = f"{datetime.now(UTC):%Y-%m-%d}, commit {commit or 'unknown'}, {os.cpu_count()} cores of {_processor()}, {platform.system()}."
    lines = [about, "", "| figure | value | at most |", "|---|---|---|"]
    for name, value in sorted(figures.items()):
        most = target(name)
        verdict = "" if most is None else f"{most:g}" if value <= most else f"{most:g}: **missed**"
        lines.append(f"| `{name}` | {value:g} | {verdict} |")
    return "\n".join(lines) + "\n"


def chart(samples: list[dict[str, Any]]) -> str:
    """Time against the share of the cap, a line a provider. Empty without samples of growth."""
    lines: dict[str, list[tuple[int, float]]] = {}
    for provider in IMPORTERS:
        mine = [one for one in samples if one["part"] == "growth" and one["of"] == provider and one["eighths"]]
        points = sorted({one["eighths"] for one in mine})
        lines[provider] = [(point, median(one["seconds"] for one in mine if one["eighths"] == point)) for point in points]
    most = max((seconds for points in lines.values() for _, seconds in points), default=0.0)
    if not most:
        return ""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 20} {TOP + HEIGHT + 50}" font-family="sans-serif" font-size="12">',
        f'<rect width="{LEFT + WIDTH + 20}" height="{TOP + HEIGHT + 50}" fill="white"/>',
        f'<path d="M{LEFT} {TOP}V{TOP + HEIGHT}H{LEFT + WIDTH}" fill="none" stroke="#555"/>',
        f'<text x="{LEFT - 6}" y="{TOP + 10}" text-anchor="end">{most:.2f} s</text><text x="{LEFT - 6}" y="{TOP + HEIGHT}" text-anchor="end">0</text>',
    ]
    parts += [f'<text x="{_x(point):.0f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{point}/8</text>' for point in (1, 2, 4, 8)]
    parts.append(f'<text x="{LEFT + WIDTH / 2:.0f}" y="{TOP + HEIGHT + 38}" text-anchor="middle">share of the cap</text>')
    for number, (provider, points) in enumerate(lines.items()):
        path = " ".join(f"{_x(point):.1f},{TOP + HEIGHT * (1 - seconds / most):.1f}" for point, seconds in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[provider]}" stroke-width="2"/>')
        parts.append(f'<text x="{LEFT + 14}" y="{TOP + 16 + 16 * number}" fill="{COLOURS[provider]}">{provider}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _x(eighths: int) -> float:
    return LEFT + WIDTH * eighths / 8


def _processor() -> str:
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()
