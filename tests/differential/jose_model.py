"""JWS and JWE by jwcrypto, and where our readers are stricter."""

import base64
import json
import re

from jwcrypto import jwe, jws

import json_model

SIGNATURES = ["ES256", "ES384", "ES512", "EdDSA", "RS256", "PS256"]
ENCRYPTIONS = ["ECDH-ES+A256KW", "RSA-OAEP-256", "RSA1_5", "A256GCM"]


def _decode(text):
    """The octets of a segment, and whether it is the one encoding that they have."""
    octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return octets, re.fullmatch("[A-Za-z0-9_-]*", text) and base64.urlsafe_b64encode(octets).rstrip(b"=").decode() == text


def _segments(texts):
    broken = set()
    for text in texts:
        if not _decode(text)[1]:
            broken.add("base64.syntax")
    return broken


def judge_jws(key, text):
    try:
        token = jws.JWS()
        token.allowed_algs = SIGNATURES
        token.deserialize(text.decode(), key)
        parts = text.decode().split(".")
        broken = _segments(parts)
        _, header, header_broken = json_model.judge(_decode(parts[0])[0])
        is_json, payload, payload_broken = json_model.judge(token.payload)
    except Exception:  # Whatever it raises, it is a refusal.
        return False, None, set()
    broken |= header_broken | payload_broken
    if not is_json:
        broken.add("json.syntax")
    elif not isinstance(payload, dict):
        broken.add("jws.payload")
    if len(parts) != 3 or not all(parts):
        broken.add("jws.shape")
    if "crit" in header or "b64" in header:
        broken.add("jws.critical")
    return True, payload, broken


def judge_jwe(key, text):
    try:
        message = jwe.JWE(algs=ENCRYPTIONS)
        message.deserialize(text.decode(), key)
        is_json, members, broken = json_model.judge(text)
        assert is_json
        broken |= _segments(members[name] for name in ("protected", "encrypted_key", "iv", "ciphertext", "tag"))
        _, header, header_broken = json_model.judge(_decode(members["protected"])[0])
        broken |= header_broken
    except Exception:
        return False, None, set()
    if set(members) & {"unprotected", "header", "recipients", "aad"}:
        broken.add("jwe.shape")
    if set(header) & {"crit", "zip", "apu", "apv"}:
        broken.add("jwe.algorithm")
    if "d" in header.get("epk", {}):
        broken.add("jwk.private")
    return True, message.payload.hex(), broken
