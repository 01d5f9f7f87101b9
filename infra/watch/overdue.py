"""Counts imports whose next pass is long past: what should have happened and did not.

A job that waits too long or failed too often raises an alarm by itself, at its queue. This is for the one that is in no queue any more: purged,
expired, or lost by a fault that nobody thought of. It has to look from outside, so it shares nothing with the functions, neither code
nor queue; and what needs only the SDK that Lambda brings along needs no build.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any


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
    """How many of a provider's imports were due before a time in milliseconds. The index holds only those that are due at all."""
    question = {
        "TableName": os.environ["LEDGER_TABLE"],
        "IndexName": os.environ["DUE_INDEX"],
        "Select": "COUNT",
        "KeyConditionExpression": "#hash = :provider AND #range < :before",
        "ExpressionAttributeNames": {"#hash": os.environ["DUE_HASH"], "#range": os.environ["DUE_RANGE"]},
        "ExpressionAttributeValues": {":provider": {"S": provider}, ":before": {"N": str(before)}},
    }
    answer = dynamodb.query(**question)
    number = answer["Count"]
    while "LastEvaluatedKey" in answer:
        answer = dynamodb.query(**question, ExclusiveStartKey=answer["LastEvaluatedKey"])
        number += answer["Count"]
    return number
