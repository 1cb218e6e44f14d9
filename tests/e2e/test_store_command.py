"""avouch store: whole stores copied, compared, saved and brought back."""

import json
import os
import unittest

from databases import Postgres, Redis
from harness import RESOURCE, SECRET, Server, get_secret, run


def copy(verb, *argv, **options):
    return run("avouch", "store", verb, *argv, **options)


class StoreCommand(unittest.TestCase):
    def serve_once(self, server):
        server.admin("set-resource-policy", "--allow-all")
        server.set_secret()
        server.set_secret(os.urandom(100_000), "default/test/large")

    def move_through(self, url):
        """A server's records go from its own database to a shared one, and back into a file; a server goes on from there."""
        with Server("--allow-sample") as server:
            self.serve_once(server)
            server.stop()
            own = f"sqlite:{server.path('data')}/avouch.db"
            copied = json.loads(copy("migrate", own, url, "--json").stdout)["records"]
            self.assertGreater(copied, 3)
            report = json.loads(copy("verify", own, url, "--json").stdout)
            self.assertEqual((report["same"], report["records"]), (True, copied))
            # Not over what is there, unless told to.
            refused = copy("restore", own, url, ok=False)
            self.assertEqual(refused.returncode, 2)
            self.assertIn(b"--force", refused.stderr)
            copy("restore", own, url, "--force")
            backup = f"sqlite:{server.path('backup.db')}"
            copy("backup", url, backup)
            copy("verify", own, backup)
            server.path("data/avouch.db").unlink()
            copy("restore", backup, own)
            server.start()
            self.assertEqual(get_secret(server), SECRET)
            server.set_secret(b"another")
            server.stop()
            different = copy("verify", own, backup, ok=False)
            self.assertEqual(different.returncode, 1)
            self.assertIn(f"repository {RESOURCE}: differs".encode(), different.stdout)

    def test_moves_to_postgres_and_back(self):
        with Postgres() as database:
            self.move_through(f"postgres://avouch@/postgres?host={database.folder}")

    def test_moves_to_redis_and_back(self):
        with Redis() as database:
            os.environ["REDIS_URL"] = f"redis://:open-sesame@127.0.0.1:{database.port}"
            self.addCleanup(os.environ.pop, "REDIS_URL")
            self.move_through("redis:")

    def test_secrets_are_opened_for_the_peers_layouts_and_sealed_again(self):
        with Server("--allow-sample") as server:
            self.serve_once(server)
            server.stop()
            own, folder = f"sqlite:{server.path('data')}/avouch.db", server.path("fs")
            self.assertIn(b"--master-key-file", copy("migrate", own, f"local_fs:{folder}", ok=False).stderr)
            key = ("--master-key-file", server.path("data/master.key"))
            copy("migrate", own, f"local_fs:{folder}", *key)
            self.assertEqual((folder / "repository" / RESOURCE.replace("/", "\\x2F")).read_bytes(), SECRET)
            copy("verify", own, f"local_fs:{folder}", *key)
            copy("migrate", f"local_fs:{folder}", f"local_json:{server.path('json')}")
            again = f"sqlite:{server.path('again.db')}"
            copy("migrate", f"local_json:{server.path('json')}", again, *key)
            copy("verify", f"local_json:{server.path('json')}", again, *key)
            self.assertNotIn(SECRET.strip(), server.path("again.db").read_bytes())

    def test_names_what_is_no_store_and_repeats_no_password(self):
        for name in ("mongodb://a:sesame@h", "postgres://a:sesame@h:x:y/z?nonsense=1", "redis://:sesame@h/x"):
            refused = copy("verify", name, name, ok=False)
            self.assertEqual(refused.returncode, 2)
            self.assertNotIn(b"sesame", refused.stdout + refused.stderr)
        self.assertEqual(copy("backup", "sqlite:/nowhere/avouch.db", "sqlite:/nowhere/else.db", ok=False).returncode, 3)
