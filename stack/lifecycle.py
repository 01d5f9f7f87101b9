"""The embedded stack as a whole: its servers and its deployment, up and down. What `make up`, `down`, `status`, `redeploy` do."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

import cargo_lambda_env
from background_process import Service
from binaries import packages
from clients import apply_schema, remove_ttl
from deployer import Deployer
from deployment_file import Deployment
from errors import StackError
from progress import say
from servers import services
from settings import REPOSITORY, Settings
from text_table import table

SCHEMA = sorted((REPOSITORY / "infra/clickhouse").glob("*.sql"))


class Stack:
    """One stack, as its settings say."""

    def __init__(self, settings: Settings) -> None:
        settings.state.mkdir(parents=True, exist_ok=True)
        self.settings, self.deployment = settings, Deployment(settings.profile)

    @property
    def services(self) -> list[Service]:
        """Its servers. The stand-ins among them come with the first compilation."""
        return services(self.settings)

    def is_up(self) -> bool:
        """Whether every server of it runs."""
        return all(service.pid() for service in self.services)

    def start(self) -> None:
        """Starts the servers that do not run, and does not wait: there may be something to compile meanwhile."""
        with self._alone():
            started = [service.name for service in self.services if service.start()]
        if started:
            say(f"starting {', '.join(started)} (Phoenix takes longest: about 15 s)")

    def up(self) -> None:
        """Starts what does not run, waits for it, and deploys what changed."""
        self.start()
        with self._alone():
            for service in reversed(self.services):
                if service.wait_until_ready():
                    say(f"{service.name} is ready: {service.address}")
            self._deploy()

    def redeploy(self) -> None:
        """Deploys what changed, on a stack that is up."""
        if not self.is_up():
            raise StackError("the stack is not up. Run: make up")
        with self._alone():
            self._deploy()

    def _deploy(self) -> None:
        known = ["fanout", *self.deployment.providers]
        built = packages(self.settings, known)
        skipped = [name for name in known if name not in built]
        if skipped:
            say(f"not built, so not deployed: {', '.join(skipped)}")
        database = self.deployment.numbers["trace_store"]["database"]
        apply_schema(self.settings, database, SCHEMA)
        if not self.settings.clickhouse_endpoint:
            # The files in events/ have fixed dates: 90 days later, production's tables would drop their spans on arrival.
            remove_ttl(self.settings, database)
        environments = Deployer(self.settings, self.deployment).deploy(built)
        (self.settings.state / "functions.json").write_text(json.dumps(environments, indent=1))
        self.env_file()
        say(f"the stack is up: {', '.join(environments)} (profile {self.settings.profile}, state {self.settings.state})")

    def down(self) -> None:
        """Stops all that was started here, whatever the settings are now; with the emulator its functions. What they stored stays."""
        with self._alone():
            stopped = [service.name for service in Service.recorded(self.settings.state) if service.stop()]
        say(f"stopped {', '.join(stopped)}" if stopped else "nothing was running")

    def status(self) -> None:
        """Prints what runs and where."""
        print(f"profile {self.settings.profile}, state {self.settings.state}")
        services = self.services
        known = {service.name for service in services}
        more = [service for service in Service.recorded(self.settings.state) if service.name not in known and service.pid()]
        rows = [[service.name, service.address or None, service.condition(), str(service.log)] for service in services + more]
        print(table(["process", "address", "state", "log"], rows))

    def environments(self) -> dict[str, dict[str, str]]:
        """Each deployed function's environment, with the addresses that Lambda itself would give it."""
        deployed = self.settings.state / "functions.json"
        if not deployed.exists():
            raise StackError("nothing was deployed yet. Run: make up")
        return {name: values | self.settings.aws_environment for name, values in json.loads(deployed.read_text()).items()}

    def env_file(self) -> Path:
        """Writes what `cargo lambda watch --env-file` takes, and returns its path."""
        return cargo_lambda_env.write(self.settings.state / "env", self.environments())

    def run(self, command: list[str]) -> None:
        """Becomes a command that finds this stack in its environment."""
        os.execvpe(command[0], command, self.command_environment())

    def command_environment(self) -> dict[str, str]:
        """Ours, with the stack's addresses and what every function knows of queues and names."""
        environments = self.environments()
        event, queues = self.deployment.numbers["event"], {}
        for name, values in environments.items():
            queues[name] = values["QUEUE_URL"]
        dead_letters = {values["QUEUE_URL"]: values["DEAD_LETTER_QUEUE_URL"] for values in environments.values()}
        known = {name: value for values in environments.values() for name, value in values.items()}
        known |= {"EVENT_QUEUE_URL": queues.get("fanout", ""), "EVENT_BUS": self.deployment.name(event["bus"])}
        known |= {"EVENT_SOURCE": event["source"], "EVENT_DETAIL_TYPE": event["detail_type"]}
        direct = {name: self.deployment.direct_function(name) for name in environments if name in self.deployment.providers}
        known["DIRECT_FUNCTIONS"] = json.dumps(direct)
        known.pop("DIRECT_ALIAS", None)
        known["DEAD_LETTER_QUEUES"] = json.dumps(dead_letters)
        for of_one_function in ("QUEUE_URL", "DEAD_LETTER_QUEUE_URL"):
            known.pop(of_one_function, None)
        return os.environ | known

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Two commands at once on one stack would start everything twice: the second waits for the first."""
        with (self.settings.state / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
