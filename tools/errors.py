#!/usr/bin/env python3
"""Makes docs/errors.md from the sources: every error code, whom it blames, and where it is raised.

    tools/errors.py            writes docs/errors.md
    tools/errors.py --check    exit 1 if docs/errors.md is not what it would write, or a code has no area
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CODE = re.compile(r'"([a-z][a-z0-9]*(?:\.[a-z0-9][a-z0-9-]*)+)"')
# What each area is about, and what to do about its errors. The areas of TEEs are in their own README.md, after "Errors: ".
AREAS = {
    "admin": "Administration was refused. Use a fresh token (`avouch admin token`) of a role that the config lets do this.",
    "appraisal": "The attestation policy gave a result that is none. Correct the policy; `avouch policy test` shows what it says.",
    "approve": "`avouch refval approve` found nothing to endorse. `avouch why` shows what the decision hung on.",
    "as": "A request to the attestation service is not acceptable, or the one elsewhere refused or cannot be reached. The detail names its address.",
    "base64": "A text is not the base64 that is needed there.",
    "binding": "The digest that evidence is bound to has an impossible size.",
    "cbor": "Evidence is not well-formed, or not strict, CBOR. The attester or its transport is broken, or somebody forges.",
    "cmw": "Evidence in a conceptual message wrapper, as Veraison's clients send it: what is around it is not acceptable.",
    "config": "The config file. The detail names file, line and key.",
    "comid": "A tag of a CoRIM, with reference values or keys, is not what the specification demands. The detail says where.",
    "corim": "A CoRIM, a manifest of reference values, is not what the specification demands. The detail says where.",
    "cose": "A COSE message or key in evidence is not acceptable.",
    "data": "A file of the data directory is damaged. Restore it from the backup.",
    "decision": "There is no such decision on record; only the newest are kept.",
    "ear": "An attestation result was refused. Attest again; if it comes from another verifier, its key has to be trusted.",
    "endorsement": "An endorsement is not there, or not needed.",
    "file": "A file cannot be read or written. The detail names it and the system's reason.",
    "grpc": "gRPC, as a client. The detail names the address and the cause.",
    "guest": "Inside the guest, collecting evidence. The detail says what was looked for.",
    "hex": "A text is not hexadecimal.",
    "http": "HTTP, as server or client: limits, deadlines, connections and TLS. The detail names the address and the cause.",
    "initdata": "The init data that a guest presents is malformed.",
    "json": "A text is not JSON, or not within the limits, or has a member twice.",
    "jwe": "A JSON Web Encryption cannot be made or opened.",
    "jwk": "A JSON Web Key is not usable.",
    "jws": "A JSON Web Signature or token is malformed.",
    "jwt": "The times of a token do not hold now. Check the clocks, then attest again.",
    "kbs": "A message of the KBS protocol is not acceptable, or the server at the other end refused.",
    "key": "A key is malformed, off its curve, or too weak.",
    "manage": "A call of the management interface is not acceptable. See management-api.md.",
    "parse": "A binary structure ends early, has octets left over, or non-zero reserved ones.",
    "policy": "A policy does not compile, or was stopped while it was evaluated.",
    "realm": "The software realm cannot be made or used. The detail says what is missing.",
    "reference": "There is no such reference value, or what was asked does not fit what is known of it.",
    "release": "The resource policy said no. `avouch why` leads on to the attestation behind it.",
    "resource": "A resource path is malformed, or there is no such resource, or it is too large.",
    "rsa": "RSA encryption is not possible with that key or message.",
    "seal": "Something sealed does not open: another key, or tampered with.",
    "protobuf": "A gRPC message is not well-formed, or a field of it has another type.",
    "provenance": "A message of a supplier of reference values is not acceptable: its version, type or payload.",
    "rim": "A manifest of reference values (TCG RIM) lacks what names and values are made of.",
    "rvps": "The provider of reference values elsewhere refused, or cannot be reached. The detail names its address.",
    "session": "A challenge is unknown, expired, used up, or answered with another nonce. Ask for a new one.",
    "signature": "A signature is not valid.",
    "signer": "The key or certificate that signs results is not usable.",
    "store": "The store cannot be read or written. `store.full`: make room; `store.corrupt`: restore the backup; `store.unreachable`, `store.timeout`, `store.busy`: the shared database is away, and is asked again.",
    "tee": "The guest announced a TEE that is unknown, not verified by this build, or switched off.",
    "teekey": "The key that a guest presents cannot have secrets sealed to it.",
    "tls": "A certificate, key or root for TLS is not usable.",
    "toml": "A text is not TOML, or not within the limits.",
    "url": "A URL is malformed.",
    "veraison": "Veraison's protocol: a request of a client is not acceptable, or a service elsewhere cannot be asked or its answer does not count. The detail says which.",
    "vault": "A stored secret does not open. The master key is another, or the record was tampered with.",
    "x509": "A certificate does not parse, or its path does not lead to a trusted root.",
    "xml": "A signed manifest is not XML, or has more of XML than is read here: document types, entities, other encodings. The detail names line and column.",
    "xmldsig": "The signature of a manifest is missing, not valid, not over the whole, or of nobody who is trusted. The detail says which.",
}
for readme in sorted(ROOT.glob("src/tee/*/README.md")):
    said = re.search(r"^Errors: (.*?)\n\n", readme.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    if said:
        AREAS[readme.parent.name] = said.group(1).replace("\n", " ")
# Literals that look like codes and are none: file names, policy rules, members of EARs, names of log events and of documents.
OTHERS = re.compile(
    r"\.(toml|json|key|rego|db|personas|type|example)$|^data\.policy\.|^ear\.(appraisal-policy-id|raw-evidence|status|"
    r"trustee|trustworthiness-vector|veraison|verifier-id)|\.cca-(platform|realm)-|^cca\.(platform|realm)$|^arc\.|^test\.|"
    r"^(admin|attest|auth|release)\.refused$|^(log\.lost|decision\.(lost|not-stored|not-swept)|reload\.failed|resource\.not-changed|sample\.allowed|"
    r"secrets\.plain|writes\.open|http\.plain|store\.(garbage|risk)|http\.(accept|loop|handler|connection|response|plain))$|^avouch\.appraisals$|^redis\.url$|^token\.not-shared$|^avouch\.veraison$|^cca\.remote-(down|back)$|"
    r"^extractors\.|^corim\.unsigned-allowed$|^reference-values?\.(damaged|ends?)$")


def find_codes():
    codes = {}
    # The table of remedies names codes that others raise: it comes last, for those that only `avouch why` finds.
    paths = sorted((ROOT / "src").rglob("*.[ch]*"), key=lambda path: (path.name == "remedies.cc", path))
    for path in paths:
        name = str(path.relative_to(ROOT))
        if re.search(r"_(test|fuzz)\.cc$|testing|fixture|for_test", name):
            continue
        text = re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))
        for code in CODE.findall(text):
            if not OTHERS.search(code) and not (path.name == "remedies.cc" and code in codes):
                codes.setdefault(code, set()).add(str(path.parent.relative_to(ROOT)))
    return codes


def render(codes):
    lines = ["# Error codes", "",
             "Made by `tools/errors.py` from the sources. A code is stable: scripts may match on it. The detail beside it is for",
             "operators, in decision records (`avouch why`), logs and management answers; guests never see either.", ""]
    area = None
    for code in sorted(codes):
        if code.split(".")[0] != area:
            area = code.split(".")[0]
            lines += ["", f"## {area}", "", AREAS[area], ""]
        lines.append(f"- `{code}` ({', '.join(sorted(codes[code]))})")
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def main():
    codes = find_codes()
    strays = sorted(code for code in codes if code.split(".")[0] not in AREAS)
    if strays:
        print("codes of no known area, see AREAS in tools/errors.py and \"Errors: \" in src/tee/*/README.md:", *strays, sep="\n  ")
        return 1
    target = ROOT / "docs" / "errors.md"
    text = render(codes)
    if "--check" in sys.argv[1:]:
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            print("docs/errors.md is out of date: run tools/errors.py")
            return 1
        return 0
    target.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
