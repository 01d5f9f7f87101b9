"""A function with a queue of its own, worked off as an event source mapping does: a message is deleted when the function says so, else it comes back."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from client import Client
from sandbox import Invocation, Sandbox

Message = dict[str, Any]


class Lane:
    """Queue, dead letters and outcomes of one sandbox: nothing of another lane can be mistaken for its own."""

    def __init__(self, client: Client, name: str, visibility_seconds: int) -> None:
        self.client, self.name, self.invocations = client, name, 0
        self.dead_letters, self.outcomes = (self._queue(f"chaos-{name}-{purpose}", {}) for purpose in ("dead-letters", "outcomes"))
        arn = client.sqs.get_queue_attributes(QueueUrl=self.dead_letters, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        # As deployed: tries are counted by the claim, and the queue's own limit is far away.
        redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": 100}
        self.queue = self._queue(f"chaos-{name}", {"VisibilityTimeout": str(visibility_seconds), "RedrivePolicy": json.dumps(redrive)})

    @property
    def environment(self) -> dict[str, str]:
        """What the function must be told to work with these queues."""
        return {"QUEUE_URL": self.queue, "DEAD_LETTER_QUEUE_URL": self.dead_letters, "OUTCOME_QUEUE_URL": self.outcomes}

    def send(self, job: Message) -> None:
        """Puts a message into the queue."""
        self.client.sqs.send_message(QueueUrl=self.queue, MessageBody=json.dumps(job))

    def step(self, sandbox: Sandbox, wait_seconds: int = 1) -> Invocation | None:
        """One message through the function; None if none came."""
        answer = self.client.sqs.receive_message(
            QueueUrl=self.queue, MaxNumberOfMessages=1, WaitTimeSeconds=wait_seconds, MessageSystemAttributeNames=["All"]
        )
        if not (messages := answer.get("Messages")):
            return None
        [message] = messages
        record = {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:eu-west-1:000000000000:chaos-{self.name}",
            "awsRegion": "eu-west-1",
        }
        self.invocations += 1
        done = sandbox.invoke({"Records": [record]})
        if done.ended == "response" and not done.body.get("batchItemFailures"):
            self.client.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return done

    def run(self, sandbox: Sandbox, seconds: float) -> bool:
        """Works the queue off until nothing is in it, not even delayed or hidden. False if that does not come in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.step(sandbox) is None and self.left() == 0:
                return True
        return False

    def left(self, queue: str | None = None) -> int:
        """How many messages a queue (its own, unless another is named) holds in any state."""
        states = [f"ApproximateNumberOfMessages{state}" for state in ("", "NotVisible", "Delayed")]
        attributes = self.client.sqs.get_queue_attributes(QueueUrl=queue or self.queue, AttributeNames=states)["Attributes"]
        return sum(int(attributes[state]) for state in states)

    def announced(self) -> list[Message]:
        """The outcomes that were announced, in any order."""
        found: list[Message] = []
        while messages := self.client.sqs.receive_message(QueueUrl=self.outcomes, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self.client.sqs.delete_message(QueueUrl=self.outcomes, ReceiptHandle=message["ReceiptHandle"])
                found.append(json.loads(message["Body"]))
        return found

    def _queue(self, name: str, attributes: dict[str, str]) -> str:
        return self.client.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def scratch(settings_state: Path, name: str) -> Path:
    """Where a sandbox writes its log."""
    folder = settings_state / "chaos"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.log"
