"""Reference values: out of signed manifests, through all their ways into a server, and through their life."""

import base64
import json
import os
import pathlib
import stat
import subprocess
import tempfile
import time
import unittest

from cca_token import Tag, encode, sign
from harness import PATIENCE, SECRET, Realm, Server, claims_of, enter, local_fs_server, run
from test_roles import Role

RIM = "cca.realm.cca-realm-initial-measurement"
FIRMWARE = "ACME/RoadRunner/firmware/digests"
RAW = "ACME/RoadRunner/config/raw_bytes"


def make_key(folder, name):
    run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", folder / f"{name}.key")
    run("openssl", "pkey", "-in", folder / f"{name}.key", "-pubout", "-out", folder / f"{name}.pem")


def manifest(digest, **validity):
    environment = {0: {1: "ACME", 2: "RoadRunner"}}
    measurements = [{0: "firmware", 1: {2: [[1, digest]]}}, {0: "config", 1: {4: Tag(560, b"\1\2")}}]
    comid = {1: {0: b"\7" * 16}, 4: {0: [[environment, measurements]]}}
    out = {0: "firmware 7", 1: [Tag(506, encode(comid))]}
    if validity:
        out[4] = {key: Tag(1, time) for key, time in ((0, validity.get("begin")), (1, validity.get("end"))) if time}
    return encode(Tag(501, out))


def signed(folder, key, payload):
    header = encode({1: -7, 3: "application/rim+cbor", 8: encode({0: {0: "ACME Ltd."}})})
    covered = encode(["Signature1", header, b"", payload])
    return encode(Tag(18, [header, {}, payload, sign(folder / f"{key}.key", covered, 256)]))


def message(document):
    return json.dumps({"version": "0.1.0", "type": "corim", "payload": base64.b64encode(document).decode()})


class Manifests(unittest.TestCase):
    """A server that believes one key, and nobody's unsigned manifests."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.__exit__)
        cls.folder = cls.server.folder
        for name in ("acme", "stranger"):
            make_key(cls.folder, name)
        config = cls.folder / "kbs.toml"
        config.write_text(f'[attestation_service.rvps_config.extractors.corim]\ntrusted_keys = ["{cls.folder / "acme.pem"}"]\n')
        cls.server.options = ("--config-file", str(config))
        cls.server.start()

    def register(self, document):
        return self.server.administer("POST", "/kbs/v0/reference-value", message(document))

    def value(self, name):
        status, _, body = self.server.administer("GET", f"/kbs/v0/reference-value/{name}")
        return json.loads(body) if status == 200 else None

    def test_registers_what_a_trusted_key_signed_over_the_routes_of_the_peer(self):
        digest = os.urandom(32)
        self.assertEqual(self.register(signed(self.folder, "acme", manifest(digest)))[0], 200)
        self.assertEqual(self.value(FIRMWARE), [digest.hex()])
        self.assertEqual(self.value(RAW), "0102")

    def test_refuses_the_unsigned_the_foreign_and_the_altered(self):
        before = self.value(FIRMWARE)
        good = signed(self.folder, "acme", manifest(b"\x22" * 32))
        self.assertIn(b"\x22" * 32, good)
        for document, code in ((manifest(b"\x22" * 32), "provenance.unsigned"),
                               (signed(self.folder, "stranger", manifest(b"\x22" * 32)), "provenance.untrusted"),
                               (good.replace(b"\x22" * 32, b"\x23" * 32), "provenance.untrusted"),
                               (signed(self.folder, "acme", manifest(b"\x22" * 32, end=1_700_000_000)), "provenance.expired"),
                               (signed(self.folder, "acme", manifest(b"\x22" * 32, begin=4_000_000_000, end=4_100_000_000)),
                                "provenance.not-yet"), (b"junk", "provenance.payload")):
            status, _, body = self.server.administer("POST", "/avouch/v1/reference-values", message(document))
            self.assertEqual((status, json.loads(body)["error"]["code"]), (400, code))
            self.assertEqual(self.register(document)[0], 401)
        self.assertEqual(self.value(FIRMWARE), before)

    def test_shows_a_manifest_and_verifies_it_by_the_key_given(self):
        digest = os.urandom(32)
        file = self.folder / "firmware.corim"
        file.write_bytes(signed(self.folder, "acme", manifest(digest, end=4_000_000_000)))
        shown = json.loads(run("avouch", "refval", "from-corim", file, "--key", self.folder / "acme.pem", "--json").stdout)
        self.assertEqual((shown["signer"], shown["verified"], shown["manifest-until"]), ("ACME Ltd.", True, "2096-10-02T07:06:40Z"))
        self.assertEqual(shown["reference-values"], [{"name": FIRMWARE, "value": [digest.hex()]}, {"name": RAW, "value": "0102"}])
        self.assertIn(b"not verified here", run("avouch", "refval", "from-corim", file).stdout)
        refused = run("avouch", "refval", "from-corim", file, "--key", self.folder / "stranger.pem", ok=None)
        self.assertEqual((refused.returncode, refused.stdout), (1, b""))
        self.assertIn(b"provenance.untrusted", refused.stderr)

        unsigned = self.folder / "unsigned.corim"
        unsigned.write_bytes(manifest(digest))
        self.assertIn(b"by nobody", run("avouch", "refval", "from-corim", unsigned).stdout)
        unsigned.write_bytes(b"junk")
        self.assertIn(b"corim.untagged", run("avouch", "refval", "from-corim", unsigned, ok=False).stderr)

        self.server.avouch("refval", "from-corim", file, "--stage")
        shown = json.loads(self.server.avouch("refval", "show", FIRMWARE).stdout)
        self.assertEqual([(e["value"], e["state"], e["reason"]) for e in shown["life"]],
                         [(digest.hex(), "candidate", "supplied by ACME Ltd.")])
        self.server.avouch("refval", "from-corim", file, "--register")
        self.assertEqual(self.value(FIRMWARE), [digest.hex()])

    def test_a_root_and_a_chain_serve_as_well_as_a_key(self):
        folder = self.folder
        run("openssl", "req", "-x509", "-new", "-key", folder / "acme.key", "-subj", "/CN=root", "-days", "9", "-out",
            folder / "root.crt", "-addext", "basicConstraints=critical,CA:TRUE")
        make_key(folder, "leaf")
        run("openssl", "req", "-new", "-key", folder / "leaf.key", "-subj", "/CN=leaf", "-out", folder / "leaf.csr")
        run("openssl", "x509", "-req", "-in", folder / "leaf.csr", "-CA", folder / "root.crt", "-CAkey", folder / "acme.key",
            "-set_serial", "7", "-days", "9", "-outform", "DER", "-out", folder / "leaf.der")
        payload = manifest(b"\x33" * 32)
        header = encode({1: -7, 3: "application/rim+cbor", 8: encode({0: {0: "leaf"}}), 33: (folder / "leaf.der").read_bytes()})
        signature = sign(folder / "leaf.key", encode(["Signature1", header, b"", payload]), 256)
        file = folder / "chain.corim"
        file.write_bytes(encode(Tag(18, [header, {}, payload, signature])))
        run("avouch", "refval", "from-corim", file, "--cert", folder / "root.crt")
        run("avouch", "refval", "from-corim", file, "--key", folder / "acme.pem", ok=False)


class Keeper(unittest.TestCase):
    def test_rvps_tool_registers_a_manifest_at_an_rvps_that_says_so(self):
        folder = pathlib.Path(enter(self, tempfile.TemporaryDirectory(prefix="avouch-e2e-")))
        (folder / "message.json").write_text(message(manifest(b"\x44" * 32)))
        for allowed in (False, True):
            config = folder / f"rvps-{allowed}.json"
            config.write_text(json.dumps({"extractors": {"corim": {"allow_unsigned": allowed}}}))
            with Role(folder, "rvps", "--address", "127.0.0.1:PORT", "--config", config, "--data-dir", folder / str(allowed)) as rvps:
                done = run("rvps-tool", "register", "-a", rvps.url, "-p", folder / "message.json", ok=allowed)
                found = run("rvps-tool", "query", "--addr", rvps.url, "-r", FIRMWARE).stdout
            self.assertEqual(b"provenance.unsigned" in done.stderr, not allowed)
            self.assertEqual(b"44" * 32 in found, allowed)


class PeersStore(unittest.TestCase):
    def test_holds_what_counts_in_the_peers_form_and_brings_nothing_back(self):
        with local_fs_server() as server:
            server.avouch("refval", "set", "svn", '["a", "b"]')
            file = server.path("storage") / "reference_value" / "svn"
            before = file.read_bytes()
            server.avouch("refval", "revoke", "svn", "a", "--reason", "leaked")
            server.avouch("refval", "stage", "svn", "c")
            record = json.loads(file.read_bytes())
            self.assertEqual(list(record), ["version", "name", "expiration", "value"])
            self.assertEqual(record["value"], ["b"])
            file.write_bytes(before)  # as the peer would, if it registered the old list again
            deadline = time.monotonic() + 10 * PATIENCE
            while server.administer("GET", "/kbs/v0/reference-value/svn")[2] != b'["b"]':
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.05)
            server.stop()
            # What is said of values goes where they go.
            key = ("--master-key-file", server.path("data/master.key"))
            run("avouch", "store", "migrate", f"local_fs:{server.path('storage')}", f"sqlite:{server.path('copy.db')}", *key)
            run("avouch", "store", "migrate", f"sqlite:{server.path('copy.db')}", f"local_fs:{server.path('again')}", *key)
            life = json.loads((server.path("again") / "reference_value_life" / "svn").read_bytes())
            self.assertEqual([(each["value"], each["state"]) for each in life["values"]], [("a", "revoked"), ("c", "candidate")])


class Life(unittest.TestCase):
    def setUp(self):
        self.server = enter(self, Server())
        self.server.set_secret()
        self.realm = Realm(self.server)
        self.realm.endorse()

    def measured(self):
        claims = claims_of(self.realm.attest())["submods"]["cpu0"]
        return claims["ear.status"], claims["ear.veraison.annotated-evidence"]["cca"]["realm"]["cca-realm-initial-measurement"]

    def status(self):
        return self.measured()[0]

    def test_takes_an_image_from_staged_to_revoked(self):
        status, rim = self.measured()
        self.assertEqual(status, "warning")
        self.server.avouch("refval", "stage", RIM, rim, "--reason", "release 2.1")
        self.assertEqual(self.status(), "warning")
        self.assertEqual(self.server.why()["causes"][0]["code"], "reference.candidate")
        self.server.avouch("refval", "activate", RIM)
        self.assertEqual(self.status(), "affirming")

        self.server.avouch("refval", "deprecate", RIM, rim, "--until", "2096-10-02")
        self.assertEqual(self.status(), "affirming")
        forecast = self.server.avouch("refval", "forecast", "--days", "36500").stdout.decode()
        self.assertRegex(forecast, f"expires .*{RIM}")  # its name goes before
        self.assertIn("of the newest decisions hung on it", forecast)
        self.assertIn(b"Nothing", self.server.avouch("refval", "forecast", "--days", "1").stdout)

        end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
        self.server.avouch("refval", "deprecate", RIM, rim, "--until", end)
        time.sleep(3)
        self.assertEqual(self.status(), "warning")
        why = self.server.why()["causes"][0]
        self.assertEqual(why["code"], "reference.ended")
        self.assertRegex(why["command"], f"^avouch refval activate {RIM} ")
        subprocess.run(why["command"].replace("avouch", f"avouch --url {self.server.url} --admin-token-file "
                                                        f"{self.server.path('data/admin-token')}", 1), shell=True, check=True, stdout=subprocess.DEVNULL)
        self.assertEqual(self.status(), "affirming")

        self.server.avouch("refval", "revoke", RIM, rim, "--reason", "leaked")
        self.assertEqual(self.status(), "warning")
        text = self.server.avouch("why", "--last").stdout.decode()
        self.assertIn("revoked by", text)
        self.assertIn("(leaked)", text)
        refused = self.server.avouch("refval", "approve", "--last", ok=False)
        self.assertIn(b"reference.revoked", refused.stderr)
        shown = json.loads(self.server.avouch("refval", "show", RIM, "--json").stdout)
        self.assertEqual([each["state"] for each in shown["life"]], ["revoked"])
        act = self.server.why(shown["life"][0]["decision"])
        self.assertEqual((act["subject"], act["reason"]), (f"revoke reference value {RIM}", "leaked"))

        # What is revoked stays so over a restart, and its end on record.
        self.server.stop()
        self.server.start()
        self.assertEqual(self.status(), "warning")
        self.server.admin("set-sample-reference-value", RIM, rim, ok=False)
        self.server.avouch("refval", "delete", RIM)
        self.server.admin("set-sample-reference-value", RIM, rim)
        self.assertEqual(self.status(), "affirming")

    def test_warns_at_the_start_of_what_ends_soon(self):
        self.server.avouch("refval", "set", "firmware", '["a"]')
        end = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 5 * 86_400))
        self.server.avouch("refval", "deprecate", "firmware", "--until", end)
        self.server.stop()
        self.server.start()
        self.assertRegex(self.server.log(), f'reference-value.ends name="firmware" at="{end}T00:00:00Z"')

    def test_the_learning_paths_script_endorses_as_it_is(self):
        """The script asks Docker to run kbs-client in a container, where the server is called kbs and the key lies in a volume.
        A stand-in for Docker runs the command here, with both translated, and nothing else changed."""
        status, rim = self.measured()
        docker = self.server.path("bin") / "docker"
        docker.parent.mkdir()
        key = "/opt/confidential-containers/kbs/user-keys/private.key"
        docker.write_text(f"""#!/bin/bash
set -e
[ "$1 $2 $3 $4 $5" = "compose run --rm kbs-client -c" ]
command=${{6//http:\\/\\/kbs:8080/{self.server.url}}}
exec bash -c "${{command//{key.replace('/', chr(92) + '/')}/{self.server.path('data/admin.key')}}}"
""")
        docker.chmod(docker.stat().st_mode | stat.S_IXUSR)
        script = f"""docker compose run --rm kbs-client \\
    -c "kbs-client --url http://kbs:8080 config \\
    --auth-private-key {key} \\
    set-sample-reference-value {RIM} $1"
"""
        run("sh", "-c", script, "endorse-rim.sh", rim, env={"PATH": f"{docker.parent}:{os.environ['PATH']}"})
        token = self.realm.attest()
        self.assertEqual(claims_of(token)["submods"]["cpu0"]["ear.status"], "affirming")
        self.assertEqual(base64.b64decode(self.realm.get(token).stdout), SECRET)


if __name__ == "__main__":
    unittest.main()
