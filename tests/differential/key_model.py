"""Public keys (SubjectPublicKeyInfo, DER) as cryptography and its OpenSSL read them, and where we are stricter."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVES = ("secp256r1", "secp384r1", "secp521r1")
UNNAMED = bytes.fromhex("06072a8648ce3d020130")  # id-ecPublicKey, and then no name of a curve but a SEQUENCE
ED25519_PRIME = 2**255 - 19


def _is_of_small_order(raw):
    """Whether y alone tells that the point has an order of 8 or less, or is not reduced (RFC 8032 section 5.1.3)."""
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    if y >= ED25519_PRIME:
        return True
    d = -121665 * pow(121666, -1, ED25519_PRIME) % ED25519_PRIME
    # A point has an order of 8 or less if doubling it three times gives the identity. In y^2 alone: the orders 1, 2 and 4
    # have y = 1, -1 and 0; those of order 8 solve d*y^4 + 2*y^2 - 1 = 0.
    square = y * y % ED25519_PRIME
    return y in (0, 1, ED25519_PRIME - 1) or (d * square * square + 2 * square - 1) % ED25519_PRIME == 0


def judge(der):
    """(accepted, the one encoding that the key has, our stricter rules that the input breaks)"""
    try:
        key = serialization.load_der_public_key(der)
        if isinstance(key, ec.EllipticCurvePublicKey):
            key = key.public_numbers().public_key()  # OpenSSL remembers that a point came compressed.
        encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except Exception:  # Whatever it raises, it is a refusal.
        return False, None, set()
    broken = set()
    if isinstance(key, ec.EllipticCurvePublicKey):
        compressed = key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        is_plain = encoded == der or der.endswith(b"\x00" + compressed)
        if key.curve.name not in CURVES or UNNAMED in der or not is_plain:
            broken.add("key.spki")
    elif isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        if not 2048 <= key.key_size <= 8192 or numbers.e % 2 == 0 or numbers.e < 3 or numbers.e >= 2**33 or numbers.n % 2 == 0:
            broken.add("key.spki")
    elif isinstance(key, ed25519.Ed25519PublicKey):
        raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        if _is_of_small_order(raw) or not _is_on_curve(raw):
            broken.add("key.spki")
    else:
        broken.add("key.spki")
    if encoded != der and not isinstance(key, ec.EllipticCurvePublicKey):
        broken.add("key.spki")  # Octets after the key, or BER that is no DER.
    return True, encoded.hex(), broken


def _is_on_curve(raw):
    """Whether some x goes with y: OpenSSL asks only when it verifies."""
    encoded = int.from_bytes(raw, "little")
    y, sign = encoded & (2**255 - 1), encoded >> 255
    d = -121665 * pow(121666, -1, ED25519_PRIME) % ED25519_PRIME
    square = (y * y - 1) * pow(d * y * y + 1, -1, ED25519_PRIME) % ED25519_PRIME
    is_square = square == 0 or pow(square, (ED25519_PRIME - 1) // 2, ED25519_PRIME) == 1
    return is_square and not (square == 0 and sign)
