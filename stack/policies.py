"""What each function's role may do, and nothing else: `infra/` grants the same."""

from __future__ import annotations

import json
from typing import Any

from deployment_file import Deployment, Function
from settings import REGION

Statement = dict[str, Any]
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


class Policies:
    """Policies of one deployment in one account."""

    def __init__(self, deployment: Deployment, account: str) -> None:
        self.deployment, self.account = deployment, account

    def role(self, function: Function, providers: list[str]) -> str:
        """The policy of a function's role. `providers` are those that fanout sends to."""
        deployment = self.deployment
        queue_actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"]
        dead_letters = self.queue(deployment.dead_letters(function.queue))
        if function.is_importer:
            own = [
                # Sends to its own queue: later passes. The ledger's sibling attempts are read by one query.
                allow(["sqs:SendMessage"], self.queue(function.queue), dead_letters, self.queue(deployment.queue_names["outcomes"])),
                allow(["secretsmanager:GetSecretValue"], *self.connections(function.name), *self.secret(deployment.clickhouse_secret)),
                allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"], self.table()),
            ]
        else:
            own = [
                allow(["sqs:SendMessage"], dead_letters, *(self.queue(deployment.import_queue(provider)) for provider in providers)),
                # It learns whether a connection exists, and can read none.
                allow(["secretsmanager:DescribeSecret"], *(arn for provider in deployment.providers for arn in self.connections(provider))),
                allow(["dynamodb:PutItem"], self.table()),
            ]
        return document(allow(queue_actions, self.queue(function.queue)), *own, self.logs(function))

    def event_queue(self) -> str:
        """Lets the one rule of the one bus send to the queue of events."""
        event = self.deployment.numbers["event"]
        rule = f"arn:aws:events:{REGION}:{self.account}:rule/{self.deployment.name(event['bus'])}/{self.deployment.name(event['rule'])}"
        statement = allow(["sqs:SendMessage"], self.queue(self.deployment.queue_names["events"]))
        return document(statement | {"Principal": {"Service": "events.amazonaws.com"}, "Condition": {"ArnEquals": {"aws:SourceArn": rule}}})

    def queue(self, name: str) -> str:
        """A queue's ARN."""
        return f"arn:aws:sqs:{REGION}:{self.account}:{name}"

    def table(self) -> str:
        """The ledger's ARN."""
        return f"arn:aws:dynamodb:{REGION}:{self.account}:table/{self.deployment.table}"

    def secret(self, name: str) -> list[str]:
        """A secret's ARNs. AWS adds a dash and six characters to the name; a secret that does not exist has none, and must be answered by
        "not found" and not by "access denied": that is how a function learns that nothing is connected."""
        arn = f"arn:aws:secretsmanager:{REGION}:{self.account}:secret:{name}"
        return [arn, f"{arn}-??????"]

    def connections(self, provider: str) -> list[str]:
        """Every organization's connection to one provider. The star cannot reach further: an organization id has no slash in it."""
        return self.secret(self.deployment.connection_secret("*", provider))

    def logs(self, function: Function) -> Statement:
        """Its own log group."""
        group = f"/aws/lambda/{self.deployment.name(function.name)}"
        return allow(["logs:CreateLogStream", "logs:PutLogEvents"], f"arn:aws:logs:{REGION}:{self.account}:log-group:{group}:*")


def allow(actions: list[str], *resources: str) -> Statement:
    """One statement."""
    return {"Effect": "Allow", "Action": actions, "Resource": list(resources)}


def document(*statements: Statement) -> str:
    """A whole policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
