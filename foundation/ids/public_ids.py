"""Ids that the outside sees: a type prefix and an opaque text that cannot be guessed or counted.

The text is the row's number, encrypted with AES-128 as one block beside its prefix. So it needs no column and no index,
an id of one type is never taken for another, and a made-up id decrypts to nonsense and is refused (1 in 2^64 would not
be)."""

from collections.abc import Sequence

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
WIDTH = 22  # 62^22 > 2^128
PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
LETTERS = np.frombuffer(ALPHABET.encode(), np.uint8)
FIVE = np.uint64(62**5)  # below 2^32, so that a remainder and 32 more bits fit in 64
MANY = 100


def encode(key: bytes, prefix: str, number: int) -> str:
    """The public id of row `number`, such as `koc_3Fq…`. `key` is 16 bytes; `prefix` at most 8 ASCII letters."""
    return encode_all(key, prefix, [number])[0]


def encode_all(key: bytes, prefix: str, numbers: Sequence[int]) -> list[str]:
    """The public ids of many rows of one type, in their order, at a quarter of the cost."""
    head = prefix.encode().ljust(8, b"\0")
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305  single blocks: ECB is the bare cipher
    blocks = encryptor.update(b"".join([head + number.to_bytes(8, "big") for number in numbers]))
    texts = (
        _texts(blocks)
        if len(numbers) >= MANY
        else [_text(blocks[start : start + 16]) for start in range(0, len(blocks), 16)]
    )
    return [f"{prefix}_{text}" for text in texts]


def _text(block: bytes) -> str:
    left, text = int.from_bytes(block, "big"), ""
    for _ in range(WIDTH // 2):
        left, pair = divmod(left, 62 * 62)
        text = PAIRS[pair] + text
    return text


def _texts(blocks: bytes) -> list[str]:
    """The texts of many blocks, by long division of all of them at once, five letters a time."""
    limbs = list(np.frombuffer(blocks, ">u4").reshape(-1, 4).astype(np.uint64).T)
    letters = np.empty((len(limbs[0]), WIDTH), np.uint8)
    for end in range(WIDTH, 0, -5):
        rest = np.zeros_like(limbs[0])
        for position, limb in enumerate(limbs):
            limbs[position], rest = np.divmod((rest << np.uint64(32)) | limb, FIVE)
        for position in range(end - 1, max(end - 6, -1), -1):
            rest, letter = np.divmod(rest, np.uint64(62))
            letters[:, position] = LETTERS[letter]
    text = letters.tobytes().decode()
    return [text[start : start + WIDTH] for start in range(0, len(text), WIDTH)]


def decode(key: bytes, prefix: str, public_id: str) -> int | None:
    """The number behind a public id of this prefix, or None when it is not one of ours."""
    head, _, text = public_id.partition("_")
    if head != prefix or len(text) != WIDTH or not set(text) <= set(ALPHABET):
        return None
    value = 0
    for character in text:
        value = value * 62 + ALPHABET.index(character)
    if value >= 1 << 128:
        return None
    decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()  # noqa: S305
    block = decryptor.update(value.to_bytes(16, "big"))
    if block[:8] != prefix.encode().ljust(8, b"\0"):
        return None
    return int.from_bytes(block[8:], "big")
