"""docs/openapi.json, and whether an answer is one that it announces: as much of OpenAPI 3.1 and JSON Schema as it uses."""

import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
PERSON_ONLY = {"description", "examples", "default", "contentEncoding"}
KINDS = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


class Operation:
    def __init__(self, method, path, item, content):
        self.method, self.path, self.content = method.upper(), path, content
        self.id = content["operationId"]
        self.tags = content["tags"]
        self.parameters = [*item.get("parameters", []), *content.get("parameters", [])]

    def is_for_administrators(self):
        return self.content.get("security") == [{"administrator": []}]


class Document:
    def __init__(self, text):
        self.whole = json.loads(text)
        self.operations = {}
        for path, item in self.whole["paths"].items():
            for method in METHODS:
                if method in item:
                    operation = Operation(method, path, item, item[method])
                    self.operations[operation.id] = operation

    @classmethod
    def of_the_project(cls):
        return cls((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))

    def resolve(self, value):
        while "$ref" in value:
            found = self.whole
            for name in value["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            value = found
        return value

    def faults(self, operation, status, headers, body):
        """What of an answer the document does not announce."""
        announced = operation.content["responses"].get(str(status))
        if announced is None:
            return [f"status {status} is not documented: {body[:300]!r}"]
        announced = self.resolve(announced)
        content = announced.get("content")
        kind = headers.get("content-type", "").split(";")[0]
        if content is None:
            return []
        if kind not in content:
            return [f"{status} of type {kind!r}, not {list(content)}"]
        schema = content[kind]["schema"]
        value = json.loads(body) if kind == "application/json" or kind.endswith("+json") else body.decode()
        return list(self.schema_faults(schema, value, str(status)))

    def schema_faults(self, schema, value, where):
        schema = self.resolve(schema)
        for word, wanted in schema.items():
            if word in PERSON_ONLY:
                continue
            check = getattr(self, "check_" + word.replace("-", "_"), None)
            assert check is not None, f"{where}: the word {word} is new here"
            yield from check(wanted, value, where)

    def check_type(self, kinds, value, where):
        kinds = [kinds] if isinstance(kinds, str) else kinds
        is_one = any(isinstance(value, KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool)) for kind in kinds)
        if not is_one:
            yield f"{where}: {value!r} is no {kinds}"

    def check_required(self, names, value, where):
        if isinstance(value, dict):
            yield from (f"{where}: {name} is missing" for name in names if name not in value)

    def check_properties(self, properties, value, where):
        if isinstance(value, dict):
            for name, schema in properties.items():
                if name in value:
                    yield from self.schema_faults(schema, value[name], f"{where}.{name}")

    def check_items(self, schema, value, where):
        if isinstance(value, list):
            for i, item in enumerate(value):
                yield from self.schema_faults(schema, item, f"{where}[{i}]")

    def check_enum(self, choices, value, where):
        if value not in choices:
            yield f"{where}: {value!r} is none of {choices}"

    def check_pattern(self, pattern, value, where):
        if isinstance(value, str) and not re.search(pattern, value):
            yield f"{where}: {value!r} does not match {pattern}"

    def check_format(self, name, value, where):
        assert name == "date-time", f"{where}: the format {name} is new here"
        if isinstance(value, str) and not TIME.fullmatch(value):
            yield f"{where}: {value!r} is no time"
