"""The randomised sides: fixed, balanced, and unpredictable without the secret."""

from __future__ import annotations

import hashlib
import hmac
import random

from doubleread.domain.blinding import randomised_sides

SECRET = bytes(range(32))
CASES = [f"case-{number}" for number in range(400)]


def drawn(secret: bytes = SECRET, reader: str = "R-01") -> list[tuple[int, int]]:
    return [randomised_sides(secret, reader, case_id) for case_id in CASES]


def alike(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> float:
    return sum(a == b for a, b in zip(one, other, strict=True)) / len(one)


def test_the_draw_is_the_last_bit_of_the_first_byte_of_a_keyed_hash():
    for reader, case_id in (("R-01", "case-0"), ("R-02", "case-1"), ("Zoë", "ein Fall|1")):
        message = f"{len(reader)}:{reader}|{case_id}".encode()
        byte = hmac.new(SECRET, message, hashlib.sha256).digest()[0]
        assert randomised_sides(SECRET, reader, case_id) == ((1, 0) if byte % 2 else (0, 1))


def test_it_is_the_same_for_ever_and_both_orders_are_as_frequent():
    assert drawn() == drawn()
    assert set(drawn()) == {(0, 1), (1, 0)}
    assert 160 <= drawn().count((1, 0)) <= 240


def test_another_secret_or_reader_draws_independently():
    assert 0.4 <= alike(drawn(), drawn(secret=random.Random(1).randbytes(32))) <= 0.6
    assert 0.4 <= alike(drawn(), drawn(reader="R-02")) <= 0.6


def test_a_reader_and_a_case_cannot_be_taken_for_another_pair():
    pairs = [("R", "1|case"), ("R|1", "case"), ("R-1", "1"), ("R-11", "")]
    secrets = [bytes([number]) * 32 for number in range(40)]
    draws = {tuple(randomised_sides(secret, *pair) for secret in secrets) for pair in pairs}
    assert len(draws) == len(pairs)
