"""`avouch why` of faults in policies, in results that are presented, and in secrets that are not there."""

import base64
import hashlib
import json
import time
import unittest

import cca_token
from harness import RESOURCE, base64url, claims_of, public_jwk, run, sign_ear
from why_bench import REFERENCES, RIM, Bench


class WhyPolicies(Bench):
    """Mistakes in policies."""

    DEFAULT_CLAIMS = 'trust_claims := {"executables": executables, "hardware": 2, "configuration": 2}\ndefault executables := 33\n'

    def test_path_that_the_evidence_does_not_have(self):
        rules = self.DEFAULT_CLAIMS + 'executables := 3 if {\n\tinput.cca.realm["cca-realm-inital-measurement"] in %s\n}'
        self.set_policy("attestation", rules % f'query_reference_value("{RIM}")')
        why = self.fault("policy reads a path that is not there", self.flow(), code="policy.absent-path",
                         cause=r"reads input\.cca\.realm\.cca-realm-inital-measurement in line 6", command="^avouch policy test")
        right = "package policy\nimport rego.v1\n" + rules.replace("inital", "initial") % f'query_reference_value("{RIM}")'
        said = json.loads(self.follow(why, self.file("right.rego", right)))
        self.assertEqual((said["trust_claims"]["executables"], said["absent_paths"]), (3, []))
        self.server.admin("set-attestation-policy", "--type", "rego", "--id", "default_cpu", "--policy-file", self.server.path("right.rego"))
        self.served(self.flow())

    def broken(self, name, rules, code, cause):
        self.set_policy("attestation", rules)
        why = self.fault(name, self.flow(), code=code, cause=cause, command="^avouch policy (reset|test)")
        self.assertIn("input", why)
        self.assertEqual(why["policy"]["id"], "default_cpu")
        if "FILE" in why["command"]:
            self.server.avouch("policy", "get", "default_cpu")
            good = "package policy\nimport rego.v1\n" + 'trust_claims := {"executables": 3, "hardware": 2, "configuration": 2}\n'
            said = json.loads(self.follow(why, self.file("good.rego", good)))
            self.assertEqual(said["trust_claims"]["executables"], 3)
            self.server.admin("set-attestation-policy", "--type", "rego", "--id", "default_cpu", "--policy-file",
                              self.server.path("good.rego"))
        else:
            self.follow(why)
        self.served(self.flow())
        return why

    def test_run_time_fault(self):
        rule = 'trust_claims := {"executables": x}\nx := 2\nx := 3 if input.cca'
        self.broken("policy fails at run time", rule, "policy.evaluation", "default_cpu failed while it was evaluated: .*")

    def test_too_many_steps(self):
        rule = ('trust_claims := {"executables": 3} if x\n'
                'x if { some a in numbers.range(1, 100000); some b in numbers.range(1, 100000); a + b == 0 }')
        self.broken("policy over its limits", rule, "policy.steps|policy.time", "was stopped")

    def test_claim_that_is_none(self):
        self.broken("policy returns an unknown trust claim", 'trust_claims := {"executable": 3}', "appraisal.claim-name",
                    '"executable" is no AR4SI trust claim.*It said: {"executable":3}')

    def test_no_claims(self):
        self.broken("policy returns no trust claims", 'trust_claims := {"executables": 3} if input.nothing', "appraisal.claims",
                    "trust_claims is undefined")

    def test_verdict_of_its_own(self):
        self.set_policy("attestation", 'trust_claims := {"executables": 33}')
        why = self.fault("policy says so whatever is measured", self.flow(), code="policy.verdict", cause='"executables":33',
                         command="^avouch policy get default_cpu")
        self.assertIn('trust_claims := {"executables": 33}', self.follow(why))

    def test_policy_that_was_replaced_since(self):
        self.server.avouch("refval", "delete", RIM)
        outcome = self.flow()
        self.set_policy("attestation", 'trust_claims := {"executables": 33}')
        why = self.fault("asked after the policy was replaced", outcome, code="reference.missing", cause=RIM,
                         reference=("missing", RIM, REFERENCES), command="^avouch refval approve")
        self.assertTrue(why["policy_changed"])
        self.assertIn(b"another policy has been set since", self.server.avouch("refval", "approve", why["id"], ok=False).stderr)

    def test_resource_policy_with_a_rule_of_its_own(self):
        rule = 'default allow := false\nallow if {\n\tdata["resource-path"][0] == "another-tenant"\n}'
        self.set_policy("resource", rule)
        why = self.fault("resource policy denies by a rule", self.flow(), code="release.rule",
                         cause=r'resource-policy .*line 5, `data\["resource-path"\]\[0\] == "another-tenant"`, did not hold',
                         command="^avouch policy get resource-policy --kind resource")
        self.assertIn("another-tenant", self.follow(why))
        self.set_policy("resource", rule.replace("another-tenant", RESOURCE.split("/")[0]))
        self.served(self.flow())

    def test_resource_policy_of_the_default(self):
        tamper = self.token_tamper(lambda token: token.platform.update({cca_token.LIFECYCLE: 0x4001}))
        outcome = self.flow(tamper)
        why = self.fault("resource policy default: not all affirming", outcome, code="cca.platform.not-secured")
        short = {(each["submod"], each["claim"], each["value"]) for each in why["fell_short"]}
        self.assertEqual(short, {("cpu0", "hardware", 97), ("cpu0", "instance-identity", 97), ("cpu0", "configuration", 36)})
        self.assertEqual(why["causes"][-1]["code"], "release.not-affirming")
        self.assertIn("cpu0 is contraindicated: ", why["causes"][-1]["cause"])

    def test_resource_policy_that_fails_at_run_time(self):
        self.set_policy("resource", "allow := x\nx := true\nx := false if input.submods")
        why = self.fault("resource policy fails at run time", self.flow(), code="policy.evaluation",
                         command="^avouch policy reset resource-policy --kind resource")
        self.follow(why)
        self.served(self.flow())


class WhyResults(Bench):
    """Results that are presented for a secret, and secrets."""

    def present(self, token):
        """A kbs-client that presents a token from a file."""
        file = self.file("presented.jwt", token)
        return self.flow(options=["--attestation-token", file, "--tee-key-file", self.realm.key])

    def result(self, **changes):
        claims = {**claims_of(self.realm.attest()), **changes}
        return sign_ear(self.server.path("data/token.key"), claims)

    def test_expired_result(self):
        now = int(time.time())
        self.fault("expired result (EAR)", self.present(self.result(iat=now - 900, exp=now - 600)), code="jwt.expired",
                   cause=r"exp 20\S+Z, now 20\S+Z")
        self.served_after("attest again")

    def test_result_from_the_future(self):
        later = int(time.time()) + 3600
        self.fault("clock skew: result from the future", self.present(self.result(iat=later, exp=later + 300)),
                   code="jwt.issued-in-future", cause=r"iat 20\S+Z, now 20\S+Z")
        self.served_after("clock set")

    def test_result_by_an_unknown_key(self):
        own = self.server.path("own.key")
        run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", own)
        trusted = json.loads(self.server.request("GET", "/.well-known/jwks.json")[2])["keys"][0]["kid"]
        token = sign_ear(own, claims_of(self.realm.attest()))
        jwk = public_jwk(own)
        thumbprint = base64url(hashlib.sha256(json.dumps(
            {name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":")).encode()).digest())
        why = self.fault("result signed by an unknown key", self.present(token), code="ear.untrusted-key", cause=thumbprint)
        self.assertIn(trusted, why["cause"])
        self.assertIn("attestation_token.trusted_jwk_sets", why["next"])
        self.served_after("attest again")

    def test_tampered_result(self):
        header, payload, signature = self.realm.attest().read_text().strip().split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
        claims["submods"]["cpu0"]["ear.status"] = "contraindicated"
        self.fault("tampered result", self.present(f"{header}.{base64url(json.dumps(claims).encode())}.{signature}"),
                   code="signature.invalid", cause="changed after it was signed")
        self.served_after("attest again")

    def test_resource_that_is_not_there(self):
        path = "tenant/key/not-there-yet"
        why = self.fault("resource missing", self.flow(path=path), code="resource.unknown", cause=path,
                         command="^kbs-client config set-resource --path tenant/key/not-there-yet")
        self.follow(why, self.server.path("secret.bin"))
        self.served(self.flow(path=path))

    def test_path_with_a_command_in_it(self):
        """What a guest asks for stands quoted in the command that the operator is told to run."""
        self.set_policy("resource", "default allow := true")
        path = "tenant/key/x%3Btouch%20pwned"
        outcome = self.flow(path=path)
        why = self.explain(outcome)
        self.assertEqual(why["subject"], "tenant/key/x;touch pwned")
        self.assertNotIn("x;touch", why.get("command", ""))


if __name__ == "__main__":
    unittest.main()
