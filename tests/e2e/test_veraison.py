"""Veraison's challenge-response protocol, as a client of its service speaks it: discovery, a session, a realm's evidence, and a
result that the published key has signed."""

import base64
import json
import pathlib
import re
import tempfile
import unittest

from harness import Realm, Server, base64url, claims_of, enter, run
from test_cca_remote import RemoteServer
from veraison_peer import Veraison

DISCOVERY = "/.well-known/veraison/verification"
API = "/challenge-response/v1/"
SESSION_TYPE = "application/vnd.veraison.challenge-response-session+json"
CCA_TYPE = 'application/eat-collection; profile="http://arm.com/CCA-SSD/1.0.0"'
# What a guest does: a folder, the challenge in, the token out.
COLLECT = 'report=/sys/kernel/config/tsm/report/veraison; mkdir $report && cat "$0" >$report/inblob && cat $report/outblob'


class Client:
    def __init__(self, server):
        self.server = server

    def open(self, query="?nonceSize=64"):
        status, headers, body = self.server.request("POST", f"{API}newSession{query}", headers={"Accept": SESSION_TYPE})
        assert status == 201, body
        session = json.loads(body)
        assert session["status"] == "waiting" and CCA_TYPE in session["accept"], session
        nonce = base64.urlsafe_b64decode(session["nonce"] + "=" * (-len(session["nonce"]) % 4))
        return API + headers["location"], nonce

    def submit(self, path, evidence, media_type=CCA_TYPE):
        status, _, body = self.server.request("POST", path, evidence, {"Accept": SESSION_TYPE, "Content-Type": media_type})
        return status, json.loads(body)

    def result_of(self, session):
        """The claims of a result, once `arc` has found it signed by the key that discovery shows."""
        discovered = json.loads(self.server.request("GET", DISCOVERY)[2])
        key, token = self.server.path("veraison.jwk"), self.server.path("veraison.jwt")
        key.write_text(json.dumps(discovered["ear-verification-key"]))
        token.write_text(session["result"])
        run("arc", "verify", "--pkey", key, token)
        payload = session["result"].split(".")[1]
        return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))

    def attest(self, realm, query="?nonceSize=64"):
        path, nonce = self.open(query)
        status, session = self.submit(path, evidence_of(realm, nonce))
        assert status == 200 and session["status"] == "complete", session
        return self.result_of(session)


def evidence_of(realm, nonce):
    challenge = realm.server.path("challenge.bin")
    challenge.write_bytes(nonce.ljust(64, b"\0"))
    return realm.run("sh", "-c", COLLECT, challenge).stdout


def statuses(result):
    return {name: submod["ear.status"] for name, submod in result["submods"].items()}


class Verification(unittest.TestCase):
    def setUp(self):
        self.server = enter(self, Server())
        self.client = Client(self.server)
        self.realm = Realm(self.server)

    def test_affirms_a_realm_once_it_is_endorsed(self):
        self.assertEqual(statuses(self.client.attest(self.realm)), {"ARM_CCA": "contraindicated"})
        self.realm.endorse()
        result = self.client.attest(self.realm)
        self.assertEqual(statuses(result), {"CCA_SSD_PLATFORM": "affirming", "CCA_REALM": "warning"})
        self.server.avouch("refval", "approve", result["jti"])
        result = self.client.attest(self.realm)
        self.assertEqual(statuses(result), {"CCA_SSD_PLATFORM": "affirming", "CCA_REALM": "affirming"})
        self.assertEqual(result["eat_profile"], "tag:github.com,2023:veraison/ear")

    def test_says_why(self):
        result = self.client.attest(self.realm)
        why = self.server.why(result["jti"])
        self.assertEqual((why["outcome"], why["causes"][0]["code"]), ("refused", "cca.platform.unknown"))

    def test_takes_a_nonce_of_eight_octets(self):
        self.realm.endorse()
        result = self.client.attest(self.realm, "?nonce=" + base64url(b"12345678"))
        self.assertEqual(result["eat_nonce"], "MTIzNDU2Nzg=")
        self.assertEqual(statuses(result)["CCA_SSD_PLATFORM"], "affirming")

    def test_refuses_the_evidence_of_another_session(self):
        self.realm.endorse()
        _, stale_nonce = self.client.open()
        path, _ = self.client.open()
        _, session = self.client.submit(path, evidence_of(self.realm, stale_nonce))
        result = self.client.result_of(session)
        self.assertIn("freshness", result["submods"]["ARM_CCA"]["ear.veraison.policy-claims"]["problem"])

    def test_forgets_a_session_that_is_deleted_and_all_when_it_restarts(self):
        deleted, _ = self.client.open()
        self.assertEqual(self.server.request("DELETE", deleted)[0], 204)
        self.assertEqual(self.server.request("GET", deleted)[0], 404)
        waiting, _ = self.client.open()
        self.assertEqual(self.server.request("GET", waiting)[0], 200)
        self.server.stop()
        self.server.start()
        self.assertEqual(self.server.request("GET", waiting)[0], 404)

    def test_bounds_what_it_reads(self):
        path, _ = self.client.open()
        self.assertEqual(self.server.request("POST", path, bytes(500_000), {"Content-Type": CCA_TYPE})[0], 413)
        self.assertEqual(self.server.request("POST", f"{API}newSession", bytes(200_000))[0], 413)

    def test_goes_beside_the_broker(self):
        self.assertEqual(self.server.request("POST", "/kbs/v0/auth", b"{}")[0], 401)
        self.assertEqual(self.server.request("GET", DISCOVERY)[0], 200)


class Elsewhere(unittest.TestCase):
    """Servers that rely on a verification service elsewhere for platforms."""

    def test_a_server_serves_sessions_of_platforms_that_another_vouches_for(self):
        veraison = enter(self, Veraison())
        server = enter(self, RemoteServer(veraison.url))
        realm = Realm(server)
        realm.attest(ok=False)  # makes the platform
        client = Client(server)
        self.assertEqual(statuses(client.attest(realm)), {"ARM_CCA": "contraindicated"})
        veraison.endorse(realm.endorsements())
        self.assertEqual(statuses(client.attest(realm)), {"CCA_SSD_PLATFORM": "affirming", "CCA_REALM": "warning"})

    def test_a_server_vouches_for_platforms_of_another(self):
        service = enter(self, Server())
        server = enter(self, RemoteServer(service.url))
        realm = Realm(server)
        realm.attest(ok=False)
        self.assertEqual(server.why()["error"]["code"], "cca.remote-refused")
        platform = service.path("platform.json")
        platform.write_bytes(realm.endorsements())
        service.avouch("endorsement", "add", platform)
        submod = claims_of(realm.attest())["submods"]["cpu0"]
        self.assertEqual(submod["ear.veraison.annotated-evidence"]["cca"]["platform"]["cca-platform-endorsed"], "matched")


class Switch(unittest.TestCase):
    def test_serves_nothing_where_it_is_switched_off(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="avouch-e2e-"))
        config = folder / "kbs.toml"
        config.write_text("[avouch]\nveraison = false\n")
        server = enter(self, Server("--config-file", str(config), folder=folder))
        self.assertEqual(server.request("GET", DISCOVERY)[0], 404)
        self.assertEqual(server.request("POST", f"{API}newSession")[0], 404)

    def test_serves_under_the_name_of_veraisons_program(self):
        server = Server()
        server.command = ("verification-service",)
        enter(self, server)
        discovered = json.loads(server.request("GET", DISCOVERY)[2])
        self.assertEqual(discovered["service-state"], "READY")
        self.assertTrue(re.fullmatch(r"/challenge-response/v1/newSession",
                                     discovered["api-endpoints"]["newChallengeResponseSession"]))
        Client(server).open()


if __name__ == "__main__":
    unittest.main()
