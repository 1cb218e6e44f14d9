"""The walk-through of the README, and again with each step failing on purpose."""

import base64
import concurrent.futures
import http.server
import json
import threading
import unittest

from harness import RESOURCE, ROOT, SECRET, Rcar, Realm, Server, claims_of, enter, run, sign_ear

RIM = "cca.realm.cca-realm-initial-measurement"


class WalkThrough(unittest.TestCase):
    def setUp(self):
        self.server = enter(self, Server())
        self.server.set_secret()
        self.server.admin("set-resource-policy", "--affirming")
        self.realm = Realm(self.server)
        self.realm.endorse()

    def approve(self):
        self.realm.attest()
        self.server.avouch("refval", "approve", "--last")

    def test_a_realm_is_refused_explained_approved_and_served(self):
        token = self.realm.attest()
        claims = claims_of(token)
        vector = claims["submods"]["cpu0"]["ear.trustworthiness-vector"]
        self.assertEqual(claims["submods"]["cpu0"]["ear.status"], "warning")
        self.assertEqual((vector["executables"], vector["hardware"]), (33, 2))

        shown = run("arc", "verify", token).stdout.decode()
        self.assertIn("Executables [warning]", shown)
        self.assertIn("Hardware [affirming]", shown)
        self.assertIn('"ear.status": "warning"', shown)
        self.assertIn('"cca-realm-initial-measurement"', shown)

        refused = self.realm.get(token, ok=False)
        self.assertIn(b"errors/PolicyDeny", refused.stderr)
        self.assertIn(b"Access denied by policy", refused.stderr)
        self.assertNotIn(b"measure", refused.stderr)
        decision = refused.stderr.decode().split("decision: ")[1].split()[0]

        why = self.server.why(decision)
        reference = next(r for r in why["references"] if r["name"] == RIM)
        measured = claims["submods"]["cpu0"]["ear.veraison.annotated-evidence"]["cca"]["realm"]["cca-realm-initial-measurement"]
        self.assertEqual((reference["state"], reference["measured"], reference["expected"]), ("missing", measured, []))
        self.assertEqual((reference["claim"], reference["rule"]), (RIM, "executables"))
        self.assertGreater(reference["line"], 0)

        self.server.avouch("refval", "approve", decision)
        token = self.realm.attest()
        vector = claims_of(token)["submods"]["cpu0"]["ear.trustworthiness-vector"]
        self.assertEqual((claims_of(token)["submods"]["cpu0"]["ear.status"], vector["executables"]), ("affirming", 3))
        self.assertIn("Executables [affirming]: recognized and approved boot-time", run("arc", "verify", token).stdout.decode())
        self.assertEqual(base64.b64decode(self.realm.get(token).stdout), SECRET)

    def test_the_script_of_the_learning_path_endorses(self):
        claims = claims_of(self.realm.attest())
        rim = claims["submods"]["cpu0"]["ear.veraison.annotated-evidence"]["cca"]["realm"]["cca-realm-initial-measurement"]
        run(ROOT / "endorse-rim.sh", rim,
            env={"KBS_URL": self.server.url, "ADMIN_KEY": str(self.server.path("data/admin.key"))})
        self.assertEqual(base64.b64decode(self.realm.get(self.realm.attest()).stdout), SECRET)

    def test_nothing_without_a_token(self):
        status, _, body = self.server.request("GET", f"/kbs/v0/resource/{RESOURCE}")
        self.assertEqual((status, json.loads(body)["type"].rsplit("/", 1)[1]), (401, "TokenNotFound"))

    def test_someone_elses_token_opens_nothing(self):
        self.approve()
        token = self.realm.attest()
        thief = Realm(self.server, "platform2")
        self.assertIn(b"decrypt KBS response body failed", thief.get(token, ok=False).stderr)

    def test_a_tampered_token_is_refused(self):
        self.approve()
        token = self.realm.attest()
        header, payload, signature = token.read_text().strip().split(".")
        claims = claims_of(token)
        claims["submods"]["cpu0"]["ear.status"] = "affirming"
        forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
        for text in (f"{header}.{forged}.{signature}", f"{header}.{payload}.{signature[:-4]}AAAA", f"{header}.{payload}."):
            status, _, body = self.server.request("GET", f"/kbs/v0/resource/{RESOURCE}", headers={"Authorization": f"Bearer {text}"})
            self.assertEqual((status, json.loads(body)["type"].rsplit("/", 1)[1]), (401, "TokenVerifierError"))

    def test_an_expired_result_is_refused(self):
        self.approve()
        claims = claims_of(self.realm.attest())
        good = sign_ear(self.server.path("data/token.key"), claims)
        headers = {"Authorization": f"Bearer {good}"}
        self.assertEqual(self.server.request("GET", f"/kbs/v0/resource/{RESOURCE}", headers=headers)[0], 200)
        for change in ({"exp": claims["iat"] - 1}, {"iat": claims["iat"] + 3600}, {"nbf": claims["iat"] + 3600}, {"exp": None}):
            changed = {name: value for name, value in {**claims, **change}.items() if value is not None}
            bad = sign_ear(self.server.path("data/token.key"), changed)
            status, _, body = self.server.request("GET", f"/kbs/v0/resource/{RESOURCE}", headers={"Authorization": f"Bearer {bad}"})
            self.assertEqual((status, json.loads(body)["type"].rsplit("/", 1)[1]), (401, "TokenVerifierError"), change)

    def test_a_result_by_a_key_of_its_own_is_refused(self):
        self.approve()
        own = self.server.path("own.key")
        run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", own)
        forged = sign_ear(own, claims_of(self.realm.attest()))
        status, _, body = self.server.request("GET", f"/kbs/v0/resource/{RESOURCE}", headers={"Authorization": f"Bearer {forged}"})
        self.assertEqual(status, 401)
        self.assertEqual(self.server.why(json.loads(body)["decision"])["error"]["code"], "ear.untrusted-key")

    def test_a_tampered_jwe_does_not_open(self):
        self.approve()
        token = self.realm.attest()
        _, _, body = self.server.request("GET", f"/kbs/v0/resource/{RESOURCE}",
                                         headers={"Authorization": f"Bearer {token.read_text().strip()}"})
        jwe = json.loads(body)
        self.assertEqual(set(jwe), {"protected", "encrypted_key", "iv", "ciphertext", "tag"})
        self.assertNotIn(SECRET, body)
        self.assertEqual(base64.b64decode(self.get_answered(token, jwe).stdout), SECRET)
        for member, text in jwe.items():
            changed = {**jwe, member: ("B" if text[0] == "A" else "A") + text[1:]}
            done = self.get_answered(token, changed)
            self.assertEqual((done.returncode, done.stdout), (1, b""), member)
            self.assertIn(b"decrypt KBS response body failed", done.stderr)

    def get_answered(self, token, answer):
        """get-resource from somebody in the middle, who answers what he likes."""
        class Middle(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        with http.server.HTTPServer(("127.0.0.1", 0), Middle) as middle:
            thread = threading.Thread(target=middle.serve_forever)
            thread.start()
            try:
                return run("kbs-client", "--url", f"http://127.0.0.1:{middle.server_port}", "get-resource",
                           "--tee-key-file", self.realm.key, "--attestation-token", token, "--path", RESOURCE, ok=None)
            finally:
                middle.shutdown()
                thread.join()

    def test_a_realm_with_another_image_is_refused(self):
        self.approve()
        other = Realm(self.server, "platform", "--rim", "11" * 32)
        token = other.attest()
        self.assertEqual(claims_of(token)["submods"]["cpu0"]["ear.status"], "warning")
        other.get(token, ok=False)
        reference = next(r for r in self.server.why()["references"] if r["name"] == RIM)
        self.assertEqual(reference["state"], "mismatched")
        self.assertEqual(reference["measured"], base64.b64encode(b"\x11" * 32).decode())
        self.assertEqual(len(reference["expected"]), 1)

    def test_an_extended_realm_falls_short(self):
        self.approve()
        payload = self.server.path("payload")
        payload.write_text("late addition")
        done = self.realm.run("sh", "-c", f"avouch realm extend --index 2 {payload} && kbs-client --url {self.server.url} "
                                          f"attest --tee-key-file {self.realm.key}")
        token = self.server.path("extended.jwt")
        token.write_bytes(done.stdout)
        self.assertNotEqual(claims_of(token)["submods"]["cpu0"]["ear.status"], "affirming")
        self.realm.get(token, ok=False)
        decisive = [r for r in self.server.why()["references"] if r.get("decisive")]
        self.assertEqual([r["claim"] for r in decisive], ["cca.realm.cca-realm-extensible-measurements[2]"])

    def test_an_unknown_platform_is_refused(self):
        stranger = Realm(self.server, "platform3")
        done = stranger.run("kbs-client", "--url", self.server.url, "attest", "--tee-key-file", stranger.key, ok=False)
        self.assertIn(b"RCAR handshake Attest failed", done.stderr)
        self.assertNotIn(b"platform", done.stderr)
        self.assertEqual(self.server.why()["error"]["code"], "cca.platform.unknown")

    def test_a_platform_with_the_wrong_key_is_refused(self):
        impostor, honest = Realm(self.server, "platform4"), Realm(self.server, "platform5")
        mixed = json.loads(impostor.endorsements())
        mixed["trust-anchors"][0]["pkey"] = json.loads(honest.endorsements())["trust-anchors"][0]["pkey"]
        file = self.server.path("mixed.json")
        file.write_text(json.dumps(mixed))
        self.server.avouch("endorsement", "add", file)
        impostor.run("kbs-client", "--url", self.server.url, "attest", "--tee-key-file", impostor.key, ok=False)
        self.assertEqual(self.server.why()["error"]["code"], "cca.platform.signature")

    def test_a_revoked_endorsement_counts_at_once(self):
        self.approve()
        anchor = json.loads(self.realm.endorsements())["trust-anchors"][0]
        self.server.avouch("endorsement", "revoke", f"{anchor['implementation-id']}/{anchor['instance-id']}")
        self.realm.run("kbs-client", "--url", self.server.url, "attest", "--tee-key-file", self.realm.key, ok=False)
        self.assertEqual(self.server.why()["error"]["code"], "cca.platform.unknown")

    def test_a_revoked_reference_value_counts_at_once(self):
        self.approve()
        self.assertEqual(claims_of(self.realm.attest())["submods"]["cpu0"]["ear.status"], "affirming")
        self.server.avouch("refval", "delete", RIM)
        self.assertEqual(claims_of(self.realm.attest())["submods"]["cpu0"]["ear.status"], "warning")

    def test_a_restart_between_attest_and_get_loses_nothing(self):
        self.approve()
        token = self.realm.attest()
        self.server.stop()
        self.server.start()
        self.assertEqual(base64.b64decode(self.realm.get(token).stdout), SECRET)

    def test_a_client_without_a_tee_says_so_and_fails(self):
        done = self.server.kbs_client("attest", ok=False)
        self.assertEqual(done.stdout, b"")
        self.assertIn(b"/sys/kernel/config/tsm/report", done.stderr)

    def test_every_form_of_token_attests(self):
        self.approve()
        for profile in ("legacy", "2023"):
            for collection in ("eat", "cmw"):
                realm = Realm(self.server, "platform", "--profile", profile, "--collection", collection)
                self.assertEqual(claims_of(realm.attest())["submods"]["cpu0"]["ear.status"], "affirming", (profile, collection))


class SampleSessions(unittest.TestCase):
    def setUp(self):
        self.server = enter(self, Server("--allow-sample"))
        self.rcar = Rcar(self.server)

    def code_of(self, body):
        return self.server.why(json.loads(body)["decision"])["error"]["code"]

    def test_a_challenge_serves_once(self):
        nonce, cookie = self.rcar.auth()
        submission = self.rcar.submission(nonce)
        self.assertEqual(self.rcar.attest(submission, cookie)[0], 200)
        status, _, body = self.rcar.attest(submission, cookie)
        self.assertEqual((status, self.code_of(body)), (401, "session.used"))

    def test_a_failed_attempt_uses_the_challenge_up(self):
        nonce, cookie = self.rcar.auth()
        wrong = self.rcar.submission(nonce)
        wrong["tee-evidence"]["primary_evidence"]["report_data"] = "AAAA"
        self.assertEqual(self.rcar.attest(wrong, cookie)[0], 401)
        status, _, body = self.rcar.attest(self.rcar.submission(nonce), cookie)
        self.assertEqual((status, self.code_of(body)), (401, "session.used"))

    def test_evidence_for_another_nonce_is_refused(self):
        old, _ = self.rcar.auth()
        _, cookie = self.rcar.auth()
        status, _, body = self.rcar.attest(self.rcar.submission(old), cookie)
        self.assertEqual((status, self.code_of(body)), (401, "session.nonce"))

    def test_evidence_for_another_key_is_refused(self):
        nonce, cookie = self.rcar.auth()
        submission = self.rcar.submission(nonce)
        submission["runtime-data"]["tee-pubkey"] = {**submission["runtime-data"]["tee-pubkey"],
            "x": "zH33ZrwJvJ6W4kP8mF9o5sYcM5yZ9cZ9o8n0m9L6g9o"}
        self.assertEqual(self.rcar.attest(submission, cookie)[0], 401)

    def test_a_key_off_its_curve_is_refused_when_presented(self):
        nonce, cookie = self.rcar.auth()
        submission = self.rcar.submission(nonce)
        key = submission["runtime-data"]["tee-pubkey"]
        submission = self.rcar.submission(nonce, {**key, "y": key["x"]})
        status, _, body = self.rcar.attest(submission, cookie)
        self.assertEqual((status, self.code_of(body)), (401, "key.point"))

    def test_made_up_and_old_tickets_are_refused(self):
        nonce, cookie = self.rcar.auth()
        for made_up in ("kbs-session-id=00000000000000000000000000000000", "kbs-session-id=", "kbs-session-id=../../etc/passwd"):
            self.assertEqual(self.rcar.attest(self.rcar.submission(nonce), made_up)[0], 401)
        self.server.stop()
        self.server.start()
        status, _, body = self.rcar.attest(self.rcar.submission(nonce), cookie)
        self.assertEqual((status, self.code_of(body)), (401, "session.unknown"))

    def test_of_concurrent_attempts_one_wins_and_all_are_answered(self):
        nonce, cookie = self.rcar.auth()
        submission = self.rcar.submission(nonce)
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            statuses = [f.result()[0] for f in [pool.submit(self.rcar.attest, submission, cookie) for _ in range(32)]]
        self.assertEqual((statuses.count(200), statuses.count(401)), (1, 31))

    def test_the_session_cookie_alone_fetches(self):
        self.server.set_secret()
        self.server.admin("set-resource-policy", "--allow-all")
        nonce, cookie = self.rcar.auth()
        self.assertEqual(self.server.request("GET", f"/kbs/v0/resource/{RESOURCE}", headers={"Cookie": cookie})[0], 401)
        self.assertEqual(self.rcar.attest(self.rcar.submission(nonce), cookie)[0], 200)
        self.assertEqual(self.server.request("GET", f"/kbs/v0/resource/{RESOURCE}", headers={"Cookie": cookie})[0], 200)

    def test_the_default_policy_keeps_secrets_from_the_sample_tee(self):
        self.server.set_secret()
        nonce, cookie = self.rcar.auth()
        self.assertEqual(self.rcar.attest(self.rcar.submission(nonce), cookie)[0], 200)
        status, _, body = self.server.request("GET", f"/kbs/v0/resource/{RESOURCE}", headers={"Cookie": cookie})
        self.assertEqual((status, json.loads(body)["detail"]), (401, "Access denied by policy"))

    def test_whether_a_secret_exists_stays_unknown(self):
        self.server.set_secret()
        nonce, cookie = self.rcar.auth()
        self.rcar.attest(self.rcar.submission(nonce), cookie)
        answers = set()
        for path in (RESOURCE, "no/such/thing", "../../x", "a/b"):
            status, _, body = self.server.request("GET", f"/kbs/v0/resource/{path}", headers={"Cookie": cookie})
            error = json.loads(body)
            answers.add((status, error["type"], error["detail"]))
        self.assertEqual(len(answers), 1, answers)

    def test_our_own_client_attests_as_sample_when_told_to(self):
        done = self.server.kbs_client("attest", "--allow-sample")
        self.assertIn(b"TEE: sample", done.stderr)
        self.assertEqual(done.stdout.count(b"."), 2)


class SampleOff(unittest.TestCase):
    def test_the_sample_tee_is_off_and_the_refusal_says_so(self):
        with Server() as server:
            done = server.kbs_client("attest", "--allow-sample", ok=False)
            self.assertIn(b"sample", done.stderr)
            self.assertIn(b"switched off", done.stderr)


if __name__ == "__main__":
    unittest.main()
