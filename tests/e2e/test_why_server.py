"""`avouch why` of what is refused before any decision, of administrators, and of a store that others write."""

import base64
import json
import time
import unittest

from harness import RESOURCE, SECRET, Server, base64url, run
from why_bench import REFERENCES, RIM, SESSION, Bench, Outcome, Row


class WhyRefused(Bench):
    """Before any decision: the server's log and the client's error name it, and `avouch why CODE` says what to do."""

    def no_decision(self, name, stderr, code, words, log):
        row = Row(name)
        self.assertNotIn("decision: ", stderr)
        self.assertRegex(stderr, words)
        self.assertRegex(self.server.log(), f'auth.refused.*{code}.*{log}')
        why = json.loads(run("avouch", "why", code, "--json").stdout)["causes"][0]
        self.assertTrue(why["next"])
        row.explained(code, "no decision: log, client and `avouch why CODE` name it")

    def auth(self, **message):
        def change(exchange):
            if exchange.verb == "auth":
                exchange.message = {**exchange.message, **message}
        return self.flow(change).stderr

    def test_tee_that_is_not_verified(self):
        self.no_decision("TEE not supported", self.auth(tee="snp"), "tee.unsupported", 'does not verify the TEE "snp"', "snp")

    def test_tee_that_is_unknown(self):
        self.no_decision("TEE unknown", self.auth(tee="nonsense"), "tee.unknown", "deserialize Request", "nonsense")

    def test_version_that_nobody_speaks(self):
        self.no_decision("protocol version not supported", self.auth(version="1.0.0"), "kbs.auth.version",
                         "Version Mismatch: .* the request is 1.0.0", "1.0.0")

    def test_body_over_the_limit(self):
        row = Row("body over the limit")
        status, _, body = self.server.request("POST", "/kbs/v0/attest", b"x" * (3 << 20))
        self.assertEqual(status, 413)
        self.assertIn(b"payload reached size limit", body)
        text = run("avouch", "why", "http.too-large").stdout.decode()
        self.assertIn("http_server.payload_request_size", text)
        row.explained("http.too-large", "no decision: client and `avouch why CODE` name it")

    def test_what_fell_short_nowhere(self):
        """No fault: `why` must not invent one."""
        outcome = self.flow()
        self.assertEqual(outcome.secret, SECRET)
        newest = json.loads(self.server.avouch("decisions", "--limit", "1", "--json").stdout)["decisions"][0]
        why = self.server.why(newest["id"])
        self.assertEqual((why["kind"], why["outcome"], why["causes"]), ("release", "granted", []))
        self.assertIn(b"Nothing fell short", self.server.avouch("why", newest["id"]).stdout)

    def test_codes_that_there_are_not(self):
        for code in ("no.such-code", "x.y", "\033[2J.x"):
            self.assertEqual(run("avouch", "why", code, ok=False).returncode, 2)

    def test_sample_report_data(self):
        def change(exchange):
            if exchange.verb == "attest":
                message = exchange.message
                message["tee-evidence"]["primary_evidence"]["report_data"] = base64.b64encode(bytes(48)).decode()
                exchange.message = message
        self.middle.tamper = change
        self.middle.exchanges.clear()
        done = run("kbs-client", "--url", self.middle.url, "get-resource", "--allow-sample", "--path", RESOURCE, ok=False)
        outcome = Outcome(b"", done.stderr.decode(), self.middle.exchanges[-1], False)
        self.fault("sample evidence binds nothing", outcome, code="sample.report-data-mismatch",
                   reference=("mismatched", "sample.report_data", SESSION))


def admin_token(key_file, **claims):
    """A token of an administrator, EdDSA, good for ten minutes unless `claims` say otherwise."""
    now = int(time.time())
    header, payload = (base64url(json.dumps(part).encode())
                       for part in ({"alg": "EdDSA", "typ": "JWT"}, {"iat": now, "nbf": now, "exp": now + 600, **claims}))
    file = key_file.with_suffix(".input")
    file.write_text(f"{header}.{payload}")
    return f"{header}.{payload}.{base64url(run('openssl', 'pkeyutl', '-sign', '-rawin', '-inkey', key_file, '-in', file).stdout)}"


class WhyAdministration(Bench):
    """Administrators that are refused, at the peer's routes and at our own."""

    def refused(self, name, token, code, cause, command="^avouch admin token$"):
        self.row = Row(name)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        for path in ("/kbs/v0/resource-policy", "/avouch/v1/decisions"):
            status, _, body = self.server.request("GET", path, headers=headers)
            self.assertIn(status, (401, 403))
            answer = json.loads(body)
            why = self.server.why(answer.get("error", answer)["decision"])
            self.assertEqual((why["causes"][0]["code"], why["kind"], why["subject"]), (code, "admin", f"GET {path}"))
            self.assertRegex(why["cause"], cause)
            self.assertRegex(why.get("command", ""), command)
        file = self.file("token.jwt", token or " ")
        said = run("avouch", "--url", self.server.url, "--admin-token-file", file, "policy", "list", ok=False).stderr.decode()
        self.assertIn(code, said)
        self.row.explained(code)
        return why

    def renewed(self, why):
        token = self.follow(why).strip()
        self.assertEqual(run("avouch", "--url", self.server.url, "--admin-token-file", token, "policy", "list").returncode, 0)

    def sign(self, **claims):
        return admin_token(self.server.path("data/admin.key"), **claims)

    def test_expired_token(self):
        now = int(time.time())
        self.renewed(self.refused("admin token expired", self.sign(iat=now - 900, exp=now - 300), "admin.token", r"exp 20\S+Z, now 20"))

    def test_token_from_the_future(self):
        self.renewed(self.refused("admin token not yet valid (clock skew)", self.sign(nbf=int(time.time()) + 600), "admin.token",
                                  r"nbf 20\S+Z, now 20"))

    def test_token_of_somebody(self):
        key = self.server.path("somebody.key")
        run("openssl", "genpkey", "-algorithm", "ed25519", "-out", key)
        self.renewed(self.refused("admin token by an unknown key", admin_token(key), "admin.token", "not signed by a key of an admin"))


class RoleServer(Server):
    """With roles for administrators; its files lie in the peer's layout, where others may write them."""

    CONFIG = """
[admin]
authorization_mode = "AuthenticatedAuthorization"
[admin.authentication.bearer_jwt]
identity_providers = [ {{ issuer = "ops", public_key_uri = "file://{folder}/ops.pub" }} ]
[admin.authorization.regex_acl]
acls = [ {{ role = "admin", allowed_endpoints = "^/.+$" }}, {{ role = "reader", allowed_endpoints = "^/healthz$" }} ]
[storage_backend]
storage_type = "LocalFs"
[storage_backend.backends.local_fs]
dir_path = "{folder}/storage"
"""

    def start(self):
        self.key = self.path("ops.key")
        run("openssl", "genpkey", "-algorithm", "ed25519", "-out", self.key)
        run("openssl", "pkey", "-in", self.key, "-pubout", "-out", self.path("ops.pub"))
        self.path("config.toml").write_text(self.CONFIG.format(folder=self.folder))
        self.options = ("--config-file", str(self.path("config.toml")))
        super().start()
        self.path("data/admin-token").write_text(self.token("admin"))

    def token(self, role):
        return admin_token(self.key, iss="ops", role=role)

    def admin(self, *argv, **options):
        return self.kbs_client("config", "--admin-token-file", self.folder / "data/admin-token", *argv, **options)


class WhyStored(Bench):
    server_type, server_options = RoleServer, ()

    def put_reference(self, content):
        file = self.server.path("storage") / "reference_value" / RIM
        self.assertTrue(file.exists())
        self.file("reference", content).replace(file)  # a file that is overwritten in place goes unnoticed for a second

    def test_expired_reference_value(self):
        self.put_reference(json.dumps({"version": "0.1.0", "name": RIM, "expiration": "2026-01-02T03:04:05Z", "value": [self.rim]}))
        why = self.fault("reference value expired", self.flow(), code="reference.expired", cause="expired at 2026-01-02T03:04:05",
                         reference=("missing", RIM, REFERENCES), command="^avouch refval approve")
        self.follow(why)
        self.served(self.flow())

    def test_damaged_reference_value(self):
        self.put_reference('{"version": "0.1.0", "name"')
        why = self.fault("reference value damaged", self.flow(), code="reference.damaged", cause=RIM,
                         command=f"^avouch refval delete {RIM}$")
        self.follow(why)
        self.server.avouch("refval", "approve", self.flow().decision)
        self.served(self.flow())

    def test_role_without_the_right(self):
        row = Row("admin role lacks the right")
        status, _, body = self.server.request("GET", "/kbs/v0/resource-policy",
                                              headers={"Authorization": f"Bearer {self.server.token('reader')}"})
        self.assertEqual(status, 401)
        why = self.server.why(json.loads(body)["decision"])
        self.assertEqual(why["causes"][0]["code"], "admin.role")
        self.assertIn("role reader may not call /kbs/v0/resource-policy", why["cause"])
        self.assertIn("admin.authorization.regex_acl.acls", why["next"])
        row.explained("admin.role", "names the config key")

    def test_sample_tee_that_is_switched_off(self):
        row = Row("sample TEE not allowed")
        done = run("kbs-client", "--url", self.server.url, "get-resource", "--allow-sample", "--path", RESOURCE, ok=False)
        self.assertIn(b"switched off", done.stderr)
        self.assertRegex(self.server.log(), "auth.refused.*tee.sample-off")
        why = json.loads(run("avouch", "why", "tee.sample-off", "--json").stdout)["causes"][0]
        self.assertIn("avouch.allow_sample = true", why["next"])
        self.assertEqual(why["command"], "avouchd --allow-sample")
        row.explained("tee.sample-off", "no decision: log, client and `avouch why CODE` name it")


if __name__ == "__main__":
    unittest.main()
