"""COSE_Sign1 by cbor2 and cryptography: the signature is what counts, and our rules on form are found apart."""

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

import cbor_model

HASHES = {-7: hashes.SHA256, -35: hashes.SHA384, -36: hashes.SHA512}
CURVES = {-7: "secp256r1", -35: "secp384r1", -36: "secp521r1"}
WIDTHS = {"secp256r1": 32, "secp384r1": 48, "secp521r1": 66}


def algorithm_of(key):
    return next(number for number, curve in CURVES.items() if curve == key.curve.name)


def sign(key, payload, protected=None, unprotected=None, tag=18):
    """A COSE_Sign1; the headers may be any."""
    algorithm = algorithm_of(key)
    protected = cbor2.dumps({1: algorithm}) if protected is None else protected
    to_sign = cbor2.dumps(["Signature1", protected, b"", payload])
    r, s = utils.decode_dss_signature(key.sign(to_sign, ec.ECDSA(HASHES[algorithm]())))
    width = WIDTHS[key.curve.name]
    signature = r.to_bytes(width, "big") + s.to_bytes(width, "big")
    return cbor2.dumps(cbor2.CBORTag(tag, [protected, unprotected or {}, payload, signature]))


def verify(public_key, message):
    """(payload, rules of ours that the message breaks); raises where it is no message or the signature is not valid."""
    value, taken = cbor_model.loads(message)
    broken = cbor_model.walk(message[:taken]).broken
    if taken != len(message):
        broken.add("cbor.trailing")
    if value.tag != 18 or not isinstance(value.value, (list, tuple)) or len(value.value) != 4:
        raise ValueError("no COSE_Sign1")
    protected, unprotected, payload, signature = value.value
    if [type(part) for part in value.value] != [bytes, dict, bytes, bytes]:
        raise ValueError("parts of other kinds")
    header = cbor_model.loads(protected)[0] if protected else {}
    broken |= cbor_model.walk(protected).broken if protected else set()
    if 1 in unprotected:
        broken.add("cose.algorithm-unprotected")
    if 2 in unprotected or (2 in header and (not isinstance(header[2], (list, tuple)) or list(header[2]) != [1])):
        broken.add("cose.critical")  # Of the labels that could be critical, the algorithm's is the only one that we know.
    algorithm = header[1]
    if CURVES[algorithm] != public_key.curve.name or len(signature) != 2 * WIDTHS[public_key.curve.name]:
        raise ValueError("not an algorithm for this key")
    for labels in (header, unprotected):
        if any(isinstance(label, bytes) or isinstance(label, int) and not -2**63 <= label < 2**63 for label in labels):
            broken |= {"cbor.kind", "cbor.integer"}
    half = len(signature) // 2
    r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    to_verify = cbor2.dumps(["Signature1", protected, b"", payload])
    public_key.verify(utils.encode_dss_signature(r, s), to_verify, ec.ECDSA(HASHES[algorithm]()))
    return payload, broken


def judge(public_key, message):
    try:
        payload, broken = verify(public_key, message)
    except Exception:  # Whatever is raised, it is a refusal.
        return False, None, set()
    return True, payload.hex(), broken
