"""Every route that changes or shows something, without the right to: each must refuse, and nothing may have changed."""

import hashlib
import hmac
import json
import time

import signing
from battery import Client, base64url, differs, policy
from harness import RESOURCE, run
from signing import segment

POLICY = json.dumps({"type": "rego", "policy_id": "default_cpu",
                     "policy": base64url(policy("allow := true\ntrust_claims := {}").encode())})
REFERENCE = json.dumps({"version": "0.1.0", "type": "sample", "payload": "eyJob3N0aWxlIjpbIjEiXX0="})

# Method, path, body. All of /kbs/v0 that Trustee guards, and all of /avouch/v1.
ROUTES = [
    ("POST", "/kbs/v0/resource-policy", POLICY),
    ("GET", "/kbs/v0/resource-policy", None),
    ("POST", "/kbs/v0/attestation-policy", POLICY),
    ("POST", "/kbs/v0/reference-value", REFERENCE),
    ("GET", "/kbs/v0/reference-value/hostile", None),
    ("POST", f"/kbs/v0/resource/{RESOURCE}", "overwritten"),
    ("DELETE", f"/kbs/v0/resource/{RESOURCE}", None),
    ("GET", "/avouch/v1/decisions", None),
    ("GET", "/avouch/v1/decisions/last/why", None),
    ("POST", "/avouch/v1/decisions/last/approve", None),
    ("GET", "/avouch/v1/endorsements", None),
    ("POST", "/avouch/v1/endorsements/cca", "{}"),
    ("DELETE", "/avouch/v1/endorsements/a/b", None),
    ("GET", "/avouch/v1/reference-values", None),
    ("PUT", "/avouch/v1/reference-values/hostile", "1"),
    ("POST", "/avouch/v1/reference-values/hostile", "1"),
    ("DELETE", "/avouch/v1/reference-values/hostile", None),
    ("GET", "/avouch/v1/policies/resource", None),
    ("GET", "/avouch/v1/policies/resource/resource-policy", None),
    ("DELETE", "/avouch/v1/policies/resource/resource-policy", None),
    ("POST", "/avouch/v1/policy-test", "{}"),
    ("GET", "/avouch/v1/resources", None),
    ("GET", "/avouch/v1/of-later-versions", None),  # a route that is not there yet fails closed too
]


def credentials(server, genuine, ear):
    """Name, and the headers of somebody who is no administrator."""
    now = int(time.time())
    scratch = server.path("to-be-signed")
    admin_key = server.path("data/admin.key")
    other = signing.new_ed25519(server.path("other-admin.key"))
    claims = {"iat": now, "nbf": now, "exp": now + 600}

    def bearer(token):
        return {"Authorization": f"Bearer {token}"}

    def made(changes=None, header=None, key=admin_key, without=()):
        kept = {n: v for n, v in {**claims, **(changes or {})}.items() if n not in without}
        return bearer(signing.eddsa_token(key, {"alg": "EdDSA", "typ": "JWT", **(header or {})}, kept, scratch))

    yield "nothing", {}
    yield "Basic", {"Authorization": "Basic YWRtaW46YWRtaW4="}
    yield "an empty bearer", bearer("")
    yield "a word", bearer("admin")
    yield "null", bearer("null")
    yield "the token with no scheme", {"Authorization": genuine}
    yield "the token in a cookie", {"Cookie": f"kbs-session-id={genuine}; Authorization=Bearer {genuine}"}
    yield "the token in another header", {"X-Authorization": f"Bearer {genuine}", "X-Forwarded-User": "admin"}
    yield "two tokens", {"Authorization": f"Bearer {genuine}, Bearer {genuine}"}
    yield "an attestation result", bearer(ear)
    yield "another key", made(key=other)
    yield "another key under our kid", made(key=other, header={"kid": "admin"})
    yield "another key in a jwk", made(key=other, header={"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}})
    yield "expired", made({"exp": now - 120})
    yield "long expired", made({"exp": 1})
    yield "no exp", made(without=("exp",))
    yield "exp a text", made({"exp": "9999999999"})
    yield "nbf in the future", made({"nbf": now + 600})
    yield "iat in the future", made({"iat": now + 600})
    yield "crit", made(header={"crit": ["x"], "x": 1})
    head, payload, signature = genuine.split(".")
    header = {"alg": "none", "typ": "JWT"}
    yield "alg none", bearer(f"{segment(header)}.{payload}.")
    yield "alg none, the old signature", bearer(f"{segment(header)}.{payload}.{signature}")
    public = run("openssl", "pkey", "-in", admin_key, "-pubout").stdout
    for name, secret in (("PEM", public), ("raw", run("openssl", "pkey", "-in", admin_key, "-pubout", "-outform", "DER").stdout[-32:])):
        signed = f"{segment({'alg': 'HS256', 'typ': 'JWT'})}.{payload}"
        mac = base64url(hmac.new(secret, signed.encode(), hashlib.sha256).digest())
        yield f"HS256 with the public key as {name}", bearer(f"{signed}.{mac}")
    yield "signature of zeros", bearer(f"{head}.{payload}.{'A' * 86}")
    yield "no signature", bearer(f"{head}.{payload}.")
    yield "signature of another token", bearer(f"{segment({'alg': 'EdDSA'})}.{payload}.{signature}")
    # Ed25519 points of small order, which make any message verify in a careless library (RFC 8032 section 5.1.7).
    yield "small-order R and S = 0", bearer(f"{head}.{payload}.{base64url(bytes([1]) + bytes(63))}")


def cases(server, effort):
    server.set_secret(b"as it was")
    client = Client(server)
    before = (client.administer("GET", "/avouch/v1/policies/resource").body,
              client.administer("GET", "/avouch/v1/reference-values").body)
    genuine = server.admin_token()
    ear = client.session()[0].token
    for who, headers in credentials(server, genuine, ear):
        for number, (method, path, body) in enumerate(ROUTES):
            if effort.stride > 1 and number % 3 and who != "nothing":
                continue
            answer = client.ask(method, path, body, headers)
            problem = differs(answer.status, 401)
            if path.startswith("/kbs"):
                variant = "AdminAuthInitialization" if "/resource/" in path else "AdminAuthAccess"
                problem = problem or differs(answer.variant, variant)
            else:
                problem = problem or ("" if answer.code.startswith("admin.") else f"code {answer.code!r}")
            yield f"{method} {path} with {who}", problem
    for at in range(0, len(genuine), effort.stride):
        changed = genuine[:at] + chr(ord(genuine[at]) ^ 1) + genuine[at + 1:]
        answer = client.ask("GET", "/avouch/v1/resources", None, {"Authorization": f"Bearer {changed}"})
        yield f"admin token, bit flipped at {at}", differs(answer.status, 401)
    after = (client.administer("GET", "/avouch/v1/policies/resource").body,
             client.administer("GET", "/avouch/v1/reference-values").body)
    yield "nothing has changed", differs(after, before)
    listed = client.administer("GET", "/avouch/v1/resources").json["resources"]
    yield "the secret is still there", differs(listed, [RESOURCE])
    yield "control: the genuine token still serves", differs(client.administer("GET", "/avouch/v1/resources").status, 200)
