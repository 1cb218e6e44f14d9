"""Platforms of Arm CCA that a Veraison elsewhere vouches for: `"type": "remote"` in the file of CCA_CONFIG_FILE."""

import base64
import json
import os
import pathlib
import re
import signal
import tempfile
import threading
import time
import unittest

from harness import PATIENCE, RESOURCE, SECRET, Realm, Server, claims_of, enter, run
from veraison_peer import LEGACY, PROFILE_2023, Veraison


class RemoteServer(Server):
    """avouchd whose CCA config names a Veraison."""

    def __init__(self, address, ca_cert=None):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="avouch-e2e-"))
        self.cca_config = folder / "cca-config-remote.json"
        self.point_at(address, ca_cert)
        super().__init__(folder=folder)

    def point_at(self, address, ca_cert=None):
        verifier = {"type": "remote", "address": address, **({"ca-cert": str(ca_cert)} if ca_cert else {})}
        self.cca_config.write_text(json.dumps({"cca-verifier": verifier}))

    def launch(self, **how):
        super().launch(env={**os.environ, "CCA_CONFIG_FILE": str(self.cca_config)}, **how)


class Base(unittest.TestCase):
    """A Veraison, a server that asks it, and a realm on a platform that only Veraison knows."""

    options = ()

    def setUp(self):
        self.veraison = enter(self, self.make_veraison())
        self.server = enter(self, RemoteServer(self.veraison.url, self.ca_cert()))
        self.realm = Realm(self.server, "platform", *self.options)
        self.realm.attest(ok=False)  # makes the platform
        self.veraison.endorse(self.realm.endorsements())
        self.veraison.asked.clear()

    def make_veraison(self):
        return Veraison()

    def ca_cert(self):
        return None

    def attested(self):
        return claims_of(self.realm.attest())["submods"]["cpu0"]

    def refusal(self):
        """The code of an attestation that has to be refused, and the words that explain it."""
        self.realm.attest(ok=False)
        why = self.server.why()
        return why["error"]["code"], json.dumps(why)


class Vouched(Base):
    def test_a_platform_that_it_vouches_for_attests_and_gets_its_secret(self):
        self.server.set_secret()
        submod = self.attested()
        self.assertEqual(submod["ear.status"], "warning", "the realm is for our own policy to judge")
        evidence = submod["ear.veraison.annotated-evidence"]["cca"]
        self.assertEqual(evidence["platform"]["cca-platform-endorsed"], "matched")
        self.assertIn("cca-platform-sw-components", evidence["platform"], "claims are those of our own room")
        self.server.avouch("refval", "approve", "--last")
        token = self.realm.attest()
        self.assertEqual(claims_of(token)["submods"]["cpu0"]["ear.status"], "affirming")
        self.assertEqual(base64.b64decode(self.realm.get(token, RESOURCE).stdout), SECRET)

    def test_asks_as_the_interface_has_it_and_leaves_no_session_behind(self):
        self.attested()
        self.attested()
        asked = [(method, re.sub("[0-9a-f-]{36}", "ID", path)) for method, path, _ in self.veraison.asked]
        session = [("POST", "/challenge-response/v1/newSession"), ("POST", "/challenge-response/v1/session/ID"),
                   ("DELETE", "/challenge-response/v1/session/ID")]
        self.assertEqual([one for one in asked if one[0] != "GET"], session + session)
        self.assertEqual(self.veraison.sessions, {})
        headers = next(headers for method, path, headers in self.veraison.asked if "/session/" in path)
        self.assertEqual(headers["Content-Type"], LEGACY)
        self.assertEqual(headers["Accept"], "application/vnd.veraison.challenge-response-session+json")

    def test_names_the_profile_where_it_is_offered(self):
        self.veraison.media_types = [LEGACY, PROFILE_2023]
        self.realm = Realm(self.server, "platform", "--profile", "2023")
        self.attested()
        sent = {headers["Content-Type"] for method, path, headers in self.veraison.asked
                if method == "POST" and "/session/" in path}
        self.assertEqual(sent, {PROFILE_2023})

    def test_takes_a_nonce_in_either_alphabet(self):
        self.veraison.fault = "standard-base64"
        self.attested()

    def test_refuses_a_platform_that_it_does_not_know(self):
        self.veraison.anchors.clear()
        code, words = self.refusal()
        self.assertEqual(code, "cca.remote-refused")
        self.assertIn("no trust anchor for evidence", words)
        self.assertIn("endorse it there", words)

    def test_refuses_a_realm_whose_identity_it_does_not_affirm(self):
        self.veraison.realm_vector["instance-identity"] = 0
        self.assertEqual(self.refusal()[0], "cca.remote-refused")

    def test_its_doubts_about_firmware_are_a_ceiling_that_no_policy_lifts(self):
        self.veraison.platform_vector["executables"] = 33
        submod = self.attested()
        self.assertEqual(submod["ear.status"], "contraindicated", "as where firmware is not as endorsed here")
        self.assertEqual(submod["ear.veraison.annotated-evidence"]["cca"]["platform"]["cca-platform-endorsed"], "mismatched")
        self.assertIn("cca.remote-doubts", json.dumps(self.server.why()))

    def test_its_word_does_not_replace_a_key_that_is_endorsed_here(self):
        other = Realm(self.server, "other")
        other.attest(ok=False)
        mine, theirs = json.loads(self.realm.endorsements()), json.loads(other.endorsements())
        theirs["trust-anchors"][0]["instance-id"] = mine["trust-anchors"][0]["instance-id"]
        theirs["trust-anchors"][0]["implementation-id"] = mine["trust-anchors"][0]["implementation-id"]
        file = self.server.path("wrong.json")
        file.write_text(json.dumps({"trust-anchors": theirs["trust-anchors"]}))
        self.server.avouch("endorsement", "add", file)
        self.assertEqual(self.refusal()[0], "cca.platform.signature")


class Hostile(Base):
    """Everything that may stand at that address. Nothing of it makes a result."""

    def test_answers_that_do_not_count(self):
        for fault, code in {
            "nonce": "cca.remote-nonce", "no-nonce": "cca.remote-nonce", "session-nonce": "cca.remote-nonce",
            "other-key": "cca.remote-signature", "hmac": "cca.remote-result", "alg-none": "cca.remote-result",
            "other-algorithm": "cca.remote-signature", "expired": "cca.remote-result", "huge": "cca.remote-failed",
            "content-type": "cca.remote-protocol", "location": "cca.remote-protocol", "not-ready": "cca.remote-unavailable",
            "other-evidence": "cca.remote-other-evidence", "no-realm": "cca.remote-refused",
            "flattered": "cca.remote-refused", "evidence-fails": "cca.remote-failed",
        }.items():
            with self.subTest(fault):
                self.server.stop()  # what was discovered before does not count any more
                self.server.start()
                self.veraison.fault = fault
                self.assertEqual(self.refusal()[0], code)
        self.veraison.fault = ""
        self.attested()

    def test_a_redirect_is_not_followed(self):
        self.server.stop()
        self.server.start()
        self.veraison.fault = "redirect"
        code, words = self.refusal()
        self.assertEqual(code, "cca.remote-unavailable")
        self.assertNotIn("/elsewhere", [path for _, path, _ in self.veraison.asked])
        self.assertIn("redirect", words)

    def test_a_platform_that_takes_no_evidence_of_cca_is_said_so(self):
        self.veraison.media_types = ["application/psa-attestation-token"]
        self.assertEqual(self.refusal()[0], "cca.remote-media-type")

    def test_a_new_key_is_looked_up_at_once(self):
        self.attested()
        self.veraison.key = self.veraison.new_key("next")
        self.attested()
        discoveries = [path for method, path, _ in self.veraison.asked if path.startswith("/.well-known/")]
        self.assertEqual(len(discoveries), 1, "the one before is known from the test's beginning")

    def test_guests_that_answer_wrongly_do_not_keep_others_out(self):
        self.veraison.fault = "evidence-fails"
        for _ in range(3):
            self.assertEqual(self.refusal()[0], "cca.remote-failed")
        self.veraison.fault = ""
        self.attested()


class Away(Base):
    def test_one_that_is_away_is_left_in_peace_and_found_again(self):
        self.veraison.__exit__()
        self.assertEqual(self.refusal()[0], "cca.remote-unavailable")
        begun = time.monotonic()
        self.assertEqual(self.refusal()[0], "cca.remote-resting")
        self.assertLess(time.monotonic() - begun, 5 * PATIENCE)
        self.assertIn("cca.remote-down", self.server.log())
        self.veraison.__enter__()
        deadline = time.monotonic() + 20 * PATIENCE
        while self.realm.attest(ok=None).read_bytes() == b"":
            self.assertLess(time.monotonic(), deadline, "it is not found again")
        self.assertIn("cca.remote-back", self.server.log())

    def test_one_that_is_out_of_order_is_left_in_peace_as_well(self):
        self.server.stop()  # with what it knew of the service
        self.server.start()
        self.veraison.fault = "failing"
        self.assertEqual(self.refusal()[0], "cca.remote-unavailable")
        self.assertEqual(self.refusal()[0], "cca.remote-resting")

    def test_one_that_never_answers_holds_up_nobody_else(self):
        self.veraison.fault = "slow"
        waiting = [threading.Thread(target=self.realm.attest, kwargs={"ok": None}) for _ in range(4)]
        for thread in waiting:
            thread.start()
        time.sleep(1)
        begun = time.monotonic()
        self.assertEqual(self.server.administer("GET", "/avouch/v1/decisions")[0], 200)
        self.assertLess(time.monotonic() - begun, 2 * PATIENCE)
        for thread in waiting:
            thread.join()
        self.assertLess(time.monotonic() - begun, 25 * PATIENCE)

    def test_one_that_is_for_ever_at_work_is_waited_for_no_longer_than_ten_seconds(self):
        self.veraison.fault = "processing"
        begun = time.monotonic()
        threading.Timer(1.5, lambda: setattr(self.veraison, "fault", "")).start()
        self.attested()  # what is done in time counts
        self.assertLess(time.monotonic() - begun, 9 * PATIENCE)


class Tls(Base):
    def make_veraison(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="avouch-e2e-"))
        self.files = {}
        for name in ("veraison", "stranger"):
            key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
            run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate)
            self.files[name] = certificate, key
        return Veraison(tls=self.files["veraison"])

    def ca_cert(self):
        return self.files["veraison"][0]

    def test_is_believed_by_the_certificate_that_the_config_names(self):
        self.attested()
        for certificate in (None, self.files["stranger"][0]):
            self.server.point_at(self.veraison.url, certificate)
            self.server.process.send_signal(signal.SIGHUP)
            self.server.wait_for_log("reloaded")
            code, words = self.refusal()
            self.assertEqual(code, "cca.remote-unavailable")
            self.assertIn("certificate", words)
            self.server.stop()
            self.server.start()
