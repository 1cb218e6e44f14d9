"""The roles apart: broker, verifier and keeper of reference values as three processes, set up as Arm's learning path does
it, but for folders and ports."""

import base64
import contextlib
import hashlib
import http.client
import json
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from harness import PATIENCE, RESOURCE, SECRET, START_DEADLINE_SECONDS, Realm, base64url, claims_of, run

RIM = "cca.realm.cca-realm-initial-measurement"


class Role:
    """One process under one of the peer's names, listening where the kernel chose."""

    def __init__(self, folder, program, *options):
        self.log_file = folder / f"{program}.log"
        self.argv = [program, *map(str, options)]
        self.process = None
        self.port = 0

    def __enter__(self):
        with open(self.log_file, "ab") as log:
            offset = log.tell()
            argv = [word.replace("PORT", str(self.port)) for word in self.argv]
            self.process = subprocess.Popen(argv, stdout=log, stderr=log)
        deadline = time.monotonic() + START_DEADLINE_SECONDS
        while time.monotonic() < deadline:
            ended = self.process.poll()
            text = self.log_file.read_bytes()[offset:].decode()
            found = re.search(r' listening address="127\.0\.0\.1:(\d+)"', text)
            if found:
                self.port = int(found.group(1))
                return self
            if ended is not None:
                raise AssertionError(f"{self.argv[0]} ended with {ended}: {text}")
            time.sleep(0.01)
        raise AssertionError(f"{self.argv[0]} does not listen")

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=20 * PATIENCE)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30 * PATIENCE)
        connection.request(method, path, body=body and json.dumps(body), headers=headers or {})
        response = connection.getresponse()
        out = response.status, response.read().decode()
        connection.close()
        return out


class Trustee:
    """The three of them, with the learning path's configs."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="avouch-e2e-"))
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        folder, work = self.folder, self.folder / "attestation-service"
        work.mkdir()
        run("openssl", "genpkey", "-algorithm", "ed25519", "-out", folder / "private.key")
        run("openssl", "pkey", "-in", folder / "private.key", "-pubout", "-out", folder / "public.pub")
        (folder / "rvps.json").write_text(json.dumps(
            {"storage": {"type": "LocalFs", "file_path": str(work / "reference_values")}}))
        self.rvps = Role(folder, "rvps", "--address", "127.0.0.1:PORT", "--config", folder / "rvps.json")
        self.stack.enter_context(self.rvps)
        (folder / "as-config.json").write_text(json.dumps({
            "work_dir": str(work), "policy_engine": "opa",
            "rvps_config": {"type": "GrpcRemote", "address": self.rvps.url},
            "attestation_token_broker": {"policy_dir": str(work / "cca"), "duration_min": 30}}))
        self.verifier = Role(folder, "grpc-as", "--socket", "127.0.0.1:PORT", "--config-file", folder / "as-config.json",
                             "--allow-sample")
        self.stack.enter_context(self.verifier)
        (folder / "kbs-config.toml").write_text(f"""
[http_server]
sockets = ["127.0.0.1:0"]
insecure_http = true
[attestation_token]
insecure_key = true
[attestation_service]
type = "coco_as_grpc"
as_addr = "{self.verifier.url}"
[admin]
type = "Simple"
[[admin.personas]]
id = "demo_admin"
public_key_path = "{folder / 'public.pub'}"
[[plugins]]
name = "resource"
type = "LocalFs"
dir_path = "{folder / 'repository'}"
""")
        self.kbs = Role(folder, "kbs", "--config-file", folder / "kbs-config.toml", "--data-dir", folder / "kbs")
        self.stack.enter_context(self.kbs)
        return self

    def __exit__(self, *_):
        self.stack.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # What Realm asks of a server.
    @property
    def url(self):
        return self.kbs.url

    def path(self, name):
        return self.folder / name

    def avouch(self, *argv, **options):
        token = self.folder / "attestation-service/avouch/admin-token"
        return run("avouch", "--url", self.verifier.url, "--admin-token-file", token, *argv, **options)

    def admin(self, *argv, **options):
        return run("kbs-client", "--url", self.url, "config", "--auth-private-key", self.folder / "private.key", *argv,
                   **options)

    def set_up(self):
        (self.folder / "secret.bin").write_bytes(SECRET)
        self.admin("set-resource", "--path", RESOURCE, "--resource-file", self.folder / "secret.bin")
        self.admin("set-resource-policy", "--affirming")


def setUpModule():
    global trustee  # one for all tests: three processes take their time to start
    trustee = Trustee().__enter__()
    unittest.addModuleCleanup(trustee.__exit__)
    trustee.set_up()


class Roles(unittest.TestCase):
    def query(self, name):
        return run("rvps-tool", "query", "--addr", trustee.rvps.url, "-r", name).stdout.decode()

    def test_walks_through_the_learning_path(self):
        realm = Realm(trustee)
        realm.endorse()  # at the verifier
        policy = trustee.avouch("policy", "get", "default_cpu", "--kind", "attestation").stdout
        (trustee.folder / "cpu.rego").write_bytes(policy)
        trustee.admin("set-attestation-policy", "--id", "default_cpu", "--policy-file", trustee.folder / "cpu.rego")
        written = (trustee.folder / "attestation-service/cca/default_cpu.rego").read_bytes()
        self.assertEqual(written, policy, "the verifier keeps policies where its config says")

        token = realm.attest()
        self.assertEqual(claims_of(token)["submods"]["cpu0"]["ear.status"], "warning")
        realm.get(token, ok=False)
        trustee.avouch("refval", "approve", "--last")  # at the verifier, which passes it on
        self.assertIn("Get reference values succeeded", self.query(RIM))
        token = realm.attest()
        self.assertEqual(claims_of(token)["submods"]["cpu0"]["ear.status"], "affirming")
        self.assertEqual(base64.b64decode(realm.get(token).stdout), SECRET)
        self.assertEqual((trustee.folder / "repository" / RESOURCE).read_bytes(), SECRET, "plain, as the peer has it")

    def test_passes_reference_values_from_broker_to_keeper_and_back(self):
        trustee.admin("set-sample-reference-value", "some.name", "abc")
        self.assertIn('["abc"]', self.query("some.name"))
        shown = trustee.admin("get-reference-value", "--id", "some.name").stdout
        self.assertIn(b"abc", shown)
        self.assertIn("some.name", run("rvps-tool", "list", "--addr", trustee.rvps.url).stdout.decode())
        run("rvps-tool", "delete", "--addr", trustee.rvps.url, "-r", "some.name")
        self.assertIn("No reference values found", self.query("some.name"))
        run("rvps-tool", "delete", "--addr", trustee.rvps.url, "-r", "some.name", ok=False)

    def test_registers_the_file_that_a_supplier_sends(self):
        message = trustee.folder / "message.json"
        payload = base64.b64encode(b'{"supplied": [1, 2]}').decode()
        message.write_text(json.dumps({"version": "0.1.0", "type": "sample", "payload": payload}))
        run("rvps-tool", "register", "-a", trustee.rvps.url, "-p", message)
        self.assertIn("[1,2]", self.query("supplied"))
        message.write_text(json.dumps({"type": "nonsense", "payload": payload}))
        refused = run("rvps-tool", "register", "-a", trustee.rvps.url, "-p", message, ok=False)
        self.assertIn(b"provenance.type", refused.stderr)

    def test_says_where_what_it_does_not_keep_is_to_be_found(self):
        refused = trustee.avouch("refval", "list", ok=False)
        self.assertIn(trustee.rvps.url.encode(), refused.stderr)

    def test_asks_for_a_token_where_the_config_says_so(self):
        config = trustee.folder / "closed.json"
        config.write_text(json.dumps({"avouch": {"insecure_writes": False, "allow_sample": True}}))
        policy = {"policy_id": "mine_cpu", "policy": base64url(b"package policy\nimport rego.v1\ntrust_claims := {\"hardware\": 2}\n")}
        data = trustee.folder / "closed"
        with Role(trustee.folder, "restful-as", "--socket", "127.0.0.1:PORT", "--config-file", config, "--data-dir", data) as verifier:
            self.assertEqual(verifier.request("POST", "/policy", policy)[0], 401)
            self.assertEqual(verifier.request("GET", "/policy/default_cpu")[0], 401)
            token = {"Authorization": "Bearer " + (data / "admin-token").read_text().strip()}
            self.assertEqual(verifier.request("POST", "/policy", policy, token), (200, ""))
            runtime = {"nonce": "n"}
            digest = hashlib.sha384(json.dumps(runtime, separators=(",", ":")).encode()).digest()
            evidence = json.dumps({"svn": "1", "report_data": base64.b64encode(digest).decode()}).encode()
            status, token = verifier.request("POST", "/attestation", {
                "verification_requests": [{"tee": "sample", "evidence": base64url(evidence), "runtime_data": {"structured": runtime}}],
                "policy_ids": ["mine", "default"]})
            self.assertEqual(status, 200, token)
            (trustee.folder / "rest.jwt").write_text(token)
            cpu = claims_of(trustee.folder / "rest.jwt")["submods"]["cpu0"]
            self.assertEqual(cpu["ear.status"], "contraindicated", "the default policy's verdict, the worse of both")
            self.assertEqual(cpu["avouch.appraisals"]["mine"]["ear.status"], "affirming")
            # A broker cannot pass policies on to it: who may set them asks there.
            broker = trustee.folder / "other-kbs.toml"
            broker.write_text((trustee.folder / "kbs-config.toml").read_text().replace(trustee.verifier.url, verifier.url))
            with Role(trustee.folder, "kbs", "--config-file", broker, "--data-dir", trustee.folder / "kbs2") as kbs:
                (trustee.folder / "mine.rego").write_text("package policy\n")
                refused = run("kbs-client", "--url", kbs.url, "config", "--auth-private-key", trustee.folder / "private.key",
                              "set-attestation-policy", "--policy-file", trustee.folder / "mine.rego", ok=False)
                self.assertIn(b"UNAUTHENTICATED", refused.stderr)

    def test_says_unavailable_while_the_keeper_is_not_there_and_recovers(self):
        realm = Realm(trustee, "platform2")
        realm.endorse()
        trustee.rvps.__exit__()
        refused = realm.run(*realm.client, "--url", trustee.url, "attest", "--tee-key-file", realm.key, ok=False)
        self.assertNotIn(b"eyJ", refused.stdout)
        why = json.loads(trustee.avouch("why", "--last", "--json").stdout)
        self.assertEqual(why["error"]["code"], "rvps.unavailable")
        trustee.rvps.__enter__()
        realm.attest()

    def test_checks_the_config_of_every_role(self):
        for name in ("kbs-config.toml", "as-config.json", "rvps.json"):
            run("avouch", "check", "config", trustee.folder / name)
        wrong = trustee.folder / "wrong.json"
        wrong.write_text('{\n"work_dir": "/x",\n"polcy_engine": "opa"\n}')
        refused = run("avouch", "check", "config", wrong, ok=False)
        self.assertIn(b"wrong.json:3: polcy_engine means nothing; the nearest key that does is policy_engine",
                      refused.stderr)


if __name__ == "__main__":
    unittest.main()
