"""JSON that is none, that two parsers read in two ways, and messages with the wrong thing in every field."""

import base64
import copy
import json

from battery import Client, Rcar, base64url, differs

DEEP = 20_000
LIGHT_BODY_BYTES = 128 * 1024  # of a request for a challenge: base/limits.h
MEMBER = b'{"version":"0.4.0","tee":"sample","extra-params":%s}'

# Name, text, code.
TEXTS = [
    ("nothing", b"", "json.syntax"),
    ("blanks", b" \n\t", "json.syntax"),
    ("a brace", b"{", "json.syntax"),
    ("cut short", MEMBER[:-4], "json.syntax"),
    ("byte order mark", b"\xef\xbb\xbf{}", "json.syntax"),
    ("UTF-16", '{"a":1}'.encode("utf-16"), "json.syntax"),
    ("UTF-32", '{"a":1}'.encode("utf-32-le"), "json.syntax"),
    ("zeros", bytes(100), "json.syntax"),
    ("trailing letter", b"{}x", "json.syntax"),
    ("trailing object", b"{}{}", "json.syntax"),
    ("trailing NUL", b"{}\x00", "json.syntax"),
    ("trailing comma", b'{"a":1,}', "json.syntax"),
    ("comment", b"{/* */}", "json.syntax"),
    ("single quotes", b"{'a':1}", "json.syntax"),
    ("bare name", b"{a:1}", "json.syntax"),
    ("NaN", MEMBER % b"NaN", None),
    ("Infinity", MEMBER % b"Infinity", None),
    ("-Infinity", MEMBER % b"-Infinity", None),
    ("plus", MEMBER % b"+1", None),
    ("leading zero", MEMBER % b"01", None),
    ("hexadecimal", MEMBER % b"0x10", None),
    ("no digit behind the point", MEMBER % b"1.", None),
    ("exponent over all", MEMBER % b"1e400", "json.number"),
    ("number over 2^64", MEMBER % b"184467440737095516160", "json.number"),
    ("number of 100,000 digits", MEMBER % (b"9" * 100_000), "json.number"),
    ("not UTF-8", MEMBER % b'"\xff\xfe"', "json.syntax"),
    ("overlong UTF-8", MEMBER % b'"\xc0\xaf"', "json.syntax"),
    ("surrogates in UTF-8", MEMBER % b'"\xed\xa0\x80"', "json.syntax"),
    ("beyond Unicode", MEMBER % b'"\xf4\x90\x80\x80"', "json.syntax"),
    ("lone high surrogate", MEMBER % b'"\\ud800"', "json.syntax"),
    ("lone low surrogate", MEMBER % b'"\\udc00"', "json.syntax"),
    ("surrogates in the wrong order", MEMBER % b'"\\udc00\\ud800"', "json.syntax"),
    ("surrogate in a name", b'{"\\ud800":1}', "json.syntax"),
    ("control character", MEMBER % b'"\x01"', "json.syntax"),
    ("newline in a text", MEMBER % b'"\n"', "json.syntax"),
    ("unknown escape", MEMBER % b'"\\x41"', "json.syntax"),
    ("escape cut short", MEMBER % b'"\\u12"', "json.syntax"),
    ("member twice", b'{"a":1,"a":2}', "json.duplicate"),
    ("member twice, once escaped", b'{"tee":1,"t\\u0065e":2}', "json.duplicate"),
    ("member twice, deep down", MEMBER % b'[{"b":{"c":1,"c":1}}]', "json.duplicate"),
    ("empty name twice", b'{"":1,"":2}', "json.duplicate"),
    ("33 levels", MEMBER % (b"[" * 32 + b"]" * 32), "json.depth"),
    ("20,000 arrays", b"[" * DEEP + b"]" * DEEP, "json.depth"),
    ("20,000 objects", b'{"a":' * DEEP + b"1" + b"}" * DEEP, "json.depth"),
    ("20,000 brackets that never close", b"[" * DEEP, None),
]

# Well formed, and no message of anybody's.
NO_MESSAGES = [("null", b"null"), ("true", b"true"), ("a number", b"1"), ("a text", b'"x"'), ("an array", b"[]"),
               ("an empty object", b"{}"), ("an array of objects", b"[{}]"), ("a name of 1 MiB", b'{"%s":1}' % (b"n" * 2**20)),
               ("100,000 members", b"{" + b",".join(b'"%d":%d' % (n, n) for n in range(100_000)) + b"}"),
               ("a million numbers", b"[" + b"1," * 999_999 + b"1]"),
               ("500,000 arrays", b"[" + b"[]," * 499_999 + b"[]]")]

WRONG = [None, True, False, 0, -1, 1.5, 2**63, 1e300, "", "x", "\u0000", "\u202e", "x" * 70_000, [], [None], [[]], {}, {"a": 1},
         {"$ref": "#"}]


def paths_of(value, at=()):
    """Every place in a message where something else could stand."""
    yield at
    for name, member in value.items() if isinstance(value, dict) else ():
        yield from paths_of(member, (*at, name))


def replaced(message, path, value):
    if not path:
        return value
    out = copy.deepcopy(message)
    inner = out
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return out


def removed(message, path):
    out = copy.deepcopy(message)
    inner = out
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return out


def wrong_messages(message):
    """Name, and the message with one thing changed, for every field and every wrong value."""
    for path in paths_of(message):
        name = ".".join(path) or "the message"
        if path:
            yield f"{name} missing", path, removed(message, path)
        for value in WRONG:
            yield f"{name}: {json.dumps(value)[:20]}", path, replaced(message, path, value)


def cases(server, effort):
    yield from texts(server)
    yield from auth_fields(server, effort)
    yield from attest_fields(server, effort)
    yield from management(server, effort)


def texts(server):
    client = Client(server)
    for name, text, code in TEXTS:
        answer = client.ask("POST", "/kbs/v0/auth", text)
        yield f"auth: {name}", differs((answer.status, answer.variant), (401, "AttestationError"))
        _, cookie = client.challenge()
        answer = client.attest(text, cookie)
        reason = client.reason(answer)
        problem = differs((answer.status, answer.variant), (401, "AttestationError"))
        yield f"attest: {name}", problem or ("" if reason == code or (code is None and reason.startswith("json.")) else reason)
        answer = client.administer("PUT", "/avouch/v1/reference-values/hostile", text)
        problem = differs(answer.status, 400)
        yield f"manage: {name}", problem or ("" if answer.code == code or (code is None and answer.code.startswith("json."))
                                             else answer.code)
    for name, text in NO_MESSAGES:
        answer = client.ask("POST", "/kbs/v0/auth", text)
        promised = (401, "AttestationError") if len(text) <= LIGHT_BODY_BYTES else (413, "")
        yield f"auth: {name}", differs((answer.status, answer.variant), promised)
        _, cookie = client.challenge()
        answer = client.attest(text, cookie)
        yield f"attest: {name}", differs((answer.status, client.reason(answer)), (401, "kbs.attest.shape"))
        for path in ("endorsements/cca", "policy-test"):
            answer = client.administer("POST", f"/avouch/v1/{path}", text)
            yield f"{path}: {name}", differs(answer.status, 400)


def auth_fields(server, effort):
    client = Client(server)
    good = {"version": "0.4.0", "tee": "sample", "extra-params": ""}
    for number, (name, path, message) in enumerate(wrong_messages(good)):
        if number % effort.stride:
            continue
        answer = client.ask("POST", "/kbs/v0/auth", json.dumps(message))
        free = path == ("extra-params",) and not name.endswith("missing")  # any JSON, as the peer
        yield f"auth: {name}", differs(answer.status, 200 if free else 401)


# What may stand in a submission beside what our client sends. Nothing of it is believed: it is hashed, or passed over.
FREE_IN_ATTEST = {"init-data missing", "init-data: null", 'tee-evidence.additional_evidence: ""'}


def attest_fields(server, effort):
    """Each wrong message twice: with the evidence over the right one, and with evidence that binds the wrong one."""
    client = Client(server)
    nonce, cookie = client.challenge()
    init_data = {"format": "toml", "body": 'version = "0.1.0"\nalgorithm = "sha384"\n[data]\n'}
    shape = {**Rcar.submission(nonce), "init-data": init_data}
    yield "control: a message with every field", differs(client.attest(shape, cookie).status, 200)
    for number, (name, path, _) in enumerate(wrong_messages(shape)):
        if number % effort.stride:
            continue
        nonce, cookie = client.challenge()
        good = {**Rcar.submission(nonce), "init-data": init_data}
        message = next(m for n, p, m in one_message(good, path, name))
        answer = client.attest(message, cookie)
        free = name in FREE_IN_ATTEST or "svn: \"" in name
        yield f"attest: {name}", differs((answer.status, answer.variant), (200, "") if free else (401, "AttestationError"))
        if path[:1] != ("runtime-data",) or not isinstance(message, dict) or not isinstance(message.get("runtime-data"), dict):
            continue
        nonce, cookie = client.challenge()
        message = next(m for n, p, m in one_message({**Rcar.submission(nonce), "init-data": None}, path, name))
        answer = client.attest(bound(message), cookie)
        yield f"attest, bound: {name}", differs((answer.status, answer.variant), (401, "AttestationError"))


def one_message(good, path, name):
    return ((n, p, m) for n, p, m in wrong_messages(good) if n == name and p == path)


def bound(message):
    """The message with a report over whatever its runtime data is now."""
    runtime = message["runtime-data"]
    again = Rcar.submission(runtime.get("nonce"), runtime.get("tee-pubkey") or None)
    return {**message, "tee-evidence": again["tee-evidence"]}


def management(server, effort):
    client = Client(server)
    endorsement = {"trust-anchors": [], "platform": [], "realm": []}
    messages = [
        ("POST", "/kbs/v0/resource-policy", {"policy": base64url(b"package policy\nallow := true")}, {"policy"}),
        ("POST", "/kbs/v0/attestation-policy",
         {"type": "rego", "policy_id": "default_cpu", "policy": base64url(b"package policy\ntrust_claims := {}")},
         {"policy"}),
        ("POST", "/kbs/v0/reference-value",
         {"version": "0.1.0", "type": "sample", "payload": base64.b64encode(b'{"hostile":["1"]}').decode()},
         {"type", "payload"}),
        ("POST", "/avouch/v1/policy-test", {"policy": "package policy\ntrust_claims := {}", "decision": "last"},
         {"policy", "decision"}),
        ("POST", "/avouch/v1/endorsements/cca", endorsement, set(endorsement)),
    ]
    for method, target, good, needed in messages:
        refused = 401 if target.startswith("/kbs") else 400
        for number, (name, path, message) in enumerate(wrong_messages(good)):
            if number % effort.stride:
                continue
            answer = client.administer(method, target, json.dumps(message))
            promised = (refused,) if not path or path[0] in needed else (200, refused)
            if target.endswith("policy-test") and answer.status in (404, 422):
                continue  # a text that names no decision, or compiles to no policy: refused as such
            if target.endswith("endorsements/cca"):
                promised = (refused,)
            yield f"{target.rsplit('/', 1)[1]}: {name}", differs(answer.status, *promised)
    client.administer("DELETE", "/avouch/v1/policies/attestation/default_cpu")
