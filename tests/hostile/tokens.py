"""Attestation results that nobody may believe: every trick that JOSE allows, on the way to a secret.

The control comes first: the untouched result opens the secret, so that each refusal is the trick's doing."""

import base64
import copy
import hashlib
import hmac
import json
import time

import signing
from battery import Client, base64url, differs, policy
from harness import RESOURCE, public_jwk, run
from signing import P256_ORDER, segment

REFUSED = (401, "TokenVerifierError")
NO_TOKEN = (401, "TokenNotFound")  # the header holds no token at all


def decoded(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def raw_signature(r, s):
    return base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def forged_headers(server, genuine, header):
    """Name and token: the genuine claims under another header, signed as that header wants it."""
    head, payload, signature = genuine.split(".")
    own = signing.new_p256(server.path("forger.key"))
    claims = decoded(payload)
    own_jwk = public_jwk(own)
    genuine_jwk = header["jwk"]
    for name in ("none", "None", "NONE", "nOnE", ""):
        yield f"alg {name!r}, no signature", f"{segment({**header, 'alg': name})}.{payload}."
        yield f"alg {name!r}, the old signature", f"{segment({**header, 'alg': name})}.{payload}.{signature}"
    public_pem = run("openssl", "pkey", "-in", server.path("data/token.key"), "-pubout").stdout
    public_der = run("openssl", "pkey", "-in", server.path("data/token.key"), "-pubout", "-outform", "DER").stdout
    for name, secret in (("PEM", public_pem), ("PEM, trimmed", public_pem.strip()), ("DER", public_der),
                         ("JWK", json.dumps(genuine_jwk).encode()), ("x", genuine_jwk["x"].encode()), ("nothing", b"")):
        for algorithm, digest in (("HS256", hashlib.sha256), ("HS384", hashlib.sha384), ("HS512", hashlib.sha512)):
            signed = f"{segment({**header, 'alg': algorithm})}.{payload}"
            mac = base64url(hmac.new(secret, signed.encode(), digest).digest())
            yield f"{algorithm} with the public key as {name}", f"{signed}.{mac}"
    for algorithm in ("ES384", "ES512", "ES256K", "RS256", "PS256", "EdDSA", "ES256 ", "es256", "ES257", None, 256, ["ES256"]):
        yield f"alg {algorithm!r}", f"{segment({**header, 'alg': algorithm})}.{payload}.{signature}"
    yield "no alg", f"{segment({n: v for n, v in header.items() if n != 'alg'})}.{payload}.{signature}"

    def mine(changes, without=()):
        changed = {n: v for n, v in {**header, **changes}.items() if n not in without}
        return signing.es256_token(own, changed, claims)

    yield "own jwk", mine({"jwk": own_jwk})
    yield "own jwk with kid and alg", mine({"jwk": {**own_jwk, "alg": "ES256", "kid": "x", "use": "sig"}})
    yield "own jwk with the genuine x5c", mine({"jwk": {**own_jwk, "x5c": genuine_jwk.get("x5c", [])}})
    yield "own jwk with an x5c that is none", mine({"jwk": {**own_jwk, "x5c": ["AAAA"]}})
    yield "own jwk with a thousand certificates", mine({"jwk": {**own_jwk, "x5c": ["AAAA"] * 1000}})
    yield "the genuine jwk, own signature", mine({})
    yield "both jwks", mine({"jwk": [genuine_jwk, own_jwk]})
    yield "jku and own jwk", mine({"jku": f"{server.url}/.well-known/jwks.json", "jwk": own_jwk})
    yield "jku alone", mine({"jku": "http://127.0.0.1:1/jwks.json"}, without=("jwk",))
    yield "x5u alone", mine({"x5u": "http://127.0.0.1:1/x.pem"}, without=("jwk",))
    yield "x5c beside no jwk", mine({"x5c": ["AAAA"]}, without=("jwk",))
    yield "jwk: oct", mine({"jwk": {"kty": "oct", "k": "AA"}})
    yield "jwk: empty", mine({"jwk": {}})
    yield "jwk: null", mine({"jwk": None})
    yield "jwk: a text", mine({"jwk": json.dumps(own_jwk)})
    for kid in ("../../../../dev/null", "/proc/self/environ", "' OR 1=1 --", "", "\u0000", "x" * 10_000, ["a"], 1,
                "http://127.0.0.1/key", "|id"):
        yield f"kid {str(kid)[:24]!r}", mine({"kid": kid}, without=("jwk",))
    genuine_key = server.path("data/token.key")
    for name, extra in (("b64: false, critical", {"b64": False, "crit": ["b64"]}), ("b64: false", {"b64": False}),
                        ("b64: true", {"b64": True}), ("crit unknown", {"crit": ["exp"], "exp": 1}),
                        ("crit empty", {"crit": []}), ("crit: null", {"crit": None}), ("crit: alg", {"crit": ["alg"]})):
        yield name, signing.es256_token(genuine_key, {**header, **extra}, claims)
    alg_twice = segment(b'{"alg":"none","alg":"ES256","typ":"JWT"}')
    yield "alg twice", f"{alg_twice}.{payload}.{signature}"
    doubled = json.dumps(header).replace('{"', '{"jwk":' + json.dumps(own_jwk) + ',"', 1)
    yield "jwk twice", f"{segment(doubled.encode())}.{payload}.{signature}"


def forged_signatures(genuine):
    """Name and token: the genuine token with another signature."""
    head, payload, signature = genuine.split(".")
    octets = base64.urlsafe_b64decode(signature + "==")
    r, s = int.from_bytes(octets[:32], "big"), int.from_bytes(octets[32:], "big")
    start = f"{head}.{payload}."
    yield "empty signature", start
    yield "r = s = 0", start + raw_signature(0, 0)
    yield "r = 0", start + raw_signature(0, s)
    yield "s = 0", start + raw_signature(r, 0)
    yield "r = s = 1", start + raw_signature(1, 1)
    yield "r = order", start + raw_signature(P256_ORDER, s)
    yield "s = order", start + raw_signature(r, P256_ORDER)
    yield "all ones", start + raw_signature(2**256 - 1, 2**256 - 1)
    yield "r and s swapped", start + raw_signature(s, r)
    if s + P256_ORDER < 2**256:
        yield "s + order", start + raw_signature(r, s + P256_ORDER)
    for length in (1, 32, 63, 65, 96, 128):
        yield f"signature of {length} octets", start + base64url((octets * 2)[:length])
    der_r, der_s = (b"\x02\x21\x00" + part for part in (octets[:32], octets[32:]))
    yield "signature in DER", start + base64url(b"\x30" + bytes([len(der_r + der_s)]) + der_r + der_s)
    yield "signature padded", start + signature + "=="
    yield "signature with a letter more", start + signature + "A"
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    yield "stray bits in the last letter", start + signature[:-1] + last[last.index(signature[-1]) ^ 1]
    yield "signature in hexadecimal", start + octets.hex()
    yield "two parts", f"{head}.{payload}"
    yield "four parts", f"{genuine}.{signature}"
    yield "five parts, as a JWE", f"{head}.AA.AA.{payload}.{signature}"
    yield "one part", head
    yield "dots", ".."
    yield "no header", f".{payload}.{signature}"
    yield "no payload", f"{head}..{signature}"
    yield "padded header", f"{head}=.{payload}.{signature}"
    yield "a token of 60 KiB", "A" * 61_440
    yield "a payload of 50 KiB", f"{head}.{'A' * 51_200}.{signature}"
    for name, text in (("an array", b"[1]"), ("a text", b'"x"'), ("null", b"null"), ("10,000 brackets", b"[" * 10_000)):
        yield f"the header is {name}", f"{segment(text)}.{payload}.{signature}"
        yield f"the payload is {name}", f"{head}.{segment(text)}.{signature}"


def signed_claims(server, genuine, header):
    """Name and token: claims that our own key signed, and that still must open nothing."""
    claims = decoded(genuine.split(".")[1])
    now = int(time.time())

    def ours(changes, without=()):
        kept = {n: v for n, v in copy.deepcopy(claims).items() if n not in without}
        return signing.es256_token(server.path("data/token.key"), header, {**kept, **changes})

    for name, value in (("now", now), ("a second ago", now - 1), ("a minute ago", now - 60), ("0", 0), ("negative", -1),
                        ("text", str(now + 300)), ("true", True), ("null", None), ("array", [now + 300]), ("object", {})):
        yield f"exp {name}", ours({"exp": value})
    yield "exp missing", ours({}, without=("exp",))
    yield "nbf in the future", ours({"nbf": now + 600})
    yield "nbf a text", ours({"nbf": "0"})
    yield "iat in the future", ours({"iat": now + 600})
    yield "iat null", ours({"iat": None})
    key = claims["submods"]["cpu0"]["ear.veraison.annotated-evidence"]["runtime_data_claims"]["tee-pubkey"]
    yield "no tee key", ours({"submods": {}})
    yield "submods missing", ours({}, without=("submods",))
    for name, value in (("null", None), ("a text", "key"), ("empty", {}), ("of curve P-384, short", {**key, "crv": "P-384"}),
                        ("off its curve", {**key, "y": key["x"]}), ("oct", {"kty": "oct", "k": "AAAA", "alg": "A256KW"}),
                        ("RSA1_5", {"kty": "RSA", "alg": "RSA1_5", "n": base64url(b"\xc1" * 256), "e": "AQAB"})):
        yield f"tee key {name}", ours({"submods": {}, "tee-pubkey": value})
    doubled = json.dumps(claims).replace('{"', '{"exp":99999999999,"', 1).encode()
    signed = f"{segment(header)}.{segment(doubled)}"
    yield "exp twice", f"{signed}.{base64url(signing.es256(server.path('data/token.key'), signed.encode())[0])}"


def in_headers(genuine):
    """Name, headers, what comes: the genuine token where none belongs, or beside another."""
    yield "scheme Basic", {"Authorization": f"Basic {genuine}"}, NO_TOKEN
    yield "no scheme", {"Authorization": genuine}, NO_TOKEN
    yield "scheme twice", {"Authorization": f"Bearer Bearer {genuine}"}, NO_TOKEN
    yield "two tokens", {"Authorization": f"Bearer {genuine}, Bearer {genuine}"}, NO_TOKEN
    yield "nothing behind the scheme", {"Authorization": "Bearer "}, NO_TOKEN
    yield "as a cookie", {"Cookie": f"kbs-session-id={genuine}"}, NO_TOKEN
    yield "as a proxy's", {"Proxy-Authorization": f"Bearer {genuine}"}, NO_TOKEN
    yield "quoted", {"Authorization": f'Bearer "{genuine}"'}, REFUSED


def cases(server, effort):
    server.set_secret()
    client = Client(server)
    answer = client.set_policy("resource", policy("allow := true"))
    assert answer.status == 200, answer
    attested, cookie = client.session()
    genuine = attested.token
    header = decoded(genuine.split(".")[0])

    def seen(token):
        got = client.fetch(RESOURCE, bearer=token)
        return got.status, got.variant

    yield "control: the genuine token", differs(seen(genuine), (200, ""))
    for source in (forged_headers(server, genuine, header), forged_signatures(genuine),
                   signed_claims(server, genuine, header)):
        for name, token in source:
            yield name, differs(seen(token), REFUSED)
    for name, headers, promised in in_headers(genuine):
        got = client.ask("GET", f"/kbs/v0/resource/{RESOURCE}", headers=headers)
        yield f"token {name}", differs((got.status, got.variant), promised)
    got = client.ask("GET", f"/kbs/v0/resource/{RESOURCE}?token={genuine}&access_token={genuine}")
    yield "token in the query", differs((got.status, got.variant), NO_TOKEN)
    for at in range(0, len(genuine), effort.stride):
        changed = genuine[:at] + chr(ord(genuine[at]) ^ 1) + genuine[at + 1:]
        yield f"bit flipped at {at}", differs(seen(changed), REFUSED, NO_TOKEN)
    for length in range(0, len(genuine), max(effort.stride, 7)):
        yield f"cut at {length}", differs(seen(genuine[:length]), REFUSED, NO_TOKEN)
    yield "control: the genuine token still opens", differs(seen(genuine), (200, ""))
