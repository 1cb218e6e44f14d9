"""Arm CCA tokens: of a real (software) realm, whole and then damaged at random, and those that others minted to be refused."""

import base64
import hashlib
import json
import os
import pathlib
import random
import subprocess

from battery import Client, differs, policy
from harness import PATIENCE, PUBLIC_KEY, RESOURCE, Realm

REFUSED = (401, "AttestationError")
HERE = pathlib.Path(__file__).resolve().parent
EVIDENCE_CODES = ("cca.", "cose.", "cbor.", "binding.", "key.", "signature.", "jwk.", "parse.", "kbs.evidence.")


class Signer:
    """A realm that signs whatever challenge it is given."""

    def __init__(self, realm):
        self.process = subprocess.Popen(["avouch", "realm", "run", "--state", str(realm.state), "--", "python3",
                                         str(HERE / "realm_signer.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def token(self, nonce):
        bound = json.dumps({"additional-evidence": "", "nonce": nonce, "tee-pubkey": PUBLIC_KEY}, sort_keys=True,
                           separators=(",", ":"))
        challenge = hashlib.sha384(bound.encode()).digest().ljust(64, b"\0")
        self.process.stdin.write(challenge.hex() + "\n")
        self.process.stdin.flush()
        return bytes.fromhex(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=20 * PATIENCE)


def submission(nonce, token):
    return {"init-data": None, "runtime-data": {"nonce": nonce, "tee-pubkey": PUBLIC_KEY},
            "tee-evidence": {"primary_evidence": {"token": list(token)}, "additional_evidence": ""}}


def cases(server, effort):
    server.set_secret()
    realm = Realm(server)
    realm.endorse()
    client = Client(server)
    signer = Signer(realm)
    try:
        yield from whole(client, signer)
        yield from damaged(client, signer, effort)
        yield from misshapen(client, signer)
    finally:
        signer.close()
    yield from minted(server, client)


def attempt(client, signer, change=lambda token: token):
    nonce, cookie = client.challenge("cca")
    return client.attest(submission(nonce, change(signer.token(nonce))), cookie)


def whole(client, signer):
    answer = attempt(client, signer)
    yield "control: a token as it is", differs(answer.status, 200)
    if answer.status != 200:
        return
    fetched = client.fetch(RESOURCE, bearer=answer.token)
    yield "unknown firmware opens nothing under the default policy", differs((fetched.status, fetched.variant), (401, "PolicyDeny"))
    ear = json.loads(base64.urlsafe_b64decode(answer.token.split(".")[1] + "==="))
    yield "and is not called affirming", differs(ear["submods"]["cpu0"]["ear.status"], "warning", "contraindicated")
    client.set_policy("attestation", policy('trust_claims := {"executables": 300}'))
    yield "a policy that wraps round affirms nothing", differs(attempt(client, signer).status, 401)
    client.administer("DELETE", "/avouch/v1/policies/attestation/default_cpu")
    nonce, cookie = client.challenge("cca")
    old = signer.token(client.challenge("cca")[0])
    answer = client.attest(submission(nonce, old), cookie)
    yield "a token over another challenge", differs((answer.status, client.reason(answer)), (401, "cca.realm.challenge-mismatch"))


def damages(choose):
    """One random thing done to a token."""
    def flip(token):
        at = choose.randrange(len(token))
        return token[:at] + bytes([token[at] ^ (1 << choose.randrange(8))]) + token[at + 1:]

    def cut(token):
        return token[:choose.randrange(len(token))]

    def drop(token):
        at = choose.randrange(len(token))
        return token[:at] + token[at + choose.randint(1, 40):]

    def insert(token):
        at = choose.randrange(len(token))
        return token[:at] + os.urandom(choose.randint(1, 40)) + token[at:]

    def swap(token):
        at, other = sorted(choose.sample(range(len(token)), 2))
        swapped = token[:at] + token[other:other + 8] + token[at:other] + token[other + 8:]
        return swapped if swapped != token else token[:-1]

    def repeat(token):
        at = choose.randrange(len(token) - 64)
        return token[:at + 64] + token[at:]

    return flip, flip, flip, cut, drop, insert, swap, repeat


def damaged(client, signer, effort):
    choose = random.Random(5)
    kinds = damages(choose)
    for number in range(effort.mutations):
        kind = kinds[number % len(kinds)]
        answer = attempt(client, signer, kind)
        problem = differs((answer.status, answer.variant), REFUSED)
        code = "" if problem else client.reason(answer)
        yield f"damage {number}, {kind.__name__}", problem or ("" if code.startswith(EVIDENCE_CODES) else f"refused as {code}")


def misshapen(client, signer):
    """Evidence that is no token, and JSON that is no list of octets."""
    changes = [("empty", lambda t: b""), ("twice", lambda t: t + t), ("an octet more", lambda t: t + b"\0"),
               ("256 KiB", lambda t: t + bytes(262_144 - len(t))), ("zeros", lambda t: bytes(len(t))),
               ("10,000 arrays", lambda t: b"\x81" * 10_000), ("10,000 tags", lambda t: b"\xc1" * 10_000),
               ("10,000 maps without end", lambda t: b"\xbf" * 10_000), ("array of 2^64", lambda t: b"\x9b" + b"\xff" * 8),
               ("octets of 2^63", lambda t: b"\x5b\x7f" + b"\xff" * 7), ("octets without end", lambda t: b"\x5f" + b"\x41x" * 5_000),
               ("a break", lambda t: b"\xff"), ("undefined", lambda t: b"\xf7"), ("a float", lambda t: b"\xfb" + bytes(8)),
               ("an empty collection (no evidence at all)", lambda t: b"\xd9\x01\x8f\xa0"),
               ("a collection with one key twice",
                lambda t: b"\xd9\x01\x8f\xa2\x19\xac\xca\x40\x19\xac\xca\x40"),
               ("a CMW without evidence", lambda t: b"\xd9\x03\x8b\xa1\x69__cmwc_t\x60")]
    for name, change in changes:
        answer = attempt(client, signer, change)
        code = client.reason(answer)
        yield f"a token that is {name}", (differs((answer.status, answer.variant), REFUSED) or
                                         ("" if code.startswith(EVIDENCE_CODES) else f"refused as {code}"))
    for name, token in (("a text", "AAAA"), ("null", None), ("a number", 1), ("an object", {}), ("256", [256]), ("-1", [-1]),
                        ("a fraction", [1.5]), ("a text within", ["1"]), ("a list within", [[1]]), ("true within", [True]),
                        ("300,000 octets", [0] * 300_000)):
        nonce, cookie = client.challenge("cca")
        answer = client.attest({**submission(nonce, b""), "tee-evidence": {"primary_evidence": {"token": token},
                                                                          "additional_evidence": ""}}, cookie)
        yield f"octets as {name}", differs((answer.status, client.reason(answer)), (401, "kbs.evidence.shape"))


def minted(server, client):
    """Their challenge is not ours, so that the best of them fails on that; the others have to fail before."""
    root = os.environ.get("AVOUCH_VECTORS")
    if not root:
        return
    folder = pathlib.Path(root) / "tee/cca/minted"
    for store in ("tastore.json", "rvstore.json"):
        server.avouch("endorsement", "add", folder / store)
    expected = {one["name"]: one["expect"] for one in json.loads((folder / "cases.json").read_text())["cases"]}
    for file in sorted(folder.glob("*.cbor")):
        nonce, cookie = client.challenge("cca")
        answer = client.attest(submission(nonce, file.read_bytes()), cookie)
        code = client.reason(answer)
        problem = differs((answer.status, answer.variant), REFUSED)
        if expected.get(file.stem) != "valid" and file.stem.startswith("bad-") and code == "cca.realm.challenge-mismatch":
            problem = problem or "nothing but its challenge was found wrong"
        yield f"minted: {file.stem}", problem or ("" if code.startswith(EVIDENCE_CODES) else f"refused as {code}")
