"""boto3 clients and ClickHouse statements for one stack."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from settings import REGION, Settings


def aws_client(settings: Settings, service: str) -> Any:  # noqa: ANN401 - boto3 has no types
    """A client that talks to this stack and to nothing else."""
    given = settings.aws_environment
    session = boto3.Session(
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=given.get("AWS_SESSION_TOKEN"),
        region_name=REGION,
    )
    return session.client(service, endpoint_url=settings.aws_url, config=Config(retries={"total_max_attempts": 2}, read_timeout=60))


class SqlError(Exception):
    """ClickHouse refused a statement; the text is its own."""


def run_sql(settings: Settings, statement: str, database: str = "", user: tuple[str, str] | None = None, rows: bytes = b"", **url: str) -> str:
    """ClickHouse's answer as text. With `rows`, the statement goes in the URL and they are the body."""
    name, password = user or settings.clickhouse_user("reader")
    parameters = ({"query": statement} if rows else {}) | ({"database": database} if database else {}) | url
    request = urllib.request.Request(
        f"{settings.clickhouse_url}/?{urllib.parse.urlencode(parameters)}",
        data=rows or statement.encode(),
        headers={"X-ClickHouse-User": name, "X-ClickHouse-Key": password},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.read().decode()
    except urllib.error.HTTPError as error:
        raise SqlError(error.read().decode(errors="replace").strip()) from error


def apply_schema(settings: Settings, database: str, files: list[Path]) -> None:
    """Runs the statements of SQL files in a database, which is made if there is none."""
    run_sql(settings, f"CREATE DATABASE IF NOT EXISTS {database}")
    for file in files:
        for statement in file.read_text().split(";\n"):
            if statement.strip():
                run_sql(settings, statement, database)


def remove_ttl(settings: Settings, database: str) -> None:
    """Lets a database's tables keep their rows for ever."""
    expiring = "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine_full LIKE '% TTL %'"
    for table in run_sql(settings, expiring, database).split():
        run_sql(settings, f"ALTER TABLE {table} REMOVE TTL", database)
