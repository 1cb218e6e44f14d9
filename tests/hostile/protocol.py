"""The KBS protocol against a client that keeps to none of it: versions, TEEs, tickets, nonces, replays, tee keys."""

import base64
import concurrent.futures
import copy
import hashlib
import json

from battery import Client, Rcar, Server, base64url, differs, policy
from harness import PUBLIC_KEY, RESOURCE, error_of

AT_ONCE = 64
REFUSED = (401, "AttestationError")

VERSIONS = [  # what Trustee of 0.4.0 takes, and for guests in the field every 0.1 to 0.4
    ("0.4.0", 200), ("0.4.0+build", 200), ("0.4.1", 200), ("0.3.0", 200), ("0.2.0", 200), ("0.1.0", 200), ("0.1.1", 200),
    ("0.5.0", 401), ("0.0.1", 401), ("1.0.0", 401), ("0.4.0-rc1", 401), ("0.4", 401), ("0.4.0.0", 401), ("", 401),
    ("v0.4.0", 401), ("0.4.0 ", 401), (" 0.4.0", 401), ("0.04.0", 401), ("0.4.-1", 401), ("0.4.99999999999", 401),
    ("0.4.0\u0000", 401), ("0.4.0+", 401), ("０.４.０", 401), ("0.4.0" + "0" * 70_000, 401)]

TEES = [("sample", 200), ("cca", 200), ("sampledevice", 401), ("tpm", 401), ("snp", 401), ("tdx", 401), ("se", 401),
        ("nvidia", 401), ("challenge", 401), ("CCA", 401), ("cca ", 401), ("", 401), ("../cca", 401), ("cca\u0000", 401),
        ("x" * 70_000, 401)]


def b64u(number_bytes):
    return base64url(number_bytes)


RSA_2048 = b"\xc1" + b"\x5a" * 254 + b"\x01"
EC = PUBLIC_KEY
P256_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1

# Name and key: bound by the evidence as it stands, so that the refusal is of the key and not of the binding.
BAD_KEYS = [
    ("kty missing", {n: v for n, v in EC.items() if n != "kty"}),
    ("alg missing", {n: v for n, v in EC.items() if n != "alg"}),
    ("crv missing", {n: v for n, v in EC.items() if n != "crv"}),
    ("x missing", {n: v for n, v in EC.items() if n != "x"}),
    ("kty OKP", {**EC, "kty": "OKP", "crv": "X25519"}),
    ("kty oct", {"kty": "oct", "alg": "A256KW", "k": "AAAA"}),
    ("kty in lower case", {**EC, "kty": "ec"}),
    ("kty a number", {**EC, "kty": 1}),
    ("crv unknown", {**EC, "crv": "P-257"}),
    ("crv secp256k1", {**EC, "crv": "secp256k1"}),
    ("crv of another size", {**EC, "crv": "P-521"}),
    ("alg unknown", {**EC, "alg": "ECDH-1PU"}),
    ("alg none", {**EC, "alg": "none"}),
    ("alg of a signature", {**EC, "alg": "ES256"}),
    ("alg dir", {**EC, "alg": "dir"}),
    ("alg of RSA for EC", {**EC, "alg": "RSA-OAEP-256"}),
    ("x short", {**EC, "x": EC["x"][:-2]}),
    ("x long", {**EC, "x": EC["x"] + "AA"}),
    ("x empty", {**EC, "x": ""}),
    ("x padded", {**EC, "x": EC["x"] + "="}),
    ("x in standard base64", {**EC, "x": "++//" + EC["x"][4:]}),
    ("x with a stray bit", {**EC, "x": EC["x"][:-1] + "Z"}),
    ("x with a blank", {**EC, "x": " " + EC["x"]}),
    ("x a number", {**EC, "x": 1}),
    ("off its curve", {**EC, "y": EC["x"]}),
    ("the point 0, 0", {**EC, "x": b64u(bytes(32)), "y": b64u(bytes(32))}),
    ("x over the prime", {**EC, "x": b64u(P256_PRIME.to_bytes(32, "big"))}),
    ("x all ones", {**EC, "x": b64u(b"\xff" * 32)}),
    ("RSA1_5", {"kty": "RSA", "alg": "RSA1_5", "n": b64u(RSA_2048), "e": "AQAB"}),
    ("RSA-OAEP with SHA-1", {"kty": "RSA", "alg": "RSA-OAEP", "n": b64u(RSA_2048), "e": "AQAB"}),
    ("RSA of 1024 bits", {"kty": "RSA", "alg": "RSA-OAEP-256", "n": b64u(RSA_2048[:127] + b"\x01"), "e": "AQAB"}),
    ("RSA of 16384 bits", {"kty": "RSA", "alg": "RSA-OAEP-256", "n": b64u(RSA_2048 * 8), "e": "AQAB"}),
    ("RSA of 100 KiB", {"kty": "RSA", "alg": "RSA-OAEP-256", "n": b64u(RSA_2048 * 400), "e": "AQAB"}),
    ("RSA n even", {"kty": "RSA", "alg": "RSA-OAEP-256", "n": b64u(RSA_2048[:-1] + b"\x02"), "e": "AQAB"}),
    ("RSA n zero", {"kty": "RSA", "alg": "RSA-OAEP-256", "n": b64u(bytes(256)), "e": "AQAB"}),
    ("RSA n empty", {"kty": "RSA", "alg": "RSA-OAEP-256", "n": "", "e": "AQAB"}),
    ("RSA e one", {"kty": "RSA", "alg": "RSA-OAEP-256", "n": b64u(RSA_2048), "e": "AQ"}),
    ("RSA e zero", {"kty": "RSA", "alg": "RSA-OAEP-256", "n": b64u(RSA_2048), "e": "AA"}),
    ("RSA e even", {"kty": "RSA", "alg": "RSA-OAEP-256", "n": b64u(RSA_2048), "e": "Ag"}),
    ("RSA e as long as n", {"kty": "RSA", "alg": "RSA-OAEP-256", "n": b64u(RSA_2048), "e": b64u(RSA_2048)}),
    ("RSA e missing", {"kty": "RSA", "alg": "RSA-OAEP-256", "n": b64u(RSA_2048)}),
    ("AKP", {"kty": "AKP", "alg": "ML-KEM-768+A192KW", "pub": "AAAA"}),
    ("a private half", {**EC, "d": "AAAA"}),
    ("empty", {}),
    ("of 10 KiB", {**EC, "kid": "x" * 10_240, "x": "A" * 10_240}),
]


def cases(server, effort):
    server.set_secret()
    client = Client(server)
    yield from greetings(client)
    yield from sessions(server, client, effort)
    yield from bindings(client)
    yield from tee_keys(client)
    yield from concurrency(server, effort)
    yield from releases(server, client)


def greetings(client):
    for version, status in VERSIONS:
        answer = client.ask("POST", "/kbs/v0/auth", json.dumps({"version": version, "tee": "sample", "extra-params": ""}))
        yield f"version {version[:20]!r}", differs(answer.status, status)
    for tee, status in TEES:
        answer = client.ask("POST", "/kbs/v0/auth", json.dumps({"version": "0.4.0", "tee": tee, "extra-params": ""}))
        yield f"tee {tee[:20]!r}", differs(answer.status, status)
    answer = client.ask("POST", "/kbs/v0/auth", json.dumps({"version": "0.4.0", "tee": "sample", "extra-params": ""}))
    flags = answer.headers["set-cookie"]
    yield "the cookie is kept from scripts and other sites", "" if "HttpOnly" in flags and "SameSite=Strict" in flags else flags
    nonces = {client.challenge()[0] for _ in range(200)}
    yield "nonces of 32 octets, all different", differs((len(nonces), {len(base64.b64decode(n)) for n in nonces}), (200, {32}))
    for method, path in (("GET", "/kbs/v0/auth"), ("PUT", "/kbs/v0/attest"), ("DELETE", "/kbs/v0/auth")):
        yield f"{method} {path}", differs(client.ask(method, path).status, 404)
    for path in ("nothing", "nothing/at/all", "Resource/a/b/c", "attestation-policy/x", "token-verify"):
        answer = client.ask("POST", f"/kbs/v0/{path}", "{}")
        yield f"plugin {path}", differs((answer.status, answer.variant), (404, "PluginNotFound"))


def sessions(server, client, effort):
    def refused_as(answer, *codes):
        return differs((answer.status, answer.variant), REFUSED) or differs(client.reason(answer), *codes)

    nonce, cookie = client.challenge()
    good = Rcar.submission(nonce)
    yield "control: an honest attempt", differs(client.attest(good, cookie).status, 200)
    yield "replay of the same attempt", refused_as(client.attest(good, cookie), "session.used")
    yield "other evidence for a challenge that was met", refused_as(client.attest(Rcar.submission("x"), cookie), "session.used")
    old, _ = client.challenge()
    for name, wrong in (("another challenge's nonce", old), ("an empty nonce", ""), ("a nonce of zeros", "A" * 43 + "="),
                        ("no base64", "?"), ("a nonce of 1 MiB", "A" * 2**20)):
        _, cookie = client.challenge()
        yield name, refused_as(client.attest(Rcar.submission(wrong), cookie), "session.nonce")
    nonce, cookie = client.challenge()
    for name, spelled in (("the nonce in base64url", nonce.replace("+", "-").replace("/", "_").rstrip("=") + "-"),
                          ("the nonce with a newline", nonce + "\n"), ("the nonce in lower case", nonce.lower())):
        nonce, cookie = client.challenge()
        yield name, refused_as(client.attest(Rcar.submission(spelled), cookie), "session.nonce")
    nonce, cookie = client.challenge()
    wrong = copy.deepcopy(Rcar.submission(nonce))
    wrong["tee-evidence"]["primary_evidence"]["report_data"] = "AAAA"
    client.attest(wrong, cookie)
    yield "the right evidence after a wrong one", refused_as(client.attest(Rcar.submission(nonce), cookie), "session.used")

    nonce, _ = client.challenge()
    submission = Rcar.submission(nonce)
    made_up = ["", "0" * 32, "../../etc/passwd", "x", "A" * 107, "A" * 4000, "%00", "null", "'", "{}", "=" * 100,
               base64url(bytes(80)), base64url(b"\xff" * 80), "A B", "ü"]
    for ticket in made_up:
        yield f"made-up ticket {ticket[:16]!r}", refused_as(
            client.ask("POST", "/kbs/v0/attest", json.dumps(submission), {"Cookie": f"kbs-session-id={ticket}".encode()}),
            "session.unknown")
    for name, header in (("no cookie", None), ("a cookie of another name", "session={}"), ("in capitals", "KBS-SESSION-ID={}"),
                         ("the cookie twice", "kbs-session-id={0}; kbs-session-id={0}"),
                         ("the cookie twice, one empty", "kbs-session-id={0}; kbs-session-id=")):
        nonce, cookie = client.challenge()
        headers = {"Cookie": header.format(cookie.split("=", 1)[1])} if header else {}
        yield name, refused_as(client.ask("POST", "/kbs/v0/attest", json.dumps(Rcar.submission(nonce)), headers), "session.unknown")
    with Server("--allow-sample") as other:
        nonce, cookie = Client(other).challenge()
        yield "a ticket of another server", refused_as(client.attest(Rcar.submission(nonce), cookie), "session.unknown")
        nonce, _ = Client(other).challenge()
        _, cookie = client.challenge()
        yield "a nonce of another server", refused_as(client.attest(Rcar.submission(nonce), cookie), "session.nonce")
    nonce, cookie = client.challenge()
    submission, ticket = Rcar.submission(nonce), cookie.split("=", 1)[1]
    for at in range(0, len(ticket), max(1, effort.stride // 4)):
        changed = ticket[:at] + chr(ord(ticket[at]) ^ 1) + ticket[at + 1:]
        yield f"ticket, bit flipped at {at}", refused_as(client.attest(submission, f"kbs-session-id={changed}"), "session.unknown")
        yield f"ticket, cut at {at}", refused_as(client.attest(submission, f"kbs-session-id={ticket[:at]}"), "session.unknown")
    yield "ticket, one letter more", refused_as(client.attest(submission, cookie + "A"), "session.unknown")
    yield "control: the ticket itself is still good", differs(client.attest(submission, cookie).status, 200)
    nonce, cookie = client.challenge("cca")
    yield "sample evidence for a CCA challenge", refused_as(client.attest(Rcar.submission(nonce), cookie), "kbs.evidence.shape")
    nonce, cookie = client.challenge("sample")
    cca = {**Rcar.submission(nonce), "tee-evidence": {"primary_evidence": {"token": [1, 2, 3]}, "additional_evidence": ""}}
    yield "CCA evidence for a sample challenge", refused_as(client.attest(cca, cookie), "sample.svn")


def bindings(client):
    """What the evidence binds against what the message says (trustee.md section 11, 360 to 384)."""
    def attempt(change):
        nonce, cookie = client.challenge()
        submission = Rcar.submission(nonce)
        change(submission, nonce)
        answer = client.attest(submission, cookie)
        return answer.status, answer.variant

    def report(octets):
        def change(submission, _):
            digest = base64.b64decode(submission["tee-evidence"]["primary_evidence"]["report_data"])
            submission["tee-evidence"]["primary_evidence"]["report_data"] = base64.b64encode(octets(digest)).decode()
        return change

    def over(algorithm, without=(), separators=(",", ":")):
        def change(submission, nonce):
            bound = {"additional-evidence": "", "nonce": nonce, "tee-pubkey": PUBLIC_KEY}
            text = json.dumps({n: v for n, v in bound.items() if n not in without}, sort_keys=True, separators=separators)
            submission["tee-evidence"]["primary_evidence"]["report_data"] = base64.b64encode(
                hashlib.new(algorithm, text.encode()).digest()).decode()
        return change

    changes = [
        ("empty", report(lambda d: b"")), ("one octet", report(lambda d: d[:1])), ("32 octets of 48", report(lambda d: d[:32])),
        ("47 octets", report(lambda d: d[:47])), ("49 octets", report(lambda d: d + b"\0")), ("zeros", report(lambda d: bytes(48))),
        ("padded to 64", report(lambda d: d + bytes(16))), ("4,000 octets", report(lambda d: d * 84)),
        ("with SHA-256", over("sha256")), ("with SHA-512", over("sha512")),
        ("without additional-evidence", over("sha384", ("additional-evidence",))), ("without the nonce", over("sha384", ("nonce",))),
        ("without the key", over("sha384", ("tee-pubkey",))), ("over JSON with blanks", over("sha384", separators=(", ", ": "))),
    ]
    for name, change in changes:
        yield f"report data {name}", differs(attempt(change), REFUSED)
    for bit in range(0, 384, 8):
        flip = report(lambda d, at=bit // 8: d[:at] + bytes([d[at] ^ 1]) + d[at + 1:])
        yield f"report data, bit {bit} flipped", differs(attempt(flip), REFUSED)

    def other_key(submission, _):
        submission["runtime-data"]["tee-pubkey"] = {**EC, "y": EC["y"], "alg": "ECDH-ES+A256KW", "x": EC["y"]}

    def put(*path_and_value):
        *path, last, value = path_and_value

        def change(submission, _):
            inner = submission
            for name in path:
                inner = inner[name]
            inner[last] = value
        return change

    for name, change in (("a key that the evidence does not bind", other_key),
                         ("additional evidence beside it", put("tee-evidence", "additional_evidence", '{"nvidia":{}}')),
                         ("evidence as a text", put("tee-evidence", "primary_evidence", "svn")),
                         ("evidence null", put("tee-evidence", "primary_evidence", None)),
                         ("init-data of unknown format", put("init-data", {"format": "yaml", "body": "a: 1"})),
                         ("init-data that is no TOML", put("init-data", {"format": "toml", "body": "= ="})),
                         ("init-data of unknown algorithm",
                          put("init-data", {"format": "toml", "body": 'version = "0.1.0"\nalgorithm = "md5"\n[data]\n'})),
                         ("init-data of 10,000 brackets", put("init-data", {"format": "toml", "body": "a = " + "[" * 10_000})),
                         ("init-data of 10,000 tables", put("init-data", {"format": "toml", "body": "[a" + ".a" * 10_000 + "]"}))):
        yield name, differs(attempt(change), REFUSED)
    for algorithm in ("sha256", "sha384", "sha512"):  # one of these killed a worker of Trustee (section 14, 3)
        text = f'version = "0.1.0"\nalgorithm = "{algorithm}"\n[data]\n"a" = "b"\n'
        yield f"init-data with {algorithm}", differs(attempt(put("init-data", {"format": "toml", "body": text})), (200, ""))


def tee_keys(client):
    for name, key in BAD_KEYS:
        nonce, cookie = client.challenge()
        answer = client.attest(Rcar.submission(nonce, key or None) if key else
                               {**Rcar.submission(nonce), "runtime-data": {"nonce": nonce, "tee-pubkey": {}}}, cookie)
        problem = differs((answer.status, answer.variant), REFUSED)
        code = client.reason(answer)
        of_keys = code.split(".")[0] in ("teekey", "jwk", "key", "base64")
        yield f"tee key: {name}", problem or ("" if of_keys else f"refused as {code}")
    for name, key in (("kid and use", {**EC, "kid": "x", "use": "enc"}), ("a name of 1 KiB", {**EC, "x" * 1024: 1})):
        nonce, cookie = client.challenge()
        submission = Rcar.submission(nonce)
        submission["runtime-data"]["tee-pubkey"] = key  # dropped before hashing, as the peer does (360, 361)
        answer = client.attest(submission, cookie)
        kept = json.loads(base64.urlsafe_b64decode(answer.token.split(".")[1] + "==="))["submods"]["cpu0"][
            "ear.veraison.annotated-evidence"]["runtime_data_claims"]["tee-pubkey"]
        yield f"tee key: {name} goes no further", differs(kept, EC)


def concurrency(server, effort):
    rounds = 2 if effort.stride > 1 else 10
    for number in range(rounds):
        nonce, cookie = Client(server).challenge()
        submission = Rcar.submission(nonce)
        clients = [Client(server) for _ in range(AT_ONCE)]
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(lambda client: client.attest(submission, cookie), clients))
        statuses = sorted(answer.status for answer in answers)
        yield f"{AT_ONCE} attempts at once, round {number}", differs(statuses, [200] + [401] * (AT_ONCE - 1))
    nonces = [Client(server).challenge() for _ in range(AT_ONCE)]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda pair: Client(server).attest(Rcar.submission(pair[0]), pair[1]), nonces))
    yield f"{AT_ONCE} sessions at once", differs({answer.status for answer in answers}, {200})
    tokens = {answer.token for answer in answers if answer.status == 200}
    yield f"{AT_ONCE} sessions, as many results", differs(len(tokens), AT_ONCE)


def releases(server, client):
    """From a result to a secret (section 11, 386 to 469; section 14, 2 and 13)."""
    attested, cookie = client.session()
    answer = client.fetch(RESOURCE, cookie=cookie)
    yield "the default policy releases nothing to the sample TEE", differs((answer.status, answer.variant), (401, "PolicyDeny"))
    _, unused = client.challenge()
    answer = client.fetch(RESOURCE, cookie=unused)
    yield "a session that was not attested", differs((answer.status, answer.variant), (401, "TokenNotFound"))
    answer = client.fetch(RESOURCE, bearer=attested.token, cookie="kbs-session-id=x")
    yield "a bad cookie beside a good token", differs((answer.status, answer.variant), (401, "PolicyDeny"))
    client.set_policy("resource", policy("default allow := false\nallow if data[\"resource-path\"][2] == \"message.txt\""))
    yield "control: a policy that allows", differs(client.fetch(RESOURCE, cookie=cookie).status, 200)
    answer = client.ask("PUT", f"/kbs/v0/resource/{RESOURCE}", "x", {"Cookie": cookie})
    yield "PUT by a guest", differs((answer.status, answer.variant), (401, "PluginInternalError"))
    for method in ("POST", "DELETE"):
        answer = client.ask(method, f"/kbs/v0/resource/{RESOURCE}", "x", {"Cookie": cookie})
        yield f"{method} by a guest", differs((answer.status, answer.variant), (401, "AdminAuthInitialization"))
    client.set_policy("resource", policy("allow := true"))
    answers = set()
    for path in ("no/such/thing", "a/b", "a/b/c/d", "../../x", "%2e%2e/%2e%2e/x", "a//b", "a/b/", ".hidden/b/c", "a/b/c%20d",
                 "a/b/" + "x" * 3_000, "a/b/%E2%80%AE", "", "/", "a/b/c;d", "a/b/*", "~/b/c"):
        answer = client.fetch(path, cookie=cookie)
        answers.add((answer.status, answer.variant, answer.json.get("detail")))
        yield f"no such resource: {path[:24]!r}", differs(answer.status, 401)
    yield "all these look the same from outside", differs(answers, {(401, "PluginInternalError", "Plugin internal error")})
    for number, body in enumerate((client.fetch("x/y/z", bearer="x").body, client.fetch("x/y/z").body)):
        yield f"an error is JSON of two or three members {number}", "" if error_of(body) and len(json.loads(body)) <= 3 else body
    client.administer("DELETE", "/avouch/v1/policies/resource/resource-policy")
