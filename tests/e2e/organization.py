"""A tenant as the tests see it: what it connects, the events of its simulations, what came of them."""

from __future__ import annotations

import json
from typing import Any

from agent import Conversation
from client import Client, Item, wait_until

IMPORT_SECONDS = 30
Look = tuple[int, str, str | None]
"""A pass and how it ended: its number, the import's status, the reason."""


class Organization:
    """One tenant of a stack."""

    def __init__(self, client: Client, organization_id: str) -> None:
        self.client, self.id, self.project = client, organization_id, f"voice {organization_id}"
        self.import_queue = client.deployment.import_queue("arize")
        self.event_queue = client.deployment.queue_names["events"]
        self._outcomes: list[Item] = []

    def connect(self, host: str | None = None, **more: str | bool) -> None:
        """Connects Phoenix: the stack's own, unless a host is given. Connecting again replaces the connection."""
        connection = {"host": host or self.client.settings.phoenix_url, "project_name": self.project} | more
        self.client.connect(self.id, "arize", **connection)

    def finish(self, conversation: Conversation, **event: Any) -> None:  # noqa: ANN401
        """The simulation is over, and Phoenix shows what was sent of it: its event goes on the bus."""
        if conversation.spans:
            self.client.wait_for_phoenix(self.project, [conversation])
        self.announce(conversation, **event)

    def announce(self, conversation: Conversation, **event: Any) -> None:  # noqa: ANN401
        """The simulation is over, whatever Phoenix shows of it by now."""
        self.client.put_event(conversation.event(self.id, **event))

    def item(self, conversation: Conversation, key: str = "1#arize") -> Item:
        """A ledger item; empty while there is none."""
        return self.client.ledger(self.id, conversation.simulation_output_id).get(key, {})

    def wait_for(self, conversation: Conversation, *statuses: str, key: str = "1#arize", seconds: float = IMPORT_SECONDS) -> Item:
        """The import's ledger item, once it has one of these statuses."""
        last: Item = {}

        def look() -> Item | None:
            last.clear()
            last.update(self.item(conversation, key))
            return dict(last) if last.get("status") in statuses else None

        try:
            return wait_until(look, seconds, f"status {' or '.join(statuses)}")
        except AssertionError as error:
            raise AssertionError(f"{error}; the ledger says {last}") from error

    def wait_for_fanout(self, conversation: Conversation) -> Item:
        """What fanout wrote of a simulation, once it did."""
        return wait_until(lambda: self.item(conversation, "1#fanout"), IMPORT_SECONDS, "fanout's item")

    def wait_for_log(self, conversation: Conversation, text: str) -> None:
        """Returns once a function has logged this about a simulation."""
        names = (f'"{self.id}"', f'"{conversation.simulation_output_id}"', text)

        def look() -> bool:
            with self.client.log.open(errors="replace") as log:
                return any(all(name in line for name in names) for line in log)

        wait_until(look, IMPORT_SECONDS, f"the log says: {text}")

    def outcomes(self, conversation: Conversation, attempt: int = 1) -> list[Item]:
        """What was announced of an import by now, by pass: one outcome as often as it came counts once. Takes the queue's messages."""
        for message in self.client.receive(self.client.deployment.queue_names["outcomes"]):
            outcome = json.loads(message["Body"])
            if outcome["organization_id"] == self.id and outcome not in self._outcomes:
                self._outcomes.append(outcome)
        names = (conversation.simulation_output_id, attempt)
        mine = [outcome for outcome in self._outcomes if (outcome["simulation_output_id"], outcome["attempt"]) == names]
        return sorted(mine, key=lambda outcome: (outcome["pass"], outcome["final"]))

    def wait_for_look(self, conversation: Conversation, *statuses: str, attempt: int = 1) -> Item:
        """The first outcome with one of these statuses. The ledger shows a pass's end but shortly when the next is due already."""

        def look() -> list[Item]:
            return [outcome for outcome in self.outcomes(conversation, attempt) if outcome["status"] in statuses]

        return wait_until(look, IMPORT_SECONDS, f"a pass that ends {' or '.join(statuses)}")[0]

    def wait_for_final(self, conversation: Conversation, attempt: int = 1, seconds: float = IMPORT_SECONDS) -> Item:
        """The outcome that nothing follows, once it is announced: the only one, and the last."""
        final = wait_until(
            lambda: [outcome for outcome in self.outcomes(conversation, attempt) if outcome["final"]], seconds, "a final outcome"
        )
        assert final == self.outcomes(conversation, attempt)[-1:]
        return final[0]

    def story(self, conversation: Conversation, attempt: int = 1) -> list[Look]:
        """How each pass ended, as it was announced."""
        return [(outcome["pass"], outcome["status"], outcome.get("reason")) for outcome in self.outcomes(conversation, attempt)]

    def stored(self, conversation: Conversation) -> list[Item]:
        """Every row of the simulation in the trace store."""
        return self.client.stored_spans(self.id, conversation.simulation_output_id)

    def stored_ids(self, conversation: Conversation) -> list[str]:
        """Span ids of those rows, sorted, each as often as it is stored."""
        return sorted(row["SpanId"] for row in self.stored(conversation))

    def assert_imported_exactly(self, conversation: Conversation) -> None:
        """Every span of the call is stored once, and no other."""
        assert self.stored_ids(conversation) == sorted(conversation.expected)

    def job(self, conversation: Conversation, **more: Any) -> str:  # noqa: ANN401
        """An import job for arize, as fanout writes it."""
        return json.dumps(conversation.event(self.id) | {"provider": "arize", "pass": 0, "force": False} | more)

    def dead_letters(self, queue: str) -> list[Item]:
        """This tenant's messages in the dead-letter queue of a queue."""
        messages = self.client.peek(self.client.deployment.dead_letters(queue))
        return [message for message in messages if self.id in message["Body"]]

    def write_native_span(self, conversation: Conversation, timestamp: str, **resource: str) -> None:
        """A span as native ingestion writes it: the same names, and no import id."""
        names = {"coval.organization_id": self.id, "coval.simulation_output_id": conversation.simulation_output_id}
        row = {
            "Timestamp": timestamp,
            "TraceId": "0af7651916cd43dd8448eb211c80319c",
            "SpanId": "b7ad6b7169203331",
            "SpanName": "native",
            "ServiceName": "agent",
            "ResourceAttributes": names | resource,
        }
        url = {"date_time_input_format": "best_effort", "async_insert": "0"}
        self.client.sql("INSERT INTO otel_traces FORMAT JSONEachRow", json.dumps(row).encode(), **url)
