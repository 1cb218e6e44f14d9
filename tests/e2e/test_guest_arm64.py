"""The programs for Arm realms, as `./run build guest-arm64` makes them: what they are made of, and a realm whose guest runs
them, in an emulator of the processor."""

import base64
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

from harness import ROOT, SECRET, Realm, Server, claims_of, enter, run, vectors

PROGRAMS = ROOT / "build/guest-arm64/bin"
BYTES_MAX = 8 << 20
RUST_MARKS = (b"/rustc", b"rust_eh_personality")  # a path that every panic carries, its own or Debian's; the unwinder's hook
# System V ABI, chapters 4 and 5; EM_AARCH64: ELF for the Arm 64-bit Architecture.
EM_AARCH64, PT_DYNAMIC, PT_INTERP, DT_NEEDED, PF_X, PF_W = 183, 2, 3, 1, 1, 2


def setUpModule():
    if not all((PROGRAMS / name).exists() for name in ("kbs-client", "arc")):
        raise unittest.SkipTest("nothing is built for guests: ./run build guest-arm64")
    if not shutil.which("qemu-aarch64"):
        raise unittest.SkipTest("there is no qemu-aarch64: apt-get install qemu-user")


def emulated(program):
    """The beginning of a command that runs a program for realms here."""
    return "qemu-aarch64", PROGRAMS / program


class Elf:
    """What an ELF file says of itself to the kernel that loads it."""

    def __init__(self, file):
        octets = file.read_bytes()
        self.is_64_bit_little_endian = octets[:6] == b"\x7fELF\x02\x01"
        self.machine, = struct.unpack_from("<H", octets, 18)
        offset, = struct.unpack_from("<Q", octets, 32)
        size, count = struct.unpack_from("<HH", octets, 54)
        self.segments = [struct.unpack_from("<II6Q", octets, offset + n * size) for n in range(count)]
        self.needed = []
        for kind, _, start, _, _, length, _, _ in self.segments:
            if kind == PT_DYNAMIC:
                entries = list(struct.iter_unpack("<QQ", octets[start:start + length]))
                self.needed = [value for tag, value in entries if tag == DT_NEEDED]


class Programs(unittest.TestCase):
    def test_they_are_static_for_arm_and_small(self):
        for name in ("kbs-client", "arc"):
            elf = Elf(PROGRAMS / name)
            self.assertTrue(elf.is_64_bit_little_endian)
            self.assertEqual(elf.machine, EM_AARCH64, name)
            self.assertNotIn(PT_INTERP, [segment[0] for segment in elf.segments], name)
            self.assertEqual(elf.needed, [], name)
            self.assertLessEqual((PROGRAMS / name).stat().st_size, BYTES_MAX, name)

    def test_no_memory_of_theirs_can_be_written_and_run(self):
        for name in ("kbs-client", "arc"):
            for kind, flags, *_ in Elf(PROGRAMS / name).segments:
                self.assertNotEqual(flags & (PF_W | PF_X), PF_W | PF_X, (name, kind))

    def test_there_is_no_rust_in_them_nor_in_how_they_are_built(self):
        server = pathlib.Path(shutil.which("avouchd")).read_bytes()
        for mark in RUST_MARKS:
            self.assertTrue(mark in server, f"{mark} would find nothing")
            for name in ("kbs-client", "arc"):
                self.assertFalse(mark in (PROGRAMS / name).read_bytes(), f"{mark} in {name}")
        self.assertNotRegex((PROGRAMS.parent / "build.ninja").read_text(), "avouch_policy|cargo build")


class Guest(unittest.TestCase):
    def setUp(self):
        self.server = enter(self, Server())
        self.server.set_secret()
        self.server.admin("set-resource-policy", "--affirming")
        self.realm = Realm(self.server)
        self.realm.client = emulated("kbs-client")
        self.realm.endorse()

    def test_it_attests_is_refused_approved_and_served(self):
        token = self.realm.attest()
        self.assertEqual(claims_of(token)["submods"]["cpu0"]["ear.status"], "warning")
        self.assertIn(b"errors/PolicyDeny", self.realm.get(token, ok=False).stderr)

        self.server.avouch("refval", "approve", "--last")
        token = self.realm.attest()
        self.assertEqual(claims_of(token)["submods"]["cpu0"]["ear.status"], "affirming")
        shown = run(*emulated("arc"), "verify", token).stdout
        self.assertIn(b"Executables [affirming]: recognized and approved boot-time", shown)
        self.assertEqual(base64.b64decode(self.realm.get(token).stdout), SECRET)

    def test_where_there_is_no_tee_it_says_what_to_mount(self):
        done = run(*emulated("kbs-client"), "--url", self.server.url, "attest", ok=False)
        self.assertEqual(done.stdout, b"")
        self.assertIn(b"mount -t configfs none /sys/kernel/config", done.stderr)


class Https(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="avouch-e2e-"))
        self.certificate = self.folder / "server.pem"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj",
            "/CN=kbs", "-addext", "subjectAltName=DNS:localhost", "-keyout", self.folder / "key.pem", "-out", self.certificate)
        config = self.folder / "kbs.toml"
        config.write_text(f'[http_server]\nprivate_key = "{self.folder}/key.pem"\ncertificate = "{self.certificate}"\n'
                          "[avouch]\nallow_sample = true\n")
        self.server = enter(self, Server("--config-file", str(config), folder=self.folder))
        self.client = [*emulated("kbs-client"), "--url", f"https://localhost:{self.server.port}"]

    def test_the_server_is_believed_on_the_given_root_alone(self):
        done = run(*self.client, "--cert-file", self.certificate, "attest", "--allow-sample")
        self.assertEqual(done.stdout.count(b"."), 2)
        refused = run(*self.client, "attest", "--allow-sample", ok=False)
        self.assertIn(b"certificate", refused.stderr)


def private_mounts():
    """Options of unshare(1) for a mount here that is seen nowhere else."""
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    mounts = pathlib.Path("/proc/self/mountinfo").read_text()
    if any(mount.split()[4] == "/" for mount in mounts.splitlines()):
        return [*user, "--mount"]
    # In a chroot: there is no mount to make private, and no need to where none is shared.
    if " shared:" in mounts:
        raise unittest.SkipTest("a chroot whose mounts are shared with others")
    return [*user, "--mount", "--propagation", "unchanged"]


class Names(unittest.TestCase):
    """A small guest has little in /etc, and what there is must not matter to a static program."""

    def setUp(self):
        self.etc = pathlib.Path(enter(self, tempfile.TemporaryDirectory()))
        self.server = enter(self, Server("--allow-sample"))

    def attest(self, host, port=None, before=(), unshare=(), **options):
        """kbs-client in a machine whose /etc is ours."""
        client = [*emulated("kbs-client"), "--url", f"http://{host}:{port or self.server.port}", "attest", "--allow-sample"]
        return run("unshare", *private_mounts(), *unshare, "sh", "-c", 'mount --bind "$0" /etc && exec "$@"',
                   self.etc, *before, *client, **options)

    def test_addresses_and_localhost_need_no_file(self):
        for host in ("127.0.0.1", "localhost"):
            self.assertEqual(self.attest(host).stdout.count(b"."), 2, host)

    def test_an_unknown_name_is_reported(self):
        done = self.attest("kbs.test", ok=False, unshare=["--net"])
        self.assertIn(b"http://kbs.test", done.stderr)
        self.assertRegex(done.stderr, b"name resolution|not known")

    def test_the_hosts_file_counts_whatever_nsswitch_says(self):
        (self.etc / "hosts").write_text("127.0.0.1 kbs.test\n")
        self.assertEqual(self.attest("kbs.test").stdout.count(b"."), 2)
        (self.etc / "nsswitch.conf").write_text("hosts: resolve [!UNAVAIL=return] mymachines\n")
        self.assertEqual(self.attest("kbs.test").stdout.count(b"."), 2)

    def test_the_name_server_is_asked(self):
        (self.etc / "resolv.conf").write_text("nameserver 127.0.0.1\n")
        name_server = [sys.executable, ROOT / "tests/e2e/name_server.py"]
        found = self.attest("kbs.test", 1, before=name_server, unshare=["--net"], ok=False)
        self.assertIn(b"http://kbs.test:1: Connection refused", found.stderr)
        missing = self.attest("other.test", 1, before=name_server, unshare=["--net"], ok=False)
        self.assertIn(b"not known", missing.stderr)


class Document(unittest.TestCase):
    """docs/fvp.md: each line behind a prompt runs as written, the realm's in a software realm, by the programs for Arm."""

    TEXT = (ROOT / "docs/fvp.md").read_text()

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="avouch-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        for name in ("kbs-client", "arc"):
            wrapper = self.folder / "realm" / name
            wrapper.parent.mkdir(exist_ok=True)
            wrapper.write_text(f'#!/bin/sh\nexec qemu-aarch64 "{PROGRAMS / name}" "$@"\n')
            wrapper.chmod(0o755)
        known = json.loads(run("avouch", "realm", "endorsements", "--state", self.folder / "platform").stdout)
        (self.folder / "ta-store.json").write_text(json.dumps(known["trust-anchors"]))
        (self.folder / "rv-store.json").write_text(json.dumps(known["reference-values"]))

    def start_server(self):
        """As shown, but from another folder, and on a port that the kernel chose."""
        config = re.search(r"^```toml\n(.*?)^```", self.TEXT, re.M | re.S).group(1)
        (self.folder / "kbs.toml").write_text(config.replace('"kbs.', f'"{self.folder}/kbs.'))
        server = enter(self, Server("--config-file", str(self.folder / "kbs.toml"), folder=self.folder))
        shutil.copy(self.folder / "kbs.pem", self.folder / "realm")
        return {**os.environ, "KBS": f"https://localhost:{server.port}"}

    def run_line(self, line, environment):
        """A line behind a prompt. What a '!' announces is a refusal, not whatever else may go wrong."""
        if line.startswith("$ "):
            argv, folder = ["bash", "-o", "pipefail", "-c", line[2:]], self.folder
        else:
            argv, folder = ["avouch", "realm", "run", "--state", self.folder / "platform", "--", "bash", "-o", "pipefail", "-c",
                            line.removeprefix("(realm) # ")], self.folder / "realm"
        done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, timeout=120)
        said = f"{line}\n{done.stdout.decode()}{done.stderr.decode()}"
        self.assertEqual(done.returncode, 0, said)
        if "# ! " in line:
            self.assertIn("the KBS refused", said)
        return done

    def test_its_lines_run_as_written(self):
        blocks = re.findall(r"^```console\n(.*?)^```", self.TEXT, re.M | re.S)
        lines = [line for block in blocks for line in block.splitlines()]
        self.assertGreater(len(lines), 15)
        environment = dict(os.environ)
        said = []
        for line in lines:
            self.assertRegex(line, r"^(\$|\(realm\) #) ")
            done = self.run_line(line, environment)
            said.append((line, done.stdout + done.stderr))
            if "openssl req" in line:
                environment = self.start_server()
        self.assertIn(b"arm_cca_guest\n", next(text for line, text in said if "look/provider" in line))
        denials = [text for line, text in said if line.startswith("(realm) # ! ")]
        self.assertIn(b"errors/AttestationError", denials[0])
        self.assertIn(b"errors/PolicyDeny", denials[1])
        reasons = [text for line, text in said if line.endswith("why --last")]
        self.assertIn(b"attestation key (CPAK) is endorsed", reasons[0])
        self.assertIn(b"cca-platform-sw-components", reasons[1])
        self.assertIn(b"cca.realm.cca-realm-initial-measurement", reasons[2])
        self.assertEqual(done.stdout, SECRET)

    def test_the_stores_that_it_names_endorse_the_platform_of_the_simulator(self):
        stores = vectors(self, "tee/cca/trustee")
        token = stores / "cca-example-token.cbor"
        verdict = run("avouch", "evidence", "verify", "--ta-store", stores / "tastore.json", "--rv-store", stores / "rvstore.json",
                      token).stdout
        self.assertIn(b"Hardware [affirming]", verdict)
        self.assertTrue(json.loads((stores / "tastore.json").read_text())[0]["implementation-id"].startswith("7f454c46"))
        self.assertIn("begins with\n  7f454c46", self.TEXT)


if __name__ == "__main__":
    unittest.main()
