"""The adapters' own tests, which need an emulator and an engine: run here, on the stack that is up for the others."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from client import Client

ROOT = Path(__file__).resolve().parents[2]


def test_the_ledger_queues_and_store_keep_their_promises(client: Client) -> None:
    user, password = client.settings.clickhouse_user("reader")
    environment = client.settings.aws_environment | {
        "CLICKHOUSE_URL": client.settings.clickhouse_url,
        "CLICKHOUSE_USER": user,
        "CLICKHOUSE_PASSWORD": password,
        "RUST_BACKTRACE": "0",
    }
    command = ["cargo", "test", "--quiet", "-p", "spanlift-aws", "-p", "spanlift-trace-store", "-p", "spanlift-insight", "--", "--ignored"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert done.stdout.count("test result: ok") >= 3
