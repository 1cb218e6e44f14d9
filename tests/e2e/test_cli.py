"""The programs as people meet them: verdicts on recorded evidence, exit codes, help, configs and their mistakes."""

import base64
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest

from harness import PATIENCE, RESOURCE, Server, base64url, enter, error_of, run, vectors

ACCEPTED, REFUSED, USAGE, UNAVAILABLE = range(4)
# Refused by its minter, authentic by decision: docs/adr/0005-cca-profiles.md.
AUTHENTIC_ALL_THE_SAME = ("mix-legacy-platform-new-realm",)
WITHOUT_REFERENCE = ("ok-swcomp-minimal",)  # well-formed, but its firmware is not in the recorded rv-store
RIM = "cca.realm.cca-realm-initial-measurement"


def call(*argv, **options):
    """Exit code, output, and what was said on the side."""
    done = run(*argv, ok=None, **options)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Evidence(unittest.TestCase):
    """Each recorded Arm CCA token gets the verdict that its minter meant."""

    def setUp(self):
        self.folder = vectors(self, "tee/cca/minted")
        self.recorded = json.loads((self.folder / "cases.json").read_text())

    def verify(self, name, *options, ta="tastore.json", rv="rvstore.json"):
        code, out, _ = call("avouch", "evidence", "verify", "--json", "--ta-store", self.folder / ta, "--rv-store",
                            self.folder / rv, *options, self.folder / f"{name}.cbor")
        return code, json.loads(out)

    def test_each_case_gets_the_verdict_that_it_expects(self):
        seen = set()
        for case in self.recorded["cases"]:
            with self.subTest(case["name"], why=case["why"]):
                seen.add(case["expect"])
                code, verdict = self.verify(case["name"], ta=case["ta"])
                self.assertEqual(set(verdict), {"authentic", "error", "claims", "appraisal"})
                if case["expect"].startswith("valid") or case["name"] in AUTHENTIC_ALL_THE_SAME:
                    self.assertEqual((code, verdict["authentic"], verdict["error"]), (ACCEPTED, True, None))
                    self.assertEqual(set(verdict["claims"]), {"platform", "realm"})
                    affirming = verdict["appraisal"]["status"] == "affirming"
                    self.assertEqual(affirming, case["name"].startswith(("ok-", "mix-")) and case["name"] not in WITHOUT_REFERENCE)
                else:
                    self.assertEqual((code, verdict["authentic"]), (REFUSED, False))
                    self.assertEqual((verdict["claims"], verdict["appraisal"]), (None, None))
                    self.assertEqual(set(verdict["error"]), {"blame", "code", "detail"})
                    self.assertEqual(verdict["error"]["blame"], "evidence")
                    self.assertRegex(verdict["error"]["code"], r"^[a-z0-9]+(\.[a-z0-9-]+)+$")
        self.assertTrue({"valid", "invalid", "policy", "valid-signature-unknown-rim"} <= seen)

    def test_a_key_of_another_platform_verifies_nothing(self):
        code, verdict = self.verify("ok-new-es384", ta="tastore-wrongkey.json")
        self.assertEqual((code, verdict["error"]["code"]), (REFUSED, "cca.platform.signature"))

    def test_without_trust_anchors_nothing_is_authentic(self):
        code, out, _ = call("avouch", "evidence", "verify", self.folder / "ok-new-es384.cbor")
        self.assertEqual(code, REFUSED)
        self.assertIn("refused\ncca.platform.unknown", out)

    def test_the_challenge_has_to_be_the_one_that_was_asked_for(self):
        right = self.recorded["challenge"]
        self.assertEqual(self.verify("ok-new-es384", "--challenge", right)[0], ACCEPTED)
        for wrong in ("00" * 64, right[:-2] + f"{int(right[-2:], 16) ^ 1:02x}", right[2:] + right[:2]):
            code, verdict = self.verify("ok-new-es384", "--challenge", wrong)
            self.assertEqual((code, verdict["authentic"]), (REFUSED, False), wrong)

    def test_inputs_of_the_user_that_are_wrong_are_usage_errors_and_no_verdicts(self):
        token = self.folder / "ok-new-es384.cbor"
        for argv in (["--challenge", "xyz", token], ["--tee", "nonsense", token], ["--ta-store", "/nowhere.json", token],
                     ["--ta-store", token, token], ["--policy", "/nowhere.rego", token], ["/nowhere.cbor"], [],
                     ["--no-such-option", token]):
            code, out, said = call("avouch", "evidence", "verify", *argv)
            self.assertEqual(code, USAGE, argv)
            self.assertNotEqual(said, "", argv)
            self.assertNotIn("authentic", out)


class MadeEvidence(unittest.TestCase):
    """What `avouch evidence create` makes is evidence: `avouch evidence verify` believes it under the key that signed it."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="avouch-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        octets = lambda count, fill: base64.b64encode(bytes([fill]) * count).decode()
        self.platform = {
            "cca-platform-profile": "http://arm.com/CCA-SSD/1.0.0", "cca-platform-implementation-id": octets(32, 6),
            "cca-platform-instance-id": octets(33, 1), "cca-platform-config": octets(4, 7), "cca-platform-lifecycle": 0x3003,
            "cca-platform-sw-components": [{"measurement-value": octets(32, 8), "signer-id": octets(32, 9)}],
            "cca-platform-hash-algo-id": "sha-256"}
        self.realm = {
            "cca-realm-challenge": octets(64, 1), "cca-realm-personalization-value": octets(64, 0),
            "cca-realm-hash-algo-id": "sha-256", "cca-realm-public-key-hash-algo-id": "sha-256",
            "cca-realm-initial-measurement": octets(32, 4), "cca-realm-extensible-measurements": [octets(32, 0)] * 4}
        for name in ("cpak", "rak"):
            run("openssl", "ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", self.folder / f"{name}.pem")
        der = run("openssl", "pkey", "-in", self.folder / "cpak.pem", "-pubout", "-outform", "DER").stdout
        self.cpak = {"kty": "EC", "crv": "P-384", "x": base64url(der[-96:-48]), "y": base64url(der[-48:])}
        anchor = {"implementation-id": "06" * 32, "instance-id": "01" * 33, "pkey": self.cpak}
        (self.folder / "ta.json").write_text(json.dumps([anchor]))

    def create(self, *options, cpak="cpak.pem", platform=None, realm=None):
        (self.folder / "platform.json").write_text(json.dumps(platform or self.platform))
        (self.folder / "realm.json").write_text(json.dumps(realm or self.realm))
        return call("avouch", "evidence", "create", "--platform-claims", self.folder / "platform.json", "--realm-claims",
                    self.folder / "realm.json", "--cpak", self.folder / cpak, "--rak", self.folder / "rak.pem", *options)

    def verify(self, *options):
        code, out, _ = call("avouch", "evidence", "verify", "--json", "--ta-store", self.folder / "ta.json", *options,
                            self.folder / "token.cbor")
        return code, json.loads(out)

    def test_it_is_authentic_with_the_claims_that_were_asked_for(self):
        token = self.folder / "token.cbor"
        self.assertEqual(self.create("--out", token), (ACCEPTED, "", ""))
        code, verdict = self.verify("--challenge", "01" * 64)
        self.assertEqual((code, verdict["authentic"]), (ACCEPTED, True))
        for name, value in {**self.platform, **self.realm}.items():
            self.assertEqual({**verdict["claims"]["platform"], **verdict["claims"]["realm"]}[name], value)
        policy = self.folder / "policy.rego"
        policy.write_text('package policy\nimport rego.v1\ntrust_claims := {"hardware": 2} if\n'
                          '  input.cca.platform["cca-platform-lifecycle"] == 12291\n')
        tested = call("avouch", "policy", "test", policy, "--evidence", token, "--ta-store", self.folder / "ta.json")
        self.assertEqual(tested[0], ACCEPTED, tested)

    def test_a_key_may_be_a_jwk_and_the_token_may_go_down_a_pipe(self):
        pkcs8 = run("openssl", "pkey", "-in", self.folder / "cpak.pem", "-outform", "DER", "-traditional").stdout
        (self.folder / "cpak.jwk").write_text(json.dumps({**self.cpak, "d": base64url(pkcs8[8:56])}))
        done = run("avouch", "evidence", "create", "--platform-claims", self.write("p.json", self.platform), "--realm-claims",
                   self.write("r.json", self.realm), "--cpak", self.folder / "cpak.jwk", "--rak", self.folder / "rak.pem")
        (self.folder / "token.cbor").write_bytes(done.stdout)
        self.assertEqual(self.verify()[0], ACCEPTED)

    def write(self, name, content):
        (self.folder / name).write_text(json.dumps(content))
        return self.folder / name

    def test_claims_that_no_token_may_have_are_refused_by_name(self):
        for change, expected, word in (({"cca-platform-lifecycle": 0x7000}, REFUSED, "28672"),
                                       ({"cca-platform-sw-components": []}, REFUSED, "0 components"),
                                       ({"cca-platform-config": "%"}, USAGE, "cca-platform-config")):
            code, out, said = self.create("--out", self.folder / "token.cbor", platform={**self.platform, **change})
            self.assertEqual((code, out), (expected, ""))
            self.assertIn(word, said)
            self.assertFalse((self.folder / "token.cbor").exists())

    def test_inputs_that_are_none_are_usage_errors(self):
        (self.folder / "none.pem").write_text("no key")
        for key in ("none.pem", "nowhere.pem", "ta.json"):
            code, out, said = self.create(cpak=key)
            self.assertEqual((code, out), (USAGE, ""), said)
            self.assertIn(key, said)

    def test_a_terminal_gets_no_token(self):
        ours, theirs = os.openpty()
        self.addCleanup(os.close, ours)
        with os.fdopen(theirs, "wb") as terminal:
            files = [word for name in ("platform-claims", "realm-claims", "cpak", "rak") for word in (f"--{name}", "/nowhere")]
            done = subprocess.run(["avouch", "evidence", "create", *files], stdout=terminal, stderr=subprocess.PIPE, timeout=20 * PATIENCE)
        self.assertEqual(done.returncode, USAGE)
        self.assertIn(b"--out", done.stderr)


class Commands(unittest.TestCase):
    def test_what_cannot_be_meant_is_refused_as_usage(self):
        for argv in ((), ("nonsense",), ("why",), ("why", "--last", "01jd3k5c8q4w7x2m9a"), ("refval",), ("refval", "set", "x"),
                     ("refval", "approve"), ("policy", "get"), ("policy", "list", "--kind", "nonsense"), ("evidence",),
                     ("realm", "run"), ("--nonsense", "decisions"), ("endorsement", "add", "/nowhere.json"),
                     ("decisions", "--limit", "many")):
            code, _, said = call("avouch", *argv)
            self.assertEqual(code, USAGE, argv)
            self.assertNotEqual(said, "", argv)
        for argv in (("--nonsense",), ("--log-format", "nonsense"), ("nonsense",), ("--config-file", "/nowhere.toml")):
            self.assertEqual(call("avouchd", *argv)[0], USAGE, argv)

    def test_every_command_explains_itself_with_an_example(self):
        self.explain(["avouch"])
        code, out, _ = call("avouchd", "--help")
        self.assertEqual(code, ACCEPTED)
        self.assertIn("Examples:\n  avouchd", out)

    def explain(self, argv):
        for option in ("--help", "-h"):
            code, out, _ = call(*argv, option)
            self.assertEqual(code, ACCEPTED, argv)
            self.assertRegex(out, r"Examples?:\n  avouch", argv)
        self.assertIn("Exit codes: ", out, argv)
        for name in re.findall(r"^  ([a-z-]+) ", out.partition("Subcommands:")[2].partition("Example")[0], re.MULTILINE):
            self.explain([*argv, name])

    def test_every_program_says_its_version(self):
        for program in ("avouch", "avouchd", "kbs-client"):
            code, out, _ = call(program, "--version")
            self.assertEqual(code, ACCEPTED)
            self.assertRegex(out, r"\d+\.\d+")

    def test_a_server_that_is_not_there_is_named_with_what_to_do(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with tempfile.NamedTemporaryFile() as token:
            token.write(b"token")
            token.flush()
            code, out, said = call("avouch", "--url", url, "--admin-token-file", token.name, "decisions")
        self.assertEqual((code, out), (UNAVAILABLE, ""))
        self.assertIn(url, said)
        self.assertIn("avouchd", said)
        self.assertIn("--url", said)

    def call_scripted(self, octets, *argv):
        """A program against a server that says one thing, whatever it is asked."""
        listener = enter(self, socket.create_server(("127.0.0.1", 0)))

        def answer():
            connection, _ = listener.accept()
            connection.recv(65536)
            connection.sendall(octets)
            connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        with tempfile.NamedTemporaryFile() as token:
            words = [token.name if word == "TOKEN" else word for word in argv[1:]]
            outcome = call(argv[0], "--url", f"http://127.0.0.1:{listener.getsockname()[1]}", *words)
        thread.join()
        return outcome

    @staticmethod
    def response(status, body):
        return b"HTTP/1.1 %d X\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body

    def test_a_server_that_speaks_something_else_is_unavailable(self):
        for octets in (b"220 smtp.example ESMTP\r\n", self.response(200, b"<html>"), self.response(500, b"{}"),
                       self.response(404, b"[]")):
            code, out, said = self.call_scripted(octets, "avouch", "--admin-token-file", "TOKEN", "decisions")
            self.assertEqual((code, out), (UNAVAILABLE, ""), said)

    def test_an_answer_without_what_was_asked_for_ends_no_tool(self):
        for verb in (["decisions"], ["policy", "get", "x"], ["policy", "list"], ["why", "--last"], ["refval", "list"]):
            for body in (b"{}", b"[]", b"null"):
                code, _, said = self.call_scripted(self.response(200, body), "avouch", "--admin-token-file", "TOKEN", *verb)
                self.assertIn(code, (ACCEPTED, UNAVAILABLE), (verb, body, said))

    def test_what_a_server_says_moves_no_cursor(self):
        words = "\\u001b[2Jdenied\\u009b31m\\nError: none"
        told = self.response(401, json.dumps({"error": {"code": "x", "detail": "DETAIL"}}).replace("DETAIL", words).encode())
        code, out, said = self.call_scripted(told, "avouch", "--admin-token-file", "TOKEN", "decisions")
        self.assertEqual((code, out, said), (REFUSED, "", "avouch: ?[2Jdenied?31m\n    Error: none (x)\n"))
        told = self.response(401, b'{"type": "DETAIL", "detail": "DETAIL", "decision": "DETAIL"}'.replace(b"DETAIL", words.encode()))
        code, out, said = self.call_scripted(told, "kbs-client", "attest", "--allow-sample")
        self.assertEqual((code, out), (REFUSED, ""))
        self.assertEqual(said.count("?[2Jdenied?31m\n    Error: none"), 4)
        self.assertNotRegex(said, "[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]")


class AgainstAServer(unittest.TestCase):
    def setUp(self):
        self.server = enter(self, Server("--allow-sample"))

    def test_a_decision_that_is_not_on_record(self):
        for argv in (["why", "01jd3k5c8q4w7x2m9a"], ["why", "--last"], ["refval", "approve", "--last"],
                     ["refval", "delete", "nothing"], ["policy", "get", "nothing"], ["policy", "reset", "default_cpu"],
                     ["endorsement", "revoke", "a/b"]):
            done = self.server.avouch(*argv, ok=None)
            self.assertEqual((done.returncode, done.stdout), (REFUSED, b""), argv)
            self.assertTrue(done.stderr.startswith(b"avouch: "), done.stderr)

    def test_what_is_neither_a_decision_nor_a_code(self):
        done = self.server.avouch("why", "../policies", ok=None)
        self.assertEqual((done.returncode, done.stdout), (USAGE, b""))
        self.assertIn(b"neither a decision nor a code", done.stderr)

    def test_an_admin_token_that_is_not_good_is_refused_and_one_that_is_missing_is_usage(self):
        file = self.server.path("token")
        for text in ("nonsense", self.server.admin_token()[:-6] + "AAAAAA", ""):
            file.write_text(text)
            done = run("avouch", "--url", self.server.url, "--admin-token-file", file, "decisions", ok=None)
            self.assertEqual(done.returncode, REFUSED, done.stderr)
        done = run("avouch", "--url", self.server.url, "--admin-token-file", "/nowhere", "decisions", ok=None)
        self.assertEqual(done.returncode, USAGE)
        self.assertIn(b"--admin-token-file", done.stderr)


class PeerConfig(unittest.TestCase):
    """A config of the peer, with its keys and admin tokens as recorded."""

    def setUp(self):
        recorded = vectors(self, "trustee/keys-test-only")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="avouch-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        shutil.copytree(recorded, self.folder / "keys")
        (self.folder / "keys").chmod(0o700)  # recorded read-only
        config = (recorded / "kbs.toml").read_text()
        for relative in ("keys/", "storage"):
            config = config.replace(f'"{relative}', f'"{self.folder}/{relative}')
        (self.folder / "kbs.toml").write_text(config)
        self.server = enter(self, Server("--config-file", str(self.folder / "kbs.toml"), folder=self.folder))

    def status(self, method, path, token, body=None):
        text = (self.folder / "keys" / token).read_text().strip()
        status, _, answer = self.server.request(method, path, body, {"Authorization": f"Bearer {text}"})
        return status, error_of(answer)[0] if status != 200 else ""

    def test_its_tokens_open_what_its_rules_say(self):
        resource, value = "/kbs/v0/resource/default/test/secret", "/kbs/v0/reference-value/svn"
        update = json.dumps({"version": "0.1.0", "type": "sample", "payload": "eyJzdm4iOlsiMSJdfQ=="})
        self.assertEqual(self.status("POST", resource, "admin-token", "secret"), (200, ""))
        self.assertEqual(self.status("POST", "/kbs/v0/reference-value", "admin-token", update), (200, ""))
        self.assertEqual(self.status("GET", value, "admin-token"), (200, ""))
        self.assertEqual(self.status("GET", value, "admin-token-reader"), (200, ""))
        self.assertEqual(self.status("POST", "/kbs/v0/reference-value", "admin-token-reader", update), (401, "AdminAuthAccess"))
        for token in ("reader", "badiss", "badsig", "expired", "norole"):
            self.assertEqual(self.status("POST", resource, f"admin-token-{token}", "mine"), (401, "AdminAuthInitialization"))
        for token in ("badiss", "badsig", "expired", "norole"):
            self.assertEqual(self.status("GET", value, f"admin-token-{token}"), (401, "AdminAuthAccess"), token)
        secret = self.folder / "storage/repository/default\\x2Ftest\\x2Fsecret"
        self.assertEqual(secret.read_bytes(), b"secret")

    def test_its_client_administers_with_its_token(self):
        file = self.folder / "secret.bin"
        file.write_bytes(b"secret")
        config = ["config", "--admin-token-file", self.folder / "keys/admin-token"]
        self.server.kbs_client(*config, "set-resource", "--path", RESOURCE, "--resource-file", file)
        self.server.kbs_client(*config, "set-resource-policy", "--affirming")
        self.server.kbs_client(*config, "set-sample-reference-value", RIM, "AAAA")
        self.assertIn(b"AAAA", self.server.kbs_client(*config, "get-reference-value", "--id", RIM).stdout)
        self.server.kbs_client(*config, "delete-resource", "--path", RESOURCE)
        self.server.kbs_client(*config, "delete-resource", "--path", RESOURCE, ok=False)

    def test_its_key_signs_the_results(self):
        _, _, body = self.server.request("GET", "/.well-known/jwks.json")
        signer = json.loads((self.folder / "keys/token-signer.pub.jwk").read_text())
        self.assertIn((signer["x"], signer["y"]), [(key["x"], key["y"]) for key in json.loads(body)["keys"]])


class Config(unittest.TestCase):
    """A config that says something else than its writer means is found out at once."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="avouch-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def refuses(self, text, *words):
        file = self.folder / "kbs.toml"
        file.write_text(text)
        done = subprocess.run(["avouchd", "--config-file", str(file), "--data-dir", str(self.folder / "data")],
                              capture_output=True, timeout=20 * PATIENCE)
        said = done.stderr.decode()
        self.assertEqual(done.returncode, USAGE, said)
        for word in (str(file), *words):
            self.assertIn(word, said)

    def test_a_key_that_means_nothing_is_named_with_its_line_and_the_nearest_one(self):
        self.refuses('[http_server]\nsockets = ["127.0.0.1:0"]\nworker_cuont = 4\n',
                     "kbs.toml:3:", "http_server.worker_cuont", "http_server.worker_count")
        self.refuses('[attestation_service.attestation_token_broker]\nduration_mins = 4\n', "kbs.toml:2:", "duration_min")
        self.refuses("alow_sample = true\n", "kbs.toml:1:", "alow_sample", "allow_sample")

    def test_values_that_cannot_be_meant_are_named_with_their_line(self):
        for text, key in (('[http_server]\nsockets = "127.0.0.1:0"\n', "http_server.sockets"),
                          ("[http_server]\npayload_request_size = 0\n", "payload_request_size"),
                          ('[attestation_service]\ntimeout = "5"\n', "attestation_service.timeout"),
                          ('[admin]\nauthorization_mode = "AllowAll"\n', "admin.authorization_mode"),
                          ('[admin]\ntype = "simple"\n', "admin.type"),
                          ('[storage_backend]\nstorage_type = "MongoDb"\n', "storage_backend.storage_type")):
            self.refuses(text, ":2:", key)

    def test_a_config_that_is_none_is_named_with_its_line(self):
        self.refuses("[http_server]\nsockets = \n", "2")
        self.refuses("[http_server\n")
        self.refuses("[admin]\n[admin]\n")

    def test_plain_http_leaves_the_machine_only_when_told_to(self):
        file = self.folder / "kbs.toml"
        file.write_text('[http_server]\nsockets = ["0.0.0.0:0"]\n')
        done = subprocess.run(["avouchd", "--config-file", str(file), "--data-dir", str(self.folder / "data")],
                              capture_output=True, timeout=20 * PATIENCE)
        self.assertEqual(done.returncode, USAGE)
        self.assertIn(b"insecure_http", done.stderr)

    def test_an_address_that_is_taken_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            done = subprocess.run(["avouchd", "--data-dir", str(self.folder / "data"), "--listen", address],
                                  capture_output=True, timeout=20 * PATIENCE)
        self.assertEqual(done.returncode, UNAVAILABLE)
        self.assertIn(address, done.stderr.decode())
        self.assertIn("--listen", done.stderr.decode())


class Mistakes(unittest.TestCase):
    """What a newcomer gets wrong: each answer names the cause and the next step, and has the right exit code."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="avouch-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.token = self.folder / "token"
        self.token.write_text("token\n")

    def assert_said(self, argv, code, *words):
        got, _, said = call(*argv)
        self.assertEqual(got, code, said)
        for word in words:
            self.assertIn(word, said)

    def test_of_the_operator(self):
        why = ["why", "--last", "--admin-token-file", self.token]
        self.assert_said(["avouch", "wy"], USAGE, "wy; the nearest is why", "See avouch --help")
        self.assert_said(["avouch", "why", "--lst"], USAGE, "the nearest is --last", "See avouch why --help")
        self.assert_said(["avouch", "why", "--last", "--admin-token-file", "none"], USAGE, "none: ", "--admin-token-file", "file.missing")
        self.assert_said(["avouch", "--url", "nothing", *why], USAGE, '"nothing" is no URL', "http://127.0.0.1:8080")
        self.assert_said(["avouch", "--url", "http://127.0.0.1:1", *why], UNAVAILABLE, "refused", "is avouchd running there?")
        self.assert_said(["avouch", "evidence", "verify", "--tee", "snp", self.token], USAGE, "does not verify", "tee.unsupported")
        self.assert_said(["avouch", "evidence", "verify", "--tee", "toaster", self.token], USAGE, 'no TEE is called "toaster"')
        self.assert_said(["avouch", "evidence", "verify", "--challenge", "zz", self.token], USAGE, "--challenge has to be hex")
        self.assert_said(["avouch", "realm", "run", "--profile", "new", "--", "true"], USAGE, '"new" is none of 2023,legacy')
        self.assert_said(["avouch", "admin", "token", "--data-dir", self.folder], USAGE, "start avouchd once")

    def test_of_the_administrator(self):
        data = ["--data-dir", self.folder / "data"]
        self.assert_said(["avouchd", "--lisen", "x"], USAGE, "the nearest is --listen")
        self.assert_said(["avouchd", *data, "--listen", "nowhere"], USAGE, "127.0.0.1:8080", "config.plain-http")
        self.assert_said(["avouchd", *data, "--listen", "127.0.0.1:99999"], USAGE, "numeric address", "http.address")
        self.assert_said(["avouchd", *data, "--log-level", "loud"], USAGE, '"loud" is none of trace')
        self.assert_said(["avouchd", "--data-dir", self.token], UNAVAILABLE, "--data-dir", "data.folder")

    def test_the_first_start_names_its_files_from_the_root(self):
        process = subprocess.Popen(["avouchd", "--data-dir", "data", "--listen", "127.0.0.1:0"], cwd=self.folder,
                                   stderr=subprocess.PIPE)
        first = process.stderr.readline().decode()
        process.terminate()
        process.communicate()
        self.assertIn(f'admin-key="{self.folder.resolve()}/data/admin.key"', first)


if __name__ == "__main__":
    unittest.main()
