#!/usr/bin/env python3
"""The worker protocol a second time, written from PROTOCOL.md alone, with Python's standard library: it reads the same
vectors as the C++ tests, and comes to the same bytes (WRK-12)."""

import base64
import hashlib
import hmac
import json
import unittest
from pathlib import Path

VECTORS = json.loads((Path(__file__).parent / "vectors" / "protocol.json").read_text(encoding="utf-8"))


def unbase64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def hmac_sha256(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def hkdf_sha256(ikm, salt, info, count):
    """RFC 5869; one block is enough."""
    return hmac_sha256(hmac_sha256(salt, ikm), info + b"\x01")[:count]


# Ed25519 verification after RFC 8032, 5.1: slow, and only for these few signatures.
P = 2**255 - 19
D = -121665 * pow(121666, P - 2, P) % P
SQRT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * SQRT_OF_MINUS_1 % P
    if (x * x - square) % P != 0:
        raise ValueError("no point of the curve")
    return P - x if x & 1 != sign else x


def decode_point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = recover_x(y, sign)
    return x, y, 1, x * y % P


def add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    g, h, i, j = f - e, d - c, d + c, f + e
    return g * h % P, i * j % P, h * i % P, g * j % P


def multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (recover_x(BASE_Y, 0), BASE_Y, 1, recover_x(BASE_Y, 0) * BASE_Y % P)


def ed25519_verifies(public, message, signature):
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little")
    left = multiply(int.from_bytes(signature[32:], "little"), BASE)
    right = add(decode_point(signature[:32]), multiply(challenge, decode_point(public)))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


ROOT = hashlib.sha256(unbase64url(VECTORS["api_key"])).digest()


def direction_key(direction):
    salt = unbase64url(VECTORS["agent_nonce"]) + unbase64url(VECTORS["control_plane_nonce"])
    return hkdf_sha256(ROOT, salt, b"wisehosting/envelope/1/" + direction.encode(), 32)


def open_envelope(key, message):
    """Header and attachment, or None: the MAC is looked at before anything else."""
    if len(message) < 32 or not hmac.compare_digest(hmac_sha256(key, message[32:]), message[:32]):
        return None
    header, _, attachment = message[32:].partition(b"\n")
    return json.loads(header), attachment


class Vectors(unittest.TestCase):
    def test_root_and_direction_keys(self):
        self.assertEqual(ROOT.hex(), VECTORS["K_hex"])
        for direction, expected in VECTORS["key_hex"].items():
            self.assertEqual(direction_key(direction).hex(), expected)

    def test_envelopes_are_read_and_written_byte_for_byte(self):
        for vector in VECTORS["envelopes"]:
            with self.subTest(vector["note"]):
                key, message = direction_key(vector["direction"]), unbase64url(vector["message"])
                header, attachment = open_envelope(key, message)
                self.assertEqual(header, json.loads(vector["header"]))
                self.assertEqual(attachment, unbase64url(vector["attachment"]))
                content = vector["header"].encode() + b"\n" + attachment
                self.assertEqual(hmac_sha256(key, content) + content, message)

    def test_one_flipped_bit_anywhere_is_refused(self):
        for vector in VECTORS["envelopes"][:2]:
            key, message = direction_key(vector["direction"]), bytearray(unbase64url(vector["message"]))
            for bit in range(len(message) * 8):
                message[bit // 8] ^= 1 << (bit % 8)
                self.assertIsNone(open_envelope(key, bytes(message)), f"bit {bit}")
                message[bit // 8] ^= 1 << (bit % 8)

    def test_the_other_directions_key_opens_nothing(self):
        for vector in VECTORS["envelopes"]:
            other = "to-agent" if vector["direction"] == "to-control-plane" else "to-control-plane"
            self.assertIsNone(open_envelope(direction_key(other), unbase64url(vector["message"])))

    def test_commands_are_signed_over_their_attachment(self):
        public = unbase64url(VECTORS["command_key"]["public"])
        signed = [vector for vector in VECTORS["envelopes"] if vector["note"].startswith("signed ")]
        self.assertEqual(len(signed), 2)
        for vector in signed:
            signature = unbase64url(json.loads(vector["header"])["data"]["sig"])
            command = b"wisehosting/command/1\n" + unbase64url(vector["attachment"])
            self.assertTrue(ed25519_verifies(public, command, signature))
            self.assertFalse(ed25519_verifies(public, command + b" ", signature))

    def test_refresh_is_signed_with_the_root_key(self):
        body = VECTORS["refresh"]["body"].encode()
        signature = hmac_sha256(ROOT, b"wisehosting/refresh/1\n" + body).hex()
        self.assertEqual(VECTORS["refresh"]["signature"], "v1=" + signature)

    def test_worker_token(self):
        token = VECTORS["jwt"]["token"]
        signed, _, signature = token.rpartition(".")
        self.assertEqual(hmac_sha256(bytes.fromhex(VECTORS["jwt"]["key_hex"]), signed.encode()), unbase64url(signature))
        header, claims = (json.loads(unbase64url(part)) for part in signed.split("."))
        self.assertEqual(set(header), {"alg", "typ", "kid"})
        self.assertEqual((header["alg"], header["typ"]), ("HS256", "wh-worker+jwt"))
        self.assertEqual(claims["aud"], "wisehosting-worker")
        self.assertEqual(claims["sub"], VECTORS["worker_id"])
        self.assertLessEqual(claims["exp"] - claims["iat"], 900)

    def test_objects_are_known_by_the_hash_of_their_bytes(self):
        body = unbase64url(VECTORS["replica_object"]["bytes"])
        self.assertEqual(hashlib.sha256(body).hexdigest(), VECTORS["replica_object"]["sha256"])


if __name__ == "__main__":
    unittest.main()
