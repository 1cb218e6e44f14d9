"""What is compared: for each kind of question, inputs and what the independent implementation says of each."""

import json

import cbor2
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwcrypto import jwe, jwk, jws

import cbor_model
import cca_model
import cose_model
import jose_model
import json_model
import key_model
from mutate import mutate

GOOD = 8  # One input of so many is left as it is.


def seeds_of(corpus, *folders):
    return [path.read_bytes() for folder in folders for path in sorted((corpus / folder).iterdir())]


def varied(random, count, seeds):
    for _ in range(count):
        seed = random.choice(seeds)
        yield seed if random.randrange(GOOD) == 0 else mutate(seed, random, seeds)


def random_item(random, depth=0):
    """A Python value that CBOR can hold and our reader takes."""
    kind = random.randrange(9 if depth < 5 else 6)
    if kind == 0:
        return random.choice((0, 23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**63, 2**64 - 1, random.getrandbits(64)))
    if kind == 1:
        return -1 - random.getrandbits(random.randrange(1, 65))
    if kind == 2:
        return random.randbytes(random.randrange(40))
    if kind == 3:
        return "".join(chr(random.choice((0x41, 0xFC, 0x6C34, 0x10151, 0))) for _ in range(random.randrange(30)))
    if kind == 4:
        return random.choice((True, False, None, cbor2.undefined, 1.5, 1e300, float("inf")))
    if kind == 5:
        return cbor2.CBORSimpleValue(random.choice((0, 19, 32, 255)))
    if kind == 6:
        return [random_item(random, depth + 1) for _ in range(random.randrange(5))]
    if kind == 7:
        return {random.choice((random.getrandbits(16), f"k{random.getrandbits(8)}")): random_item(random, depth + 1)
                for _ in range(random.randrange(5))}
    return cbor2.CBORTag(random.choice((6, 18, 61, 399, 907, 2**40)), random_item(random, depth + 1))


def items_of(octets):
    """The items at the front of a file: most seeds have several."""
    while octets:
        try:
            _, taken = cbor_model.loads(octets)
        except Exception:  # What is no item is a seed as it is.
            taken = len(octets)
        yield octets[:taken]
        octets = octets[taken:]


def cbor_inputs(random, count, corpus):
    files = seeds_of(corpus, "codec_cbor_fuzz", "tee_cca_evidence_fuzz", "format_cose_fuzz")
    seeds = [item for octets in files for item in items_of(octets)]
    seeds += [cbor2.dumps(random_item(random)) for _ in range(200)]
    for octets in varied(random, count, seeds):
        yield [octets], cbor_model.judge(octets)


def json_inputs(random, count, corpus):
    seeds = seeds_of(corpus, "codec_json_fuzz", "format_jwk_fuzz", "dialect_kbs_messages_fuzz",
                     "tee_cca_emulator_claims_json_fuzz")
    for octets in varied(random, count, seeds):
        yield [octets], json_model.judge(octets)


def ec_key(curve, random):
    return ec.derive_private_key(random.getrandbits(250) + 1, curve)


def public_jwk(key):
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return jwk.JWK.from_pem(pem).export_public().encode()


def key_inputs(random, count, corpus):
    seeds = [path.read_bytes() for path in sorted((corpus / "crypto_key_fuzz").glob("spki_*.der"))]
    keys = [ec_key(curve, random) for curve in (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1(), ec.SECP256K1())]
    keys += [ed25519.Ed25519PrivateKey.from_private_bytes(random.randbytes(32)), rsa.generate_private_key(3, 2048)]
    for key in keys:
        seeds.append(key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))
    for octets in varied(random, count, seeds):
        yield [octets], key_model.judge(octets)


def sign1_inputs(random, count, _):
    keys = [ec_key(curve, random) for curve in (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1())]
    jwks = {key: public_jwk(key) for key in keys}
    headers = ({}, {4: b"11"}, {"text": 1}, {1: -7}, {2: [4]}, {9: b"x", -70000: None})
    for _ in range(count):
        key = random.choice(keys)
        number = cose_model.algorithm_of(key)
        protected = random.choice((None, None, cbor2.dumps({1: number, 3: 0}), cbor2.dumps({4: b"", 1: number}), b"",
                                   b"\xa0", cbor2.dumps({1: number, 2: [1]}), cbor2.dumps({1: number, 2: [99], 99: 0}),
                                   cbor2.dumps({1: -7}), b"\xbf\x01" + cbor2.dumps(number) + b"\xff",
                                   b"\xa2\x01" + cbor2.dumps(number) + b"\x01" + cbor2.dumps(number)))
        message = cose_model.sign(key, random.randbytes(random.randrange(60)), protected, random.choice(headers),
                                  random.choice((18,) * 9 + (17,)))
        if random.randrange(3) == 0:
            message = mutate(message, random, [message])
        other = random.choice(keys) if random.randrange(10) == 0 else key
        yield [jwks[other], message], cose_model.judge(other.public_key(), message)


def jws_inputs(random, count, _):
    curves = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
    keys = {name: jwk.JWK.generate(kty="EC", crv=curve) for name, curve in curves.items()}
    keys["EdDSA"] = jwk.JWK.generate(kty="OKP", crv="Ed25519")
    keys["RS256"] = keys["PS256"] = jwk.JWK.generate(kty="RSA", size=2048)
    payloads = (b'{"iss":"joe"}', b'{"a":[1,2,{"b":null}]}', b"{}", b"[]", b"text", b'{"a":1,"a":2}', b' {"\\u00e9":1.5} ',
                b'{"n":1e999}')
    for _ in range(count):
        name = random.choice(list(keys))
        header = {"alg": name, **random.choice(({}, {}, {"typ": "JWT"}, {"kid": "x"}, {"b64": True, "crit": ["b64"]}))}
        token = jws.JWS(random.choice(payloads))
        token.allowed_algs = jose_model.SIGNATURES
        token.add_signature(keys[name], None, json.dumps(header), None)
        text = token.serialize(compact=True).encode()
        if random.randrange(2) == 0:
            text = mutate_text(random, text)
        yield [keys[name].export_public().encode(), text], jose_model.judge_jws(keys[name], text)


def mutate_text(random, text):
    """Changes that stay in the alphabet more often than not: those in it are the ones that decoders disagree on."""
    out, at = bytearray(text), random.randrange(len(text))
    change = random.randrange(6)
    if change == 0:
        out[at] = random.choice(b"ABCwxyz0189-_+/=. ")
    elif change == 1:
        out[at:at] = bytes([random.choice(b"AQgw=.\n")])
    elif change == 2:
        del out[at]
    elif change == 3:
        out += random.choice((b"=", b"==", b"A", b".", b"\n"))
    elif change == 4:
        end = bytes(out).find(b".", at)
        out[end - 1] = random.choice(b"ABCDEFGHwxyz0189-_")
    elif change == 5:
        del out[at:]
    return bytes(out)


def flattened(compact):
    names = ("protected", "encrypted_key", "iv", "ciphertext", "tag")
    return json.dumps(dict(zip(names, compact.split("."), strict=True)))


def jwe_inputs(random, count, _):
    keys = [jwk.JWK.generate(kty="EC", crv=curve) for curve in ("P-256", "P-384", "P-521")]
    rsa_key = jwk.JWK.generate(kty="RSA", size=2048)
    extras = ({},) * 8 + ({"apu": "QQ"}, {"apv": "QQ"}, {"zip": "DEF"}, {"cty": "x"})
    for _ in range(count):
        key = random.choice((*keys, rsa_key))
        algorithm = random.choice(("RSA-OAEP-256", "RSA1_5")) if key is rsa_key else "ECDH-ES+A256KW"
        header = {"alg": algorithm, "enc": random.choice(("A256GCM",) * 9 + ("A128GCM",)), **random.choice(extras)}
        more = random.choice(({},) * 8 + ({"aad": b"more"}, {"unprotected": '{"x":1}'}))
        # jwcrypto takes a ciphertext of no octets for one that is missing; we open it.
        message = jwe.JWE(random.randbytes(random.randrange(1, 40)), json.dumps(header),
                          algs=jose_model.ENCRYPTIONS + ["A128GCM"], **more)
        message.add_recipient(key)
        # Where it may, jwcrypto writes epk outside of the protected header, and we want it inside.
        text = (message.serialize() if more else flattened(message.serialize(compact=True))).encode()
        if random.randrange(2) == 0:
            text = mutate_text(random, text)
        ours = key.export_to_pem(private_key=True, password=None) if key is rsa_key else key.export_private().encode()
        yield [ours, text], jose_model.judge_jwe(key, text)


def cca_inputs(random, count, _):
    cpaks = [ec_key(curve, random) for curve in (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1())]
    raks = [ec_key(ec.SECP384R1(), random), ec_key(ec.SECP384R1(), random), ec_key(ec.SECP256R1(), random)]
    for _ in range(count):
        cpak = random.choice(cpaks)
        token = cca_model.mint(random, cpak, random.choice(raks[:2] * 5 + raks))
        if random.randrange(4) == 0:
            token = mutate(token, random, [token])
        other = random.choice(cpaks) if random.randrange(10) == 0 else cpak
        yield [public_jwk(other), token], cca_model.judge(other.public_key(), token)


def sealed_inputs(random, count, _):
    keys = [(jwk.JWK.generate(kty="EC", crv=curve), "ECDH-ES+A256KW") for curve in ("P-256", "P-384", "P-521")]
    rsa_key = jwk.JWK.generate(kty="RSA", size=2048)
    for _ in range(count):
        key, algorithm = random.choice((*keys, (rsa_key, "RSA-OAEP-256"), (rsa_key, "RSA1_5")))
        plaintext = random.randbytes(random.randrange(1, 40))
        public = json.dumps({**key.export_public(as_dict=True), "alg": algorithm}).encode()

        def theirs(ours, key=key, plaintext=plaintext):
            opened = jose_model.judge_jwe(key, json.dumps(ours).encode())
            return opened[0] and opened[1] == plaintext.hex(), ours, opened[2]

        yield [public, plaintext], theirs


def signed_inputs(random, count, _):
    for _ in range(count):
        curve, name = random.choice(((ec.SECP256R1(), "P-256"), (ec.SECP384R1(), "P-384"), (ec.SECP521R1(), "P-521")))
        key = ec_key(curve, random)
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        payload = {name: random.getrandbits(32)}

        def theirs(ours, key=key, pem=pem, payload=payload):
            token = jose_model.judge_jws(jwk.JWK.from_pem(pem), ours["jws"].encode())
            message = cose_model.judge(key.public_key(), bytes.fromhex(ours["sign1"]))
            right = token[:2] == (True, payload) and message[:2] == (True, json.dumps(payload).encode().hex())
            return right, ours, token[2] | message[2]

        yield [pem, json.dumps(payload).encode()], theirs


# What others read of ours: nothing to refuse there.
MADE = {"seal": sealed_inputs, "sign": signed_inputs}
KINDS = {"cbor": cbor_inputs, "json": json_inputs, "key": key_inputs, "sign1": sign1_inputs, "jws": jws_inputs, "jwe": jwe_inputs,
         "cca": cca_inputs, **MADE}
