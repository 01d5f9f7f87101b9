"""A stand-in of terraform's AWS provider, for where no registry answers (tfplugin5 on a unix socket, TF_REATTACH_PROVIDERS).

    stub_provider.py SCHEMA.json SOCKET

It prints what TF_REATTACH_PROVIDERS must hold, and serves until it is stopped, a quarter of an hour at most. It has the real provider's schema from a
file, refuses values of attributes that only the provider may set, plans computed ones as unknown, applies with values that are made up
but the same every time, and renders aws_iam_policy_document. It talks to no network.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import msgpack
from tfplugin_proto import tfplugin5_3_pb2 as pb
from tfplugin_proto import tfplugin5_3_pb2_grpc as rpc

ACCOUNT, REGION = "123456789012", "us-east-1"
NESTING = {"single": 1, "list": 2, "set": 3, "map": 4}
UNKNOWN = msgpack.ExtType(0, b"\x00")
"""How terraform writes a value that is known only after the apply."""
# For ARNs: a type's service, and what stands before the name.
SERVICES = {
    "aws_cloudwatch_event_bus": ("events", "event-bus/"),
    "aws_cloudwatch_event_rule": ("events", "rule/"),
    "aws_cloudwatch_log_group": ("logs", "log-group:"),
    "aws_dynamodb_table": ("dynamodb", "table/"),
    "aws_iam_role": ("iam", "role/"),
    "aws_kms_key": ("kms", "key/"),
    "aws_lambda_function": ("lambda", "function:"),
    "aws_secretsmanager_secret": ("secretsmanager", "secret:"),
    "aws_sns_topic": ("sns", ""),
    "aws_sqs_queue": ("sqs", ""),
}
# What data sources of the account and the region say.
SURROUNDINGS = {"account_id": ACCOUNT, "region": REGION, "name": REGION, "partition": "aws", "dns_suffix": "amazonaws.com"}

Json = dict[str, Any]


class Provider(rpc.ProviderServicer):
    """The calls that terraform makes of a provider."""

    def __init__(self, schema: Json) -> None:
        self.schema = schema

    def GetSchema(self, _request: Any, _context: Any) -> Any:
        answer = pb.GetProviderSchema.Response()
        answer.provider.CopyFrom(_schema(self.schema["provider"]))
        for name, schema in self.schema["resource_schemas"].items():
            answer.resource_schemas[name].CopyFrom(_schema(schema))
        for name, schema in self.schema["data_source_schemas"].items():
            answer.data_source_schemas[name].CopyFrom(_schema(schema))
        return answer

    def PrepareProviderConfig(self, request: Any, _context: Any) -> Any:
        return pb.PrepareProviderConfig.Response(prepared_config=request.config)

    def ValidateDataSourceConfig(self, _request: Any, _context: Any) -> Any:
        return pb.ValidateDataSourceConfig.Response()

    def ValidateResourceTypeConfig(self, request: Any, _context: Any) -> Any:
        answer, given = pb.ValidateResourceTypeConfig.Response(), _decoded(request.config) or {}
        for name, attribute in self._resource(request.type_name)["attributes"].items():
            if attribute["computed"] and not attribute["optional"] and given.get(name) is not None:
                summary, detail = "Value for unconfigurable attribute", f'"{name}" is decided by the provider.'
                diagnostic = answer.diagnostics.add(severity=1, summary=summary, detail=detail)
                diagnostic.attribute.steps.add(attribute_name=name)
        return answer

    def Configure(self, _request: Any, _context: Any) -> Any:
        return pb.Configure.Response()

    def UpgradeResourceState(self, request: Any, _context: Any) -> Any:
        stored, block = json.loads(request.raw_state.json), self._resource(request.type_name)
        state = {name: stored.get(name) for name in [*block["attributes"], *block["block_types"]]}
        return pb.UpgradeResourceState.Response(upgraded_state=_encoded(state))

    def ReadResource(self, request: Any, _context: Any) -> Any:
        return pb.ReadResource.Response(new_state=request.current_state)

    def PlanResourceChange(self, request: Any, _context: Any) -> Any:
        planned = _decoded(request.proposed_new_state)
        if planned is None:  # it is to be destroyed
            return pb.PlanResourceChange.Response(planned_state=request.proposed_new_state)
        for name, attribute in self._resource(request.type_name)["attributes"].items():
            if attribute["computed"] and planned.get(name) is None:
                planned[name] = UNKNOWN
        return pb.PlanResourceChange.Response(planned_state=_encoded(planned))

    def ApplyResourceChange(self, request: Any, _context: Any) -> Any:
        state = _decoded(request.planned_state)
        if state is not None:
            _fill(request.type_name, self._resource(request.type_name), state)
        return pb.ApplyResourceChange.Response(new_state=_encoded(state))

    def ImportResourceState(self, request: Any, _context: Any) -> Any:
        """What is imported is taken to be there under its id, and to be known by nothing else."""
        block = self._resource(request.type_name)
        state = dict.fromkeys(block["attributes"]) | {name: [] for name, nested in block["block_types"].items() if nested["nesting_mode"] in ("list", "set")}
        state |= {name: None for name, nested in block["block_types"].items() if nested["nesting_mode"] not in ("list", "set")}
        state |= {name: request.id for name in ("id", "name") if name in block["attributes"]}
        answer = pb.ImportResourceState.Response()
        answer.imported_resources.add(type_name=request.type_name, state=_encoded(state))
        return answer

    def ReadDataSource(self, request: Any, _context: Any) -> Any:
        kind, read = request.type_name, _decoded(request.config)
        if kind == "aws_iam_policy_document":
            read["json"] = read["minified_json"] = _policy(read)
            read["id"] = "1"
        for name, attribute in self.schema["data_source_schemas"][kind]["block"]["attributes"].items():
            if attribute["computed"] and read.get(name) is None:
                read[name] = SURROUNDINGS.get(name) or _made_up(kind, name, attribute["type"], read)
        return pb.ReadDataSource.Response(state=_encoded(read))

    def Stop(self, _request: Any, _context: Any) -> Any:
        return pb.Stop.Response()

    def _resource(self, kind: str) -> Json:
        return self.schema["resource_schemas"][kind]["block"]


def _schema(schema: Json) -> Any:
    return pb.Schema(version=schema.get("version", 0), block=_block(schema["block"]))


def _block(block: Json) -> Any:
    made = pb.Schema.Block()
    for name, attribute in sorted(block["attributes"].items()):
        made.attributes.add(
            name=name,
            type=json.dumps(attribute["type"]).encode(),
            required=attribute["required"],
            optional=attribute["optional"],
            computed=attribute["computed"] and not attribute["required"],
        )
    for name, nested in sorted(block["block_types"].items()):
        limits = {"min_items": nested["min_items"], "max_items": nested["max_items"]}
        added = made.block_types.add(type_name=name, nesting=NESTING[nested["nesting_mode"]], **limits)
        added.block.CopyFrom(_block(nested["block"]))
    return made


def _decoded(value: Any) -> Any:
    return msgpack.unpackb(value.msgpack, raw=False, strict_map_key=False) if value.msgpack else None


def _encoded(value: Any) -> Any:
    return pb.DynamicValue(msgpack=msgpack.packb(value))


def _fill(kind: str, block: Json, state: Json) -> None:
    """Puts a value in the place of each that was left open."""
    for name, attribute in block["attributes"].items():
        if state.get(name) == UNKNOWN:
            state[name] = _made_up(kind, name, attribute["type"], state)
    for name, nested in block["block_types"].items():
        for entry in state[name] if isinstance(state.get(name), list) else []:
            if isinstance(entry, dict):
                _fill(kind, nested["block"], entry)


def _made_up(kind: str, attribute: str, type_: Any, state: Json) -> Any:
    """A value that AWS would give: an ARN or an address in its shape, anything else so that it is seen where it comes from."""
    name = next((state[key] for key in ("function_name", "name", "description") if isinstance(state.get(key), str)), "x")
    if attribute == "arn":
        service, before = SERVICES.get(kind, ("fake", ""))
        return f"arn:aws:{service}:{'' if service == 'iam' else REGION}:{ACCOUNT}:{before}{name}"
    if kind == "aws_sqs_queue" and attribute in ("url", "id"):
        return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
    if attribute in ("id", "region"):
        return name if attribute == "id" else REGION
    if isinstance(type_, list):
        return {} if type_[0] == "map" else []
    return {"string": f"{kind}.{name}.{attribute}", "number": 0, "bool": False}.get(type_)


def _policy(document: Json) -> str:
    """The JSON of an aws_iam_policy_document."""
    return json.dumps({"Version": "2012-10-17", "Statement": [_statement(statement) for statement in document.get("statement") or []]})


def _statement(given: Json) -> Json:
    statement: Json = {"Effect": given.get("effect") or "Allow"}
    if given.get("sid"):
        statement["Sid"] = given["sid"]
    lists = {"actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource"}
    statement |= {key: _one_or_all(given[name]) for name, key in lists.items() if given.get(name)}
    for name, key in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        if given.get(name):
            statement[key] = {entry["type"]: _one_or_all(entry["identifiers"]) for entry in given[name]}
    conditions: Json = {}
    for entry in given.get("condition") or []:
        conditions.setdefault(entry["test"], {})[entry["variable"]] = _one_or_all(entry["values"])
    return statement | ({"Condition": conditions} if conditions else {})


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else sorted(values)


def main() -> None:
    """Serves."""
    schema, socket = sys.argv[1:]
    server = grpc.server(futures.ThreadPoolExecutor(8))
    rpc.add_ProviderServicer_to_server(Provider(json.loads(Path(schema).read_text())), server)
    Path(socket).unlink(missing_ok=True)
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    process = {"Protocol": "grpc", "ProtocolVersion": 5, "Pid": os.getpid(), "Test": True, "Addr": {"Network": "unix", "String": socket}}
    print(json.dumps({"registry.terraform.io/hashicorp/aws": process}), flush=True)
    server.wait_for_termination(timeout=900)


if __name__ == "__main__":
    main()
