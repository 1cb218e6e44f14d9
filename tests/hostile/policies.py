"""Policies that run away, and that say what no policy may say. None may affirm, none may allow, none may keep others waiting."""

import base64
import concurrent.futures
import json
import threading
import time

from battery import Client, differs, policy
from harness import PATIENCE, RESOURCE

REFUSED_WITHIN_SECONDS = 5 * PATIENCE
OTHERS_WITHIN_SECONDS = 2 * PATIENCE  # generous: the machine of a CI is busy
CLAIMS = '{"executables": 3, "hardware": 2, "configuration": 2}'
STOPPED = ("policy.time", "policy.steps", "policy.memory")

RUNAWAYS = [
    ("double loop", "x if { some a in numbers.range(1, 100000); some b in numbers.range(1, 100000); a + b == 0 }"),
    ("triple loop", "x if { r := numbers.range(1, 2000); some a in r; some b in r; some c in r; a + b + c == 0 }"),
    ("nested comprehension", "x if count([1 | some a in numbers.range(1, 3000); count([1 | some b in numbers.range(1, 3000); "
                             "a * b == -1]) > 0]) > 0"),
    ("exponential comprehension", "d := {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}\n"
                                  "x if count({[a, b, c, e, f, g, h] | a := d[_]; b := d[_]; c := d[_]; e := d[_]; f := d[_]; "
                                  "g := d[_]; h := d[_]}) == 0"),
    ("regex that explodes", 'x if regex.match("(?:a{0,100}){0,100}b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")'),
    ("regexes without end", 'x if { some i in numbers.range(1, 100000); regex.match(sprintf("^(a|b%d)*c$", [i]), "aaaa") }'),
    ("growing text", 'x if count(concat("", [s | some i in numbers.range(1, 1000000); s := sprintf("%d", [i])])) == 0'),
    ("text that doubles", "s0 := \"aaaaaaaaaaaaaaaa\"\n" + "".join(f"s{n + 1} := concat(\"\", [s{n}, s{n}])\n" for n in range(28))
     + "x if count(s28) == 0"),
    ("array that doubles", "a0 := [1, 2, 3, 4]\n" + "".join(f"a{n + 1} := array.concat(a{n}, a{n})\n" for n in range(26))
     + "x if count(a26) == 0"),
    ("range of a billion", "x if count(numbers.range(1, 1000000000)) == 0"),
    ("huge product", "x if " + " * ".join(["99999999999999999999999999999999999999"] * 5_000) + " == 0"),
    ("product of a set with itself", "x if { r := {n | some n in numbers.range(1, 3000)}; some a in r; some b in r; r - {a, b} == {} }"),
]

# A resource policy's `allow`, in every shape but true.
DENYING = ['allow := "true"', "allow := 1", "allow := {}", "allow := []", "allow := [true]", "allow := {true}", "allow := null",
           "allow := false", 'allow := {"allow": true}', 'allow := ""', "allow := 1.5", "allow if input.nothing.of.the.kind",
           "alow := true", "Allow := true", "allow contains true", 'allow["x"] := true', "allow := x if { x := 1 / 0 }",
           'allow := to_number("x") == 1', "allow := true\nallow := false if input.submods", "default allow := false",
           "allow if not true", "allow if { false }", 'allow if startswith("a", 1)', "allow := true if count(1) == 1",
           "allow if data.nothing", "allow if input == {}", 'allow if input["ear.status"]', "allow(x) := true"]

# Texts that must not be taken at all, or else deny.
UNUSABLE = [
    ("infinite recursion", policy("allow if allow")),
    ("mutual recursion", policy("allow if b\nb if c\nc if allow")),
    ("recursion of functions", policy("f(x) := f(x + 1)\nallow if f(1) == 2")),
    ("two packages", "package policy\nallow := true\npackage other\nallow := true\n"),
    ("another package", "package other\nallow := true\n"),
    ("no package", "allow := true\n"),
    ("a package within", "package policy.inner\nallow := true\n"),
    ("nothing", ""),
    ("NUL", "package policy\nallow := true\x00\n"),
    ("not UTF-8", b"package policy\n# \xff\xfe\nallow := true\n"),
    ("600 KiB", "package policy\n#" + "x" * 614_400 + "\nallow := true\n"),
    ("10,000 brackets", policy("allow := " + "[" * 10_000)),
    ("10,000 closed brackets", policy("allow := " + "[" * 10_000 + "]" * 10_000)),
    ("10,000 not", policy("allow if " + "not " * 10_000 + "true")),
    ("10,000 parentheses", policy("allow := " + "(" * 10_000 + "true" + ")" * 10_000)),
    ("10,000 minus", policy("allow if " + "-" * 10_000 + "1")),
    ("100,000 additions", policy("allow if " + "1 + " * 100_000 + "1")),
    ("http.send", policy('allow if http.send({"method": "get", "url": "http://127.0.0.1:1"}).status_code == 200')),
    ("opa.runtime", policy("allow if opa.runtime().env")),
    ("net.lookup_ip_addr", policy('allow if net.lookup_ip_addr("localhost")')),
    ("io.jwt.decode", policy('allow if io.jwt.decode("a.b.c")')),
    ("rego.parse_module", policy('allow if rego.parse_module("x", "package x")')),
    ("an unknown function", policy("allow if no_such_function(1)")),
    ("import of data that is not there", "package policy\nimport data.secrets\nallow if secrets\n"),
    ("with", policy("allow if data.policy.b with input as {}\nb if input == 1")),
]

# Trust claims that no policy may make: text, code.
CLAIMING = [
    ('{"executables": 3, "no-such-claim": 2}', "appraisal.claim-name"),
    ('{"Executables": 3}', "appraisal.claim-name"),
    ('{"executables ": 3}', "appraisal.claim-name"),
    ('{"": 3}', "appraisal.claim-name"),
    ('{"ear.status": "affirming"}', "appraisal.claim-name"),
    *((f'{{"executables": {value}}}', "appraisal.claim-value") for value in
      ("300", "258", "128", "-129", "-300", "4294967298", "18446744073709551618", "1e300", "2.5", "2.0000001", '"2"', '"affirming"',
       "null", "true", "[2]", "{2}", '{"value": 2}', "[]")),
    ("{}", "appraisal.claims"), ("[]", "appraisal.claims"), ("[2, 3]", "appraisal.claims"), ("2", "appraisal.claims"),
    ('"affirming"', "appraisal.claims"), ("null", "appraisal.claims"), ("true", "appraisal.claims"),
    ('{"executables"}', "appraisal.claims"), (f"{CLAIMS} if input.nothing.of.the.kind", "appraisal.claims"),
]


def cases(server, effort):
    server.set_secret()
    client = Client(server)
    yield from attestation_policies(client, effort)
    yield from resource_policies(server, client, effort)
    yield from runaways(server, client, effort)


def attestation_policies(client, effort):
    for text, code in CLAIMING:
        answer = client.set_policy("attestation", policy(f"trust_claims := {text}"))
        attested, _ = client.session()
        yield f"trust_claims := {text[:40]}", differs((answer.status, attested.status, client.reason(attested)), (200, 401, code))
    for name, text, code in (("no trust_claims", "allow := true", "appraisal.claims"),
                             ("two rules that differ", f"trust_claims := {CLAIMS}\ntrust_claims := {{\"executables\": 33}}", None),
                             ("extensions that are none", f"trust_claims := {CLAIMS}\nextensions := 1", "appraisal.extensions")):
        answer = client.set_policy("attestation", policy(text))
        attested, _ = client.session()
        problem = differs((answer.status, attested.status), (200, 401), (401, 401))
        yield f"attestation policy: {name}", problem or (differs(client.reason(attested), code) if code else "")
        client.administer("DELETE", "/avouch/v1/policies/attestation/default_cpu")
    yield "control: the default policy attests", differs(client.session()[0].status, 200)
    for name in ("../default_cpu", "/etc/x", "", ".", "..", ".hidden", "a b", "a/b", "a\u0000b", "x" * 200, "ü"):
        message = {"type": "rego", "policy_id": name, "policy": base64.urlsafe_b64encode(b"package policy").decode().rstrip("=")}
        answer = client.administer("POST", "/kbs/v0/attestation-policy", json.dumps(message))
        yield f"policy id {name[:20]!r}", differs((answer.status, answer.variant), (401, "AttestationError"))


def resource_policies(server, client, effort):
    client.set_policy("resource", policy("allow := true"))
    _, cookie = client.session()
    yield "control: allow := true", differs(client.fetch(RESOURCE, cookie=cookie).status, 200)
    for text in DENYING:
        client.set_policy("resource", policy("allow := false"))
        answer = client.set_policy("resource", policy(text))
        fetched = client.fetch(RESOURCE, cookie=cookie)
        problem = differs(answer.status, 200, 401) or differs((fetched.status, fetched.variant), (401, "PolicyDeny"))
        yield text[:50], problem or ("" if policy(text)[15:40] not in fetched.body.decode() else "the answer tells the policy's text")
    for name, text in UNUSABLE:
        client.set_policy("resource", policy("allow := false"))
        octets = text if isinstance(text, bytes) else text.encode()
        message = {"policy": base64.urlsafe_b64encode(octets).decode().rstrip("=")}
        answer = client.administer("POST", "/kbs/v0/resource-policy", json.dumps(message))
        fetched = client.fetch(RESOURCE, cookie=cookie)
        yield name, differs(answer.status, 200, 401) or differs((fetched.status, fetched.variant), (401, "PolicyDeny"))
    for name in ("time.now_ns()", 'rand.intn("x", 1000000000)', "uuid.rfc4122(\"\")"):
        client.set_policy("resource", policy("allow := false"))
        client.set_policy("resource", policy(f"allow if {name} == \"x\""))
        yield f"chance and time: {name}", differs(client.fetch(RESOURCE, cookie=cookie).status, 401)
    client.set_policy("resource", policy("allow := true"))
    broken = client.set_policy("resource", "package policy\nallow if {\n")
    kept = client.fetch(RESOURCE, cookie=cookie)
    yield "a policy that does not parse leaves the old one", differs((broken.status, kept.status), (401, 200))


class Watch(threading.Thread):
    """Somebody who asks for the health and for a challenge all the while, and remembers the longest wait."""

    def __init__(self, server):
        super().__init__()
        self.client, self.over, self.longest, self.served, self.problem = Client(server), threading.Event(), 0.0, 0, ""

    def run(self):
        while True:
            begin = time.monotonic()
            try:
                self.client.challenge()
            except Exception as problem:  # pylint: disable=broad-except
                self.problem = repr(problem)
                return
            self.longest = max(self.longest, time.monotonic() - begin)
            self.served += 1
            if self.over.wait(0.02):
                return

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()

    def verdict(self):
        if self.problem or not self.served:
            return self.problem or "nobody else was served"
        return "" if self.longest < OTHERS_WITHIN_SECONDS else f"others waited for {self.longest:.1f} s"


def runaways(server, client, effort):
    for name, rule in RUNAWAYS:
        answer = client.set_policy("attestation", policy(f"{rule}\ntrust_claims := {CLAIMS} if x\n"))
        begin = time.monotonic()
        with Watch(server) as watch:
            attested, _ = client.session()
        seconds = time.monotonic() - begin
        yield f"runaway: {name}", (differs(attested.status, 401) or
                                   ("" if answer.status == 401 else differs(client.reason(attested), *STOPPED)) or
                                   ("" if seconds < REFUSED_WITHIN_SECONDS else f"took {seconds:.1f} s"))
        yield f"others meanwhile: {name}", watch.verdict()
    at_once = 4 if effort.stride > 1 else 32
    client.set_policy("attestation", policy(f"{RUNAWAYS[0][1]}\ntrust_claims := {CLAIMS} if x\n"))
    with Watch(server) as watch, concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        answers = [future.result() for future in [pool.submit(lambda: Client(server).session()[0]) for _ in range(at_once)]]
    yield f"{at_once} runaways at once", differs({answer.status for answer in answers}, {401})
    yield "others meanwhile", watch.verdict()
    client.administer("DELETE", "/avouch/v1/policies/attestation/default_cpu")
    yield "control: the default policy attests again", differs(client.session()[0].status, 200)
