"""docs/openapi.json is what a server does: each route in it answers with a status and a body that it announces, and methods
that it does not name are refused. `./run openapi` asks thousands of questions more."""

import base64
import copy
import hashlib
import importlib.util
import json
import pathlib
import re
import tempfile
import unittest
import urllib.parse

from harness import RESOURCE, ROOT, Rcar, Realm, Server, base64url, enter, sample_session
from openapi import METHODS, Document
from test_roles import Role
from test_veraison import CCA_TYPE, evidence_of

ALLOW_ALL = base64url(b"package policy\nimport rego.v1\ndefault allow := true\n")
JUDGE = base64url(b'package policy\nimport rego.v1\ntrust_claims := {"hardware": 2}\n')
DOCUMENT = Document.of_the_project()


def values(**named):
    payload = base64.b64encode(json.dumps(named).encode()).decode()
    return {"version": "0.1.0", "type": "sample", "payload": payload}


class Asked(unittest.TestCase):
    """Asks operations of a server, and holds each answer to the document."""

    def ask(self, operation_id, wanted, body=None, headers=None, query="", **path):
        operation = DOCUMENT.operations[operation_id]
        target = re.sub(r"\{(\w+)\}", lambda match: urllib.parse.quote(path[match[1]], safe=""), operation.path) + query
        octets = body if isinstance(body, (bytes, str, type(None))) else json.dumps(body)
        status, answered, text = self.server.request(operation.method, target, octets, headers or {})
        self.assertEqual(DOCUMENT.faults(operation, status, answered, text), [], operation_id)
        self.assertEqual(status, wanted, (operation_id, text))
        self.reached.setdefault(operation_id, set()).add(status)
        self.location = answered.get("location")
        return text

    def administer(self, operation_id, wanted, body=None, **path):
        return self.ask(operation_id, wanted, body, {"Authorization": f"Bearer {self.server.admin_token()}"}, **path)

    def assert_all_reached(self, *tags):
        asked = {name for name, statuses in self.reached.items() if any(200 <= status < 300 for status in statuses)}
        documented = {name for name, operation in DOCUMENT.operations.items() if set(tags) & set(operation.tags)}
        self.assertEqual(documented - asked, set(), "documented, and not asked here to success")

    def assert_other_methods_refused(self, *tags):
        paths = {}
        for operation in DOCUMENT.operations.values():
            if set(tags) & set(operation.tags):
                paths.setdefault(operation.path, set()).add(operation.method.lower())
        for path, known in paths.items():
            target = re.sub(r"\{\w+\}", "attestation", path)
            for method in set(METHODS) - known - {"options"}:
                headers = {"Authorization": f"Bearer {self.server.admin_token()}"}
                status, answered, _ = self.server.request(method.upper(), target, "{}", headers)
                if path.startswith("/avouch/"):
                    allowed = ", ".join(each.upper() for each in ("get", "post", "put", "delete") if each in known)
                    self.assertEqual((status, answered.get("allow")), (405, allowed), f"{method} {path}")
                else:
                    self.assertIn(status, (401, 404, 405), f"{method} {path}")


class Broker(Asked):
    def setUp(self):
        self.server = enter(self, Server("--allow-sample"))
        self.reached = {}

    def test_serves_the_document_of_the_project(self):
        text = self.ask("openApi", 200)
        self.assertEqual(json.loads(text), DOCUMENT.whole)

    def test_every_documented_route_answers_as_documented(self):
        self.ask("health", 200)
        self.ask("keys", 200)
        self.ask("metrics", 200)
        self.ask("openApi", 200)
        self.tell_policies_and_values()
        self.attest_and_fetch()
        self.manage()
        self.verify_as_veraison_does()
        self.assert_all_reached("key broker", "management", "verification service")

    def tell_policies_and_values(self):
        self.administer("setAttestationPolicy", 200, {"policy_id": "mine", "policy": JUDGE})
        self.administer("setAttestationPolicy", 401, {"policy_id": "mine", "policy": base64url(b"nonsense")})
        self.administer("setResourcePolicy", 200, {"policy": ALLOW_ALL})
        self.administer("setResourcePolicy", 401, {"policy": "?"})
        self.administer("getResourcePolicy", 200)
        self.administer("setReferenceValues", 200, values(colour=["blue"]))
        self.administer("setReferenceValues", 401, {"type": "swid", "payload": "e30="})
        self.administer("getReferenceValue", 200, name="colour")
        self.administer("getReferenceValue", 401, name="shape")

    def attest_and_fetch(self):
        repository, kind, tag = RESOURCE.split("/")
        path = {"repository": repository, "type": kind, "tag": tag}
        self.administer("setResource", 200, b"secret", **path)
        self.ask("auth", 200, {"version": "0.4.0", "tee": "sample", "extra-params": ""})
        self.ask("auth", 401, {"version": "9.0.0", "tee": "sample", "extra-params": ""})
        nonce, cookie = Rcar(self.server).auth()
        submission = Rcar.submission(nonce)
        self.ask("attest", 200, submission, {"Cookie": cookie})
        self.ask("attest", 401, submission, {"Cookie": cookie})
        self.ask("getResource", 200, headers={"Cookie": cookie}, **path)
        self.ask("getResource", 401, **path)
        self.ask("getResource", 400, headers={"Cookie": cookie}, query="?" + "&".join("abcdefgh" * 9), **path)
        self.administer("listResources", 200)
        self.administer("listResources", 200, query="?prefix=none")
        self.administer("deleteResource", 200, **path)
        self.administer("deleteResource", 401, **path)

    def manage(self):
        status, body, _ = sample_session(self.server)
        self.assertEqual(status, 200, body)
        refused = json.loads(self.administer("listDecisions", 200, query="?outcome=refused&limit=5"))["decisions"]
        self.assertTrue(refused)
        self.administer("listDecisions", 400, query="?outcome=other")
        self.administer("listDecisions", 400, query="?limit=x")
        self.administer("why", 200, id=refused[0]["id"])
        self.administer("why", 404, id="none")
        self.administer("approve", 404, id="none")
        self.refuse_a_realm_and_approve_it()
        self.live_through_reference_values()
        self.administer("setReferenceValue", 200, ["a"], name="a/b")
        self.administer("setReferenceValue", 400, "{", name="a/b")
        self.administer("addReferenceValue", 200, '"b"', name="a/b")
        self.administer("deleteReferenceValue", 200, name="a/b")
        self.administer("deleteReferenceValue", 404, name="a/b")
        self.administer("listPoliciesOfKind", 200, kind="attestation")
        self.administer("listPoliciesOfKind", 404, kind="other")
        self.administer("showPolicy", 200, kind="attestation", id="mine")
        self.administer("showPolicy", 404, kind="attestation", id="none")
        self.administer("resetPolicy", 200, kind="attestation", id="mine")
        self.administer("resetPolicy", 404, kind="attestation", id="mine")

    def live_through_reference_values(self):
        self.administer("registerReferenceValues", 200, values(shape=["round"]))
        self.administer("registerReferenceValues", 200, values(shape=["square"]), query="?stage=true")
        self.administer("registerReferenceValues", 400, {"type": "other", "payload": ""})
        self.administer("changeReferenceValue", 200, {}, name="shape", act="activate")
        self.administer("changeReferenceValue", 200, {"value": "round", "ends": "2096-01-31T00:00:00Z", "reason": "old"},
                        name="shape", act="deprecate")
        self.administer("changeReferenceValue", 200, {"value": "square"}, name="shape", act="revoke")
        self.administer("changeReferenceValue", 409, {"value": "square"}, name="shape", act="activate")
        self.administer("changeReferenceValue", 400, {"colour": "blue"}, name="shape", act="revoke")
        self.administer("setReferenceValue", 409, ["square"], name="shape")
        self.administer("showReferenceValue", 200, name="shape")
        self.administer("showReferenceValue", 404, name="nothing")
        self.administer("listReferenceValues", 200)
        forecast = json.loads(self.administer("forecastReferenceValues", 200, query="?days=36500"))["forecast"]
        self.assertTrue(forecast)
        self.administer("forecastReferenceValues", 400, query="?days=x")

    def refuse_a_realm_and_approve_it(self):
        realm = Realm(self.server)
        self.administer("addEndorsements", 200, realm.endorsements(), key="cca")
        self.administer("addEndorsements", 400, "{}", key="cca")
        realm.attest()
        decision = json.loads(self.administer("listDecisions", 200))["decisions"][0]
        text = base64.urlsafe_b64decode(JUDGE + "==").decode()
        self.administer("testPolicy", 200, {"policy": text, "decision": decision["id"]})
        self.administer("testPolicy", 400, {"policy": text})
        self.administer("approve", 200, id=decision["id"])
        stored = json.loads(self.administer("listEndorsements", 200))["trust-anchors"]
        self.administer("revokeTrustAnchor", 200, key=stored[0]["key"])
        self.administer("revokeTrustAnchor", 404, key=stored[0]["key"])

    def verify_as_veraison_does(self):
        self.ask("discoverVerification", 200)
        self.ask("discoverVerification", 406, headers={"Accept": "text/plain"})
        self.ask("newVerificationSession", 400, query="?nonceSize=1")
        self.ask("newVerificationSession", 406, headers={"Accept": "text/plain"})
        answered = self.ask("newVerificationSession", 201, query="?nonceSize=64")
        session = self.location.removeprefix("session/")
        nonce = base64.urlsafe_b64decode(json.loads(answered)["nonce"] + "==")
        evidence = evidence_of(Realm(self.server), nonce)
        self.ask("showVerificationSession", 200, id=session)
        self.ask("showVerificationSession", 400, id="short")
        self.ask("showVerificationSession", 404, id="A" * 64)
        self.ask("submitEvidence", 415, b"x", {"Content-Type": "text/plain"}, id=session)
        self.ask("submitEvidence", 400, b"", {"Content-Type": CCA_TYPE}, id=session)
        self.ask("submitEvidence", 200, evidence, {"Content-Type": CCA_TYPE}, id=session)
        self.ask("submitEvidence", 409, b"other", {"Content-Type": CCA_TYPE}, id=session)
        self.ask("showVerificationSession", 200, id=session)
        self.ask("deleteVerificationSession", 204, id=session)
        self.ask("deleteVerificationSession", 404, id=session)

    def test_refuses_strangers_as_documented_wherever_it_takes_an_administrator(self):
        for name, operation in DOCUMENT.operations.items():
            if operation.is_for_administrators():
                path = {each["name"]: "cca" for each in operation.parameters if each["in"] == "path"}
                self.ask(name, 401, "{}", **path)
                self.ask(name, 401, "{}", {"Authorization": "Bearer x.y.z"}, **path)

    def test_refuses_every_method_that_is_not_documented(self):
        self.assert_other_methods_refused("key broker", "management", "verification service")


class Verifier(Asked):
    def setUp(self):
        folder = pathlib.Path(enter(self, tempfile.TemporaryDirectory(prefix="avouch-e2e-")))
        config = folder / "as.json"
        config.write_text(json.dumps({"avouch": {"allow_sample": True}}))
        self.role = enter(self, Role(folder, "restful-as", "--socket", "127.0.0.1:PORT", "--config-file", config,
                                     "--data-dir", folder / "data"))
        self.server = Server(folder=folder)
        self.server.port = self.role.port
        self.reached = {}

    def evaluation(self):
        runtime = {"nonce": "n"}
        digest = hashlib.sha384(json.dumps(runtime, separators=(",", ":")).encode()).digest()
        evidence = json.dumps({"svn": "1", "report_data": base64.b64encode(digest).decode()}).encode()
        return {"verification_requests": [{"tee": "sample", "evidence": base64url(evidence),
                                           "runtime_data": {"structured": runtime}}], "policy_ids": ["mine"]}

    def test_every_documented_route_answers_as_documented(self):
        self.ask("health", 200)
        self.ask("keys", 200)
        self.ask("setPolicy", 200, {"policy_id": "mine_cpu", "policy": JUDGE})
        self.ask("setPolicy", 400, {"policy_id": "mine_cpu"})
        self.ask("setPolicy", 500, {"policy_id": "mine_cpu", "policy": "?"})
        self.ask("listPolicies", 200)
        self.ask("getPolicy", 200, id="mine_cpu")
        self.ask("getPolicy", 404, id="none")
        self.ask("challenge", 200, {"tee": "sample", "tee_params": ""})
        self.ask("challenge", 500, {"tee": "none", "tee_params": ""})
        self.ask("challenge", 400, "{")
        self.ask("evaluate", 200, self.evaluation())
        self.ask("evaluate", 400, {})
        self.ask("evaluate", 500, {**self.evaluation(), "policy_ids": ["none"]})
        self.assert_all_reached("attestation service")

    def test_refuses_every_method_that_is_not_documented(self):
        self.assert_other_methods_refused("attestation service")

    def test_pages_and_strangers_get_what_is_documented_of_policies(self):
        self.ask("setPolicy", 401, {"policy_id": "mine_cpu", "policy": JUDGE}, {"Origin": "https://elsewhere.example"})
        self.ask("getPolicy", 401, headers={"Origin": "https://elsewhere.example"}, id="default_cpu")


class TheCheck(unittest.TestCase):
    """A check that takes everything would promise nothing."""

    def faults(self, name, status, kind, body):
        return DOCUMENT.faults(DOCUMENT.operations[name], status, {"content-type": kind}, body)

    def test_finds_what_is_not_announced(self):
        good = b'{"error": {"blame": "request", "code": "manage.shape", "detail": ""}}'
        self.assertEqual(self.faults("listDecisions", 400, "application/json", good), [])
        self.assertIn("status 418", self.faults("listDecisions", 418, "application/json", good)[0])
        self.assertIn("of type", self.faults("listDecisions", 400, "text/plain", good)[0])
        for body in (b"{}", b"[]", good.replace(b'"request"', b'"nobody"'), good.replace(b'"manage.shape"', b"7"),
                     good.replace(b"manage.shape", b"Shape!"), good.replace(b', "detail": ""', b"")):
            self.assertEqual(len(self.faults("listDecisions", 400, "application/json", body)), 1, body)
        decisions = {"decisions": [{"id": "1", "time": "now", "kind": "attest", "outcome": "granted", "peer": "", "subject": "",
                                    "error": None}]}
        self.assertIn("is no time", self.faults("listDecisions", 200, "application/json", json.dumps(decisions).encode())[0])

    def test_the_tool_finds_routes_that_only_the_code_or_only_the_document_has(self):
        spec = importlib.util.spec_from_file_location("openapi_tool", ROOT / "tools/openapi.py")
        tool = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(tool)
        self.assertEqual(list(tool.faults(DOCUMENT.whole)), [])
        for path in DOCUMENT.whole["paths"]:
            if path.startswith("/kbs/v0/reference-value"):
                continue  # the code has one head for both of them
            less = copy.deepcopy(DOCUMENT.whole)
            del less["paths"][path]
            self.assertTrue(any("is missing" in fault for fault in tool.faults(less)), path)
        for path in ("/avouch/v1/nothing", "/kbs/v0/nothing", "/nothing", "/avouch/v1/decisions/{id}/how"):
            more = copy.deepcopy(DOCUMENT.whole)
            more["paths"][path] = {"get": {"operationId": "nothing", "responses": {}}}
            self.assertTrue(any("the code has no" in fault for fault in tool.faults(more)), path)


if __name__ == "__main__":
    unittest.main()
