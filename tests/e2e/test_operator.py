"""What an operator does beside the great story: looks a config over, lists decisions, lets kbs-client find its token."""

import json
import unittest

from harness import SECRET, Rcar, Server, enter, get_secret, run

ACCEPTED, REFUSED, UNAVAILABLE = 0, 1, 3


class CheckConfig(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.__exit__)

    def check(self, text):
        file = self.server.path("kbs.toml")
        file.write_text(text)
        done = run("avouch", "check", "config", file, ok=None)
        return done.returncode, done.stdout.decode() + done.stderr.decode()

    def test_a_good_one_is_good(self):
        code, said = self.check('[http_server]\nsockets = ["127.0.0.1:0"]\ninsecure_http = true\n')
        self.assertEqual(code, ACCEPTED, said)

    def test_a_bad_one_is_refused_and_its_fault_named(self):
        for text, fault in (('[http_server]\nsocket = ["127.0.0.1:0"]\n', "socket"),
                            ('[storage_backend]\nstorage_type = "Paper"\n', "storage_type"),
                            ('[http_server\n', "kbs.toml")):
            code, said = self.check(text)
            self.assertEqual(code, REFUSED, said)
            self.assertIn(fault, said)

    def test_one_that_is_not_there_is_not_good(self):
        done = run("avouch", "check", "config", self.server.path("none.toml"), ok=False)
        self.assertIn(b"none.toml", done.stderr)


class Decisions(unittest.TestCase):
    def test_are_listed_with_their_outcome_and_reason_newest_first(self):
        server = enter(self, Server("--allow-sample"))
        rcar = Rcar(server)
        nonce, cookie = rcar.auth()
        rcar.attest(rcar.submission(nonce), cookie)
        nonce, cookie = rcar.auth()
        rcar.attest(rcar.submission("AAAA"), cookie)
        refused, granted = server.avouch("decisions").stdout.decode().splitlines()[:2]
        self.assertRegex(refused, r"^\S+  \S+Z  attest   refused   sample +session\.nonce$")
        self.assertRegex(granted, r"^\S+  \S+Z  attest   granted   sample +\w+$")
        only = json.loads(server.avouch("decisions", "--refused", "--json").stdout)
        self.assertEqual([decision["error"]["code"] for decision in only["decisions"]], ["session.nonce"])


class AdminToken(unittest.TestCase):
    """kbs-client looks for one where the peer's does, if it is given none."""

    def setUp(self):
        self.server = enter(self, Server("--allow-sample"))
        self.server.admin("set-resource-policy", "--allow-all")
        self.file = self.server.path("secret.bin")
        self.file.write_bytes(SECRET)

    def set_resource(self, **options):
        return self.server.kbs_client("config", "set-resource", "--path", "a/b/c", "--resource-file", self.file,
                                      env={"HOME": str(self.server.path("home"))}, **options)

    def test_is_found_at_home(self):
        folder = self.server.path("home") / ".trustee"
        folder.mkdir(parents=True)
        (folder / "admin-token").write_text(self.server.admin_token() + "\n")
        self.set_resource()
        self.assertEqual(get_secret(self.server, "a/b/c"), SECRET)

    def test_that_is_not_found_is_said_and_nothing_is_set(self):
        done = self.set_resource(ok=False)
        self.assertIn(b"no admin token found", done.stderr)
        self.assertNotIn(b"a/b/c", self.server.administer("GET", "/avouch/v1/resources")[2])


class InMemory(unittest.TestCase):
    def test_a_server_without_a_disk_serves_and_forgets(self):
        server = Server("--allow-sample")
        config = server.path("kbs.toml")
        config.write_text('[storage_backend]\nstorage_type = "Memory"\n')
        server.options = ("--config-file", str(config), "--allow-sample")
        enter(self, server)
        server.admin("set-resource-policy", "--allow-all")
        server.set_secret(path="a/b/c")
        self.assertEqual(get_secret(server, "a/b/c"), SECRET)
        server.stop()
        server.start()
        self.assertNotIn(b"a/b/c", server.administer("GET", "/avouch/v1/resources")[2])


if __name__ == "__main__":
    unittest.main()
