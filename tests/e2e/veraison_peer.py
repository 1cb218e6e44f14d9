"""A Veraison verification service as recorded traffic has it, made of the standard library and independent of our code: it
takes tokens apart itself and verifies the platform's signature with openssl. It can misbehave where the real one does not."""

import base64
import contextlib
import hashlib
import http.server
import json
import pathlib
import socket
import ssl
import tempfile
import threading
import time
import urllib.parse
import uuid

import cca_token
from harness import base64url, public_jwk, run

SESSION_TYPE = "application/vnd.veraison.challenge-response-session+json"
DISCOVERY_TYPE = "application/vnd.veraison.discovery+json"
LEGACY = 'application/eat-collection; profile="http://arm.com/CCA-SSD/1.0.0"'
PROFILE_2023 = 'application/eat-collection; profile="tag:arm.com,2023:cca_platform#1.0.0"'
OTHERS = ["application/psa-attestation-token", 'application/eat-cwt; profile="http://arm.com/psa/2.0.0"']
NAMES = ("instance-identity", "configuration", "executables", "file-system", "hardware", "runtime-opaque", "storage-opaque",
         "sourced-data")
P384_HEAD = bytes.fromhex("3076301006072a8648ce3d020106052b8104002203620004")  # of a SubjectPublicKeyInfo, before X and Y


def octets_of(text):
    """Either alphabet, padded or not."""
    text = text.rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def base64_of(octets):
    return base64.b64encode(octets).decode()


def vector(**claims):
    return {name: claims.get(name.replace("-", "_"), 0) for name in NAMES}


def status_of(claims):
    worst = max(abs(value) for value in claims.values())
    return "contraindicated" if worst >= 96 else "warning" if worst >= 32 else "affirming" if worst >= 2 else "none"


def ecdsa_der(raw):
    def integer(octets):
        octets = octets.lstrip(b"\0") or b"\0"
        octets = b"\0" + octets if octets[0] & 0x80 else octets
        return b"\2" + bytes([len(octets)]) + octets
    content = integer(raw[:len(raw) // 2]) + integer(raw[len(raw) // 2:])
    return b"\x30" + bytes([len(content)]) + content


class Veraison:
    """Serves from a thread of its own until it is left. `fault` names the one thing that it does wrong."""

    def __init__(self, *, tls=None, port=0):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="avouch-e2e-"))
        self.key = self.new_key("ear")
        self.anchors = {}  # implementation id and instance id: PEM of the key
        self.media_types = [LEGACY, *OTHERS]
        self.platform_vector = vector(instance_identity=2, configuration=2, executables=2, hardware=2, runtime_opaque=2,
                                      storage_opaque=2)
        self.realm_vector = vector(instance_identity=2, executables=33)
        self.fault = ""
        self.sessions, self.asked, self.connections = {}, [], []
        self.tls, self.port, self.http = tls, port, None

    def new_key(self, name):
        file = self.folder / f"{name}.pem"
        run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", file)
        return file

    def __enter__(self):
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                peer.answer(self)
            do_GET = do_POST = do_DELETE = answer  # noqa: N815

            def setup(self):
                super().setup()
                peer.connections.append(self.request)

            def log_message(self, *_):
                pass

        class Http(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # who asked went away

        self.http = Http(("127.0.0.1", self.port), Handler)
        self.port = self.http.server_address[1]
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.tls)
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        if self.http:
            self.http.shutdown()
            self.http.server_close()
            for connection in self.connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.http = None

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def endorse(self, endorsements):
        """From what `avouch realm endorsements` says: the keys of its platforms."""
        document = json.loads(endorsements)
        for entry in document["trust-anchors"]:
            der = P384_HEAD + octets_of(entry["pkey"]["x"]) + octets_of(entry["pkey"]["y"])
            pem = self.folder / f"anchor-{len(self.anchors)}.pem"
            pem.write_text("-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(der).decode() + "-----END PUBLIC KEY-----\n")
            self.anchors[entry["implementation-id"].lower(), entry["instance-id"].lower()] = pem

    # What it answers.
    def answer(self, request):
        url = urllib.parse.urlsplit(request.path)
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        self.asked.append((request.command, url.path, dict(request.headers)))
        if self.fault == "slow":
            time.sleep(30)
        if self.fault == "redirect":
            return self.send(request, 307, b"", location=self.url + "/elsewhere")
        if self.fault == "failing":
            return self.problem(request, 500, "Internal Server Error", "error encountered while processing evidence")
        if request.command == "GET" and url.path == "/.well-known/veraison/verification":
            return self.discover(request)
        if request.command == "POST" and url.path == "/challenge-response/v1/newSession":
            return self.new_session(request, urllib.parse.parse_qs(url.query))
        if url.path.startswith("/challenge-response/v1/session/"):
            return self.session(request, url.path.rsplit("/", 1)[1], body)
        return self.send(request, 404, b"404 page not found", content_type="text/plain")

    def discover(self, request):
        document = {"ear-verification-key": {"alg": "ES256", **public_jwk(self.key)}, "media-types": self.media_types,
                    "version": "6b88102", "service-state": "DOWN" if self.fault == "not-ready" else "READY",
                    "api-endpoints": {"newChallengeResponseSession": "/challenge-response/v1/newSession"}}
        self.send(request, 200, json.dumps(document).encode(), content_type=DISCOVERY_TYPE)

    def new_session(self, request, query):
        nonce = octets_of(query["nonce"][0])
        if not 8 <= len(nonce) <= 64:
            return self.problem(request, 400, "Bad Request", "nonce must be between 8 and 64 bytes long")
        name = str(uuid.uuid1())
        self.sessions[name] = nonce
        said = bytes(64) if self.fault == "session-nonce" else nonce
        location = "https://elsewhere.example/x" if self.fault == "location" else f"session/{name}"
        self.send(request, 201, json.dumps(self.state("waiting", said)).encode(), location=location)

    def state(self, status, nonce):
        return {"status": status, "nonce": base64url(nonce), "expiry": "2026-11-22T03:19:15.621852509Z", "accept": self.media_types}

    def session(self, request, name, body):
        nonce = self.sessions.get(name)
        if nonce is None:
            return self.problem(request, 404, "Not Found", f"session not found for (id, tenant)=({name}, 0)")
        if request.command == "DELETE":
            del self.sessions[name]
            return self.send(request, 204, b"")
        if self.fault == "evidence-fails":
            return self.problem(request, 500, "Internal Server Error", "error encountered while processing evidence")
        if request.command == "POST":
            media_type = request.headers["Content-Type"]
            if media_type not in self.media_types:
                return self.problem(request, 415, "Unsupported Media Type", f"no active plugin found for {media_type}")
            self.evidence = media_type, body
            if self.fault == "processing":
                return self.send(request, 202, json.dumps(self.state("processing", nonce)).encode())
        media_type, evidence = self.evidence
        session = self.state("complete", nonce)
        session["evidence"] = {"type": media_type, "value": base64_of(evidence)}
        session["result"] = self.result(self.appraise(evidence, nonce), nonce)
        if self.fault == "huge":
            session["padding"] = "x" * (4 << 20)
        return self.send(request, 200, json.dumps(session).encode(),
                         content_type="text/html" if self.fault == "content-type" else SESSION_TYPE)

    # What it finds.
    def appraise(self, evidence, nonce):
        token = cca_token.Token(evidence, None)
        platform, realm = token.platform, token.realm
        problem = self.problem_of(token, nonce)
        if problem:
            return {"ARM_CCA": self.submod(dict.fromkeys(NAMES, 99), "ear.veraison.policy-claims", {"problem": problem})}
        submods = {
            "CCA_SSD_PLATFORM": self.submod(self.platform_vector, "ear.veraison.annotated-evidence", {
                "cca-platform-challenge": base64_of(platform[cca_token.CHALLENGE]),
                "cca-platform-implementation-id": base64_of(platform[cca_token.IMPLEMENTATION_ID]),
                "cca-platform-instance-id": base64_of(platform[256]),
                "cca-platform-lifecycle": platform[cca_token.LIFECYCLE]}),
            "CCA_REALM": self.submod(self.realm_vector, "ear.veraison.annotated-evidence", {
                "cca-realm-challenge": base64_of(realm[cca_token.CHALLENGE]),
                "cca-realm-personalization-value": base64_of(realm[44235]),
                "cca-realm-initial-measurement": base64_of(bytes(32) if self.fault == "other-evidence" else realm[44238]),
                "cca-realm-extensible-measurements": [base64_of(octets) for octets in realm[cca_token.REM]],
                "cca-realm-hash-algo-id": realm[44236]})}
        if self.fault == "no-realm":
            del submods["CCA_REALM"]
        if self.fault == "flattered":
            submods["CCA_REALM"]["ear.trustworthiness-vector"] = dict.fromkeys(NAMES, 99)
        return submods

    def problem_of(self, token, nonce):
        if token.realm[cca_token.CHALLENGE] != nonce.ljust(64, b"\0"):
            return "integrity validation failed: bad evidence: freshness: realm challenge does not match session nonce"
        anchor = self.anchors.get((token.platform[cca_token.IMPLEMENTATION_ID].hex(), token.platform[256].hex()))
        if not anchor:
            return "no trust anchor for evidence"
        parts = token.messages[cca_token.PLATFORM].value
        signature = self.folder / "signature.der"
        signature.write_bytes(ecdsa_der(parts[3]))
        message = cca_token.encode(["Signature1", parts[0], b"", parts[2]])
        verified = run("openssl", "dgst", "-sha384", "-verify", anchor, "-signature", signature, stdin=message, ok=None)
        if verified.returncode != 0:
            return "integrity validation failed: bad evidence: unable to verify platform token: verification error"
        if token.platform[cca_token.CHALLENGE] != hashlib.sha256(token.realm[cca_token.REALM_KEY]).digest():
            return "integrity validation failed: bad evidence: platform challenge does not match realm key"
        return ""

    @staticmethod
    def submod(claims, name, content):
        return {"ear.appraisal-policy-id": "policy:ARM_CCA", "ear.status": status_of(claims), "ear.trustworthiness-vector": claims,
                name: content}

    def result(self, submods, nonce):
        said = bytes(64) if self.fault == "nonce" else nonce
        alphabet = base64.b64encode if self.fault == "standard-base64" else base64.urlsafe_b64encode
        claims = {"ear.verifier-id": {"build": "6b88102", "developer": "Veraison Project"}, "eat_nonce": alphabet(said).decode(),
                  "eat_profile": "tag:github.com,2023:veraison/ear", "iat": int(time.time()), "submods": submods}
        if self.fault == "no-nonce":
            del claims["eat_nonce"]
        if self.fault == "expired":
            claims["exp"] = claims["iat"] - 3600
        algorithm = {"alg-none": "none", "hmac": "HS256", "other-algorithm": "ES384"}.get(self.fault, "ES256")
        signing_input = ".".join(base64url(json.dumps(part).encode()) for part in ({"alg": algorithm, "typ": "JWT"}, claims))
        key = self.new_key("other") if self.fault == "other-key" else self.key
        return f"{signing_input}.{base64url(self.sign(key, signing_input))}"

    def sign(self, key, signing_input):
        if self.fault == "alg-none":
            return b""
        if self.fault == "hmac":  # keyed with what everybody knows
            secret = json.dumps(public_jwk(self.key)).encode()
            return hashlib.sha256(secret + signing_input.encode()).digest()
        der = run("openssl", "dgst", "-sha256", "-sign", key, stdin=signing_input.encode()).stdout
        r_length = der[3]
        r, s = der[4:4 + r_length], der[6 + r_length:]
        return b"".join(part.lstrip(b"\0").rjust(32, b"\0") for part in (r, s))

    # How it answers.
    def problem(self, request, status, title, detail):
        body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        self.send(request, status, json.dumps(body).encode(), content_type="application/problem+json")

    @staticmethod
    def send(request, status, body, content_type=SESSION_TYPE, location=None):
        request.send_response(status)
        if location:
            request.send_header("Location", location)
        if body:
            request.send_header("Content-Type", content_type)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
