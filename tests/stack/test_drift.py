"""What terraform makes of `infra/` is what the embedded stack deploys, under the default profile: names, numbers, policies, environments,
sources of events. What is tested here is then what runs on AWS.

terraform applies against a stand-in of the AWS provider, `terraform show -json` says what came of it, and the deployer calls stand-ins of boto3's
clients: nothing is started. What is applied and not only planned, because a plan leaves open every queue's URL and ARN, and with them the
environments, the sources of events and the redrive policies; whatever a plan does tell, terraform holds an apply to. Where there is no
terraform, those tests are skipped; the comparisons of texts always run.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import deployer
import policies
import pytest
from botocore.exceptions import ClientError
from deployment_file import Deployment
from settings import REPOSITORY, Settings

INFRA = REPOSITORY / "infra"
OFFLINE = INFRA / "tools/terraform-offline/check.sh"
ACCOUNT, REGION = "123456789012", "us-east-1"  # the stand-in's own
PROVIDERS = ["langfuse", "arize", "langsmith"]
CLICKHOUSE = "https://clickhouse.example.com:8443"
Item = dict[str, Any]


class Terraform:
    """Everything that terraform made, resource by resource, as `terraform show -json` tells it."""

    def __init__(self, shown: Item) -> None:
        self.outputs: Item = shown["values"]["outputs"]
        self.resources = list(resources(shown["values"]["root_module"]))

    def all(self, kind: str, name: str = "") -> list[Item]:
        """The attributes of every resource of a type."""
        return [resource["values"] for resource in self.resources if resource["type"] == kind and name in ("", resource["name"])]

    def by(self, key: str, kind: str, name: str = "") -> dict[str, Item]:
        """The same, by one attribute."""
        return {attributes[key]: attributes for attributes in self.all(kind, name)}


def resources(module: Item) -> Iterator[Item]:
    """A module's resources, and those of the modules in it."""
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from resources(child)


class Calls:
    """boto3's clients, of which every call is noted and answered as on an empty account."""

    def __init__(self) -> None:
        self.made: list[tuple[str, Item]] = []

    def __getattr__(self, operation: str) -> Any:  # noqa: ANN401
        def call(*_: object, **arguments: Any) -> Any:  # noqa: ANN401
            self.made.append((operation, arguments))
            if operation.startswith(("get_function", "get_queue_url")):
                code = "ResourceNotFoundException" if "function" in operation else "QueueDoesNotExist"
                raise ClientError({"Error": {"Code": code, "Message": ""}}, operation)
            answers = {
                "create_queue": lambda: {"QueueUrl": queue_url(arguments["QueueName"])},
                "get_role": lambda: {"Role": {"Arn": f"arn:aws:iam::{ACCOUNT}:role/{arguments['RoleName']}"}},
                "list_event_source_mappings": lambda: {"EventSourceMappings": []},
                "get_caller_identity": lambda: {"Account": ACCOUNT},
                "get_waiter": Calls,
            }
            return answers.get(operation, dict)()

        return call

    def to(self, operation: str) -> list[Item]:
        """The arguments of every call of an operation."""
        return [arguments for made, arguments in self.made if made == operation]


def queue_url(name: str) -> str:
    return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings.read({"STATE": str(tmp_path_factory.mktemp("state")), "CLICKHOUSE_URL": CLICKHOUSE})


@pytest.fixture(scope="module")
def terraform(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    if not shutil.which("terraform"):
        pytest.skip("there is no terraform on this machine (https://developer.hashicorp.com/terraform/install)")
    folder = tmp_path_factory.mktemp("terraform")
    shutil.copytree(INFRA, folder / "infra", ignore=shutil.ignore_patterns(".terraform", "*.tfstate*", "*.tftest.hcl", "*.tfvars", "backend.tf"))
    values = {
        "region": REGION,
        "clickhouse_url": CLICKHOUSE,
        "alarm_emails": ["on-call@example.com"],
        "package_directory": "./tests/packages",
        "allowed_hosts": list(settings.allowed_hosts),
    }
    (folder / "infra/values.auto.tfvars.json").write_text(json.dumps(values))

    def run(*arguments: str) -> str:
        answer = subprocess.run(["bash", str(OFFLINE), str(folder / "infra"), "--", *arguments], capture_output=True, text=True, check=False)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return answer.stdout

    run("apply", "-auto-approve", "-no-color", f"-state-out={folder}/state.json")
    shown = run("show", "-json", f"{folder}/state.json")
    return Terraform(json.loads(shown[shown.index('{"format_version"') :]))


@pytest.fixture(scope="module")
def embedded(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Calls:
    package = tmp_path_factory.mktemp("packages") / "any.zip"
    package.write_bytes(b"")
    calls = Calls()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deployer, "aws_client", lambda *_: calls)
        patch.setattr(policies, "REGION", REGION)
        deployer.Deployer(settings, Deployment("default")).deploy(dict.fromkeys(["fanout", *PROVIDERS], package))
    return calls


def rights(document: str) -> set[tuple[str, str, str, str]]:
    """A policy as (effect, action, resource, whoever and whenever)."""

    def listed(value: str | list[str]) -> list[str]:
        return [value] if isinstance(value, str) else value

    return {
        (statement["Effect"], action, resource, json.dumps([statement.get("Principal"), statement.get("Condition")], sort_keys=True))
        for statement in json.loads(document)["Statement"]
        for action in listed(statement["Action"])
        for resource in listed(statement.get("Resource", ""))
    }


def test_the_functions_are_the_same(terraform: Terraform, embedded: Calls) -> None:
    planned = terraform.by("function_name", "aws_lambda_function", "own")
    deployed = {call["FunctionName"]: call for call in embedded.to("create_function")}
    assert set(planned) == set(deployed) == {f"spanlift-{name}" for name in ("fanout", *PROVIDERS)}
    for name, call in deployed.items():
        own = planned[name]
        settings = {"runtime": "Runtime", "handler": "Handler", "timeout": "Timeout", "memory_size": "MemorySize", "role": "Role"}
        assert {key: own[key] for key in settings} == {key: call[argument] for key, argument in settings.items()}, name
        assert variables(own["environment"][0]["variables"]) == variables(call["Environment"]["Variables"]), name


def variables(environment: dict[str, str]) -> Item:
    """An environment; what is a list or an object in it is compared as one."""
    read = {"ALLOWED_HOSTS": lambda value: set(value.split(",")), "PROVIDER_QUEUES": json.loads}
    return {name: read.get(name, str)(value) for name, value in environment.items()}


def test_the_queues_are_the_same(terraform: Terraform, embedded: Calls) -> None:
    planned = terraform.by("name", "aws_sqs_queue")
    deployed = {call["QueueUrl"].rsplit("/", 1)[1]: call["Attributes"] for call in embedded.to("set_queue_attributes")}
    assert set(planned) - set(deployed) == {"spanlift-simulation-completed-undelivered"}, "the emulator does not use a target's dead letters"
    for name, attributes in deployed.items():
        assert planned[name]["message_retention_seconds"] == int(attributes["MessageRetentionPeriod"]), name
        assert redrive(planned[name]["redrive_policy"]) == redrive(attributes.get("RedrivePolicy")), name
        if "VisibilityTimeout" in attributes:
            assert planned[name]["visibility_timeout_seconds"] == int(attributes["VisibilityTimeout"]), name


def redrive(policy: str | None) -> Item:
    """A redrive policy; the stand-in makes up an odd one where there is none."""
    return json.loads(policy) if policy and policy.startswith("{") else {}


def test_the_sources_of_events_are_the_same(terraform: Terraform, embedded: Calls) -> None:
    planned = {
        mapping["function_name"].rsplit(":", 1)[1]: [
            mapping["event_source_arn"],
            mapping["batch_size"],
            mapping["function_response_types"],
            mapping["scaling_config"][0]["maximum_concurrency"],
        ]
        for mapping in terraform.all("aws_lambda_event_source_mapping")
    }
    assert planned == {
        call["FunctionName"]: [call["EventSourceArn"], call["BatchSize"], call["FunctionResponseTypes"], call["ScalingConfig"]["MaximumConcurrency"]]
        for call in embedded.to("create_event_source_mapping")
    }


def test_the_roles_may_do_the_same(terraform: Terraform, embedded: Calls) -> None:
    planned = {policy["role"]: rights(policy["policy"]) for policy in terraform.all("aws_iam_role_policy", "own")}
    assert planned == {call["RoleName"]: rights(call["PolicyDocument"]) for call in embedded.to("put_role_policy")}
    trusted = {role["name"]: rights(role["assume_role_policy"]) for role in terraform.all("aws_iam_role", "own")}
    assert trusted == {call["RoleName"]: rights(call["AssumeRolePolicyDocument"]) for call in embedded.to("create_role")}
    # Beside these, each may use the one key, of which the embedded stack has none.
    others = {policy["role"]: policy["policy"] for policy in terraform.all("aws_iam_role_policy") if policy["name"] != "own"}
    [key] = [key["arn"] for key in terraform.all("aws_kms_key")]
    assert set(others) == set(planned)
    for policy in others.values():
        assert {(action, resource) for _, action, resource, _ in rights(policy)} == {("kms:Decrypt", key), ("kms:GenerateDataKey", key)}


def test_who_feeds_itself_is_allowed_to_and_nobody_else(terraform: Terraform, embedded: Calls) -> None:
    """Lambda ends any other chain after 16 invocations; the emulator does not (docs/adr/0021-later-passes-stay-in-their-queue.md)."""
    allowed = {setting["function_name"] for setting in terraform.all("aws_lambda_function_recursion_config") if setting["recursive_loop"] == "Allow"}
    feeds = {call["FunctionName"]: call["EventSourceArn"] for call in embedded.to("create_event_source_mapping")}
    sends = {
        call["RoleName"]: {resource for _, action, resource, _ in rights(call["PolicyDocument"]) if action == "sqs:SendMessage"}
        for call in embedded.to("put_role_policy")
    }
    assert allowed == {name for name, queue in feeds.items() if queue in sends[name]} == {f"spanlift-{name}" for name in PROVIDERS}
    watched = {alarm["dimensions"]["FunctionName"] for alarm in terraform.all("aws_cloudwatch_metric_alarm") if alarm["metric_name"] == "RecursiveInvocationsDropped"}
    assert watched == allowed


def waits_for(file: Path, resource: str) -> set[str]:
    """What a resource of a file waits for beside what it names."""
    [body] = re.findall(rf'^resource "{resource}" "own" \{{\n(.*?)^\}}$', file.read_text(), re.M | re.S)
    return set(re.search(r"depends_on = \[(.*?)\]", body)[1].split(", "))


def test_nothing_runs_before_it_may() -> None:
    """No plan tells what waits for what: a function for each policy of its role, its queue for the permission to feed itself."""
    worker = INFRA / "modules/worker"
    policies = {f"aws_iam_role_policy.{name}" for name in re.findall(r'^resource "aws_iam_role_policy" "(\w+)"', (worker / "role.tf").read_text(), re.M)}
    assert len(policies) == 4 and waits_for(worker / "function.tf", "aws_lambda_function") == policies
    first = {"aws_iam_role_policy.own", "aws_iam_role_policy.key", "aws_lambda_function_recursion_config.own"}
    assert waits_for(worker / "queue.tf", "aws_lambda_event_source_mapping") == first


def test_every_metric_that_is_paid_for_is_on_the_dashboard(terraform: Terraform) -> None:
    """Each is paid for by name and dimensions: those that importers write, those that their log is counted for, and the watch's."""
    source = (REPOSITORY / "shared/runtime/src/metrics.rs").read_text()
    told = set(re.findall(r'metric\("(\w+)"', source))
    assert len(told) == 4 and re.findall(r'"Dimensions": (\[\[.*?\]\]),', source) == ['[["provider"]]']
    counted = {one["metric_transformation"][0]["name"] for one in terraform.all("aws_cloudwatch_log_metric_filter")}
    [dashboard] = terraform.all("aws_cloudwatch_dashboard")
    charted = [metric for widget in json.loads(dashboard["dashboard_body"])["widgets"] for metric in widget["properties"]["metrics"]]
    own = [metric[1:] for metric in charted if metric[0] == "Spanlift/spanlift"]
    assert {metric[0] for metric in own} == told | counted | {"overdue"}
    for name in told:
        assert sorted(metric[2] for metric in own if metric[:2] == [name, "provider"]) == sorted(PROVIDERS), name


def test_no_secret_ends_as_an_arn_does(terraform: Terraform) -> None:
    """AWS takes a hyphen and six characters at the end of a name for the end of an ARN."""
    assert [secret["name"] for secret in terraform.all("aws_secretsmanager_secret") if re.search(r"-[A-Za-z0-9]{6}$", secret["name"])] == []


def test_no_role_may_do_everything_or_anything_to_everything(terraform: Terraform) -> None:
    """Of all roles, the watch's too. (X-Ray and a VPC's interfaces, which AWS grants on "*" only, are off unless asked for.)"""
    policies = terraform.all("aws_iam_role_policy")
    assert {policy["role"] for policy in policies} == {role["name"] for role in terraform.all("aws_iam_role")}
    for policy in policies:
        for effect, action, resource, _ in rights(policy["policy"]):
            assert effect == "Allow" and "*" not in action and resource != "*", policy["role"]


def test_the_rule_is_the_same(terraform: Terraform, embedded: Calls) -> None:
    [bus], [rule], [targets] = (embedded.to(name) for name in ("create_event_bus", "put_rule", "put_targets"))
    [planned] = terraform.all("aws_cloudwatch_event_rule", "simulation_completed")
    [target] = terraform.all("aws_cloudwatch_event_target", "events")
    assert [planned["event_bus_name"], planned["name"], json.loads(planned["event_pattern"])] == [
        bus["Name"],
        rule["Name"],
        json.loads(rule["EventPattern"]),
    ]
    assert [[target["target_id"], target["arn"]]] == [[one["Id"], one["Arn"]] for one in targets["Targets"]]
    queue = next(call for call in embedded.to("set_queue_attributes") if "Policy" in call["Attributes"])
    [policy] = [policy["policy"] for policy in terraform.all("aws_sqs_queue_policy", "events")]
    assert rights(policy) == rights(queue["Attributes"]["Policy"])


def test_the_ledger_and_the_secret_are_the_same(terraform: Terraform, embedded: Calls) -> None:
    [planned], [table] = terraform.all("aws_dynamodb_table"), embedded.to("create_table")
    assert [planned["name"], planned["billing_mode"]] == [table["TableName"], table["BillingMode"]]
    assert keys([planned["hash_key"], planned["range_key"]]) == table["KeySchema"]
    indexes = {index["name"]: [keys([index["hash_key"], index["range_key"]]), index["projection_type"]] for index in planned["global_secondary_index"]}
    deployed = {index["IndexName"]: [index["KeySchema"], index["Projection"]["ProjectionType"]] for index in table["GlobalSecondaryIndexes"]}
    assert indexes == deployed
    types = {attribute["name"]: attribute["type"] for attribute in planned["attribute"]}
    assert types == {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    [expiry] = embedded.to("update_time_to_live")
    assert [planned["ttl"][0]["attribute_name"], planned["ttl"][0]["enabled"]] == [expiry["TimeToLiveSpecification"][key] for key in ("AttributeName", "Enabled")]
    # Who reads by hand, on AWS, is in the embedded stack whoever runs it.
    made = {secret["name"] for secret in terraform.all("aws_secretsmanager_secret")}
    assert made - {call["Name"] for call in embedded.to("create_secret")} == {"spanlift/clickhouse-readers"}


def keys(names: list[str]) -> list[Item]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=True)]


def test_nothing_is_left_to_chance(terraform: Terraform) -> None:
    """A provider that makes everything up would hide it if a value came from nowhere."""
    for queue in terraform.all("aws_sqs_queue"):
        assert queue["kms_master_key_id"].startswith("arn:aws:kms:"), queue["name"]
    for group in terraform.all("aws_cloudwatch_log_group"):
        assert group["retention_in_days"] == 365 and group["kms_key_id"].startswith("arn:aws:kms:"), group["name"]


def test_the_command_finds_what_it_asks_for(terraform: Terraform) -> None:
    """docs/DEPLOY.md, step 6: each output becomes a variable of the environment."""
    asked = set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', (REPOSITORY / "cli/src/configuration.rs").read_text()))
    assert {"EVENT_QUEUE_URL", "LEDGER_TABLE", "CLICKHOUSE_SECRET"} <= asked <= {name.upper() for name in terraform.outputs}
    assert all(isinstance(output["value"], str) and output["value"] for output in terraform.outputs.values())


def blocks(kind: str, folder: Path) -> dict[str, str]:
    """The variables or outputs of a module, by name: what stands in each."""
    texts = (file.read_text() for file in sorted(folder.glob("*.tf")))
    return {name: body for text in texts for name, body in re.findall(rf'^{kind} "(\w+)" \{{\n(.*?)^\}}$', text, re.M | re.S)}


def test_three_values_must_be_given_and_everything_is_described() -> None:
    variables = blocks("variable", INFRA)
    required = {name for name, body in variables.items() if not re.search(r"^  default +=", body, re.M)}
    assert required == {"region", "clickhouse_url", "alarm_emails"}
    for folder in (INFRA, *(INFRA / "modules").iterdir()):
        for kind in ("variable", "output"):
            found = blocks(kind, folder)
            assert found, folder
            assert [name for name, body in found.items() if not re.search(r'^  description += "[A-Z].+\."$', body, re.M)] == [], folder


def words(name: str) -> list[str]:
    """The words of one of the ledger's enums, from its source."""
    source = (REPOSITORY / "shared/model/src/ledger.rs").read_text()
    return re.findall(r'= "(\w+)"', source.split(f"{name} {{")[1].split("\n    }")[0])


def test_each_reason_to_fail_has_its_alarm() -> None:
    listed = (INFRA / "alarms.tf").read_text().split("failure_reasons = toset([")[1].split("])")[0]
    assert re.findall(r'"(\w+)"', listed) == words("FailureReason")


def test_the_log_is_counted_by_fields_that_it_has() -> None:
    pattern = (INFRA / "modules/importer/main.tf").read_text()
    told = (REPOSITORY / "shared/runtime/src/importer.rs").read_text()
    for field in set(re.findall(r"\$\.(\w+)", pattern)):
        assert re.search(rf"^\s+{field} = outcome\.", told, re.M), field
    assert {"empty", "failed", "deferred"} <= set(words("Status")) and "store_unavailable" in words("DeferReason")


def rows(heading: str) -> dict[str, str]:
    """The rows of a table of the runbook, by their first cell."""
    section = (REPOSITORY / "docs/RUNBOOK.md").read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip().strip("`"): "|".join(row[1:]) for row in cells}


def test_each_alarm_has_its_row_in_the_runbook(terraform: Terraform) -> None:
    named = {re.search(r"docs/RUNBOOK.md: (\S+)$", alarm["alarm_description"])[1] for alarm in terraform.all("aws_cloudwatch_metric_alarm")}
    known = set(rows("Alarms")) | set(words("FailureReason"))
    assert named <= known, named - known
    assert set(rows("Alarms")) <= named | {"failed"}


def test_the_runbook_says_of_each_reason_what_the_command_says() -> None:
    source = (REPOSITORY / "cli/src/explain.rs").read_text()
    for heading, kind in (("Failed", "FailureReason"), ("Empty", "EmptyReason"), ("Deferred", "DeferReason"), ("Cut", "Truncation")):
        table = rows(heading)
        assert list(table) == words(kind), heading
        for variant, sentence in re.findall(rf'{kind}::(\w+) => \{{\s*"((?:[^"\\]|\\.)*)"', source):
            word = re.sub(r"(?<!^)(?=[A-Z])", "_", variant).lower()
            assert sentence in table[word], f"{heading}: {word}: {sentence}"
    standing = rows("Where an import stands")
    assert set(words("Status")) <= set(standing)
    for variant, sentence in re.findall(r'Status::(\w+) => (?:\{\s*)?"((?:[^"\\]|\\.)*)"', source):
        word = re.sub(r"(?<!^)(?=[A-Z])", "_", variant).lower()
        assert sentence in standing[word], f"{word}: {sentence}"
