"""Where one stack lives: its folders, ports and addresses. Everything can be set by environment, and nothing has to be.

    STATE     the stack's folder       default: ${XDG_STATE_HOME:-~/.local/state}/spanlift/<repository>/<profile>
    PROFILE   default or test          the profile of infra/deployment.json
    VENV      the Python environment   default: beside the states of this repository
    BINARIES  the built functions      default: the debug folder of cargo's target
    AWS_ENDPOINT_URL, CLICKHOUSE_URL   use these, and start none (with AWS_* keys, CLICKHOUSE_USER, CLICKHOUSE_PASSWORD)
    AWS_PORT, CLICKHOUSE_PORT, PHOENIX_PORT, LANGFUSE_PORT, LANGSMITH_PORT   else free ones, remembered in the state
    ALLOWED_HOSTS   more hosts that the importers may reach, comma separated

State stays out of the repository, because `cargo lambda watch` builds again whenever a file changes in it.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import socket
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
REGION = "eu-west-1"
SERVICES = ("aws", "clickhouse", "phoenix", "langfuse", "langsmith")
STAND_INS = ("langfuse", "langsmith")
# From 20,000 to 31,999, round and round.
_PORTS = (20_000 + number % 12_000 for number in itertools.count(os.getpid() * 64))


def state_root() -> Path:
    """The folder of all stacks of this clone. The hash tells clones of the same name apart."""
    home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
    return home / "spanlift" / f"{REPOSITORY.name}-{hashlib.sha256(str(REPOSITORY).encode()).hexdigest()[:8]}"


def virtual_environment() -> Path:
    """The Python environment, shared by all stacks of this clone."""
    return Path(os.environ.get("VENV") or state_root() / "venv").resolve()


def free_port() -> int:
    """A port that nobody listens on now. Other processes look elsewhere at first, and the kernel gives none of these to a connection: it stays free."""
    while True:
        port = next(_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port


@dataclass(frozen=True)
class Settings:
    """One stack. `Settings.read()` is the one place that looks at the environment."""

    profile: str
    state: Path
    aws_endpoint: str | None
    clickhouse_endpoint: str | None
    fixed_ports: dict[str, int]
    more_allowed_hosts: tuple[str, ...]
    binaries: Path | None

    @classmethod
    def read(cls, environment: dict[str, str] | None = None) -> Settings:
        """The settings that an environment (ours by default) asks for."""
        given = dict(os.environ) if environment is None else environment
        profile = given.get("PROFILE") or "default"
        ports = {service: int(given[f"{service.upper()}_PORT"]) for service in SERVICES if given.get(f"{service.upper()}_PORT")}
        return cls(
            profile=profile,
            state=Path(given.get("STATE") or state_root() / profile).resolve(),
            aws_endpoint=given.get("AWS_ENDPOINT_URL") or None,
            clickhouse_endpoint=given.get("CLICKHOUSE_URL") or None,
            fixed_ports=ports,
            more_allowed_hosts=tuple(host for host in given.get("ALLOWED_HOSTS", "").split(",") if host),
            binaries=Path(given["BINARIES"]).resolve() if given.get("BINARIES") else None,
        )

    @cached_property
    def ports(self) -> dict[str, int]:
        """A port a service, the same at every call: what is up must be found again."""
        remembered = self.state / "ports.json"
        known = json.loads(remembered.read_text()) if remembered.exists() else {}
        ports = {service: self.fixed_ports.get(service) or known.get(service) or free_port() for service in SERVICES}
        if ports != known:
            self.state.mkdir(parents=True, exist_ok=True)
            remembered.write_text(json.dumps(ports))
        return ports

    @property
    def aws_url(self) -> str:
        """The AWS endpoint: the emulator, or the caller's."""
        return self.aws_endpoint or f"http://127.0.0.1:{self.ports['aws']}"

    @property
    def clickhouse_url(self) -> str:
        """ClickHouse's HTTP interface: the stand-in, or the caller's."""
        return self.clickhouse_endpoint or f"http://127.0.0.1:{self.ports['clickhouse']}"

    @property
    def phoenix_url(self) -> str:
        """The Phoenix server."""
        return f"http://127.0.0.1:{self.ports['phoenix']}"

    def stand_in_url(self, provider: str) -> str:
        """The stand-in for a platform that does not run here itself: langfuse or langsmith."""
        return f"http://127.0.0.1:{self.ports[provider]}"

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """What the importers may reach although it is on loopback: this stack's own platforms, by port."""
        return (self.phoenix_url, *map(self.stand_in_url, STAND_INS), *self.more_allowed_hosts)

    @property
    def aws_environment(self) -> dict[str, str]:
        """What an AWS SDK needs to talk to this stack and to nothing else, whatever the caller's own AWS settings are."""
        own = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        if self.aws_endpoint:
            own |= {name: os.environ[name] for name in (*own, "AWS_SESSION_TOKEN") if name in os.environ}
        return own | {
            "AWS_ENDPOINT_URL": self.aws_url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    @cached_property
    def clickhouse_users_file(self) -> Path:
        """Name to password of the stand-in's users: the importers' one, and one for people and tests. Made once."""
        file = self.state / "clickhouse-users.json"
        if not file.exists():
            self.state.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            file.write_text(json.dumps({name: os.urandom(12).hex() for name in ("importer", "reader")}))
        return file

    def clickhouse_user(self, role: str) -> tuple[str, str]:
        """User and password for a role (importer, reader). With a CLICKHOUSE_URL, the caller's one user has both."""
        if self.clickhouse_endpoint:
            return os.environ.get("CLICKHOUSE_USER", "default"), os.environ.get("CLICKHOUSE_PASSWORD", "")
        return role, json.loads(self.clickhouse_users_file.read_text())[role]
