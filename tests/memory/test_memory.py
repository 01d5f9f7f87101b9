"""No answer of a platform takes an importer over 256 MB, half of what its Lambda has.

`make memory` measures the binaries that are deployed. Not a part of `make test`: they take ten minutes to build.
"""

from __future__ import annotations

import json
from pathlib import Path

import heavy
import pytest
from client import Client, wait_until
from misbehaving import Misbehaving

MOST_MEGABYTES = 256
CONNECTIONS: dict[str, dict[str, str]] = {
    "arize": {"project_name": heavy.PROJECT},
    "langfuse": {"public_key": "pk-lf-heavy", "secret_key": "sk-lf-heavy"},
    "langsmith": {"project_name": heavy.PROJECT, "api_key": "lsv2_pt_heavy"},
}


def processes(provider: str) -> list[Path]:
    """The function's processes, as folders of /proc."""
    name = f"AWS_LAMBDA_FUNCTION_NAME=spanlift-{provider}\0".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if name in (process / "environ").read_bytes() and (process / "exe").resolve().name == "bootstrap":
                found.append(process)
        except OSError:
            continue
    return found


def peak_megabytes(process: Path) -> int:
    """The most memory that a process had since its mark was last taken back."""
    [line] = [line for line in (process / "status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) // 1024


@pytest.mark.parametrize("provider", CONNECTIONS)
@pytest.mark.parametrize("name", heavy.INPUTS)
def test_no_answer_takes_more_than_half_of_the_memory(client: Client, misbehaving: Misbehaving, provider: str, name: str) -> None:
    organization = f"heavy-{provider}-{name}"
    client.connect(organization, provider, host=misbehaving.host(f"heavy/{name}"), **CONNECTIONS[provider])
    for process in processes(provider):
        (process / "clear_refs").write_text("5")
    job = {
        "version": "1",
        "organization_id": organization,
        "simulation_output_id": heavy.SIMULATION,
        "status": "COMPLETED",
        "started_at": heavy.START,
        "ended_at": heavy.END,
        "provider": provider,
    }
    client.send(client.deployment.import_queue(provider), json.dumps(job))
    item = wait_until(
        lambda: {} if (known := client.ledger(organization, heavy.SIMULATION).get(f"1#{provider}", {})).get("status") in (None, "in_progress") else known,
        120,
        "the pass has ended",
    )
    # What is too large for one answer stores nothing; of the rest something must have been read.
    assert name in ("too-large", "crowd") or item.get("stored", 0) > 0, item
    peaks = [peak_megabytes(process) for process in processes(provider)]
    print(f"memory: {provider} {name}: {max(peaks)} MB, {item['status']} {item.get('reason', '')} {item.get('stored', 0)} spans, {item['duration_ms']} ms")
    assert peaks and max(peaks) <= MOST_MEGABYTES
