"""Signatures as a forger needs them: with any key, any header, any octets. openssl makes keys and signatures; the rest is here."""

import json

from battery import base64url
from harness import run

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def new_p256(file):
    run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", file)
    return file


def new_ed25519(file):
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", file)
    return file


def es256(key_file, signed):
    """r then s, 32 octets each, of an ECDSA signature (RFC 7518 section 3.4)."""
    der = run("openssl", "dgst", "-sha256", "-sign", key_file, stdin=signed).stdout
    r_length = der[3]
    r, s = der[4:4 + r_length], der[6 + r_length:]
    return b"".join(part.lstrip(b"\0").rjust(32, b"\0") for part in (r, s)), der


def eddsa(key_file, signed, scratch):
    scratch.write_bytes(signed)
    return run("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key_file, "-in", scratch).stdout


def segment(value):
    return base64url(value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode())


def signing_input(header, claims):
    return f"{segment(header)}.{segment(claims)}"


def es256_token(key_file, header, claims):
    signed = signing_input(header, claims)
    return f"{signed}.{base64url(es256(key_file, signed.encode())[0])}"


def eddsa_token(key_file, header, claims, scratch):
    signed = signing_input(header, claims)
    return f"{signed}.{base64url(eddsa(key_file, signed.encode(), scratch))}"
