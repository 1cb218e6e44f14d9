"""Reference values from signed SWID manifests (TCG RIM), by the ways that suppliers' messages come: only of whom the config trusts.
The manifests are the seeds of a fuzz target; xmlsec1 signed them."""

import base64
import json
import pathlib
import re
import tempfile
import unittest

from harness import ROOT, Server, enter, run
from test_roles import Role

SEEDS = ROOT / "corpus/format_xmldsig_fuzz"
SIGNED = ["p256-c14n11", "p384-c14n10-whole", "p384-exclusive-id", "rsa256-c14n11", "rsa384-exclusive", "rsa512-c14n10"]
REFUSED = {"sha1": "xmldsig.algorithm", "altered": "xmldsig.digest", "wrapped": "xmldsig.digest",
           "wrapped-in-object": "xmldsig.shape", "two-signatures": "xmldsig.place", "unsigned": "nobody signed it"}
NAME = "Example_Devices_Ltd.Boot_ROM.measurement_1"
DIGESTS = ["11" * 48, "12" * 48]


def message(seed):
    payload = base64.b64encode((SEEDS / f"{seed}.xml").read_bytes()).decode()
    return json.dumps({"version": "0.1.0", "type": "swid", "payload": payload})


def issuer(seed):
    """The certificate above the signer's, which comes with the manifest, as PEM."""
    found = re.findall(r"<X509Certificate>(.*?)</X509Certificate>", (SEEDS / f"{seed}.xml").read_text().replace("ds:", ""), re.DOTALL)
    return f"-----BEGIN CERTIFICATE-----\n{found[1].strip()}\n-----END CERTIFICATE-----\n"


class Swid(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(enter(self, tempfile.TemporaryDirectory(prefix="avouch-e2e-")))
        (self.folder / "issuer.pem").write_text(issuer(SIGNED[0]))

    def broker(self, extractor):
        config = self.folder / "kbs.toml"
        config.write_text(f"[attestation_service.rvps_config.extractors.swid]\n{extractor}\n")
        return enter(self, Server("--config-file", str(config)))

    def trusting_broker(self):
        return self.broker(f'trusted_certs = ["{self.folder / "issuer.pem"}"]')

    def test_every_signed_form_gives_the_same_values(self):
        for seed in SIGNED:
            server = self.trusting_broker()
            status, _, body = server.administer("POST", "/kbs/v0/reference-value", message(seed))
            self.assertEqual(status, 200, (seed, body))
            status, _, body = server.administer("GET", f"/kbs/v0/reference-value/{NAME}")
            self.assertEqual((status, json.loads(body)), (200, DIGESTS), seed)

    def test_what_is_not_signed_by_whom_we_trust_changes_nothing(self):
        server = self.trusting_broker()
        for seed, why in REFUSED.items():
            status, _, body = server.administer("POST", "/kbs/v0/reference-value", message(seed))
            self.assertEqual(status, 401, seed)
            self.assertIn(why, json.loads(body)["detail"], seed)
        listed = server.administer("GET", "/avouch/v1/reference-values")[2]
        self.assertEqual(json.loads(listed), {"reference-values": []})

    def test_by_default_nobody_is_trusted(self):
        server = enter(self, Server())
        for seed in (SIGNED[0], "unsigned"):
            status, _, body = server.administer("POST", "/kbs/v0/reference-value", message(seed))
            self.assertEqual(status, 401, seed)
            self.assertIn("extractors.swid.", json.loads(body)["detail"])

    def test_unsigned_ones_count_where_the_config_says_so_and_the_log_warns(self):
        server = self.broker("allow_unsigned = true")
        self.assertEqual(server.administer("POST", "/kbs/v0/reference-value", message("unsigned"))[0], 200)
        self.assertIn("swid.unsigned-allowed", server.log())

    def test_the_command_line_shows_verifies_and_registers(self):
        file, root = SEEDS / f"{SIGNED[2]}.xml", self.folder / "issuer.pem"
        shown = json.loads(run("avouch", "refval", "from-swid", file, "--cert", root, "--json").stdout)
        self.assertEqual(shown["reference-values"][0], {"name": NAME, "value": DIGESTS})
        self.assertEqual((shown["verified"], "RIM Signer p384" in shown["signer"]), (True, True))
        self.assertIn(b"not verified here", run("avouch", "refval", "from-swid", file).stdout)
        refused = run("avouch", "refval", "from-swid", SEEDS / "altered.xml", "--cert", root, ok=False)
        self.assertEqual((refused.returncode, b"xmldsig.digest" in refused.stderr), (1, True), refused.stderr)
        server = self.trusting_broker()
        server.avouch("refval", "from-swid", file, "--register")
        self.assertIn(NAME.encode(), server.avouch("refval", "list").stdout)

    def test_the_keeper_of_reference_values_takes_them_over_grpc(self):
        config = self.folder / "rvps.json"
        config.write_text(json.dumps({"extractors": {"swid": {"trusted_certs": [str(self.folder / "issuer.pem")]}}}))
        with Role(self.folder, "rvps", "--address", "127.0.0.1:PORT", "--config", config, "--data-dir", self.folder / "d") as keeper:
            for seed, ok in ((SIGNED[1], True), ("altered", False)):
                file = self.folder / f"{seed}.json"
                file.write_text(message(seed))
                run("rvps-tool", "register", "--path", file, "--addr", keeper.url, ok=ok)
            said = run("rvps-tool", "query", "--addr", keeper.url, "-r", NAME).stdout.decode()
            self.assertIn(DIGESTS[1], said)


if __name__ == "__main__":
    unittest.main()
