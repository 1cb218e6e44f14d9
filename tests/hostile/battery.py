"""What the areas of the battery share: how a case is judged, a client that keeps its connection, and a server watched for
growth. An area is a function that yields, for each of its cases, a name and what was wrong: "" if the server kept its word."""

import dataclasses
import http.client
import json
import pathlib
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from harness import MEMORY_IS_JUDGED, PATIENCE, Rcar, Server, base64url, receive, statuses  # noqa: E402  (the folder first)

MEBIBYTE = 1024 * 1024
CANARY = b"GET /kbs/v0/canary HTTP/1.1\r\nHost: x\r\n\r\n"
JSON_TYPE = "application/json"
SETTLE_SECONDS = 5


@dataclasses.dataclass(frozen=True)
class Effort:
    """How long to go on where there is no natural end."""
    flood_requests: int  # for each route
    flood_seconds: float  # for each route, whatever has been sent by then
    mutations: int  # random ones of each kind
    stride: int  # of the bytes that are flipped one by one, each so many-th

    @staticmethod
    def of_seconds(seconds):
        return Effort(100_000, max(1.0, seconds * 0.6 / 16), max(50, int(seconds * 4)), 1)


FAST = Effort(flood_requests=1_500, flood_seconds=1, mutations=40, stride=23)
NORMAL = Effort(flood_requests=20_000, flood_seconds=10, mutations=600, stride=1)
FULL = Effort(flood_requests=100_000, flood_seconds=60, mutations=5_000, stride=1)


def differs(seen, *promised):
    """"" if what was seen is one of what was promised."""
    return "" if seen in promised else f"{seen!r} and not {' or '.join(map(repr, promised))}"


def policy(body):
    return f"package policy\nimport rego.v1\n{body}\n"


@dataclasses.dataclass(frozen=True)
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return {}

    @property
    def variant(self):
        """The last word of a KBS error's type."""
        return self.json.get("type", "").rsplit("/", 1)[-1]

    @property
    def code(self):
        """The code of an error of /avouch/v1."""
        return self.json.get("error", {}).get("code", "")

    @property
    def token(self):
        return self.json["token"]


class Client:
    """One kept connection, opened again when the server closes it; counts what it asked."""

    def __init__(self, server):
        self.server = server
        self.connection = server.connect()
        self.asked = 0

    def ask(self, method, path, body=None, headers=None):
        self.asked += 1
        for attempt in (0, 1):
            try:
                self.connection.request(method, path, body=body, headers=headers or {})
                response = self.connection.getresponse()
                return Answer(response.status, {name.lower(): value for name, value in response.getheaders()},
                              response.read())
            except (http.client.HTTPException, ConnectionError):
                self.connection.close()
                if attempt:
                    raise
        return None

    def administer(self, method, path, body=None):
        return self.ask(method, path, body, {"Authorization": f"Bearer {self.server.admin_token()}"})

    def challenge(self, tee="sample"):
        answer = self.ask("POST", "/kbs/v0/auth", json.dumps({"version": "0.4.0", "tee": tee, "extra-params": ""}))
        assert answer.status == 200, answer
        return answer.json["nonce"], answer.headers["set-cookie"].split(";")[0]

    def attest(self, submission, cookie):
        body = submission if isinstance(submission, bytes) else json.dumps(submission)
        return self.ask("POST", "/kbs/v0/attest", body, {"Cookie": cookie})

    def session(self, key=None):
        """An attested session of the sample TEE: the answer that holds the token, and the cookie."""
        nonce, cookie = self.challenge()
        return self.attest(Rcar.submission(nonce, key), cookie), cookie

    def fetch(self, path, bearer=None, cookie=None):
        headers = {"Authorization": f"Bearer {bearer}"} if bearer is not None else {}
        if cookie is not None:
            headers["Cookie"] = cookie
        return self.ask("GET", f"/kbs/v0/resource/{path}", headers=headers)

    def reason(self, answer):
        """The code that the decision behind an answer is on record with."""
        decision = answer.json.get("decision")
        if decision is None:
            return ""
        error = self.administer("GET", f"/avouch/v1/decisions/{decision}/why").json.get("error")
        return error["code"] if error else "granted"

    def set_policy(self, kind, text):
        message = {"policy": base64url(text.encode())}
        if kind == "attestation":
            message |= {"type": "rego", "policy_id": "default_cpu"}
        return self.administer("POST", f"/kbs/v0/{kind}-policy", json.dumps(message))


def post(path, body, *headers):
    head = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def answers_to(server, octets, wait_seconds=5, half_close=False):
    """The statuses that come back for these very octets; [] if the connection was closed without a word. Closing our half
    behind them tells the server that it need not wait for more."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=wait_seconds * PATIENCE) as connection:
        try:
            connection.sendall(octets)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused in the middle: the answer lies in our buffer
        received = receive(connection)
    try:
        return statuses(received)
    except AssertionError:
        return [f"no HTTP/1.1 answer: {received[:80]!r}"]


def is_served(server):
    """What is wrong with the server, "" if nothing: it lives, answers, attests and releases."""
    if server.process is None or server.process.poll() is not None:
        return "the server died"
    status = server.request("GET", "/healthz")[0]
    return differs(status, 200)


@dataclasses.dataclass
class Area:
    """One row of the table at the end."""
    name: str
    cases: int = 0
    failures: list = dataclasses.field(default_factory=list)
    names: set = dataclasses.field(default_factory=set)
    resident_before: int = 0
    resident_after: int = 0
    seconds: float = 0.0

    def row(self):
        grown = (self.resident_after - self.resident_before) / MEBIBYTE
        return (f"{self.name:<22} {self.cases:>7} {self.cases - len(self.failures):>9} {len(self.failures):>6}"
                f" {self.resident_before / MEBIBYTE:>10.1f} {self.resident_after / MEBIBYTE:>9.1f} {grown:>+7.1f}"
                f" {self.seconds:>8.1f}")

    @staticmethod
    def head():
        return (f"{'area':<22} {'cases':>7} {'as should':>9} {'not':>6} {'MiB before':>10} {'after':>9} {'grown':>7}"
                f" {'seconds':>8}")


def warm_up(server):
    """Makes the server allocate what it keeps: parsers, caches, threads' arenas, connections."""
    client = Client(server)
    for _ in range(200):
        client.session()
    large = json.dumps({"version": "0.4.0", "tee": "sample", "extra-params": "x" * 1_500_000})
    for _ in range(8):
        client.attest(large.encode(), client.challenge()[1])


def run_area(name, cases, server, effort, growth_max_mebibytes):
    """Runs all cases of an area against its server and judges the server afterwards."""
    area = Area(name)
    begin = time.monotonic()
    area.resident_before = server.resident_bytes()
    process = server.process
    for case, problem in cases(server, effort):
        area.cases += 1
        area.names.add(case)
        if problem:
            area.failures.append((case, problem))
        if server.process is process and process.poll() is not None:
            area.failures.append((case, f"the server died of it: {server.log()[-500:]}"))
            return area
    area.cases += 1
    if problem := is_served(server):
        area.failures.append(("served afterwards", problem))
    area.resident_after = settled_bytes(server, area.resident_before + growth_max_mebibytes * MEBIBYTE)
    if server.process is process:
        for case, problem in growth("memory", area.resident_before, area.resident_after, growth_max_mebibytes):
            area.cases += 1
            area.failures += [(case, problem)] if problem else []
    area.seconds = time.monotonic() - begin
    return area


def growth(case, before, after, at_most_mebibytes):
    """The case that a server's memory has grown by no more; no case at all where memory is not judged."""
    grown = (after - before) / MEBIBYTE
    if MEMORY_IS_JUDGED:
        yield case, "" if grown <= at_most_mebibytes else f"grew by {grown:.1f} MiB"


def settled_bytes(server, enough):
    """Resident bytes once the connections of the cases are gone: a busy machine takes its time over thousands of them."""
    least = server.resident_bytes()
    deadline = time.monotonic() + SETTLE_SECONDS
    while least > enough and time.monotonic() < deadline:
        time.sleep(0.1)
        least = min(least, server.resident_bytes())
    return least


__all__ = ["CANARY", "FAST", "FULL", "MEBIBYTE", "NORMAL", "Answer", "Area", "Client", "Effort", "Rcar", "Server",
           "answers_to", "base64url", "differs", "growth", "is_served", "policy", "post", "receive", "run_area", "statuses", "warm_up"]
