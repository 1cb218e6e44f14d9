"""HTTP/2 and gRPC against peers of another make: curl, and Google's own library."""

import pathlib
import subprocess
import tempfile
import unittest

from harness import PATIENCE, Server, enter, run

PYTHON = ("/usr/bin/python3", "-s", str(pathlib.Path(__file__).with_name("grpcio_peer.py")))


class Peer:
    """An echo service that ends with the test; `address` is where it listens."""

    def __init__(self, *argv):
        self.argv = argv

    def __enter__(self):
        self.process = subprocess.Popen(self.argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.address = self.process.stdout.readline().decode().strip()
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=20 * PATIENCE)


class Grpc(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if subprocess.run(["/usr/bin/python3", "-s", "-c", "import grpc"], capture_output=True).returncode != 0:
            raise unittest.SkipTest("python3-grpcio is not installed")

    def test_their_client_is_answered_by_our_server(self):
        server = enter(self, Peer("grpc_peer", "serve"))
        self.assertEqual(run(*PYTHON, "call", server.address).stdout, b"ok\n")

    def test_our_client_is_answered_by_their_server(self):
        server = enter(self, Peer(*PYTHON, "serve"))
        url = f"http://{server.address}"
        self.assertEqual(run("grpc_peer", "call", url, 300, 8).stdout, b"300\n")
        self.assertEqual(run("grpc_peer", "status", url, "Echo").stdout, b"OK\n")
        self.assertEqual(run("grpc_peer", "status", url, "Fail").stdout.decode(), "NOT_FOUND café: 100%\n")
        self.assertTrue(run("grpc_peer", "status", url, "Nothing").stdout.startswith(b"UNIMPLEMENTED"))
        self.assertTrue(run("grpc_peer", "status", url, "Sleep", 200).stdout.startswith(b"DEADLINE_EXCEEDED"))

    def test_our_client_says_who_could_not_be_reached(self):
        with Peer("grpc_peer", "serve") as server:
            address = server.address
        said = run("grpc_peer", "status", f"http://{address}", "Echo").stdout.decode()
        self.assertTrue(said.startswith("UNAVAILABLE"), said)
        self.assertIn(address, said)

    def test_our_client_says_who_does_not_speak_http2(self):
        listener = enter(self, Server())
        said = run("grpc_peer", "status", listener.url, "Echo").stdout.decode()
        self.assertTrue(said.startswith("UNIMPLEMENTED") or said.startswith("INTERNAL"), said)


class Http2(unittest.TestCase):
    def setUp(self):
        self.server = enter(self, Server())

    def curl(self, *options, path="/healthz"):
        done = run("curl", "-sS", "-o", "/dev/null", "-w", "%{http_version} %{response_code}", *options, self.server.url + path)
        return done.stdout.decode()

    def test_curl_is_answered_with_prior_knowledge_and_without(self):
        self.assertEqual(self.curl("--http2-prior-knowledge"), "2 200")
        self.assertEqual(self.curl("--http2"), "1.1 200")  # an upgrade that is offered need not be taken (RFC 9110 section 7.8)
        self.assertEqual(self.curl("--http1.1"), "1.1 200")

    def test_bodies_above_the_limit_are_refused(self):
        large = self.server.path("large")
        large.write_bytes(b"x" * (3 * 1024 * 1024))
        self.assertEqual(self.curl("--http2-prior-knowledge", "--data-binary", f"@{large}", path="/kbs/v0/attest"), "2 413")


class Http2OverTls(unittest.TestCase):
    def test_many_requests_share_a_connection(self):
        folder = pathlib.Path(enter(self, tempfile.TemporaryDirectory()))
        key, certificate, config = folder / "key.pem", folder / "certificate.pem", folder / "config.toml"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj",
            "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate)
        config.write_text(f'[http_server]\nprivate_key = "{key}"\ncertificate = "{certificate}"\n')
        server = enter(self, Server("--config-file", str(config)))
        urls = [f"https://127.0.0.1:{server.port}/healthz"] * 200
        done = run("curl", "-sS", "--cacert", certificate, "--parallel", "-w", "%{num_connects} %{http_version} %{response_code}\n", *urls)
        said = [line.split() for line in done.stdout.decode().split("\n") if line]
        self.assertEqual(len(said), 200)
        self.assertEqual({(version, code) for _, version, code in said}, {("2", "200")})
        self.assertLess(sum(int(connects) for connects, _, _ in said), 20)
