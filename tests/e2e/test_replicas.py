"""Three servers on one PostgreSQL, then on one Redis: to their clients they are one, whatever dies meanwhile."""

import base64
import collections
import http.client
import json
import pathlib
import secrets
import shutil
import threading
import time
import unittest

from databases import Postgres, Redis
from harness import PATIENCE, RESOURCE, Rcar, Server, enter, run

COUNT = 3
LOAD_SECONDS = 2
# What a client may be told while something is down: to come again.
COME_AGAIN = (429, 503)


class Replicas:
    """Not a test of its own: the two classes below say with which database."""

    def setUp(self):
        self.database = enter(self, self.database_kind())
        self.master_key = base64.b64encode(secrets.token_bytes(32)) + b"\n"
        self.servers = [self.replica() for _ in range(COUNT)]
        for server in self.servers:  # All at once: one of them makes tables and keys, and the others find them.
            server.launch()
        for server in self.servers:
            self.wait_until_listening(server)

    def replica(self, master_key=None):
        server = Server("--allow-sample")
        self.addCleanup(server.__exit__)
        config = server.path("kbs.toml")
        config.write_text(f'[storage_backend]\nstorage_type = "{self.database.kind}"\n{self.database.config}')
        server.options = ("--config-file", str(config), *server.options)
        data = server.path("data")
        data.mkdir(mode=0o700)
        (data / "master.key").write_bytes(master_key or self.master_key)
        (data / "master.key").chmod(0o600)
        return server

    def wait_until_listening(self, server):
        deadline = time.monotonic() + 20 * PATIENCE
        while "listening" not in server.log():
            self.assertIsNone(server.process.poll(), server.log())
            self.assertLess(time.monotonic(), deadline, server.log())
            time.sleep(0.02)
        server.port = int(server.log().split("listening", 1)[1].split("127.0.0.1:")[1].split('"')[0].split()[0])

    def allow_all(self):
        self.servers[0].admin("set-resource-policy", "--allow-all")

    @staticmethod
    def attested(first, second):
        """A session begun at one replica and attested at another: the answer, and the cookie."""
        nonce, cookie = Rcar(first).auth()
        submission = Rcar.submission(nonce)
        return Rcar(second).attest(submission, cookie), submission, cookie

    def test_a_session_begins_at_one_is_attested_at_another_and_fetches_from_the_third(self):
        first, second, third = self.servers
        self.allow_all()
        second.set_secret()
        (status, _, body), submission, cookie = self.attested(first, second)
        self.assertEqual(status, 200, body)
        status, _, jwe = third.request("GET", f"/kbs/v0/resource/{RESOURCE}", headers={"Cookie": cookie})
        self.assertEqual(status, 200, jwe)
        # What one signed, every other accepts.
        token = json.loads(body)["token"]
        status, _, _ = first.request("GET", f"/kbs/v0/resource/{RESOURCE}", headers={"Authorization": f"Bearer {token}"})
        self.assertEqual(status, 200)
        # A nonce serves once among all of them.
        for server in self.servers:
            self.assertEqual(Rcar(server).attest(submission, cookie)[0], 401)

    def test_all_have_the_keys_of_whoever_came_first(self):
        self.assertEqual(len({server.request("GET", "/.well-known/jwks.json")[2] for server in self.servers}), 1)
        for name in ("token.key", "admin.key"):
            self.assertEqual(len({(server.path("data") / name).read_bytes() for server in self.servers}), 1, name)
        first, second, third = self.servers
        # The key of one administers another, and the token of one a third.
        run("kbs-client", "--url", third.url, "config", "--auth-private-key", first.path("data/admin.key"),
            "set-resource-policy", "--allow-all")
        token = first.admin_token()
        self.assertEqual(second.request("GET", "/kbs/v0/resource-policy", headers={"Authorization": f"Bearer {token}"})[0], 200)

    def test_a_replica_with_another_master_key_does_not_start_and_says_why(self):
        stranger = self.replica(base64.b64encode(bytes(32)) + b"\n")
        stranger.launch()
        self.assertEqual(stranger.process.wait(timeout=20 * PATIENCE), 3)
        self.assertIn("another master key", stranger.log())
        self.assertNotIn("sesame", stranger.log())
        keyless = self.replica()
        (keyless.path("data") / "master.key").unlink()
        keyless.launch()
        self.assertEqual(keyless.process.wait(timeout=20 * PATIENCE), 3)
        self.assertIn("copy master.key", keyless.log())
        self.assertFalse((keyless.path("data") / "master.key").exists(), "a key of its own would be in the way")

    def test_decisions_of_all_are_found_from_each(self):
        for server in self.servers:
            status, _, _ = server.request("POST", "/kbs/v0/attest", json.dumps(Rcar.submission("x")),
                                          {"Cookie": "kbs-session-id=x"})
            self.assertEqual(status, 401)
        for server in self.servers:
            self.attested(server, server)
        time.sleep(1.5)  # until strangers' records are written
        listed = json.loads(self.servers[0].avouch("decisions", "--limit", "100", "--json").stdout)
        ids = [decision["id"] for decision in listed["decisions"]]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertGreaterEqual(len(ids), 2 * COUNT)
        for decision in ids[:COUNT]:
            for server in self.servers:
                server.avouch("why", decision, "--json")

    def test_nothing_that_was_accepted_is_lost_when_replicas_and_database_die_under_load(self):
        self.allow_all()
        load = Load(self.servers)
        load.run_for(LOAD_SECONDS)
        self.servers[1].kill()
        load.run_for(LOAD_SECONDS)
        self.servers[1].start()
        load.run_for(LOAD_SECONDS)
        self.database.kill()
        load.run_for(LOAD_SECONDS / 2)
        self.database.start()
        load.run_for(LOAD_SECONDS * 2)
        for server in self.servers:  # By itself: nobody has touched them.
            self.assertEqual(self.attested(server, self.servers[0])[0][0], 200)
        load.stop()
        self.assertEqual(load.surprises, collections.Counter(), load.statuses)
        self.assertGreater(len(load.accepted), 20, load.statuses)
        _, _, cookie = self.attested(self.servers[0], self.servers[1])
        for name in load.accepted:
            status, _, jwe = self.servers[2].request("GET", f"/kbs/v0/resource/{name}", headers={"Cookie": cookie})
            self.assertEqual(status, 200, (name, jwe))
        for server in self.servers:
            self.assertNotIn("sesame", server.log())
        print(f"{self.database.kind}: {len(load.accepted)} secrets accepted, {dict(load.statuses)}", end=" ", flush=True)


class Libraries(unittest.TestCase):
    @unittest.skipUnless(PATIENCE == 1, "sanitizers need their symbols seen")
    def test_no_program_exports_what_the_openssl_of_libpq_could_take_for_its_own(self):
        for program in ("avouchd", "avouch"):
            exported = run("nm", "--dynamic", "--defined-only", shutil.which(program)).stdout.decode()
            self.assertNotRegex(exported, r"\b(EVP|SSL|CRYPTO|BN|ERR|X509)_\w+", program)

    def test_a_server_without_postgres_loads_nothing_of_it(self):
        with Server() as server:
            loaded = pathlib.Path(f"/proc/{server.process.pid}/maps").read_text()
            self.assertNotIn("libpq", loaded)
            self.assertNotIn("libssl", loaded)


class Load:
    """Clients of all replicas: some write secrets, some attest. What each was told is counted."""

    def __init__(self, servers):
        self.servers = servers
        self.accepted, self.statuses, self.surprises = [], collections.Counter(), collections.Counter()
        self.stopping = threading.Event()
        work = (self.write, self.attest)
        self.threads = [threading.Thread(target=self.repeat, args=(work[i % 2], i), daemon=True) for i in range(6)]
        for thread in self.threads:
            thread.start()

    def run_for(self, seconds):
        time.sleep(seconds * PATIENCE)

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(30 * PATIENCE)

    def repeat(self, work, worker):
        turn = 0
        while not self.stopping.is_set():
            turn += 1
            server = self.servers[(worker + turn) % len(self.servers)]
            try:
                status = work(server, f"load/{worker}/{turn}")
            except (OSError, http.client.HTTPException):
                status = "no connection"  # of the replica that was killed
            self.statuses[status] += 1
            if status not in (200, "no connection", *COME_AGAIN):
                self.surprises[status] += 1
            time.sleep(0.02)

    def write(self, server, name):
        status, _, _ = server.administer("POST", f"/kbs/v0/resource/{name}", name.encode())
        if status == 200:
            self.accepted.append(name)
        return status

    def attest(self, server, _):
        nonce, cookie = Rcar(server).auth()
        other = self.servers[(self.servers.index(server) + 1) % len(self.servers)]
        return Rcar(other).attest(Rcar.submission(nonce), cookie)[0]


class OnPostgres(Replicas, unittest.TestCase):
    database_kind = Postgres


class OnRedis(Replicas, unittest.TestCase):
    database_kind = Redis
