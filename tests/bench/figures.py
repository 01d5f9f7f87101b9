"""From raw samples to figures."""

from __future__ import annotations

from statistics import median
from typing import Any

IMPORTERS = ("arize", "langfuse", "langsmith")
FUNCTIONS = (*IMPORTERS, "fanout")
FURTHER = ("langfuse_v1", "langsmith_v1", "real_phoenix")
MEGABYTE = 1_000_000
TARGETS = {
    "floor_ratio_0ms": 1.25,
    "floor_ratio_50ms": 1.05,
    "cpu_ratio_peer": 0.067,
    "growth_4x_8x": 2.1,
    "peak_mb_20kb": 256,
    "start_ratio": 3,
    "zip_mb": 3.4,
}
"""By figure: at most. Fanout has none for start and zip."""
STORED_TIMES, REQUESTS_BESIDE_FLOOR = 2.5, 3
TYPICAL_REQUESTS = {"requests.arize": 2, "requests.langfuse": 3, "requests.langsmith": 3}

Sample = dict[str, Any]


def figures(samples: list[Sample]) -> dict[str, float]:
    """By name. Only those whose samples are there."""
    found: dict[str, float] = {}
    for name in FUNCTIONS:
        mine = [sample for sample in samples if sample["of"] == name]
        _start(found, name, mine, samples)
        if name in IMPORTERS:
            _import(found, name, mine)
    for name in FURTHER:
        _further(found, name, [sample for sample in samples if sample["of"] == name])
    if events := [sample["events"] / sample["seconds"] for sample in samples if sample["part"] == "fanout"]:
        found["fanout_events_per_second"] = round(median(events), 1)
    return found


def _start(found: dict[str, float], name: str, mine: list[Sample], samples: list[Sample]) -> None:
    own, hello = _values(mine, "start", "seconds"), _values([one for one in samples if one["of"] == "hello-world"], "start", "seconds")
    if own:
        found[f"start_ms.{name}"] = round(median(own) * 1000, 2)
    if own and hello:
        found[f"start_ratio.{name}"] = round(median(own) / median(hello), 2)
    if sizes := _values(mine, "zip", "bytes"):
        found[f"zip_mb.{name}"] = round(sizes[0] / MEGABYTE, 2)


def _import(found: dict[str, float], name: str, mine: list[Sample]) -> None:
    for delay in ("0ms", "50ms"):
        own, least = _values(mine, f"floor_{delay}", "seconds"), _values(mine, f"floor_{delay}", "floor_seconds")
        if own and least:
            found[f"floor_ratio_{delay}.{name}"] = round(median(own) / median(least), 3)
            found[f"floor_spread_{delay}.{name}"] = round((max(own) - min(own)) / median(least), 3)
    if _values(mine, "floor_0ms", "requests"):
        found[f"requests_at_cap.{name}"] = median(_values(mine, "floor_0ms", "requests"))
        found[f"floor_requests_at_cap.{name}"] = median(_values(mine, "floor_0ms", "floor_requests"))
    if typical := _values(mine, "typical", "seconds"):
        found[f"typical_ms.{name}"] = round(median(typical) * 1000, 1)
        found[f"first_minus_warm_ms.{name}"] = round((_values(mine, "typical", "first_seconds")[0] - median(typical)) * 1000, 1)
        for kind in ("requests", "ledger_calls", "secret_calls", "queue_calls", "store_calls", "bytes_in", "bytes_out", "log_bytes"):
            found[f"{kind}.{name}"] = median(_values(mine, "typical", kind))
    if spans := _values(mine, "one_core", "spans"):
        found[f"spans_per_core_second.{name}"] = round(median(one / seconds for one, seconds in zip(spans, _values(mine, "one_core", "seconds"), strict=True)))
    if instructions := _values(mine, "one_core", "instructions"):
        found[f"instructions_per_span.{name}"] = round(instructions[0] / _values(mine, "one_core", "instructions_spans")[0])
    if peer := _values(mine, "peers", "peer_cpu_seconds"):
        own = _values(mine, "peers", "cpu_seconds")
        found[f"cpu_ratio_peer.{name}"] = round(median(own) / median(peer), 4)
        found[f"cpu_seconds_peer.{name}"] = round(median(peer), 3)
        found[f"cpu_seconds_at_cap.{name}"] = round(median(own), 3)
    grown = {eighths: [one for one in mine if one["part"] == "growth" and one["eighths"] == eighths] for eighths in (0, 1, 2, 4, 8)}
    if grown[8]:
        times = {eighths: median(one["seconds"] for one in ones) for eighths, ones in grown.items()}
        found[f"growth_4x_8x.{name}"] = round(times[8] / times[4], 3)
        found[f"peak_mb_2kb.{name}"] = round(max(one["peak_bytes"] for one in grown[8]) / MEGABYTE, 1)
        found[f"peak_mb_baseline.{name}"] = round(max(one["peak_bytes"] for one in grown[0]) / MEGABYTE, 1)
        found[f"stored_mb_2kb.{name}"] = round(grown[8][-1]["stored_bytes"] / MEGABYTE, 2)
    if peaks := _values(mine, "heavy", "peak_bytes"):
        found[f"peak_mb_20kb.{name}"] = round(peaks[0] / MEGABYTE, 1)


def _further(found: dict[str, float], name: str, mine: list[Sample]) -> None:
    """What has no target: medians."""
    for call, suffix in (("typical", ""), ("cap", "_at_cap")):
        of = [one for one in mine if one["call"] == call]
        own, least = ([one[kind] for one in of if kind in one] for kind in ("seconds", "floor_seconds"))
        if own:
            found[f"milliseconds{suffix}.{name}"] = round(median(own) * 1000, 1)
            for kind in ("requests", "cpu_seconds"):
                found[f"{kind}{suffix}.{name}"] = round(median(one[kind] for one in of if kind in one), 3)
        if own and least:
            found[f"floor_ratio{suffix}.{name}"] = round(median(own) / median(least), 3)
            found[f"floor_requests{suffix}.{name}"] = median(one["floor_requests"] for one in of if "floor_requests" in one)


def _values(samples: list[Sample], part: str, name: str) -> list[Any]:
    return [sample[name] for sample in samples if sample["part"] == part and name in sample]


def target(name: str, found: dict[str, float]) -> float | None:
    """What a figure may be at most."""
    kind, _, of = name.partition(".")
    if of in FURTHER or (kind in ("start_ratio", "zip_mb") and of == "fanout"):
        return None
    baseline, stored, floor = (found.get(f"{other}.{of}") for other in ("peak_mb_baseline", "stored_mb_2kb", "floor_requests_at_cap"))
    if kind == "peak_mb_2kb" and baseline is not None and stored is not None:
        return round(baseline + STORED_TIMES * stored, 1)
    if kind == "requests_at_cap" and floor is not None:
        return floor + REQUESTS_BESIDE_FLOOR
    return TYPICAL_REQUESTS.get(name, TARGETS.get(kind))
