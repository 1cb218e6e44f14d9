"""The bench that tests of `avouch why` work at: one server, one realm on an endorsed platform whose secret it gets, somebody in
the middle who makes the fault, and a table of the faults that were seeded."""

import base64
import dataclasses
import json
import re
import subprocess
import unittest

from cca_token import Token
from harness import PATIENCE, RESOURCE, SECRET, Realm, Server, base64url
from middle import Middle

RIM = "cca.realm.cca-realm-initial-measurement"
REMS = "cca.realm.cca-realm-extensible-measurements"

# Where the other side of a comparison stands, as `why` says it.
ENDORSEMENTS = "avouch endorsement list"
REFERENCES = "avouch refval list"
SESSION = "computed from this session"


@dataclasses.dataclass
class Outcome:
    """What a guest saw of its way to the secret."""
    secret: bytes
    stderr: str
    refusal: object  # the exchange in which the server said no; None if it said no nowhere
    attested: bool

    @property
    def decision(self):
        return re.search(r"^decision: (\w+)", self.stderr, re.MULTILINE).group(1)


class Row:
    """A fault in the table. It counts as missed until it is explained."""

    def __init__(self, fault):
        self.fault, self.code, self.end = fault, "", "MISSED"
        Table.rows.append(self)

    def explained(self, code, end="explained"):
        self.code, self.end = code, end


class Table:
    """One line for each fault; run.py prints it when all are through."""
    rows = []

    @classmethod
    def print(cls):
        if not cls.rows:
            return
        print(f"\n{'fault':44} {'cause that why names':32} what its next step led to")
        for row in cls.rows:
            end = re.sub(r"[0-9a-f]{64}/[0-9a-f]{66}", "KEY", re.sub(r"\b01[0-9a-z]{16}\b", "ID", row.end))
            print(f"{row.fault:44} {row.code:32} {end}")
        missed = sum(not row.code for row in cls.rows)
        print(f"{len(cls.rows)} faults seeded, {len(cls.rows) - missed} explained, {missed} missed", flush=True)


class Bench(unittest.TestCase):
    server_type, server_options = Server, ("--allow-sample",)

    @classmethod
    def setUpClass(cls):
        cls.server = cls.server_type(*cls.server_options).__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        cls.realm = Realm(cls.server)
        cls.middle = Middle(cls.server).__enter__()
        cls.addClassCleanup(cls.middle.__exit__)
        cls.prepare()

    @classmethod
    def prepare(cls):
        cls.platform = json.loads(cls.realm.endorsements())
        cls.realm.endorse()
        cls.server.set_secret()
        cls.realm.run("kbs-client", "--url", cls.server.url, "attest")
        cls.server.avouch("refval", "approve", "--last")
        cls.rim = cls.reference(RIM)[0]

    @classmethod
    def reference(cls, name):
        values = json.loads(cls.server.avouch("refval", "list").stdout)["reference-values"]
        return next((each["value"] for each in values if each["name"] == name), None)

    def setUp(self):
        self.middle.tamper = lambda exchange: None
        self.middle.exchanges.clear()
        self.addCleanup(self.restore)

    def restore(self):
        """What the next fault starts from, whatever this one did."""
        self.manage("POST", "endorsements/cca", self.platform)
        self.manage("PUT", f"reference-values/{RIM}", [self.rim])
        self.manage("DELETE", f"reference-values/{REMS}")
        self.manage("DELETE", "policies/attestation/default_cpu")
        self.manage("DELETE", "policies/resource/resource-policy")

    def manage(self, method, path, body=None):
        self.server.administer(method, f"/avouch/v1/{path}", None if body is None else json.dumps(body))

    def set_policy(self, kind, rules):
        message = {"policy": base64url(f"package policy\nimport rego.v1\n{rules}\n".encode())}
        if kind == "attestation":
            message |= {"type": "rego", "policy_id": "default_cpu"}
        status, _, body = self.server.administer("POST", f"/kbs/v0/{kind}-policy", json.dumps(message))
        self.assertEqual(status, 200, body)

    # The flow of a guest: kbs-client in a realm, through the middle.
    def flow(self, tamper=None, path=RESOURCE, realm=None, before="", options=()):
        self.middle.tamper = tamper or (lambda exchange: None)
        self.middle.exchanges.clear()
        command = ["kbs-client", "--url", self.middle.url, "get-resource", "--path", path, *options]
        if before:
            command = ["bash", "-c", f'{before} && exec "$@"', "-", *command]
        done = (realm or self.realm).run(*command, ok=None)
        refused = [exchange for exchange in self.middle.exchanges if exchange.status != 200]
        attested = any(exchange.verb == "attest" and exchange.status == 200 for exchange in self.middle.exchanges)
        secret = base64.b64decode(done.stdout) if done.returncode == 0 else b""
        return Outcome(secret, done.stderr.decode(), refused[-1] if refused else None, attested)

    def token_tamper(self, change):
        """Changes the token on its way, and signs it again with the platform's own keys."""
        def tamper(exchange):
            if exchange.verb != "attest":
                return
            message = exchange.message
            evidence = message["tee-evidence"]["primary_evidence"]
            token = Token(bytes(evidence["token"]), self.realm.state)
            evidence["token"] = list(change(token) or token.octets())
            exchange.message = message
        return tamper

    # The fault, as guest and operator see it.
    def explain(self, outcome):
        """The explanation of the decision that the guest printed; as text it has to say the same."""
        text = self.server.avouch("why", outcome.decision).stdout.decode()
        why = json.loads(self.server.avouch("why", outcome.decision, "--json").stdout)
        for member in ("cause", "next"):
            self.assertIn(" ".join(why[member].split()), " ".join(text.split()))
            self.assertNotRegex(why[member], r"[<{]\w+[>}]", "a fact is missing")
        return why

    def check_guest(self, outcome, why):
        """The guest learns the peer's words and the id of the decision, and nothing else."""
        body = json.loads(outcome.refusal.answer)
        self.assertEqual(set(body), {"type", "detail", "decision"})
        self.assertEqual(body["decision"], outcome.decision)
        self.assertIn(body["detail"], ("Attestation error: RCAR handshake Attest failed", "Access denied by policy",
                                       "Token Verifier error", "Plugin internal error"))
        seen = outcome.refusal.answer.decode() + outcome.stderr
        error = why["error"] or {"code": "release.denied", "detail": "the resource policy says no"}
        secrets = [error["code"], error["detail"], why["cause"], why["next"], "default_cpu", "resource-policy"]
        for reference in why["references"]:
            secrets += [reference["name"], str(reference["measured"]), *map(str, reference["expected"])]
        for secret in secrets:
            self.assertNotIn(secret, seen)

    def fault(self, name, outcome, *, code, cause=".", reference=None, command=None):
        """Checks that `why` names the fault, and puts it into the table. `reference` is (state, claim, place)."""
        self.row = Row(name)
        self.assertEqual(outcome.secret, b"")
        self.assertIsNotNone(outcome.refusal, outcome.stderr)
        why = self.explain(outcome)
        self.check_guest(outcome, why)
        self.assertRegex(why["causes"][0]["code"], f"^({code})$", why["causes"])
        self.assertRegex(why["cause"], cause)
        if reference:
            state, claim, place = reference
            found = next(each for each in why["references"] if each["claim"] == claim and each["state"] == state)
            self.assertTrue(found["measured"])
            self.assertEqual(bool(found["expected"]), state != "missing")
            self.assertIn(place, found["where"])
        self.assertRegex(why.get("command", ""), command if command else "^$")
        self.row.explained(why["causes"][0]["code"])
        return why

    def follow(self, why, file=None):
        """Runs the next step as `why` spells it, FILE replaced by a file; the programs are pointed at this server."""
        command = why["command"].replace("FILE", str(file)) if file else why["command"]
        self.assertNotIn("FILE", command)
        self.row.end = why["command"]
        admin = f"--url {self.server.url} --admin-token-file {self.server.path('data/admin-token')}"
        kbs = f"--url {self.server.url} config --auth-private-key {self.server.path('data/admin.key')}"
        data = self.server.path("data")
        script = (f'avouch() {{ [ "$1" = admin ] && set -- "$@" --data-dir {data}; command avouch {admin} "$@"; }}; '
                  f'kbs-client() {{ shift; command kbs-client {kbs} "$@"; }}; {command}')
        done = subprocess.run(["bash", "-c", script], capture_output=True, timeout=60 * PATIENCE)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout.decode()}{done.stderr.decode()}")
        return done.stdout.decode()

    def served(self, outcome):
        self.assertEqual(outcome.secret, SECRET, outcome.stderr)
        self.row.end += ": served"

    def served_after(self, what):
        """Where no command helps: what to do is done by hand."""
        self.row.end = what
        self.served(self.flow())

    def file(self, name, content):
        path = self.server.path(name)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path
