"""Deploys `infra/deployment.json` with boto3. Every step may run again: it makes what is missing and sets the rest."""

from __future__ import annotations

import base64
import hashlib
import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from clients import aws_client
from deployment_file import Deployment, Function
from policies import TRUST, Policies
from progress import say
from settings import Settings

Result = TypeVar("Result")
# The binaries are this machine's own.
ARCHITECTURE = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
OFTEN = {"Delay": 0.1, "MaxAttempts": 600}


class Deployer:
    """One deployment into one account."""

    def __init__(self, settings: Settings, deployment: Deployment) -> None:
        self.settings, self.deployment = settings, deployment
        names = ("dynamodb", "events", "iam", "lambda", "secretsmanager", "sqs", "sts")
        self.dynamodb, self.events, self.iam, self.lambda_, self.secrets, self.sqs, self.sts = (aws_client(settings, name) for name in names)
        self.policies = Policies(deployment, self.sts.get_caller_identity()["Account"])
        self.queue_urls: dict[str, str] = {}

    def deploy(self, packages: dict[str, Path]) -> dict[str, dict[str, str]]:
        """Deploys those functions that have a package. Returns each one's environment."""
        functions = self.deployment.functions(packages)
        self._table()
        self._clickhouse_secret()
        for function in functions:
            self._queue_pair(function.queue, self.deployment.visibility_seconds(function), function.receives)
        self._queue(self.deployment.queue_names["outcomes"], {})
        providers = [function.name for function in functions if function.is_importer]
        environments = {function.name: self._environment(function, providers) for function in functions}
        for function in functions:
            role = self._role(function, providers)
            self._function(function, packages[function.name], role, environments[function.name])
            self._mapping(function)
            if function.is_importer:
                self._alias(function)
        if any(not function.is_importer for function in functions):
            self._rule()
        return environments

    def _environment(self, function: Function, providers: list[str]) -> dict[str, str]:
        environment = self.deployment.common_environment(function) | {
            "QUEUE_URL": self.queue_urls[function.queue],
            "DEAD_LETTER_QUEUE_URL": self.queue_urls[self.deployment.dead_letters(function.queue)],
        }
        if not function.is_importer:
            queues = {provider: self.queue_urls[self.deployment.import_queue(provider)] for provider in providers}
            return environment | {"PROVIDER_QUEUES": json.dumps(queues, separators=(",", ":"))}
        return (
            environment
            | function.environment
            | {
                "OUTCOME_QUEUE_URL": self.queue_urls[self.deployment.queue_names["outcomes"]],
                "CLICKHOUSE_URL": self.settings.clickhouse_url,
                "ALLOWED_HOSTS": ",".join(self.settings.allowed_hosts),
                "DIRECT_ALIAS": self.deployment.direct_alias,
            }
        )

    def _table(self) -> None:
        ledger = self.deployment.numbers["ledger"]
        attention, due, recent = ledger["index"], ledger["due_index"], ledger["recent_index"]
        types = {"PK": "S", "SK": "S", attention["hash"]: "S", attention["range"]: "S", due["hash"]: "S", due["range"]: "N"}
        types |= {recent["hash"]: "S", recent["range"]: "N"}
        projections = ((attention, {"ProjectionType": "ALL"}), (due, {"ProjectionType": "KEYS_ONLY"}), (recent, {"ProjectionType": "KEYS_ONLY"}))
        table = {
            "TableName": self.deployment.table,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()],
            "KeySchema": _key_schema("PK", "SK"),
            # The first two are sparse: only the imports that need a person have the first's keys, only those that have not ended have the second's.
            "GlobalSecondaryIndexes": [
                {"IndexName": index["name"], "KeySchema": _key_schema(index["hash"], index["range"]), "Projection": kept}
                for index, kept in projections
            ],
        }
        _unless(lambda: self.dynamodb.create_table(**table), "ResourceInUseException")
        self.dynamodb.get_waiter("table_exists").wait(TableName=self.deployment.table, WaiterConfig=OFTEN)
        # One that was made before an index was thought of gets it now.
        known = self.dynamodb.describe_table(TableName=self.deployment.table).get("Table", table).get("GlobalSecondaryIndexes", [])
        missing = [index for index in table["GlobalSecondaryIndexes"] if index["IndexName"] not in {one["IndexName"] for one in known}]
        for index in missing:
            self.dynamodb.update_table(
                TableName=self.deployment.table,
                AttributeDefinitions=table["AttributeDefinitions"],
                GlobalSecondaryIndexUpdates=[{"Create": index}],
            )
        expiry = {"Enabled": True, "AttributeName": ledger["expiry_attribute"]}
        _unless(
            lambda: self.dynamodb.update_time_to_live(TableName=self.deployment.table, TimeToLiveSpecification=expiry), "ValidationException"
        )

    def _clickhouse_secret(self) -> None:
        user, password = self.settings.clickhouse_user("importer")
        put_secret(self.secrets, self.deployment.clickhouse_secret, {"user": user, "password": password})

    def _queue_pair(self, name: str, visibility_seconds: int, receives: int) -> None:
        """A queue, and the one that takes what failed too often in it."""
        numbers = self.deployment.numbers["queues"]
        dead_letters = self.deployment.dead_letters(name)
        self._queue(dead_letters, {"MessageRetentionPeriod": str(numbers["dead_letter_retention_seconds"])})
        redrive = {"deadLetterTargetArn": self.policies.queue(dead_letters), "maxReceiveCount": receives}
        attributes = {"VisibilityTimeout": str(visibility_seconds), "RedrivePolicy": json.dumps(redrive)}
        if name == self.deployment.queue_names["events"]:
            attributes["Policy"] = self.policies.event_queue()
        self._queue(name, attributes)

    def _queue(self, name: str, attributes: dict[str, str]) -> None:
        attributes = {"MessageRetentionPeriod": str(self.deployment.numbers["queues"]["retention_seconds"])} | attributes
        known = _unless(lambda: self.sqs.get_queue_url(QueueName=name), "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
        self.queue_urls[name] = (known or self.sqs.create_queue(QueueName=name))["QueueUrl"]
        self.sqs.set_queue_attributes(QueueUrl=self.queue_urls[name], Attributes=attributes)

    def _role(self, function: Function, providers: list[str]) -> str:
        name = self.deployment.name(function.name)
        _unless(lambda: self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST), "EntityAlreadyExists")
        self.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=self.policies.role(function, providers))
        return self.iam.get_role(RoleName=name)["Role"]["Arn"]

    def _function(self, function: Function, package: Path, role: str, environment: dict[str, str]) -> None:
        """Sends the code only if it changed, and the settings only if they changed: either one ends what is warm."""
        name, numbers = self.deployment.name(function.name), self.deployment.numbers["functions"]
        code = package.read_bytes()
        configuration: dict[str, Any] = {
            "Role": role,
            "Timeout": function.timeout_seconds,
            "MemorySize": numbers["memory_megabytes"],
            "Environment": {"Variables": environment},
        }
        known = _unless(lambda: self.lambda_.get_function_configuration(FunctionName=name), "ResourceNotFoundException")
        if known is None:
            self.lambda_.create_function(
                FunctionName=name,
                Runtime=numbers["runtime"],
                Handler="bootstrap",
                Code={"ZipFile": code},
                Architectures=[ARCHITECTURE],
                **configuration,
            )
            say(f"deployed {name} ({len(code) / 1e6:.1f} MB)")
            self.lambda_.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=OFTEN)
            return
        if known["CodeSha256"] != base64.b64encode(hashlib.sha256(code).digest()).decode():
            self.lambda_.update_function_code(FunctionName=name, ZipFile=code)
            self.lambda_.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=OFTEN)
            say(f"deployed new code of {name} ({len(code) / 1e6:.1f} MB)")
        if any(known.get(setting) != value for setting, value in configuration.items()):
            self.lambda_.update_function_configuration(FunctionName=name, **configuration)
            self.lambda_.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=OFTEN)
            say(f"deployed new settings of {name}")

    def _mapping(self, function: Function) -> None:
        """From the queue to the function, batch by batch; a message that failed comes back alone."""
        name, source = self.deployment.name(function.name), self.policies.queue(function.queue)
        wanted = {
            "BatchSize": function.batch_size,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": {"MaximumConcurrency": function.maximum_concurrency},
        }
        known = self.lambda_.list_event_source_mappings(FunctionName=name, EventSourceArn=source)["EventSourceMappings"]
        if known:
            self.lambda_.update_event_source_mapping(UUID=known[0]["UUID"], **wanted)
        else:
            self.lambda_.create_event_source_mapping(FunctionName=name, EventSourceArn=source, **wanted)

    def _alias(self, function: Function) -> None:
        """The door for direct requests."""
        alias = {"FunctionName": self.deployment.name(function.name), "Name": self.deployment.direct_alias, "FunctionVersion": "$LATEST"}
        _unless(lambda: self.lambda_.create_alias(**alias), "ResourceConflictException")

    def _rule(self) -> None:
        """Bus to queue, and not bus to function: a queue gives fanout its retries and its dead letters."""
        event = self.deployment.numbers["event"]
        bus, rule = self.deployment.name(event["bus"]), self.deployment.name(event["rule"])
        _unless(lambda: self.events.create_event_bus(Name=bus), "ResourceAlreadyExistsException")
        self.events.put_rule(Name=rule, EventBusName=bus, EventPattern=json.dumps(self.deployment.event_pattern))
        target = {"Id": "events", "Arn": self.policies.queue(self.deployment.queue_names["events"])}
        self.events.put_targets(Rule=rule, EventBusName=bus, Targets=[target])


def put_secret(secrets: Any, name: str, value: dict[str, str] | dict[str, str | bool]) -> None:  # noqa: ANN401 - boto3 has no types
    """Makes a secret, or replaces its value."""
    text = json.dumps(value)
    if _unless(lambda: secrets.create_secret(Name=name, SecretString=text), "ResourceExistsException") is None:
        secrets.put_secret_value(SecretId=name, SecretString=text)


def _key_schema(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [{"AttributeName": hash_key, "KeyType": "HASH"}, {"AttributeName": range_key, "KeyType": "RANGE"}]


def _unless(call: Callable[[], Result], *codes: str) -> Result | None:
    """The call's answer, or None where it failed with one of these codes: what it asked for is there (or not there) already."""
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] in codes:
            return None
        raise
