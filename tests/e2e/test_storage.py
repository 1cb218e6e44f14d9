"""What the server keeps: through crashes, on broken disks, under wrong keys, and out of sight."""

import base64
import contextlib
import json
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

from harness import PATIENCE, RESOURCE, ROOT, SECRET, Server, enter, error_of, get_secret, local_fs_server, memory_folder, \
    sample_session

sys.path.insert(0, str(ROOT / "tests/endurance"))

from kill import endure  # noqa: E402

KILLS = 20
DAMAGES = 40
NOBODY = 65534
KEYS_AND_DATABASE = ("master.key", "token.key", "admin.key", "avouch.db")


def peer_file_name(path):
    """How the peer's LocalFs spells a path: one folder a namespace, one file a record."""
    return path.replace("/", "\\x2F")


class Killed(unittest.TestCase):
    """The short form of tests/endurance/kill.py, which says what is looked at."""

    def test_kill_9_loses_nothing_acknowledged_and_tears_nothing_in_the_database(self):
        endure(Server("--allow-sample", folder=memory_folder()), KILLS)

    def test_kill_9_loses_nothing_acknowledged_and_tears_nothing_in_the_peers_layout(self):
        endure(local_fs_server("--allow-sample", folder=memory_folder()), KILLS)


class Damaged(unittest.TestCase):
    def test_an_octet_of_the_database_that_changed_never_makes_another_secret(self):
        with Server("--allow-sample") as server:
            server.admin("set-resource-policy", "--allow-all")
            server.set_secret()
            server.stop()
            database = server.path("data") / "avouch.db"
            self.assertFalse((server.path("data") / "avouch.db-wal").exists())
            good = database.read_bytes()
            choose, served, hurt = random.Random(4), 0, 0
            for _ in range(DAMAGES):
                octets = bytearray(good)
                at = choose.choice([i for i in range(len(octets)) if octets[i]])
                octets[at] ^= 1 << choose.randrange(8)
                database.write_bytes(octets)
                if self.serves(server):
                    served += 1
                else:
                    hurt += 1
            self.assertGreater(hurt, 0)
            self.assertGreater(served, 0)

    def serves(self, server):
        """Whether the server gives the secret; it may refuse to start or to give, and has to do so in order."""
        try:
            server.start()
        except AssertionError as refused:
            self.assertRegex(str(refused), r"ended with [23]:(.|\n)*avouch\.db")
            return False
        done = server.kbs_client("get-resource", "--allow-sample", "--path", RESOURCE, ok=None)
        server.stop()
        if done.returncode == 0:
            self.assertEqual(base64.b64decode(done.stdout), SECRET)
        return done.returncode == 0


class Broken(unittest.TestCase):
    """A server that cannot trust what it keeps does not start, and says what to do."""

    def setUp(self):
        self.server = enter(self, Server())
        self.server.set_secret()
        self.server.stop()
        self.data = self.server.path("data")

    def refuses_to_start(self, *words, argv=(), data=None):
        done = subprocess.run([*argv, "avouchd", "--data-dir", str(data or self.data), "--listen", "127.0.0.1:0"],
                              capture_output=True, timeout=20 * PATIENCE)
        said = done.stderr.decode()
        self.assertIn(done.returncode, (2, 3), said)
        for word in words:
            self.assertIn(word, said)

    def test_a_data_directory_that_is_a_file(self):
        file = self.server.path("file")
        file.write_text("")
        self.refuses_to_start(str(file), "--data-dir", data=file)
        self.refuses_to_start(str(file / "data"), "--data-dir", data=file / "data")

    def test_a_data_directory_that_may_not_be_written(self):
        argv = []
        if os.geteuid() == 0:
            if not shutil.which("setpriv"):
                self.skipTest("root may write everywhere, and there is no setpriv")
            argv = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        self.server.folder.chmod(0o755)
        empty = self.server.path("empty")
        empty.mkdir()
        empty.chmod(0o555)
        self.refuses_to_start(str(empty), "--data-dir", argv=argv, data=empty)

    def test_a_database_that_is_none(self):
        (self.data / "avouch.db").write_bytes(os.urandom(40_000))
        self.refuses_to_start("avouch.db", "backup")

    def test_a_database_that_was_cut(self):
        file = self.data / "avouch.db"
        octets = file.read_bytes()
        for name in ("avouch.db-wal", "avouch.db-shm"):
            (self.data / name).unlink(missing_ok=True)
        file.write_bytes(octets[:len(octets) // 2])
        self.refuses_to_start("avouch.db", "backup")

    def test_a_master_key_that_was_cut(self):
        file = self.data / "master.key"
        for length in (0, 1, 20, 43):
            file.write_bytes(base64.b64encode(bytes(32))[:length])
            self.refuses_to_start("master.key", "32 octets", "backup")

    def test_a_master_key_of_another_server(self):
        (self.data / "master.key").write_bytes(base64.b64encode(os.urandom(32)) + b"\n")
        self.refuses_to_start("master.key", "backup")

    def test_a_master_key_that_was_lost(self):
        (self.data / "master.key").unlink()
        self.refuses_to_start("master.key", "backup")

    def test_a_signing_key_that_was_lost_is_named_before_another_takes_its_place(self):
        for name in ("token.key", "admin.key"):
            (self.data / name).unlink()
            offset = len(self.server.log())
            self.server.start()
            self.assertRegex(self.server.log()[offset:], rf"warn key\.lost file=.*{name}")
            self.server.stop()
            offset = len(self.server.log())
            self.server.start()
            self.assertNotIn("key.lost", self.server.log()[offset:])
            self.server.stop()

    def test_keys_that_are_none(self):
        for name in ("token.key", "admin.key"):
            good = (self.data / name).read_bytes()
            for bad in (b"", good[:len(good) // 2], b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"):
                (self.data / name).write_bytes(bad)
                self.refuses_to_start(name, "backup")
            (self.data / name).write_bytes(good)

    def test_keys_that_everybody_may_read(self):
        for name in ("master.key", "token.key", "admin.key"):
            (self.data / name).chmod(0o644)
            self.refuses_to_start(name, "chmod 600")
            (self.data / name).chmod(0o600)

    def test_files_of_another_user(self):
        if os.geteuid() != 0 or not shutil.which("setpriv"):
            self.skipTest("becoming another user takes root and setpriv")
        argv = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        self.server.folder.chmod(0o755)
        self.refuses_to_start(str(self.data), "--data-dir", argv=argv)
        os.chown(self.data, NOBODY, NOBODY)
        self.refuses_to_start("avouch", "Permission denied", argv=argv)

    def test_a_database_that_is_missing_or_empty_beside_its_keys(self):
        database, keys = self.data / "avouch.db", {file: file.read_bytes() for file in self.data.glob("*.key")}
        database.unlink()
        self.refuses_to_start("avouch.db", "does not exist", "master.key", "backup", "--new-database")
        self.assertFalse(database.exists())
        for content in (b"", b"x"):
            database.write_bytes(content)
            self.refuses_to_start("avouch.db", "is empty", "backup", "--new-database")
        self.server.options = ("--new-database",)
        self.server.start()
        self.assertEqual(self.server.administer("GET", "/avouch/v1/resources")[::2], (200, b'{"resources":[]}'))
        self.server.set_secret()
        self.server.stop()
        self.server.options = ()
        self.server.start()
        self.assertIn(RESOURCE.encode(), self.server.administer("GET", "/avouch/v1/resources")[2])
        self.assertEqual(keys, {file: file.read_bytes() for file in keys})

    def test_a_database_that_is_a_folder_or_of_another_program(self):
        database = self.data / "avouch.db"
        good = database.read_bytes()
        database.unlink()
        database.mkdir()
        self.refuses_to_start("avouch.db")
        database.rmdir()
        with contextlib.closing(sqlite3.connect(database)) as other:
            other.execute("CREATE TABLE theirs (x)")
            other.commit()
        self.refuses_to_start("avouch.db", "not one of Avouch")
        database.write_bytes(good)

    def test_and_starts_again_with_all_in_its_place(self):
        self.server.start()


class Crashed(unittest.TestCase):
    """What lies beside the database after a crash, and what may befall that."""

    def setUp(self):
        self.server = enter(self, Server("--allow-sample"))
        self.server.admin("set-resource-policy", "--allow-all")
        self.server.stop()
        self.server.start()
        self.server.set_secret()
        self.server.kill()
        self.data = self.server.path("data")
        self.log, self.index = self.data / "avouch.db-wal", self.data / "avouch.db-shm"
        self.assertGreater(self.log.stat().st_size, 0)

    def found(self):
        """The secret, or None if there is none; it is never another, and the server lives."""
        self.server.start()
        done = self.server.kbs_client("get-resource", "--allow-sample", "--path", RESOURCE, ok=None)
        self.assertEqual(self.server.request("GET", "/healthz")[0], 200)
        self.server.stop()
        if done.returncode == 0:
            self.assertEqual(base64.b64decode(done.stdout), SECRET)
        return done.stdout if done.returncode == 0 else None

    def test_the_index_of_the_log_is_made_anew(self):
        for damage in (lambda: self.index.unlink(), lambda: self.index.write_bytes(b""),
                       lambda: self.index.write_bytes(os.urandom(32_768))):
            damage()
            self.assertIsNotNone(self.found())
            self.server.start()
            self.server.set_secret()
            self.server.kill()

    def test_a_log_of_another_database_changes_nothing(self):
        with Server() as other:
            other.set_secret(b"another server's")
            other.kill()
            foreign = (other.path("data") / "avouch.db-wal").read_bytes()
        self.log.write_bytes(foreign)
        self.index.unlink()
        try:
            self.found()
        except AssertionError as refused:
            self.assertRegex(str(refused), r"ended with [23]:(.|\n)*avouch\.db")

    def test_a_damaged_log_makes_no_other_secret(self):
        good = {file: file.read_bytes() for file in self.data.iterdir() if file.name.startswith("avouch.db")}
        choose, given, lost = random.Random(6), 0, 0
        for _ in range(DAMAGES // 2):
            for file, octets in good.items():
                file.write_bytes(octets)
            octets = bytearray(good[self.log])
            octets[choose.randrange(len(octets))] ^= 1 << choose.randrange(8)
            self.log.write_bytes(octets[:choose.choice((len(octets), choose.randrange(len(octets))))])
            try:
                given, lost = given + (self.found() is not None), lost + 1
            except AssertionError as refused:
                self.assertRegex(str(refused), r"ended with [23]:(.|\n)*avouch\.db")
        self.assertGreater(lost, 0)


class DamagedValue(unittest.TestCase):
    """A reference value that the disk has damaged hurts those whom the policy holds against it, and nobody else."""

    def damage(self, server, name):
        server.stop()
        with contextlib.closing(sqlite3.connect(server.path("data") / "avouch.db")) as database:
            changed = database.execute("UPDATE record SET value = ?1 WHERE space = 'reference_value' AND key = ?2",
                                       (b'{"version":"0.1.0","name":"svn","expiration":"2099-01-01T00:00:00Z","value":["1"]}',
                                        name))
            self.assertEqual(changed.rowcount, 1)
            database.commit()
        server.start()

    def test_it_is_loud_stops_no_other_and_is_healed_by_setting_it(self):
        with Server("--allow-sample") as server:
            server.admin("set-sample-reference-value", "svn", "1")
            server.admin("set-sample-reference-value", "other", "1")
            self.damage(server, "other")
            self.assertRegex(server.log(), r"error reference-value\.damaged name=.other.")
            self.assertEqual(sample_session(server)[0], 200)
            self.assertEqual(server.administer("GET", "/kbs/v0/reference-value/other")[0], 503)
            self.assertEqual(server.administer("GET", "/kbs/v0/reference-value/svn")[0], 200)
            self.assertIn("damaged", server.avouch("refval", "list").stdout.decode())

            self.damage(server, "svn")
            status, body, _ = sample_session(server)
            self.assertEqual(status, 503, body)
            why = server.why()
            self.assertEqual(why["error"]["code"], "reference.damaged")
            self.assertIn("svn", why["error"]["detail"])

            server.admin("set-sample-reference-value", "svn", "1")
            self.assertEqual(sample_session(server)[0], 200)


class FullDisk(unittest.TestCase):
    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("mounting a small disk takes root")
        folder = pathlib.Path(tempfile.mkdtemp(prefix="avouch-e2e-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.data = folder / "data"
        self.data.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m,mode=0700", "avouch-e2e", str(self.data)])
        if mounted.returncode != 0:
            self.skipTest("a small disk cannot be mounted here")
        self.addCleanup(subprocess.run, ["umount", "--lazy", str(self.data)], check=True)
        self.server = Server("--allow-sample", folder=folder)
        self.addCleanup(self.server.stop)
        self.server.start()

    def fill(self):
        with open(self.data / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(4096))
            except OSError:
                pass

    def test_a_full_disk_refuses_writers_and_serves_readers(self):
        self.server.admin("set-resource-policy", "--allow-all")
        self.server.set_secret()
        self.fill()
        status, headers, body = self.server.administer("POST", "/kbs/v0/resource/a/b/c", os.urandom(200_000))
        self.assertEqual((status, error_of(body)), (503, ("PluginInternalError", "Plugin internal error")))
        self.assertIn("retry-after", headers)
        self.assertEqual(self.server.request("GET", "/healthz")[0], 200)
        self.assertEqual(get_secret(self.server), SECRET)

        (self.data / "filler").unlink()
        self.assertEqual(self.server.administer("POST", "/kbs/v0/resource/a/b/c", b"now")[0], 200)
        self.assertEqual(get_secret(self.server, "a/b/c"), b"now")


class AtRest(unittest.TestCase):
    CANARY = b"canary-7f3a91-in-a-coal-mine"

    def files_with_the_canary(self, folder):
        forms = (self.CANARY, base64.b64encode(self.CANARY)[:-4], self.CANARY.hex().encode())
        return [file for file in pathlib.Path(folder).rglob("*")
                if file.is_file() and any(form in file.read_bytes() for form in forms)]

    def test_secrets_are_sealed_in_the_database(self):
        with Server("--allow-sample") as server:
            server.admin("set-resource-policy", "--allow-all")
            server.set_secret(self.CANARY)
            server.path("secret.bin").unlink()
            self.assertEqual(get_secret(server), self.CANARY)
            self.assertTrue((server.path("data") / "avouch.db").exists())
            self.assertEqual(self.files_with_the_canary(server.folder), [])
            server.stop()
            self.assertEqual(self.files_with_the_canary(server.folder), [])
            server.start()
            self.assertEqual(get_secret(server), self.CANARY)

    def test_keys_and_database_are_their_owners_alone(self):
        with Server() as server:
            server.set_secret()
            self.assertEqual(server.path("data").stat().st_mode & 0o777, 0o700)
            for name in (*KEYS_AND_DATABASE, "admin-token"):
                self.assertEqual((server.path("data") / name).stat().st_mode & 0o077, 0, name)

    def test_the_peers_layout_keeps_them_plain_and_the_log_says_so(self):
        with local_fs_server() as server:
            server.set_secret(self.CANARY)
            file = server.path("storage") / "repository" / peer_file_name(RESOURCE)
            self.assertEqual(file.read_bytes(), self.CANARY)
            self.assertIn("secrets.plain", server.log())

    def test_a_directory_of_the_peer_is_read_as_it_is(self):
        with local_fs_server("--allow-sample") as server:
            server.stop()
            storage = server.path("storage")
            shutil.rmtree(storage, ignore_errors=True)
            (storage / "repository").mkdir(parents=True)
            (storage / "repository" / peer_file_name("default/test/secret")).write_bytes(self.CANARY)
            (storage / "kbs").mkdir()
            (storage / "kbs" / "resource-policy.rego").write_text("package policy\nimport rego.v1\ndefault allow := true\n")
            (storage / "reference_value").mkdir()
            (storage / "reference_value" / "svn").write_text(json.dumps(
                {"version": "0.1.0", "name": "svn", "expiration": "2099-01-01T00:00:00Z", "value": ["1"]}))
            server.start()
            self.assertEqual(get_secret(server, "default/test/secret"), self.CANARY)
            self.assertEqual(server.administer("GET", "/kbs/v0/reference-value/svn")[::2], (200, b'["1"]'))

    def test_what_the_server_wrote_lies_as_the_peer_looks_for_it(self):
        with local_fs_server() as server:
            server.set_secret()
            server.admin("set-resource-policy", "--allow-all")
            server.admin("set-sample-reference-value", "svn", "1")
            storage = server.path("storage")
            self.assertIn("allow", (storage / "kbs" / "resource-policy.rego").read_text())
            value = json.loads((storage / "reference_value" / "svn").read_bytes())
            self.assertEqual((value["name"], value["value"]), ("svn", ["1"]))


if __name__ == "__main__":
    unittest.main()
