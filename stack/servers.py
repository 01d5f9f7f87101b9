"""The servers of the stack: an AWS emulator, ClickHouse, Phoenix, and stand-ins for the other platforms, all on loopback."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from background_process import Service
from binaries import binaries
from settings import REGION, STAND_INS, Settings

HERE = Path(__file__).resolve().parent
KEPT_FROM_CALLER = ("HOME", "LANG", "PATH", "TMPDIR", "USER")


def services(settings: Settings) -> list[Service]:
    """What this stack runs itself, the slowest to start first."""
    own: list[Callable[[Settings], Service]] = [_phoenix]
    own += [_clickhouse] if not settings.clickhouse_endpoint else []
    own += [_aws] if not settings.aws_endpoint else []
    return [service(settings) for service in own] + _stand_ins(settings)


def _clean_environment() -> dict[str, str]:
    """Nothing of the caller's gets through: no AWS profile, no proxy, no tracing of their own."""
    return {name: os.environ[name] for name in KEPT_FROM_CALLER if name in os.environ} | {"PYTHONUNBUFFERED": "1"}


def _phoenix(settings: Settings) -> Service:
    folder = settings.state / "phoenix"
    folder.mkdir(parents=True, exist_ok=True)
    environment = _clean_environment() | {
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": str(settings.ports["phoenix"]),
        "PHOENIX_WORKING_DIR": str(folder),
        "PHOENIX_TELEMETRY_ENABLED": "false",
        "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
        "PHOENIX_DISABLE_AGENT_ASSISTANT": "true",
    }
    command = [sys.executable, str(HERE / "phoenix_server.py"), "serve"]
    return Service("phoenix", command, environment, f"{settings.phoenix_url}/readyz", settings.state)


def _clickhouse(settings: Settings) -> Service:
    command = [sys.executable, str(HERE / "clickhouse_server.py"), "--port", str(settings.ports["clickhouse"])]
    command += ["--folder", str(settings.state / "clickhouse"), "--users", str(settings.clickhouse_users_file)]
    return Service("clickhouse", command, _clean_environment(), f"{settings.clickhouse_url}/ping", settings.state)


def _stand_ins(settings: Settings) -> list[Service]:
    """The stand-ins that are built. Each holds the scenario that was last put there, until it stops."""
    found = []
    for provider in STAND_INS:
        binary = binaries(settings) / f"stand-in-{provider}"
        if binary.is_file():
            command = [str(binary), "--port", str(settings.ports[provider])]
            address = f"{settings.stand_in_url(provider)}/_requests"
            found.append(Service(f"stand-in-{provider}", command, _clean_environment(), address, settings.state))
    return found


def _aws(settings: Settings) -> Service:
    """The emulator. It hands its whole environment on to the functions, so what stands here is all that they see beside their own."""
    scratch = settings.state / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    environment = (
        _clean_environment()
        | settings.aws_environment
        | {
            "AUTH": "true",  # policies are enforced, so that a missing permission is found here and not in production
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(settings.ports["aws"]),
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "LAMBDA_EXECUTOR": "local",
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "PERSIST_STATE": "1",  # the ledger outlives `down`, as the rows and the traces do
            "STATE_DIR": str(settings.state / "aws"),
            "TMPDIR": str(scratch),
        }
    )
    command = [str(Path(sys.executable).parent / "ministack")]
    return Service("aws", command, environment, f"{settings.aws_url}/_ministack/health", settings.state)
