"""Policies that run away and that change under way. What no policy may say is in tests/hostile/policies.py."""

import base64
import concurrent.futures
import json
import time
import unittest

from harness import PATIENCE, RESOURCE, Rcar, Server, base64url, enter, error_of, sample_session

REFUSED_WITHIN_SECONDS = 5 * PATIENCE
OTHERS_WITHIN_SECONDS = 1 * PATIENCE
RUNAWAYS_AT_ONCE = 10  # more than there are workers
RUNAWAY = 'x if { some a in numbers.range(1, 100000); some b in numbers.range(1, 100000); a + b == 0 }'
CLAIMS = '{"executables": 3, "hardware": 2, "configuration": 2}'


def policy(body):
    return f"package policy\nimport rego.v1\n{body}\n"


def claims(text):
    return policy(f"trust_claims := {text}")


class Policies(unittest.TestCase):
    def setUp(self):
        self.server = enter(self, Server("--allow-sample"))

    def set_policy(self, kind, text):
        message = {"policy": base64url(text.encode())}
        if kind == "attestation":
            message |= {"type": "rego", "policy_id": "default_cpu"}
        return self.server.administer("POST", f"/kbs/v0/{kind}-policy", json.dumps(message))

    def accept(self, kind, text):
        status, _, body = self.set_policy(kind, text)
        self.assertEqual(status, 200, body)

    def code_of(self, body):
        return self.server.why(json.loads(body)["decision"])["error"]["code"]


class Runaway(Policies):
    def timed(self, call, *argv):
        begin = time.monotonic()
        return call(*argv), time.monotonic() - begin

    def test_others_are_served_meanwhile_and_another_policy_counts_at_once(self):
        self.accept("attestation", policy(f'{RUNAWAY}\ntrust_claims := {CLAIMS} if x\n'))
        with concurrent.futures.ThreadPoolExecutor(RUNAWAYS_AT_ONCE) as pool:
            attests = [pool.submit(self.timed, sample_session, self.server) for _ in range(RUNAWAYS_AT_ONCE)]
            time.sleep(0.1)
            (status, _, _), seconds = self.timed(self.server.request, "GET", "/healthz")
            self.assertEqual(status, 200)
            self.assertLess(seconds, OTHERS_WITHIN_SECONDS)
            _, seconds = self.timed(Rcar(self.server).auth)
            self.assertLess(seconds, OTHERS_WITHIN_SECONDS)
            self.assertFalse(all(attest.done() for attest in attests))
            (status, _, _), seconds = self.timed(self.set_policy, "attestation", claims(CLAIMS))
            self.assertEqual(status, 200)
            self.assertLess(seconds, REFUSED_WITHIN_SECONDS)
            self.assertEqual(sample_session(self.server)[0], 200)
            for attest in attests:
                (status, _, _), seconds = attest.result()
                self.assertIn(status, (200, 401))
                self.assertLess(seconds, REFUSED_WITHIN_SECONDS)
        self.assertIn(401, [attest.result()[0][0] for attest in attests])

    def test_a_runaway_resource_policy_denies_in_time(self):
        self.server.set_secret()
        _, _, cookie = sample_session(self.server)
        self.accept("resource", policy(f'default allow := false\n{RUNAWAY}\nallow if x\n'))
        (status, _, body), seconds = self.timed(self.server.request, "GET", f"/kbs/v0/resource/{RESOURCE}", None,
                                                {"Cookie": cookie})
        self.assertEqual((status, error_of(body)), (401, ("PolicyDeny", "Access denied by policy")))
        self.assertLess(seconds, REFUSED_WITHIN_SECONDS)


class Verdicts(Policies):
    def test_a_policy_counts_for_the_next_request(self):
        self.server.set_secret()
        _, _, cookie = sample_session(self.server)
        for allowed in (True, False, True, False):
            self.accept("resource", policy(f"allow := {str(allowed).lower()}"))
            status, _, _ = self.server.request("GET", f"/kbs/v0/resource/{RESOURCE}", headers={"Cookie": cookie})
            self.assertEqual(status, 200 if allowed else 401)
        for executables in (3, 33, 3):
            self.accept("attestation", claims(f'{{"executables": {executables}}}'))
            _, body, _ = sample_session(self.server)
            payload = json.loads(body)["token"].split(".")[1]
            ear = json.loads(base64.urlsafe_b64decode(payload + "==="))
            self.assertEqual(ear["submods"]["cpu0"]["ear.trustworthiness-vector"]["executables"], executables)


class Uploads(Policies):
    BROKEN = "package policy\nimport rego.v1\nallow if {\n  input.x ==\n}\n"

    def test_a_policy_that_does_not_parse_is_refused_with_its_line_and_the_old_one_stays(self):
        self.server.set_secret()
        self.accept("resource", policy("allow := true"))
        _, _, cookie = sample_session(self.server)
        for kind, variant, prefix in (
                ("resource", "PolicyEngineError", "Policy engine error: Failed to load policy: "),
                ("attestation", "AttestationError", "Attestation error: Set Attestation Policy failed: ")):
            status, _, body = self.set_policy(kind, self.BROKEN)
            self.assertEqual((status, error_of(body)[0]), (401, variant))
            self.assertTrue(error_of(body)[1].startswith(prefix), body)
            self.assertRegex(error_of(body)[1], r":5:\d+|line 5")
        self.assertEqual(self.server.request("GET", f"/kbs/v0/resource/{RESOURCE}", headers={"Cookie": cookie})[0], 200)
        self.assertEqual(sample_session(self.server)[0], 200)

    def test_a_policy_in_another_package_or_without_one_is_refused(self):
        for text in ("package other\nallow := true\n", "allow := true\n", ""):
            self.assertEqual(self.set_policy("resource", text)[0], 401, text)

    def test_a_policy_in_another_encoding_is_refused(self):
        text = policy("allow := true")
        padded = base64.b64encode(text.encode() + b"\n#").decode()
        for encoded in (padded, text, base64url(b"\xff\xfe" + text.encode()), 1, None):
            status, _, body = self.server.administer("POST", "/kbs/v0/resource-policy", json.dumps({"policy": encoded}))
            self.assertEqual(status, 401, encoded)
            self.assertIn(error_of(body)[0], ("ParsePolicyError", "PolicyEngineError"))

    def test_a_policy_id_that_leads_out_of_its_folder_is_refused(self):
        for name in ("../default_cpu", "/etc/x", "", ".hidden", "a b", "a/b", "x" * 200):
            message = {"type": "rego", "policy_id": name, "policy": base64url(claims(CLAIMS).encode())}
            self.assertEqual(self.server.administer("POST", "/kbs/v0/attestation-policy", json.dumps(message))[0], 401, name)


if __name__ == "__main__":
    unittest.main()
