"""The roles apart on machines that trust each other by name: TLS with an authority of their own, and writes that take an
administrator's token at each of them."""

import base64
import contextlib
import json
import pathlib
import shutil
import tempfile
import unittest

from harness import RESOURCE, SECRET, Realm, run
from test_roles import Role

POLICY = "package policy\nimport rego.v1\ntrust_claims := {\"hardware\": 2}\n"


def make_authority(folder, name):
    key, certificate = folder / f"{name}-ca.key", folder / f"{name}-ca.pem"
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", f"/CN={name}", "-keyout", key, "-out", certificate)
    return certificate, key


def make_certificate(folder, name, authority):
    key, request, certificate = (folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
    run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
        "-keyout", key, "-out", request)
    (folder / "san").write_text("subjectAltName=IP:127.0.0.1")
    run("openssl", "x509", "-req", "-in", request, "-CA", authority[0], "-CAkey", authority[1], "-CAcreateserial",
        "-days", "2", "-extfile", folder / "san", "-out", certificate)
    return certificate, key


class Closed:
    """Broker, verifier and keeper of reference values, none of which takes a write without a token of its own."""

    def __init__(self, folder, stack):
        self.folder, self.stack = folder, stack
        self.authority, self.stranger = make_authority(folder, "ours"), make_authority(folder, "strangers")
        certificate, key = make_certificate(folder, "as", self.authority)
        (folder / "rvps.json").write_text(json.dumps({"avouch": {"insecure_writes": False}}))
        self.rvps = stack.enter_context(Role(folder, "rvps", "--address", "127.0.0.1:PORT", "--config", folder / "rvps.json",
                                             "--data-dir", folder / "rvps"))
        self.write_verifier_config(references={"token_file": str(folder / "rvps/admin-token")})
        self.verifier = stack.enter_context(Role(
            folder, "grpc-as", "--socket", "127.0.0.1:PORT", "--config-file", folder / "as.json", "--data-dir", folder / "as",
            "-t", certificate, "-k", key))
        self.address = f"https://127.0.0.1:{self.verifier.port}"

    def write_verifier_config(self, references):
        (self.folder / "as.json").write_text(json.dumps({
            "rvps_config": {"type": "GrpcRemote", "address": self.rvps.url},
            "avouch": {"insecure_writes": False, "references": references}}))

    def broker(self, name, access, keys_ca):
        """A KBS that speaks so to the verifier, and takes its keys from there."""
        config = self.folder / f"{name}.toml"
        config.write_text(f"""
[http_server]
sockets = ["127.0.0.1:0"]
[attestation_token]
trusted_jwk_sets = ["{self.address}/.well-known/jwks.json"]
[attestation_service]
type = "coco_as_grpc"
as_addr = "{self.address}"
[avouch]
{f'keys_ca = "{keys_ca}"' if keys_ca else ''}
[avouch.verifier]
""" + "".join(f'{key} = "{value}"\n' for key, value in access.items()))
        run("avouch", "check", "config", config)
        return Broker(self, self.stack.enter_context(Role(self.folder, "kbs", "--config-file", config, "--data-dir",
                                                          self.folder / name)), self.folder / name)

    @property
    def access(self):
        return {"ca": self.authority[0], "token_file": self.folder / "as/admin-token"}


class Broker:
    """As Realm and its tests want a server."""

    def __init__(self, services, role, data):
        self.services, self.role, self.data = services, role, data

    @property
    def url(self):
        return self.role.url

    def path(self, name):
        return self.data / name

    def admin(self, *argv, **options):
        return run("kbs-client", "--url", self.url, "config", "--auth-private-key", self.data / "admin.key", *argv, **options)

    def set_policy(self, policy_id, **options):
        (self.data / "mine.rego").write_text(POLICY)
        return self.admin("set-attestation-policy", "--id", policy_id, "--policy-file", self.data / "mine.rego", **options)


class RolesOverTls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="avouch-e2e-"))
        cls.addClassCleanup(shutil.rmtree, folder, True)
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.services = Closed(folder, stack)
        cls.broker = cls.services.broker("kbs", cls.services.access, cls.services.authority[0])

    def verifier(self, *argv, **options):
        return run("avouch", "--url", self.services.address, "--cert-file", self.services.authority[0], "--admin-token-file",
                   self.services.folder / "as/admin-token", *argv, **options)

    def test_policies_and_reference_values_are_passed_on_with_the_token_of_the_config(self):
        self.broker.set_policy("passed_on_cpu")
        self.assertEqual(self.verifier("policy", "get", "passed_on_cpu", "--kind", "attestation").stdout, POLICY.encode())
        self.broker.admin("set-sample-reference-value", "passed.on", "abc")
        found = run("rvps-tool", "query", "--addr", self.services.rvps.url, "-r", "passed.on").stdout
        self.assertIn(b'["abc"]', found)

    def test_without_that_token_nothing_is_passed_on(self):
        broker = self.services.broker("tokenless", {"ca": self.services.authority[0]}, None)
        broker.set_policy("only_here_cpu", ok=False)
        self.assertEqual(self.verifier("policy", "get", "only_here_cpu", "--kind", "attestation", ok=None).returncode, 1)

    def attest(self, broker, ok=True):
        realm = Realm(broker)
        realm.run("true")
        file = broker.path("platform.json")
        file.write_bytes(realm.endorsements())
        self.verifier("endorsement", "add", file)
        return realm, realm.attest(ok=ok)

    def test_a_result_counts_by_keys_from_a_server_of_our_own_authority(self):
        self.broker.admin("set-resource-policy", "--allow-all")
        (self.broker.data / "secret.bin").write_bytes(SECRET)
        self.broker.admin("set-resource", "--path", RESOURCE, "--resource-file", self.broker.data / "secret.bin")
        realm, token = self.attest(self.broker)
        self.assertEqual(base64.b64decode(realm.get(token).stdout), SECRET)

    def test_a_result_counts_nothing_where_that_authority_is_not_named(self):
        for name, keys_ca in (("system", None), ("stranger", self.services.stranger[0])):
            broker = self.services.broker(name, self.services.access, keys_ca)
            self.attest(broker, ok=False)
            why = json.loads(run("avouch", "--url", broker.url, "--admin-token-file", broker.data / "admin-token", "why",
                                 "--last", "--json").stdout)
            self.assertEqual(why["error"]["code"], "ear.untrusted-key")

    def test_a_verifier_of_another_authority_is_not_asked(self):
        broker = self.services.broker("deceived", {**self.services.access, "ca": self.services.stranger[0]},
                                      self.services.authority[0])
        self.attest(broker, ok=False)
        self.assertIn("certificate", json.dumps(json.loads(
            run("avouch", "--url", broker.url, "--admin-token-file", broker.data / "admin-token", "why", "--last",
                "--json").stdout)["error"]))


if __name__ == "__main__":
    unittest.main()
