"""What the end-to-end tests share: a server in a folder of its own, the programs, and a KBS client made of nothing but the
standard library, which can misbehave where the real ones cannot."""

import base64
import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

# How much slower the programs are than those of a release: by more than one where a sanitizer or coverage slows them down.
PATIENCE = float(os.environ.get("AVOUCH_TEST_PATIENCE", "1"))
START_DEADLINE_SECONDS = 20 * PATIENCE
# Of other programs than those of a release it says little: what a sanitizer keeps for itself grows with what it watches.
MEMORY_IS_JUDGED = PATIENCE == 1
RESOURCE = "cca-trustee/demo-message/message.txt"
ROOT = pathlib.Path(__file__).resolve().parents[2]
SECRET = b"The password is: open sesame\n"


def run(*argv, ok=True, stdin=None, env=None):
    """Runs a program; checks that it succeeded (or, with ok=False, that it did not; with ok=None neither)."""
    done = subprocess.run([str(arg) for arg in argv], input=stdin, capture_output=True, timeout=120 * PATIENCE,
                          env={**os.environ, **(env or {})})
    if ok is not None and (done.returncode == 0) != ok:
        raise AssertionError(f"{' '.join(map(str, argv))}: exit {done.returncode}\n"
                             f"{done.stdout.decode(errors='replace')}\n{done.stderr.decode(errors='replace')}")
    return done


def enter(test, context):
    """Enters a context that ends with the test."""
    test.addCleanup(context.__exit__, None, None, None)
    return context.__enter__()


def vectors(test, folder):
    """A folder of recorded evidence or traffic; the test is skipped where there is none."""
    root = os.environ.get("AVOUCH_VECTORS")
    if not root:
        test.skipTest("AVOUCH_VECTORS names no folder")
    return pathlib.Path(root) / folder


def memory_folder():
    """A folder in memory where that can be had: a busy disk takes a second over what a kill does not touch."""
    return tempfile.mkdtemp(prefix="avouch-e2e-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)


class Server:
    """avouchd with its own data directory, on a port that the kernel chose."""

    command = ("avouchd",)

    def __init__(self, *options, folder=None):
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="avouch-e2e-"))
        self.options = options
        self.process = None
        self.port = 0
        self.launched_at = 0  # in the log, which is ASCII

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def launch(self, **how):
        """Begins a server, which will write behind `launched_at` in the log. Its streams and environment may be other ones."""
        with open(self.folder / "server.log", "ab") as log:
            self.launched_at = log.tell()
            argv = [*self.command, "--data-dir", str(self.folder / "data"), "--listen", f"127.0.0.1:{self.port}", *self.options]
            self.process = subprocess.Popen(argv, **{"stdout": log, "stderr": log, **how})

    def start(self, **how):
        self.launch(**how)
        deadline = time.monotonic() + START_DEADLINE_SECONDS
        while time.monotonic() < deadline:
            ended = self.process.poll()  # before the log is read: what it said at its end is there then
            text = (self.folder / "server.log").read_bytes()[self.launched_at:].decode()
            found = re.search(r'listening"?,? ?"?address"?[=:]"127\.0\.0\.1:(\d+)"', text)
            if found:
                self.port = int(found.group(1))
                return
            if ended is not None:
                raise AssertionError(f"avouchd ended with {ended}: {text}")
            time.sleep(0.01)
        raise AssertionError("avouchd does not listen")

    def stop(self):
        process, self.process = self.process, None
        if process and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            if process.wait(timeout=20 * PATIENCE) != 0:
                raise AssertionError(f"avouchd ended with {process.returncode}: {self.log()[-2000:]}")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024

    def wait_for_log(self, event):
        """An event of the server's life that runs now."""
        deadline = time.monotonic() + START_DEADLINE_SECONDS
        while f" {event}" not in self.log()[self.launched_at:]:
            assert time.monotonic() < deadline, f"no {event} in the log"
            time.sleep(0.01)

    def log(self):
        return (self.folder / "server.log").read_text()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def path(self, name):
        return self.folder / name

    # The programs, pointed at this server.
    def kbs_client(self, *argv, **options):
        return run("kbs-client", "--url", self.url, *argv, **options)

    def admin(self, *argv, **options):
        return self.kbs_client("config", "--auth-private-key", self.folder / "data/admin.key", *argv, **options)

    def avouch(self, *argv, **options):
        return run("avouch", "--url", self.url, "--admin-token-file", self.folder / "data/admin-token", *argv, **options)

    def why(self, decision="--last"):
        return json.loads(self.avouch("why", decision, "--json").stdout)

    def set_secret(self, secret=SECRET, path=RESOURCE):
        file = self.folder / "secret.bin"
        file.write_bytes(secret)
        return self.admin("set-resource", "--path", path, "--resource-file", file)

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30 * PATIENCE)

    def request(self, method, path, body=None, headers=None):
        """One request on a connection of its own: status, headers (lower case), body."""
        connection = self.connect()
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        out = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        connection.close()
        return out

    def admin_token(self):
        return (self.folder / "data/admin-token").read_text().strip()

    def administer(self, method, path, body=None):
        return self.request(method, path, body, {"Authorization": f"Bearer {self.admin_token()}"})

    def send(self, octets, wait_seconds=5):
        """Sends octets as they are and returns what comes back until the server closes, or is silent so long."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait_seconds * PATIENCE) as connection:
            try:
                connection.sendall(octets)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused in the middle: the answer lies in our buffer
            return receive(connection)


def local_fs_server(*options, folder=None):
    """A server that keeps what the peer keeps in the peer's layout."""
    folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="avouch-e2e-"))
    config = folder / "kbs.toml"
    config.write_text(f'[storage_backend]\nstorage_type = "LocalFs"\n'
                      f'[storage_backend.backends.local_fs]\ndir_path = "{folder / "storage"}"\n')
    return Server("--config-file", str(config), *options, folder=folder)


def receive(connection):
    """What a connection still brings, until it is closed or silent for its time-out."""
    received = b""
    try:
        while octets := connection.recv(65536):
            received += octets
    except (TimeoutError, ConnectionResetError):
        pass
    return received


def statuses(octets):
    """The status of each response in a stream of them, which has to hold nothing else."""
    found = []
    while octets:
        head, _, rest = octets.partition(b"\r\n\r\n")
        line = re.match(rb"HTTP/1\.1 (\d{3}) ", head)
        assert line, octets
        found.append(int(line.group(1)))
        length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
        octets = rest[int(length.group(1)) if length else 0:]
    return found


def error_of(body):
    """The peer's form of an error: the last word of its type, and its detail."""
    error = json.loads(body)
    return error["type"].rsplit("/", 1)[1], error["detail"]


class Realm:
    """A software realm on a platform whose keys lie in a folder."""

    def __init__(self, server, state="platform", *options):
        self.server = server
        self.state = server.path(state)
        self.options = options
        self.client = ["kbs-client"]
        self.key = server.path(f"{state}-realm.key")
        if not self.key.exists():
            run("openssl", "genrsa", "-traditional", "-out", self.key, "2048")

    def endorsements(self):
        return run("avouch", "realm", "endorsements", "--state", self.state).stdout

    def endorse(self):
        file = self.server.path("platform.json")
        file.write_bytes(self.endorsements())
        self.server.avouch("endorsement", "add", file)

    def run(self, *argv, **options):
        return run("avouch", "realm", "run", "--state", self.state, *self.options, "--", *argv, **options)

    def attest(self, **options):
        done = self.run(*self.client, "--url", self.server.url, "attest", "--tee-key-file", self.key, **options)
        token = self.server.path("ear.jwt")
        token.write_bytes(done.stdout)
        return token

    def get(self, token, path=RESOURCE, **options):
        return self.run(*self.client, "--url", self.server.url, "get-resource", "--tee-key-file", self.key,
                        "--attestation-token", token, "--path", path, **options)


def claims_of(token_file):
    payload = pathlib.Path(token_file).read_text().strip().split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def base64url(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


# A tee key that nobody has the private half of: enough wherever nothing is opened.
PUBLIC_KEY = {"alg": "ECDH-ES+A256KW", "crv": "P-256", "kty": "EC",
              "x": "NNb20fhmyvd6f-0UVfSF31a_J0iGWAI1VFbvMBT_iqY", "y": "On8_citgngh77F8gkabrUa00GHFp_pq8IZTzQlcrkV8"}


class Rcar:
    """The KBS protocol by hand, for the sample TEE."""

    def __init__(self, server):
        self.server = server

    def auth(self):
        status, headers, body = self.server.request(
            "POST", "/kbs/v0/auth", json.dumps({"version": "0.4.0", "tee": "sample", "extra-params": ""}))
        assert status == 200, (status, body)
        return json.loads(body)["nonce"], headers["set-cookie"].split(";")[0]

    @staticmethod
    def submission(nonce, key=None):
        key = key or PUBLIC_KEY
        bound = json.dumps({"additional-evidence": "", "nonce": nonce, "tee-pubkey": key}, sort_keys=True,
                           separators=(",", ":"))
        digest = base64.b64encode(hashlib.sha384(bound.encode()).digest()).decode()
        return {"init-data": None, "runtime-data": {"nonce": nonce, "tee-pubkey": key},
                "tee-evidence": {"primary_evidence": {"svn": "1", "report_data": digest}, "additional_evidence": ""}}

    def attest(self, submission, cookie):
        return self.server.request("POST", "/kbs/v0/attest", json.dumps(submission), {"Cookie": cookie})


def sign_ear(key_file, claims):
    """A JWT over any claims, signed ES256 with a PEM key: for results that the server would not make."""
    header = base64url(json.dumps({"alg": "ES256", "typ": "JWT", "jwk": public_jwk(key_file)}).encode())
    signing_input = f"{header}.{base64url(json.dumps(claims).encode())}"
    der = run("openssl", "dgst", "-sha256", "-sign", key_file, stdin=signing_input.encode()).stdout
    r_length = der[3]
    r, s = der[4:4 + r_length], der[6 + r_length:]
    raw = b"".join(part.lstrip(b"\0").rjust(32, b"\0") for part in (r, s))
    return f"{signing_input}.{base64url(raw)}"


def public_jwk(key_file):
    der = run("openssl", "pkey", "-in", key_file, "-pubout", "-outform", "DER").stdout
    return {"kty": "EC", "crv": "P-256", "x": base64url(der[-64:-32]), "y": base64url(der[-32:])}


def sample_session(server):
    """An attested session of the sample TEE: the status of its attestation, the body and the cookie."""
    rcar = Rcar(server)
    nonce, cookie = rcar.auth()
    status, _, body = rcar.attest(rcar.submission(nonce), cookie)
    return status, body, cookie


def get_secret(server, path=RESOURCE):
    """The octets of a resource, as a client without a TEE gets them from a server that lets the sample one in."""
    return base64.b64decode(server.kbs_client("get-resource", "--allow-sample", "--path", path).stdout)
