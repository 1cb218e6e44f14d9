"""Arm CCA tokens, minted and judged from the documents that src/tee/cca/README.md cites, by cbor2 and cryptography."""

import base64
import hashlib

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import cbor_model
import cose_model

LEGACY, V2023, REALM = "http://arm.com/CCA-SSD/1.0.0", "tag:arm.com,2023:cca_platform#1.0.0", "tag:arm.com,2023:realm#1.0.0"
HASHES = {"sha-256": hashlib.sha256, "sha-384": hashlib.sha384, "sha-512": hashlib.sha512}
DIGESTS = (32, 48, 64)
PLATFORM = {265: "cca-platform-profile", 10: "cca-platform-challenge", 2396: "cca-platform-implementation-id",
            256: "cca-platform-instance-id", 2401: "cca-platform-config", 2395: "cca-platform-lifecycle",
            2400: "cca-platform-service-indicator", 2402: "cca-platform-hash-algo-id"}
COMPONENT = {1: "measurement-type", 2: "measurement-value", 4: "version", 5: "signer-id", 6: "measurement-description"}
REALM_CLAIMS = {265: "cca-realm-profile", 10: "cca-realm-challenge", 44235: "cca-realm-personalization-value",
                44236: "cca-realm-hash-algo-id", 44237: "cca-realm-public-key", 44238: "cca-realm-initial-measurement",
                44239: "cca-realm-extensible-measurements", 44240: "cca-realm-public-key-hash-algo-id"}


def raw_point(key):
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def cose_key(key):
    point = raw_point(key)[1:]
    half = len(point) // 2
    return cbor2.dumps({1: 2, -1: {32: 1, 48: 2, 66: 3}[half], -2: point[:half], -3: point[half:]})


# --- minting -------------------------------------------------------------------------------------------------------------

def platform_claims(random, profile):
    component = {1: "RMM", 2: random.randbytes(32), 4: "0.6.0", 5: random.randbytes(48), 6: "sha-256"}
    return {265: profile, 2396: random.randbytes(32), 256: b"\x01" + random.randbytes(32), 2401: random.randbytes(4),
            2395: 0x3003, 2402: "sha-256", 2400: "https://example.org",
            2399: [component, {2: random.randbytes(64), 5: random.randbytes(32)}]}


def realm_claims(random, rak, profile):
    claims = {10: random.randbytes(64), 44235: random.randbytes(64), 44236: "sha-256", 44240: random.choice(list(HASHES)),
              44238: random.randbytes(32), 44239: [random.randbytes(48) for _ in range(4)]}
    return {**claims, 265: REALM, 44237: cose_key(rak)} if profile else {**claims, 44237: raw_point(rak)}


def bend(random, claims):
    """Changes one claim into something near to it, before it is signed."""
    label = random.choice(list(claims))
    value, change = claims[label], random.randrange(6)
    if change == 0:
        del claims[label]
    elif change == 1:
        claims[random.choice((0, 7, 8, "text", -75000, 2**40))] = value  # a claim that nobody knows
    elif isinstance(value, bytes):
        claims[label] = random.choice((value[:-1], value + b"\0", b"", bytes(len(value)), value.hex(), value[::-1]))
    elif isinstance(value, str):
        claims[label] = random.choice(("", value + "0", value.upper(), value.encode(), LEGACY, V2023, REALM, "sha-384"))
    elif isinstance(value, int):
        claims[label] = random.choice((0, 0xFF, 0x100, 0x30FF, 0x3100, 0x60FF, 0x6100, 0x7000, -1, 2**64 - 1, "0x3003"))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        bend(random, random.choice(value))
    elif isinstance(value, list):
        claims[label] = random.choice((value[:3], value + value[:1], [], value[:3] + [value[3][:31]], value[:3] + ["x"]))


def mint(random, cpak, rak):
    new_realm = random.random() < 0.6
    realm = realm_claims(random, rak, new_realm)
    platform = platform_claims(random, random.choice((LEGACY, V2023)))
    if random.randrange(3) == 0:
        bend(random, realm)
    key, name = realm.get(44237), realm.get(44240)
    hashed = HASHES[name] if isinstance(name, str) and name in HASHES else hashlib.sha256
    platform[10] = hashed(key if isinstance(key, bytes) else b"").digest()
    if random.randrange(3) == 0:
        bend(random, platform)
    tokens = {44234: cose_model.sign(cpak, cbor2.dumps(platform)), 44241: cose_model.sign(rak, cbor2.dumps(realm))}
    if random.randrange(20) == 0:
        tokens[random.choice((0, 44235, "text"))] = b""
    if random.randrange(2) == 0:
        return cbor2.dumps(cbor2.CBORTag(399, tokens))
    formats = (263,) * 9 + (10,)
    return cbor2.dumps(cbor2.CBORTag(907, {label: [random.choice(formats), token] for label, token in tokens.items()}))


# --- judging -------------------------------------------------------------------------------------------------------------

def need(condition):
    if not condition:
        raise ValueError


def octets(value, *sizes):
    need(isinstance(value, bytes) and len(value) in sizes)


def check_platform(claims):
    need(claims[265] in (LEGACY, V2023))
    octets(claims[10], *DIGESTS)
    octets(claims[2396], 32)
    octets(claims[256], 33)
    need(claims[256][0] == 1)
    need(isinstance(claims[2401], bytes))
    need(type(claims[2395]) is int and 0 <= claims[2395] < 0x7000 and claims[2395] % 0x1000 < 0x100)
    need(claims[2402] in HASHES)
    need(2400 not in claims or isinstance(claims[2400], str) and claims[2400])
    need(isinstance(claims[2399], (list, tuple)) and 1 <= len(claims[2399]) <= 64)
    for component in claims[2399]:
        octets(component[2], *DIGESTS)
        octets(component[5], *DIGESTS)
        need(all(isinstance(component.get(label, ""), str) for label in (1, 4, 6)))


def check_realm(claims):
    need(claims.get(265, REALM) == REALM and (265 not in claims or claims[265] == REALM))
    octets(claims[10], 64)
    octets(claims[44235], 64)
    octets(claims[44238], *DIGESTS)
    need(claims[44236] in HASHES and claims[44240] in HASHES)
    need(isinstance(claims[44239], (list, tuple)) and len(claims[44239]) == 4)
    for measurement in claims[44239]:
        octets(measurement, *DIGESTS)


def realm_key(claims):
    if 265 not in claims:
        octets(claims[44237], 97)
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP384R1(), claims[44237])
    key = cbor2.loads(claims[44237])
    need(key[1] == 2 and key[-1] == 2 and -4 not in key)
    octets(key[-2], 48)
    octets(key[-3], 48)
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP384R1(), b"\x04" + key[-2] + key[-3])


def text_of(value):
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return [text_of(item) for item in value] if isinstance(value, (list, tuple)) else value


def named(claims, names):
    return {name: text_of(claims[label]) for label, name in names.items() if label in claims}


def verify(cpak, token):
    """The claims as policies read them, but for two of ours that follow from others; raises where there are none."""
    collection, taken = cbor_model.loads(token)
    need(taken == len(token) and collection.tag in (399, 907) and set(collection.value) == {44234, 44241})
    parts = {}
    for label, member in collection.value.items():
        if collection.tag == 907:
            need(isinstance(member, (list, tuple)) and len(member) == 2 and member[0] == 263)
            member = member[1]
        parts[label] = member
    payload, broken = cose_model.verify(cpak, parts[44234])
    platform = cbor_model.loads(payload)[0]
    broken |= cbor_model.walk(token).broken | cbor_model.walk(payload).broken
    check_platform(platform)
    unverified = cbor_model.loads(parts[44241])[0].value[2]
    realm = cbor_model.loads(unverified)[0]
    check_realm(realm)
    need(platform[265] == LEGACY or 265 in realm)
    need(platform[10] == HASHES[realm[44240]](realm[44237]).digest())
    payload, realm_broken = cose_model.verify(realm_key(realm), parts[44241])
    broken |= realm_broken | cbor_model.walk(payload).broken
    if 265 in realm:
        broken |= cbor_model.walk(realm[44237]).broken
    claims = {"platform": named(platform, PLATFORM), "realm": named(realm, REALM_CLAIMS)}
    claims["platform"]["cca-platform-sw-components"] = [named(component, COMPONENT) for component in platform[2399]]
    return claims, broken


def judge(cpak, token):
    try:
        claims, broken = verify(cpak, token)
    except Exception:  # Whatever it raises, it is a refusal.
        return False, None, set()
    return True, claims, broken
