"""A guest of the sample TEE in one process: attests once and opens what is sealed to its key, thousands of times a minute,
with the arithmetic and the AES of the libcrypto that Python itself needs."""

import base64
import ctypes
import ctypes.util
import hashlib
import json

from harness import Rcar, base64url, run

TOKEN_SECONDS = 300
GCM_TAG_GET = 0x11
crypto = ctypes.CDLL(ctypes.util.find_library("crypto") or "libcrypto.so.3")
for name in ("EVP_CIPHER_CTX_new", "EVP_aes_256_gcm", "BN_new", "BN_CTX_new", "BN_bin2bn"):
    getattr(crypto, name).restype = ctypes.c_void_p


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def integers_of(der):
    """The numbers of a PKCS #1 key: a sequence of integers."""
    def content(at):
        length, at = der[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7f
            length, at = int.from_bytes(der[at:at + size], "big"), at + size
        return at, length

    at, _ = content(0)
    numbers = []
    while at < len(der):
        at, length = content(at)
        numbers.append(int.from_bytes(der[at:at + length], "big"))
        at += length
    return numbers


def mask(seed, length):
    """MGF1 with SHA-256 (RFC 8017, appendix B.2.1)."""
    blocks = (hashlib.sha256(seed + counter.to_bytes(4, "big")).digest() for counter in range(-(-length // 32)))
    return b"".join(blocks)[:length]


def xor(left, right):
    return bytes(a ^ b for a, b in zip(left, right))


class ModularPower:
    """x to the d modulo n, of numbers as octets."""

    def __init__(self, d, n):
        self.size = (n.bit_length() + 7) // 8
        self.d, self.n = self.number(d.to_bytes(self.size, "big")), self.number(n.to_bytes(self.size, "big"))
        self.context, self.out = ctypes.c_void_p(crypto.BN_CTX_new()), ctypes.c_void_p(crypto.BN_new())

    @staticmethod
    def number(octets):
        return ctypes.c_void_p(crypto.BN_bin2bn(octets, len(octets), None))

    def of(self, octets):
        base, result = self.number(octets), ctypes.create_string_buffer(self.size)
        done = (crypto.BN_mod_exp(self.out, base, self.d, self.n, self.context),
                crypto.BN_bn2binpad(self.out, result, self.size))
        crypto.BN_free(base)
        assert done == (1, self.size)
        return result.raw


def open_gcm(key, iv, ciphertext, tag, associated):
    context = ctypes.c_void_p(crypto.EVP_CIPHER_CTX_new())
    out, length = ctypes.create_string_buffer(len(ciphertext) + 16), ctypes.c_int()
    steps = (crypto.EVP_DecryptInit_ex(context, ctypes.c_void_p(crypto.EVP_aes_256_gcm()), None, key, iv),
             crypto.EVP_DecryptUpdate(context, None, ctypes.byref(length), associated, len(associated)),
             crypto.EVP_DecryptUpdate(context, out, ctypes.byref(length), ciphertext, len(ciphertext)),
             crypto.EVP_CIPHER_CTX_ctrl(context, GCM_TAG_GET, len(tag), tag),
             crypto.EVP_DecryptFinal_ex(context, None, ctypes.byref(ctypes.c_int())))
    crypto.EVP_CIPHER_CTX_free(context)
    assert steps == (1,) * 5, "the seal does not hold"
    return out.raw[:len(ciphertext)]


class Guest:
    def __init__(self, server):
        self.server = server
        pem = run("openssl", "genrsa", "-traditional", "2048").stdout
        der = base64.b64decode(b"".join(line for line in pem.splitlines() if not line.startswith(b"-")))
        _, self.n, self.e, d, *_ = integers_of(der)
        self.power = ModularPower(d, self.n)
        self.token = None

    def public_key(self):
        encode = lambda number, size: base64url(number.to_bytes(size, "big"))
        return {"alg": "RSA-OAEP-256", "e": encode(self.e, 3), "kty": "RSA", "n": encode(self.n, 256)}

    def attest(self):
        rcar = Rcar(self.server)
        nonce, cookie = rcar.auth()
        status, _, body = rcar.attest(rcar.submission(nonce, self.public_key()), cookie)
        assert status == 200, body
        self.token = json.loads(body)["token"]
        return self.token

    def open_key(self, sealed):
        """RSAES-OAEP-DECRYPT (RFC 8017, section 7.1.2), with SHA-256 and no label."""
        message = self.power.of(sealed)
        seed = xor(message[1:33], mask(message[33:], 32))
        block = xor(message[33:], mask(seed, 223))
        assert message[0] == 0 and block[:32] == hashlib.sha256().digest(), "not sealed to this guest"
        return block[block.index(1, 32) + 1:]

    def open(self, jwe):
        key = self.open_key(from_base64url(jwe["encrypted_key"]))
        return open_gcm(key, from_base64url(jwe["iv"]), from_base64url(jwe["ciphertext"]), from_base64url(jwe["tag"]),
                        jwe["protected"].encode())

    def get(self, path, connection=None):
        """The status, and the secret if it is 200."""
        connection = connection or self.server.connect()
        connection.request("GET", f"/kbs/v0/resource/{path}", headers={"Authorization": f"Bearer {self.token}"})
        response = connection.getresponse()
        body = response.read()
        return response.status, self.open(json.loads(body)) if response.status == 200 else None
