#!/usr/bin/env python3
"""Keeps docs/openapi.json in step with the code: every route that the code answers is in it, and nothing else.

    tools/openapi.py           writes docs/openapi.json again, in its own layout
    tools/openapi.py --check   exit 1, and one line for each fault: a route too many or too few, a reference to nothing, the layout

Paths are read off the sources; the methods of the management interface, too. Those of the peers' interfaces are what
tests/e2e/test_openapi.py finds by asking a server.
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs/openapi.json"
WIDTH = 128
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
MANAGE = "/avouch/v1/"
KBS = "/kbs/v0/"
# The rest of a path that begins so, and what of it is meant.
PARAMETERS = {"/policy/": "/policy/{id}", "/challenge-response/v1/session/": "/challenge-response/v1/session/{id}", "reference-value": "reference-value/{name}",
              "resource": "resource/{repository}/{type}/{tag}"}


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def layout(value, indent=0):
    """JSON with whatever fits into a line on one line."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= WIDTH or not isinstance(value, (dict, list)) or not value:
        return flat
    inner = " " * (indent + 1)
    if isinstance(value, list):
        parts = [inner + layout(item, indent + 1) for item in value]
        return "[\n" + ",\n".join(parts) + "\n" + " " * indent + "]"
    parts = []
    for name, item in value.items():
        key = json.dumps(name, ensure_ascii=False) + ": "
        line = json.dumps(item, ensure_ascii=False)
        fits = len(inner) + len(key) + len(line) + 1 <= WIDTH
        parts.append(inner + key + (line if fits else layout(item, indent + 1)))
    return "{\n" + ",\n".join(parts) + "\n" + " " * indent + "}"


def documented(document):
    """(method, path with {} for each parameter) of every operation."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), re.sub(r"\{[^}]*\}", "{}", path)


def peers_paths():
    """The paths that the peers' interfaces compare with."""
    found = set()
    kbs = read("src/dialect/kbs/handler.cc")
    found |= set(re.findall(r'path == "([^"]+)"', kbs))
    for head in re.findall(r'route\.head == "([^"]+)"', kbs):
        found.add(KBS + head)
    for handler in ("src/dialect/coco_as/rest.cc", "src/dialect/veraison/handler.cc"):
        text = read(handler)
        found |= set(re.findall(r'path == "([^"]+)"', text))
        constants = dict(re.findall(r'constexpr std::string_view (k\w+) = "(/[^"]*)";', text + read(handler.replace(".cc", ".h"))))
        compared = re.findall(r"path == (k\w+) && is_|path\.starts_with\((k\w+)\)(?: &&|\) return unknown)", text)
        found |= {constants[whole or beginning] for whole, beginning in compared}
    found |= set(re.findall(r'request\.path\(\) == "([^"]+)"', read("src/cmd/avouchd/fronts.cc")))
    return found


def documented_peers_paths(document):
    """The same of the document: without what follows a prefix, where the code looks no further."""
    known = {prefix if prefix.startswith("/") else KBS + prefix: path if path.startswith("/") else KBS + path
             for prefix, path in PARAMETERS.items()}
    for path in document["paths"]:
        if path.startswith(MANAGE):
            continue
        # A head of the KBS stands for itself and for what follows it.
        prefixes = [prefix for prefix, whole in known.items() if whole == path]
        yield prefixes[0] if prefixes else path


def manage_routes():
    """(method, path) of every route of the management interface; ValueError where the code says it in another way."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "src/dialect/manage").glob("*.cc"))
                     if not path.name.endswith(("_test.cc", "_fuzz.cc")))
    for name in re.findall(r'kDocumentName = "([^"]+)"', text):
        yield "GET", MANAGE + name
    heads = re.findall(r'head == "([\w-]+)"(?: && call\.is\("(\w+)", 1\))?\)(?: return (\w+)\(call\))?', text)
    bodies = dict(re.findall(r"\nResult<Json> ManageHandler::(\w+)\(const Call& call\) const \{\n(.*?)\n\}\n", text, re.DOTALL))
    for head, method, function in heads:
        if method:
            yield method, MANAGE + head
        for route in routes_in(bodies[function], function) if function else ():
            yield route[0], "/".join([MANAGE + head, *route[1:]])


def routes_in(body, function):
    """(method, segment...) of one function's routes, after the head."""
    counted = len(re.findall(r"call\.is\(|request\.method ==", body))
    routes = []
    for method, count, position, word in re.findall(
            r'call\.is\("(\w+)", (\d)\)(?: && call\.path\[(\d)\] == "([\w-]+)")?', body):
        segments = ["{}"] * (int(count) - 1)
        if word:
            segments[int(position) - 1] = word
        routes.append((method, *segments))
    for method, count in re.findall(r'call\.request\.method == "(\w+)" && call\.path\.size\(\) >= (\d)', body):
        routes.append((method, *["{}"] * (int(count) - 1)))
    if len(routes) != counted:
        raise ValueError(f"src/dialect/manage: {function}() asks for a method in a way that tools/openapi.py cannot read")
    return routes


def references(value):
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def faults(document):
    manage = set(manage_routes())
    said = {route for route in documented(document) if route[1].startswith(MANAGE)}
    for method, path in sorted(manage - said):
        yield f"docs/openapi.json: {method} {path} is missing"
    for method, path in sorted(said - manage):
        yield f"docs/openapi.json: the code has no {method} {path}"
    peers, said_peers = peers_paths(), set(documented_peers_paths(document))
    for path in sorted(peers - said_peers):
        yield f"docs/openapi.json: {path} is missing"
    for path in sorted(said_peers - peers):
        yield f"docs/openapi.json: the code has no {path}"
    components = {f"#/components/{kind}/{name}" for kind, named in document["components"].items() for name in named}
    used = set(references(document))
    for reference in sorted(used - components):
        yield f"docs/openapi.json: there is no {reference}"
    for component in sorted(components - used):
        if "/securitySchemes/" not in component:
            yield f"docs/openapi.json: nothing refers to {component}"
    ids = [item[method]["operationId"] for item in document["paths"].values() for method in METHODS if method in item]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield f"docs/openapi.json: two operations are called {name}"
    version = re.search(r"project\(avouch VERSION ([\d.]+)", read("CMakeLists.txt")).group(1)
    if document["info"]["version"] != version:
        yield f"docs/openapi.json: the version is {version}"


def main():
    text = DOCUMENT.read_text(encoding="utf-8")
    document = json.loads(text)
    found = list(faults(document))
    wanted = layout(document) + "\n"
    if "--check" not in sys.argv[1:]:
        DOCUMENT.write_text(wanted, encoding="utf-8")
    elif text != wanted:
        found.append("docs/openapi.json: its layout is not that of tools/openapi.py")
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
