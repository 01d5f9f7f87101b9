"""What a person or a test does to a running stack, and what can be seen of it from outside."""

from __future__ import annotations

import contextlib
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

from boto3.dynamodb.types import TypeDeserializer

from agent import Conversation
from clients import aws_client, run_sql
from deployer import OFTEN, put_secret
from deployment_file import Deployment
from policies import allow, document
from settings import Settings

Result = TypeVar("Result")
Item = dict[str, Any]


class NotInTime(AssertionError):
    """What was waited for did not come."""


def wait_until(look: Callable[[], Result], seconds: float, what: str, every: float = 0.2) -> Result:
    """What `look` returns once that is true. Looks soon at first and then less often: the machine has better to do."""
    deadline, pause = time.monotonic() + seconds, every / 4
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise NotInTime(f"not within {seconds:.0f} s: {what}; last seen: {seen!r}")
        time.sleep(pause)
        pause = min(pause * 1.5, every * 3)
    return seen


class Client:
    """One stack's client."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.deployment = settings, Deployment(settings.profile)
        self.events, self.secrets, self.dynamodb, self.sqs, self.iam = (
            aws_client(settings, service) for service in ("events", "secretsmanager", "dynamodb", "sqs", "iam")
        )
        self.database: str = self.deployment.numbers["trace_store"]["database"]

    @property
    def log(self) -> Path:
        """What the emulator and the functions in it printed."""
        return self.settings.state / "aws.log"

    # --- what goes in

    def put_event(self, event: Item) -> None:
        """Puts a simulation-completed event on the bus, as the simulation platform does."""
        numbers = self.deployment.numbers["event"]
        entry = {
            "EventBusName": self.deployment.name(numbers["bus"]),
            "Source": numbers["source"],
            "DetailType": numbers["detail_type"],
            "Detail": json.dumps(event),
        }
        answer = self.events.put_events(Entries=[entry])
        assert answer["FailedEntryCount"] == 0, answer

    def connect(self, organization_id: str, provider: str, **connection: str | bool) -> None:
        """Connects an organization to a platform, or replaces its connection."""
        put_secret(self.secrets, self.deployment.connection_secret(organization_id, provider), connection)

    def send(self, queue: str, *bodies: str) -> None:
        """Sends messages to a queue, ten at a time."""
        for first in range(0, len(bodies), 10):
            entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies[first : first + 10])]
            answer = self.sqs.send_message_batch(QueueUrl=self.queue_url(queue), Entries=entries)
            assert not answer.get("Failed"), answer

    # --- what comes out

    def queue_url(self, name: str) -> str:
        """The address of a queue by its full name."""
        return self.sqs.get_queue_url(QueueName=name)["QueueUrl"]

    def queue_arn(self, name: str) -> str:
        """The name of a queue in policies."""
        return self.sqs.get_queue_attributes(QueueUrl=self.queue_url(name), AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def receive(self, queue: str) -> list[Item]:
        """Takes what is in a queue now, attributes and all, and deletes it there."""
        url, taken = self.queue_url(queue), []
        while messages := self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"]
        ).get("Messages"):
            for message in messages:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            taken += messages
        return taken

    def peek(self, queue: str) -> list[Item]:
        """What can be received from a queue now. Nothing is taken: each message can be received again at once."""
        answer = self.sqs.receive_message(
            QueueUrl=self.queue_url(queue), MaxNumberOfMessages=10, VisibilityTimeout=0, MessageAttributeNames=["All"]
        )
        return answer.get("Messages", [])

    def held(self, *queues: str) -> int:
        """How many messages queues hold in any state: ready, in work, delayed."""
        return self._messages(queues, "", "NotVisible", "Delayed")

    def busy(self, *queues: str) -> int:
        """How many messages queues hold that are ready or in work. Delayed ones, such as later passes, do not count."""
        return self._messages(queues, "", "NotVisible")

    def _messages(self, queues: tuple[str, ...], *states: str) -> int:
        names = [f"ApproximateNumberOfMessages{state}" for state in states]
        counts = (self.sqs.get_queue_attributes(QueueUrl=self.queue_url(queue), AttributeNames=names)["Attributes"] for queue in queues)
        return sum(int(count) for attributes in counts for count in attributes.values())

    def wait_for_rest(self, *queues: str) -> None:
        """Returns once queues hold nothing, not even delayed."""
        wait_until(lambda: self.held(*queues) == 0, 90, "the queues come to rest")

    @contextlib.contextmanager
    def cut_off(self, function: str, queue: str) -> Iterator[None]:
        """While its block runs, a function may not send to a queue."""
        deny = allow(["sqs:SendMessage"], self.queue_arn(queue)) | {"Effect": "Deny"}
        role = {"RoleName": self.deployment.name(function), "PolicyName": "cut-off"}
        self.iam.put_role_policy(**role, PolicyDocument=document(deny))
        try:
            yield
        finally:
            self.iam.delete_role_policy(**role)

    @contextlib.contextmanager
    def configured(self, functions: Iterable[str], changes: dict[str, str]) -> Iterator[None]:
        """While its block runs, functions have other environment variables than they were deployed with."""
        lambda_ = aws_client(self.settings, "lambda")
        names = [self.deployment.name(function) for function in functions]
        before = {name: lambda_.get_function_configuration(FunctionName=name)["Environment"]["Variables"] for name in names}

        def configure(changes: dict[str, str]) -> None:
            for name, variables in before.items():
                lambda_.update_function_configuration(FunctionName=name, Environment={"Variables": variables | changes})
                lambda_.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=OFTEN)

        configure(changes)
        try:
            yield
        finally:
            configure({})

    def spans_in_phoenix(self, project: str, **filters: str) -> list[Item]:
        """What Phoenix shows of a project; nothing while the project is not there yet."""
        spans, cursor = [], None
        while cursor != "":
            query = urllib.parse.urlencode({"limit": 1000} | filters | ({"cursor": cursor} if cursor else {}))
            try:
                url = f"{self.settings.phoenix_url}/v1/projects/{urllib.parse.quote(project, safe='')}/spans?{query}"
                with urllib.request.urlopen(url, timeout=30) as response:
                    page = json.load(response)
            except urllib.error.HTTPError as error:
                if error.code != HTTPStatus.NOT_FOUND:
                    raise
                return []
            spans += page["data"]
            cursor = page["next_cursor"] or ""
        return spans

    def wait_for_phoenix(self, project: str, conversations: list[Conversation], seconds: float = 60) -> None:
        """Returns once Phoenix shows every span: its 200 only means that it has queued them."""
        sent = {span.span_id for conversation in conversations for span in conversation.spans}

        def missing() -> int:
            return len(sent - {span["context"]["span_id"] for span in self.spans_in_phoenix(project)})

        wait_until(lambda: missing() == 0, seconds, f"{len(sent)} spans visible in Phoenix project {project}", every=0.2 + len(sent) / 2000)

    def ledger(self, organization_id: str, simulation_output_id: str) -> dict[str, Item]:
        """A simulation's ledger items by their sort key: `1#arize`, `1#fanout`."""
        answer = self.dynamodb.query(
            TableName=self.deployment.table,
            KeyConditionExpression="PK = :key",
            ExpressionAttributeValues={":key": {"S": f"{organization_id}#{simulation_output_id}"}},
            ConsistentRead=True,
        )
        read = TypeDeserializer().deserialize
        return {item["SK"]["S"]: {name: read(value) for name, value in item.items()} for item in answer["Items"]}

    def sql(self, statement: str, rows: bytes = b"", **url: str) -> str:
        """ClickHouse's answer as text."""
        return run_sql(self.settings, statement, self.database, rows=rows, **url).strip()

    def rows(self, statement: str, **parameters: str) -> list[Item]:
        """A SELECT's rows. Parameters stand as {name:String} in it."""
        url = {f"param_{name}": value for name, value in parameters.items()}
        text = self.sql(f"{statement}\nFORMAT JSONEachRow", optimize_functions_to_subcolumns="0", output_format_json_quote_64bit_integers="0", **url)
        return [json.loads(line) for line in text.splitlines()]

    def stored_spans(self, organization_id: str, simulation_output_id: str) -> list[Item]:
        """Every row that the trace store has for a simulation, whoever wrote it, in order of time."""
        return self.rows(
            f"""SELECT *, toUnixTimestamp64Nano(Timestamp) AS StartNanoseconds FROM {self.deployment.numbers["trace_store"]["table"]}
            WHERE ResourceAttributes['coval.organization_id'] = {{organization:String}}
              AND ResourceAttributes['coval.simulation_output_id'] = {{simulation:String}}
            ORDER BY StartNanoseconds, SpanId""",
            organization=organization_id,
            simulation=simulation_output_id,
        )
