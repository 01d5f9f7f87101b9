"""Counts imports whose next pass is long past: what should have happened and did not.

A job that waits too long or failed too often raises an alarm by itself, at its queue. This is for the one that is in no queue any more: purged,
expired, or lost by a fault that nobody thought of. It has to look from outside, so it shares nothing with the functions, neither code
nor queue; and what needs only the SDK that Lambda brings along needs no build.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from typing import Any

# What BatchGetItem gives at once.
BATCH = 100


def handler(event: object, context: object, dynamodb: Any = None) -> dict[str, int]:  # noqa: ANN401, ARG001 - Lambda's signature; boto3 has no types
    """Counts, logs one line a provider, and one line in CloudWatch's embedded metric format."""
    if dynamodb is None:
        import boto3

        dynamodb = boto3.client("dynamodb")
    now = int(time.time() * 1000)
    before = now - 1000 * int(os.environ["OVERDUE_SECONDS"])
    counts = {provider: count(dynamodb, provider, before) for provider in os.environ["PROVIDERS"].split(",")}
    for provider, number in counts.items():
        if number:
            print(json.dumps({"level": "ERROR", "provider": provider, "overdue": number, "message": "imports whose next pass is long past"}))
    metrics = {"Namespace": os.environ["METRICS_NAMESPACE"], "Dimensions": [[]], "Metrics": [{"Name": "overdue", "Unit": "Count"}]}
    print(json.dumps({"_aws": {"Timestamp": now, "CloudWatchMetrics": [metrics]}, "overdue": sum(counts.values())}))
    return counts


def count(dynamodb: Any, provider: str, before: int) -> int:  # noqa: ANN401
    """How many of a provider's imports were due before a time in milliseconds."""
    return sum(int(item["next_at"]["N"]) < before for item in begun(dynamodb, provider, before) if "next_at" in item)


def begun(dynamodb: Any, provider: str, before: int) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    """A provider's imports that began before that time and have not ended: few, if all is well. The index holds keys only."""
    table = os.environ["LEDGER_TABLE"]
    question = {
        "TableName": table,
        "IndexName": os.environ["DUE_INDEX"],
        "KeyConditionExpression": "#hash = :provider AND #range < :before",
        "ExpressionAttributeNames": {"#hash": os.environ["DUE_HASH"], "#range": os.environ["DUE_RANGE"]},
        "ExpressionAttributeValues": {":provider": {"S": provider}, ":before": {"N": str(before)}},
    }
    while True:
        answer = dynamodb.query(**question)
        keys = [{name: entry[name] for name in ("PK", "SK")} for entry in answer["Items"]]
        for first in range(0, len(keys), BATCH):
            asked = {table: {"Keys": keys[first : first + BATCH], "ProjectionExpression": "PK, next_at"}}
            while asked:
                batch = dynamodb.batch_get_item(RequestItems=asked)
                yield from batch["Responses"].get(table, [])
                asked = batch.get("UnprocessedKeys")
        if "LastEvaluatedKey" not in answer:
            return
        question["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
