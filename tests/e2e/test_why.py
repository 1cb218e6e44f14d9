"""`avouch why` never misses: faults are seeded into the real flow, one at a time, and each must be explained by its true cause,
with what was measured, where the expected value stands, and a next step that works when it is run; while the guest learns the
peer's words and the id of the decision. The table at the end has a line for each."""

import base64
import hashlib
import json
import time
import unittest

import cca_token
from harness import PUBLIC_KEY, RESOURCE, SECRET, Realm, Server, base64url, claims_of, public_jwk, run, sign_ear
from why_bench import REMS, RIM, Bench, Outcome, Row, Table

ENDORSEMENTS = "avouch endorsement list"
REFERENCES = "avouch refval list"
SESSION = "computed from this session"


def tearDownModule():
    Table.print()


def hex_of(text):
    return base64.b64decode(text).hex()


class WhyPlatforms(Bench):
    """What is endorsed of platforms."""

    def record(self, why, **changes):
        """A file that endorses what was measured, as an operator makes it from the answer of `why`."""
        components = next(each["measured"] for each in why["references"] if each["claim"].endswith("sw-components"))
        config = next(each["measured"] for each in why["references"] if each["claim"].endswith("platform-config"))
        name = next(each["name"] for each in why["references"] if each["name"].startswith("cca.platform/"))
        return self.file("record.json", {"platform": [{
            "implementation-id": name.split("/")[1], "platform-configuration": hex_of(config),
            "sw-components": [{"measurement-value": hex_of(each["measurement-value"]), "signer-id": hex_of(each["signer-id"])}
                              for each in components]}]})

    def test_unknown_platform(self):
        stranger = Realm(self.server, "stranger")
        why = self.fault("unknown platform", self.flow(realm=stranger), code="cca.platform.unknown", command="^avouch endorsement add",
                         reference=("missing", "cca.platform.cca-platform-instance-id", ENDORSEMENTS))
        self.follow(why, self.file("stranger.json", stranger.endorsements().decode()))
        self.served(self.flow(realm=stranger))

    def test_wrong_cpak(self):
        other, another = Realm(self.server, "other"), Realm(self.server, "another")
        mine, theirs = json.loads(other.endorsements()), json.loads(another.endorsements())
        right = self.file("right.json", mine)
        wrong = json.loads(json.dumps(mine))
        wrong["trust-anchors"][0]["pkey"] = theirs["trust-anchors"][0]["pkey"]
        self.server.avouch("endorsement", "add", self.file("wrong.json", wrong))
        why = self.fault("endorsed key (CPAK) of another platform", self.flow(realm=other), code="cca.platform.signature",
                         reference=("mismatched", "cca.platform.cca-platform-instance-id", ENDORSEMENTS),
                         command="^avouch endorsement revoke .* && avouch endorsement add")
        self.follow(why, right)
        self.served(self.flow(realm=other))

    def test_revoked_platform(self):
        anchor = self.platform["trust-anchors"][0]
        self.server.avouch("endorsement", "revoke", f"{anchor['implementation-id']}/{anchor['instance-id']}")
        why = self.fault("revoked endorsement", self.flow(), code="cca.platform.revoked", cause="revoked at 20",
                         reference=("missing", "cca.platform.cca-platform-instance-id", ENDORSEMENTS),
                         command="^avouch endorsement add")
        self.follow(why, self.file("platform.json", self.platform))
        self.served(self.flow())

    def test_firmware_that_is_not_endorsed(self):
        def change(token):
            token.platform[cca_token.COMPONENTS][3][cca_token.MEASUREMENT] = bytes(32)
        tamper = self.token_tamper(change)
        why = self.fault("platform firmware measurement off", self.flow(tamper), code="cca.platform.firmware-mismatched",
                         cause="component 3 .* measures 0000", command="^avouch endorsement add",
                         reference=("mismatched", "cca.platform.cca-platform-sw-components", ENDORSEMENTS))
        self.follow(why, self.record(why))
        self.served(self.flow(tamper))

    def test_configuration_that_is_not_endorsed(self):
        tamper = self.token_tamper(lambda token: token.platform.update({cca_token.CONFIG: b"\xaa\xbb"}))
        why = self.fault("platform configuration off", self.flow(tamper), code="cca.platform.firmware-mismatched",
                         cause="configuration", command="^avouch endorsement add",
                         reference=("mismatched", "cca.platform.cca-platform-config", ENDORSEMENTS))
        self.follow(why, self.record(why))
        self.served(self.flow(tamper))

    def implementation(self, fill, with_anchor):
        tamper = self.token_tamper(lambda token: token.platform.update({cca_token.IMPLEMENTATION_ID: bytes([fill]) * 32}))
        anchor = {**self.platform["trust-anchors"][0], "implementation-id": bytes([fill]).hex() * 32}
        file = self.file("anchor.json", [anchor])
        if with_anchor:
            self.server.avouch("endorsement", "add", file)
        return tamper, file

    def test_implementation_whose_key_is_not_endorsed(self):
        tamper, file = self.implementation(0x11, with_anchor=False)
        why = self.fault("implementation id off: key not endorsed", self.flow(tamper), code="cca.platform.unknown",
                         cause="1111", reference=("missing", "cca.platform.cca-platform-instance-id", ENDORSEMENTS),
                         command="^avouch endorsement add")
        self.follow(why, file)
        self.assertTrue(self.flow(tamper).attested)
        self.row.end += ": attested"

    def test_implementation_without_endorsed_firmware(self):
        tamper, _ = self.implementation(0x22, with_anchor=True)
        why = self.fault("implementation id off: no firmware endorsed", self.flow(tamper), code="cca.platform.firmware-unknown",
                         reference=("missing", "cca.platform.cca-platform-sw-components", ENDORSEMENTS),
                         command="^avouch endorsement add")
        self.follow(why, self.record(why))
        self.served(self.flow(tamper))

    def test_platform_under_debug(self):
        tamper = self.token_tamper(lambda token: token.platform.update({cca_token.LIFECYCLE: 0x4001}))
        why = self.fault("lifecycle debug, not secured", self.flow(tamper), code="cca.platform.not-secured", cause="0x4001",
                         reference=("mismatched", "cca.platform.cca-platform-lifecycle-state", "built in"))
        self.assertIn("No endorsement and no policy lifts this", why["next"])
        self.server.avouch("refval", "approve", why["id"], ok=False)


class WhyRealms(Bench):
    """What is measured of realms."""

    def test_initial_measurement_that_nobody_endorsed(self):
        self.server.avouch("refval", "delete", RIM)
        why = self.fault("RIM missing", self.flow(), code="reference.missing", command="^avouch refval approve",
                         reference=("missing", RIM, REFERENCES))
        read = next(each for each in why["references"] if each["name"] == RIM)
        self.assertEqual((read["policy"], read["rule"], read["measured"]), ("default_cpu", "executables", self.rim))
        source = self.server.avouch("policy", "get", "default_cpu").stdout.decode().splitlines()
        self.assertIn(f'query_reference_value("{RIM}")', source[read["line"] - 1])
        self.follow(why)
        self.served(self.flow())

    def test_initial_measurement_of_yesterdays_image(self):
        yesterday = base64.b64encode(b"y" * 32).decode()
        self.server.avouch("refval", "set", RIM, json.dumps([yesterday]))
        why = self.fault("RIM of yesterday's image endorsed", self.flow(), code="reference.mismatched",
                         command="^avouch refval approve", reference=("mismatched", RIM, REFERENCES))
        self.assertEqual(next(each for each in why["references"] if each["name"] == RIM)["expected"], [yesterday])
        self.follow(why)
        self.served(self.flow())
        self.assertIn(yesterday, self.reference(RIM))

    def test_extended_measurement(self):
        extend = f"avouch realm extend --index 1 {self.file('workload', 'a workload')}"
        why = self.fault("REM extended", self.flow(before=extend), code="reference.missing", cause=REMS,
                         command="^avouch refval approve", reference=("missing", f"{REMS}[1]", REFERENCES))
        self.follow(why)
        self.served(self.flow(before=extend))

    def test_second_reference_is_not_blamed_for_the_first(self):
        """A rule that fails at the RIM never asks for the REMs: they are endorsed, and must not be called missing."""
        extend = f"avouch realm extend --index 2 {self.file('second', 'another workload')}"
        self.follow_quietly(self.flow(before=extend))
        self.server.avouch("refval", "delete", RIM)
        why = self.fault("RIM missing, REM endorsed", self.flow(before=extend), code="reference.missing", cause=RIM,
                         command="^avouch refval approve", reference=("matched", f"{REMS}[2]", REFERENCES))
        self.assertEqual([cause["code"] for cause in why["causes"]], ["reference.missing", "release.not-affirming"])
        self.follow(why)
        self.served(self.flow(before=extend))

    def follow_quietly(self, outcome):
        self.server.avouch("refval", "approve", outcome.decision)

    def test_init_data_that_the_realm_was_not_started_with(self):
        init_data = 'version = "0.1.0"\nalgorithm = "sha256"\n[data]\n'
        why = self.fault("RPV is not the init data", self.flow(options=[init_data]), code="cca.realm.init-data",
                         reference=("mismatched", "cca.realm.cca-realm-personalization-value", SESSION))
        expected = hashlib.sha256(init_data.encode()).digest().ljust(64, b"\0")
        self.assertEqual(base64.b64decode(why["references"][0]["expected"][0]), expected)
        self.assertEqual(base64.b64decode(why["references"][0]["measured"]), bytes(64))
        self.served_after("without init data")


class WhyFreshness(Bench):
    """Nonces, keys and messages. What helps is to attest again, and that does."""

    def test_stale_evidence(self):
        kept = []

        def keep(exchange):
            if exchange.verb == "attest":
                kept.append(exchange.message["tee-evidence"])

        def stale(exchange):
            if exchange.verb == "attest":
                exchange.message = {**exchange.message, "tee-evidence": kept[0]}
        self.flow(keep)
        self.fault("evidence for an earlier nonce", self.flow(stale), code="cca.realm.challenge-mismatch",
                   reference=("mismatched", "cca.realm.cca-realm-challenge", SESSION))
        self.served_after("attest again")

    def test_replayed_attestation(self):
        def twice(exchange):
            if exchange.verb == "attest":
                self.server.request("POST", exchange.path, exchange.body, exchange.headers)
        self.fault("attest message replayed", self.flow(twice), code="session.used", cause="answered before")
        self.served_after("attest again")

    def test_nonce_of_another_session(self):
        other = base64.b64encode(b"o" * 32).decode()

        def repeat(exchange):
            if exchange.verb == "attest":
                message = exchange.message
                message["runtime-data"]["nonce"] = other
                exchange.message = message
        self.fault("nonce of another session repeated", self.flow(repeat), code="session.nonce", cause=other)
        self.served_after("attest again")

    def test_challenge_of_another_server(self):
        def foreign(exchange):
            if exchange.verb == "attest":
                exchange.headers["Cookie"] = "kbs-session-id=" + base64url(b"t" * 80)
        self.fault("challenge of another server", self.flow(foreign), code="session.unknown", cause="none of this server's")
        self.served_after("attest again")

    def test_other_key_than_the_evidence_binds(self):
        def swap(exchange):
            if exchange.verb == "attest":
                message = exchange.message
                message["runtime-data"]["tee-pubkey"] = PUBLIC_KEY
                exchange.message = message
        self.fault("other tee key than the evidence binds", self.flow(swap), code="cca.realm.challenge-mismatch",
                   cause="nonce of this session and the key", reference=("mismatched", "cca.realm.cca-realm-challenge", SESSION))
        self.served_after("attest again")

    def test_evidence_that_binds_nothing(self):
        tamper = self.token_tamper(lambda token: token.realm.update({cca_token.CHALLENGE: bytes(64)}))
        why = self.fault("report data not bound", self.flow(tamper), code="cca.realm.challenge-mismatch",
                         reference=("mismatched", "cca.realm.cca-realm-challenge", SESSION))
        self.assertEqual(base64.b64decode(why["references"][0]["measured"]), bytes(64))
        self.served_after("attest again")

    def test_broken_realm_signature(self):
        def change(token):
            token.break_realm_signature = True
        self.fault("realm signature broken", self.flow(self.token_tamper(change)), code="cca.realm.signature")
        self.served_after("attest again")

    def test_realm_key_that_the_platform_does_not_vouch_for(self):
        tamper = self.token_tamper(lambda token: token.platform.update({cca_token.CHALLENGE: bytes(32)}))
        self.fault("RAK not bound to the platform token", self.flow(tamper), code="cca.realm.binder",
                   reference=("mismatched", "cca.platform.cca-platform-challenge", "in the same evidence"))
        self.served_after("attest again")

    def test_mixed_profiles(self):
        tamper = self.token_tamper(lambda token: token.platform.update({cca_token.PROFILE: "tag:arm.com,2023:cca_platform#1.0.0"}))
        self.fault("mixed profiles", self.flow(tamper), code="cca.profile.mixed", cause="2023 platform token beside a realm token")
        self.served_after("attest again")

    def test_hash_that_no_profile_has(self):
        tamper = self.token_tamper(lambda token: token.platform.update({cca_token.PLATFORM_HASH: "sha-1"}))
        self.fault("legacy platform with a wrong hash id", self.flow(tamper), code="cca.platform.hash-algorithm",
                   cause="sha-1, not sha-256")
        self.served_after("attest again")

    def test_long_text_with_characters_of_several_octets(self):
        """A record that was cut in the middle of a character would be none, and explain nothing."""
        tamper = self.token_tamper(lambda token: token.platform.update({cca_token.PROFILE: "a" + "\u00e9" * 60}))
        self.fault("profile that is none, too long to show", self.flow(tamper), code="cca.platform.profile", cause="\u00e9")
        self.served_after("attest again")

    def test_evidence_cut_short(self):
        def cut(token):
            return token.octets()[:-7]
        self.fault("malformed evidence: cut short", self.flow(self.token_tamper(cut)), code="cbor.short", cause="at offset [0-9]+")
        self.served_after("attest again")

    def test_evidence_of_further_devices(self):
        def more(exchange):
            if exchange.verb == "attest":
                message = exchange.message
                message["tee-evidence"]["additional_evidence"] = '{"nvidia": "evidence"}'
                exchange.message = message
        self.fault("additional evidence of devices", self.flow(more), code="kbs.attest.additional", cause="further devices")
        self.served_after("attest again")


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
        self.no_decision("TEE not supported", self.auth(tee="snp"), "tee.unsupported", "does not verify evidence of snp", "snp")

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
