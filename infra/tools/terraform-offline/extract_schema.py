"""Makes aws_schema.json from npm's bindings of the AWS provider (package @cdktn/provider-aws), as no registry has to be asked for those.

    npm pack @cdktn/provider-aws@24.1.0 && tar xzf cdktn-provider-aws-*.tgz
    extract_schema.py package/lib aws_schema.json [aws_sns_topic data.aws_region …]

It writes again every type that is in the file already, and those that are named. The bindings are generated JavaScript of one shape, which
is read by patterns. They do not tell an optional attribute from one that is optional and computed: all are taken for the latter.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]

# By the name of a getter.
TYPES_BY_GETTER = {
    "getStringAttribute": "string",
    "getNumberAttribute": "number",
    "getBooleanAttribute": "bool",
    "getListAttribute": ["list", "string"],
    "getNumberListAttribute": ["list", "number"],
    "getStringMapAttribute": ["map", "string"],
    "getNumberMapAttribute": ["map", "number"],
    "getBooleanMapAttribute": ["map", "bool"],
    "getAnyMapAttribute": ["map", "dynamic"],
}
# By how a value is written into HCL.
TYPES_BY_STORAGE = {
    "string": "string",
    "number": "number",
    "boolean": "bool",
    "stringList": ["list", "string"],
    "stringMap": ["map", "string"],
    "numberList": ["list", "number"],
}
NESTINGS = {"list": "list", "set": "set", "struct": "single", "map": "map"}
DEEPEST = 7

PROPERTY = re.compile(r"get (\w+)\(\) \{\s*return (cdktn\.Fn\.tolist\()?this\.(get\w+Attribute|interpolationForAttribute)\('(\w+)'\)")
NESTED = re.compile(r'this\._(\w+) = new \w+\(this, "(\w+)"')
READ_ONLY = re.compile(r"// (\w+) - computed: true, optional: false, required: false")
WRITTEN = re.compile(r'^\s+(\w+): \{\s*\n\s*value: (.*),\n\s*isBlock: (true|false),\n\s*type: "(\w+)",\n\s*storageClassType: "(\w+)"', re.M)


@dataclass
class Member:
    """What a class says of an attribute or a block."""

    computed: bool
    optional: bool
    type: Any = "dynamic"


@dataclass
class Hcl:
    """How it is written."""

    value: str
    is_block: bool
    kind: str
    storage: str

    @property
    def type(self) -> Any:
        """An attribute's type, as far as it can be told from this."""
        found = TYPES_BY_STORAGE.get(self.storage, "dynamic")
        return ["set", found[1]] if isinstance(found, list) and self.kind == "set" else found

    @property
    def writer(self) -> str:
        """The function that writes a block; empty if there is none."""
        found = re.search(r"\w+ToHclTerraform", self.value)
        return found[0] if found else ""


class Bindings:
    """The source of one type's bindings."""

    def __init__(self, source: str) -> None:
        self.source = source
        found = re.search(r"^class (\w+) extends cdktn\.Terraform(?:Resource|DataSource|Provider) \{", source, re.M)
        assert found, "no class of a resource, a data source or a provider"
        self.main_class = found[1]
        version = re.search(r"providerVersion: '([^']+)'", source)
        self.provider_version = version[1] if version else ""

    def block(self) -> Json:
        """The whole schema."""
        body = self._class(self.main_class)
        return self._block(body, _written(_braces(body, body.find("synthesizeHclAttributes() {"))), depth=0)

    def _block(self, body: str, written: dict[str, Hcl], depth: int) -> Json:
        attributes: Json = {}
        blocks: Json = {}
        members = _members(body)
        for name, member in members.items():
            hcl = written.get(name)
            if hcl and hcl.is_block:
                blocks[name] = self._nested(member, hcl, depth + 1)
                continue
            kind = hcl.type if hcl and member.type == "dynamic" else member.type
            if hcl and hcl.kind == "set" and isinstance(kind, list) and kind[0] == "list":
                kind = ["set", kind[1]]
            required = not member.computed and not member.optional
            attributes[name] = {"type": kind, "optional": member.optional, "computed": member.computed, "required": required}
        for name, hcl in written.items():
            if name not in members:
                self._only_written(name, hcl, attributes, blocks)
        return {"attributes": attributes, "block_types": blocks}

    def _nested(self, member: Member, hcl: Hcl, depth: int) -> Json:
        nesting = NESTINGS.get(hcl.kind, "list")
        is_single = "listMapperHcl" not in hcl.value and nesting in ("list", "set")
        body = self._class(hcl.storage.removesuffix("List") + "OutputReference") if depth <= DEEPEST else ""
        block = self._block(body, self._written_by(hcl.writer), depth) if body else {"attributes": {}, "block_types": {}}
        required = not member.computed and not member.optional
        return {"nesting_mode": nesting, "min_items": int(required), "max_items": int(is_single), "block": block}

    def _only_written(self, name: str, hcl: Hcl, attributes: Json, blocks: Json) -> None:
        """What no class tells of."""
        if not hcl.is_block:
            attributes[name] = {"type": hcl.type, "optional": True, "computed": False, "required": False}
            return
        within: Json = {}
        for key, value in self._written_by(hcl.writer).items():
            within[key] = {"type": value.type, "optional": True, "computed": False, "required": False}
        nesting = "set" if hcl.kind == "set" else "list"
        blocks[name] = {"nesting_mode": nesting, "min_items": 0, "max_items": 0, "block": {"attributes": within, "block_types": {}}}

    def _class(self, name: str) -> str:
        found = re.search(rf"^class {re.escape(name)} extends cdktn\.\w+ \{{", self.source, re.M)
        return _braces(self.source, found.end() - 1) if found else ""

    def _written_by(self, function: str) -> dict[str, Hcl]:
        found = re.search(rf"^function {re.escape(function)}\(", self.source, re.M) if function else None
        return _written(_braces(self.source, self.source.index(")", found.start()))) if found else {}


def _members(body: str) -> dict[str, Member]:
    found = {}
    for property_, as_list, getter, name in PROPERTY.findall(body):
        kind = TYPES_BY_GETTER.get(getter, "dynamic")
        kind = ["set", kind[1]] if as_list and isinstance(kind, list) else kind
        optional = _can_be_left_out(property_, body)
        can_be_set = f"set {property_}(" in body
        found[name] = Member(optional, optional, kind) if can_be_set else Member(True, False, kind)
    read_only = set(READ_ONLY.findall(body))
    for property_, name in NESTED.findall(body):
        found[name] = Member(True, False) if name in read_only else Member(False, _can_be_left_out(property_, body))
    return found


def _can_be_left_out(property_: str, body: str) -> bool:
    return f"reset{property_[0].upper()}{property_[1:]}(" in body


def _written(body: str) -> dict[str, Hcl]:
    return {name: Hcl(value, is_block == "true", kind, storage) for name, value, is_block, kind, storage in WRITTEN.findall(body)}


def _braces(source: str, start: int) -> str:
    """The text from the next opening brace to the one that closes it; nothing if `start` is -1."""
    if start < 0:
        return ""
    first, depth = source.index("{", start), 0
    for position in range(first, len(source)):
        depth += (source[position] == "{") - (source[position] == "}")
        if depth == 0:
            return source[first : position + 1]
    return ""


def main() -> None:
    """Writes the file."""
    library, file, *more = sys.argv[1:]
    known = json.loads(Path(file).read_text()) if Path(file).exists() else {"resource_schemas": {}, "data_source_schemas": {}}
    resources = [*known["resource_schemas"], *(name for name in more if not name.startswith("data."))]
    sources = [*known["data_source_schemas"], *(name.removeprefix("data.") for name in more if name.startswith("data."))]

    def read(folder: str) -> Bindings:
        return Bindings((Path(library) / folder / "index.js").read_text())

    provider = read("provider")
    schema = {
        "provider": {"block": provider.block()},
        "provider_version": provider.provider_version,
        "resource_schemas": {name: {"version": 0, "block": read(_folder(name)).block()} for name in resources},
        "data_source_schemas": {name: {"version": 0, "block": read(f"data-aws-{_folder(name)}").block()} for name in sources},
    }
    Path(file).write_text(json.dumps(schema, indent=0, sort_keys=True))
    print(f"{file}: provider {provider.provider_version}, {len(resources)} resource types, {len(sources)} data sources")


def _folder(name: str) -> str:
    return name.removeprefix("aws_").replace("_", "-")


if __name__ == "__main__":
    main()
