"""`avouch why` never misses: faults are seeded into the real flow, one at a time, and each must be explained by its true cause,
with what was measured, where the expected value stands, and a next step that works when it is run; while the guest learns the
peer's words and the id of the decision. The table at the end has a line for each."""

import base64
import hashlib
import json
import unittest

import cca_token
from harness import PUBLIC_KEY, Realm, base64url
from why_bench import ENDORSEMENTS, REFERENCES, REMS, RIM, SESSION, Bench


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


if __name__ == "__main__":
    unittest.main()
