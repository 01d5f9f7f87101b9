"""A function with a queue of its own, worked off as an event source mapping does: a message is deleted when the function says so, else it comes back."""

from __future__ import annotations

import json
import time
from typing import Any

from client import Client
from sandbox import Invocation, Sandbox

Message = dict[str, Any]


class Lane:
    """Queue, dead letters and outcomes of one sandbox: nothing of another lane can be mistaken for its own."""

    def __init__(self, client: Client, name: str, visibility_seconds: int) -> None:
        self.client, self.name, self.invocations = client, f"chaos-{name}", 0
        self.dead_letters, self.outcomes = f"{self.name}-dead-letters", f"{self.name}-outcomes"
        for queue in (self.dead_letters, self.outcomes):
            client.sqs.create_queue(QueueName=queue)
        # As deployed: tries are counted by the claim, and the queue's own limit is far away.
        redrive = {"deadLetterTargetArn": client.queue_arn(self.dead_letters), "maxReceiveCount": 100}
        attributes = {"VisibilityTimeout": str(visibility_seconds), "RedrivePolicy": json.dumps(redrive)}
        self.url = client.sqs.create_queue(QueueName=self.name, Attributes=attributes)["QueueUrl"]

    @property
    def environment(self) -> dict[str, str]:
        """What the function must be told to work with these queues."""
        others = {"DEAD_LETTER_QUEUE_URL": self.dead_letters, "OUTCOME_QUEUE_URL": self.outcomes}
        return {"QUEUE_URL": self.url} | {name: self.client.queue_url(queue) for name, queue in others.items()}

    def send(self, job: Message) -> None:
        """Puts a message into the queue."""
        self.client.sqs.send_message(QueueUrl=self.url, MessageBody=json.dumps(job))

    def step(self, sandbox: Sandbox, wait_seconds: int = 1) -> Invocation | None:
        """One message through the function; None if none came."""
        answer = self.client.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=1, WaitTimeSeconds=wait_seconds, MessageSystemAttributeNames=["All"]
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
            "eventSourceARN": f"arn:aws:sqs:eu-west-1:000000000000:{self.name}",
            "awsRegion": "eu-west-1",
        }
        self.invocations += 1
        done = sandbox.invoke({"Records": [record]})
        if done.ended == "response" and not done.body.get("batchItemFailures"):
            self.client.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return done

    def run(self, sandbox: Sandbox, seconds: float) -> bool:
        """Works the queue off until nothing is in it, not even delayed or hidden. False if that does not come in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.step(sandbox) is None and self.client.held(self.name) == 0:
                return True
        return False

    def dead(self) -> int:
        """How many dead letters there are."""
        return self.client.held(self.dead_letters)

    def announced(self) -> list[Message]:
        """The outcomes that were announced, in any order."""
        return [json.loads(message["Body"]) for message in self.client.receive(self.outcomes)]
