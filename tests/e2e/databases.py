"""PostgreSQL and Redis servers for the tests of replicas: each in a folder of its own, killed by its process id."""

import glob
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

DEADLINE_SECONDS = 20


class Database:
    def __init__(self):
        parent = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="avouch-db-", dir=parent))
        self.process = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self):
        process, self.process = self.process, None
        if process:
            process.kill()
            process.wait()

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(self.argv, stdout=log, stderr=log, cwd=self.folder, user=self.user)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((self.folder / "log").read_text()[-2000:])
            time.sleep(0.05)


class Postgres(Database):
    kind = "Postgres"

    def __init__(self):
        programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        if not programs:
            raise unittest.SkipTest("PostgreSQL is not installed")
        super().__init__()
        self.programs = pathlib.Path(programs[-1])
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            os.chown(self.folder, pwd.getpwnam(self.user).pw_uid, -1)
        subprocess.run([self.programs / "initdb", "-D", self.folder / "data", "-U", "avouch", "-A", "trust", "-E", "UTF8",
                        "--locale=C", "--no-sync"], check=True, capture_output=True, user=self.user, cwd=self.folder)
        self.argv = [self.programs / "postgres", "-D", self.folder / "data", "-k", self.folder, "-c", "listen_addresses="]
        self.config = (f'[storage_backend.backends.postgres]\ndb = "postgres"\nusername = "avouch"\n'
                       f'password = "open sesame"\nhost = "{self.folder}"\n')

    def answers(self):
        return subprocess.run([self.programs / "psql", "-h", self.folder, "-U", "avouch", "-c", "SELECT 1", "postgres"],
                              capture_output=True, check=False).returncode == 0


class Redis(Database):
    kind = "Redis"

    def __init__(self):
        program = shutil.which("redis-server") or shutil.which("valkey-server")
        if not program:
            raise unittest.SkipTest("Redis is not installed")
        super().__init__()
        self.user = None
        with socket.socket() as some:
            some.bind(("127.0.0.1", 0))
            self.port = some.getsockname()[1]
        self.argv = [program, "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "yes",
                     "--appendfsync", "always", "--dir", str(self.folder), "--requirepass", "open-sesame"]
        self.config = f'[storage_backend.backends.redis]\nurl = "redis://:open-sesame@127.0.0.1:{self.port}"\n'

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"AUTH open-sesame\r\nPING\r\n")
                return connection.recv(100).startswith(b"+OK")
        except OSError:
            return False
