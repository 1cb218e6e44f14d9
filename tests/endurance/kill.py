#!/usr/bin/env python3
"""Kills avouchd with SIGKILL while several clients write, starts it again, and holds it to what it acknowledged.

    tests/endurance/kill.py [KILLS] [--local-fs]      avouchd has to be on the PATH

After each restart: what was acknowledged is there to the octet; what was under way is the old or the new, whole; nothing
that was deleted is back and nothing is there that nobody wrote; start and log are without complaint; the keys are the
same, and tokens of before still count.
"""

import argparse
import contextlib
import hashlib
import http.client
import json
import pathlib
import random
import re
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from guest import TOKEN_SECONDS, Guest  # noqa: E402
from harness import Server, base64url, local_fs_server, memory_folder  # noqa: E402

WRITERS = 4
NAMES_EACH = 6             # resources of each writer, and half as many reference values and policies
LARGEST = 2 * 1024 * 1024  # a resource may have so many octets
LIFE_SECONDS = (0.002, 0.12)
YOUNG_LIFE_SECONDS = (0.0, 0.08)  # of every tenth, which is killed while it starts
YOUNG_EVERY = 10
ALL_EVERY = 50             # all names are read after so many restarts, and a sample after the others
SAMPLE = 6
ABSENT = None
ALLOW_ALL = "package policy\nimport rego.v1\ndefault allow := true\n"
FINE = re.compile(r" (warn|error) (sample\.allowed|secrets\.plain|http\.few-connections)\b")


class Name:
    """One thing that can be written: what the server acknowledged last, and what it was told since."""

    def __init__(self, kind, name):
        self.kind, self.name = kind, name
        self.held, self.under_way, self.is_touched = ABSENT, (), False

    def may_be(self):
        return (self.held, *self.under_way)


class Request:
    """How a name of each kind is written, removed and read."""

    @staticmethod
    def write(name, value):
        if name.kind == "resource":
            return "POST", f"/kbs/v0/resource/{name.name}", value
        if name.kind == "reference":
            return "PUT", f"/avouch/v1/reference-values/{name.name}", json.dumps(value.hex()).encode()
        message = {"policy_id": name.name, "policy": base64url(Request.policy(value))}
        return "POST", "/kbs/v0/attestation-policy", json.dumps(message).encode()

    @staticmethod
    def policy(value):
        return f"package policy\nimport rego.v1\n# {value.hex()}\ntrust_claims := {{\"hardware\": 2}}\n".encode()

    @staticmethod
    def remove(name):
        path = {"resource": "/kbs/v0/resource/", "reference": "/avouch/v1/reference-values/",
                "policy": "/avouch/v1/policies/attestation/"}[name.kind]
        return "DELETE", path + name.name, None


class Writer(threading.Thread):
    """Writes and deletes its own names over one connection, until the server dies."""

    def __init__(self, server, number, token):
        super().__init__()
        self.server, self.token = server, token
        self.random = random.Random(number)
        self.names = [Name("resource", f"writer{number}/secret/{i}") for i in range(NAMES_EACH)]
        self.names += [Name("reference", f"writer{number}-{i}") for i in range(NAMES_EACH // 2)]
        self.names += [Name("policy", f"writer{number}-{i}") for i in range(NAMES_EACH // 2)]
        self.written = self.deleted = self.cut = self.octets = 0
        self.problem = None

    def again(self):
        """The same writer for the next life of the server: a thread begins only once."""
        super().__init__()

    def value(self, kind):
        if kind != "resource":
            return self.random.randbytes(self.random.randrange(1, 400))
        if self.random.randrange(60) == 0:
            return self.random.randbytes(self.random.choice((LARGEST, LARGEST - 1, LARGEST // 2)))
        return self.random.randbytes(self.random.choice((0, 1, 15, 16, 4095, 4096, self.random.randrange(40_000))))

    def step(self, connection):
        name = self.random.choice(self.names)
        deletes = name.held is not ABSENT and self.random.randrange(5) == 0
        value = ABSENT if deletes else self.value(name.kind)
        method, path, body = Request.remove(name) if deletes else Request.write(name, value)
        name.is_touched, name.under_way = True, (value,)
        connection.request(method, path, body, {"Authorization": f"Bearer {self.token}"})
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200:
            self.problem = f"{method} {path}: {response.status} {answer[:300]}"
            return False
        name.held, name.under_way = value, ()
        self.written += not deletes
        self.deleted += deletes
        self.octets += len(body or b"")
        return True

    def run(self):
        connection = self.server.connect()
        try:
            while self.step(connection):
                pass
        except (OSError, http.client.HTTPException):
            self.cut += 1  # killed


class Endurance:
    def __init__(self, server, seed=1):
        self.server = server
        self.random = random.Random(seed)
        self.guest = Guest(server)
        assert server.administer("POST", "/kbs/v0/resource-policy",
                                 json.dumps({"policy": base64url(ALLOW_ALL.encode())}))[0] == 200
        self.admin_token = server.admin_token()
        self.writers = [Writer(server, number, self.admin_token) for number in range(WRITERS)]
        self.names = [name for writer in self.writers for name in writer.names]
        self.jwks = server.request("GET", "/.well-known/jwks.json")[2]
        self.key_files = self.read_key_files()
        self.kills = self.young = self.checked = self.new_seen = 0
        self.attested_at = -TOKEN_SECONDS

    def read_key_files(self):
        return {name: (self.server.path("data") / name).read_bytes() for name in ("master.key", "token.key", "admin.key")}

    def administer(self, method, path):
        return self.server.request(method, path, None, {"Authorization": f"Bearer {self.admin_token}"})

    def life(self):
        """One life of the server among its writers, and its sudden end."""
        if time.monotonic() - self.attested_at > TOKEN_SECONDS / 2:
            self.guest.attest()
            self.attested_at = time.monotonic()
        for writer in self.writers:
            writer.again()
            writer.start()
        time.sleep(self.random.uniform(*LIFE_SECONDS))
        self.server.kill()
        for writer in self.writers:
            writer.join()
            assert writer.problem is None, writer.problem
        self.kills += 1

    def short_life(self):
        self.server.launch()
        time.sleep(self.random.uniform(*YOUNG_LIFE_SECONDS))
        self.server.kill()
        self.kills += 1
        self.young += 1

    def restart(self):
        offset = len(self.server.log())
        self.server.start()
        for line in self.server.log()[offset:].splitlines():
            assert " warn " not in line and " error " not in line or FINE.search(line), line

    def read(self, name, connection):
        if name.kind == "resource":
            status, secret = self.guest.get(name.name, connection)
            return secret if status == 200 else ABSENT
        path = {"reference": "/kbs/v0/reference-value/", "policy": "/avouch/v1/policies/attestation/"}[name.kind]
        connection.request("GET", path + name.name, headers={"Authorization": f"Bearer {self.admin_token}"})
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            return ABSENT
        if name.kind == "reference":
            return bytes.fromhex(json.loads(body))
        text = json.loads(body)["policy"].encode()
        value = bytes.fromhex(text.split(b"# ")[1].split(b"\n")[0].decode())
        assert Request.policy(value) == text, f"torn: {name.name}"
        return value

    def check(self, everything):
        sample = set(self.random.sample(self.names, SAMPLE))
        with contextlib.closing(self.server.connect()) as connection:
            for name in self.names:
                if not (everything or name.is_touched or name in sample):
                    continue
                found = self.read(name, connection)
                if found not in name.may_be():
                    raise AssertionError(f"after kill {self.kills}: {name.kind} {name.name} is {describe(found)}, not "
                                         f"{' or '.join(map(describe, name.may_be()))}")
                self.new_seen += bool(name.under_way) and found != name.held
                name.held, name.under_way, name.is_touched = found, (), False
                self.checked += 1
        self.check_lists()
        assert self.server.request("GET", "/.well-known/jwks.json")[2] == self.jwks, "another key signs tokens"
        assert self.read_key_files() == self.key_files, "a key has changed"

    def check_lists(self):
        """Nothing but what was written, and nothing that was deleted."""
        status, _, body = self.administer("GET", "/avouch/v1/resources")
        assert status == 200, body
        there = set(json.loads(body)["resources"])
        assert there == {name.name for name in self.names if name.kind == "resource" and name.held is not ABSENT}
        status, _, body = self.administer("GET", "/avouch/v1/reference-values")
        assert status == 200, body
        there = {value["name"] for value in json.loads(body)["reference-values"]}
        assert there == {name.name for name in self.names if name.kind == "reference" and name.held is not ABSENT}

    def run(self, kills):
        while self.kills < kills:
            if self.kills % YOUNG_EVERY == YOUNG_EVERY - 1:
                self.server.kill()
                self.short_life()
            else:
                self.life()
            self.restart()
            self.check(everything=self.kills % ALL_EVERY == 0)
        self.check(everything=True)

    def report(self):
        total = lambda figure: sum(getattr(writer, figure) for writer in self.writers)
        return (f"{self.kills} kills ({self.young} of them while it started): {total('written')} writes and "
                f"{total('deleted')} deletions acknowledged, {total('octets') / 1e6:.0f} MB; {total('cut')} under way when it "
                f"died, of which {self.new_seen} had come through; {self.checked} names read, none lost, torn or back")


def describe(value):
    return "absent" if value is ABSENT else f"{len(value)} octets {hashlib.sha256(value).hexdigest()[:8]}"


def endure(server, kills):
    """Kills the server so often; a line of what was seen."""
    with server:
        endurance = Endurance(server)
        endurance.run(kills)
        assert sum(writer.written for writer in endurance.writers) > kills, "the writers hardly wrote"
        return endurance.report()


def main():
    options = argparse.ArgumentParser(description="kill -9 avouchd while it writes, again and again")
    options.add_argument("kills", nargs="?", type=int, default=1_000)
    options.add_argument("--local-fs", action="store_true", help="store in the peer's layout")
    chosen = options.parse_args()
    begin = time.monotonic()
    make = local_fs_server if chosen.local_fs else Server
    print(endure(make("--allow-sample", folder=memory_folder()), chosen.kills),
          f"({time.monotonic() - begin:.0f} s, {'local_fs' if chosen.local_fs else 'sqlite'})")


if __name__ == "__main__":
    main()
