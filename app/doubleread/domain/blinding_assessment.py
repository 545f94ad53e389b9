"""The blinding assessment: readers are asked which of two answers is which model's.

A reader whose replies are no better than chance was blind. Sides are randomised for each case, so the question is about
one case: which side was the model with a certain role? The role is used because names may have to stay hidden; where
the models' roles do not differ, nothing is asked. If names are revealed case by case, the end is too late to ask,
and only replies before each commit are informative.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from doubleread.domain.arm import Arm
from doubleread.domain.blinding import SIDES
from doubleread.errors import InputRefusedError

NO_IDEA = "no idea"
SKIPPED = "skipped"
SAID: tuple[str, ...] = (*SIDES, NO_IDEA, SKIPPED)
MOST_ASKED = 8
"""How many cases are asked about at the end of a worklist."""
_LONGEST_ROLE = 200


@dataclass(frozen=True, slots=True)
class BlindingAssessment:
    """What a reader said of one reading: a side, `NO_IDEA` or `SKIPPED`; `about` is the role that was asked about.

    `id` and `assessed_at` are those of its event.
    """

    said: str
    about: str
    id: str = field(default="", compare=False)
    assessed_at: str = field(default="", compare=False)


def asked_role(arms: Iterable[Arm]) -> str:
    """Return the role to ask about, the first of two in alphabetical order; "" if the roles do not differ."""
    roles = sorted({arm.role.strip() for arm in arms}, key=lambda role: (role.casefold(), role))
    told_apart = len(roles) == 2 and all(roles) and roles[0].casefold() != roles[1].casefold()
    return roles[0] if told_apart and len(roles[0]) <= _LONGEST_ROLE else ""


def asking_order(secret: bytes, reader_id: str, case_ids: Sequence[str]) -> list[str]:
    """Return the order in which a reader is asked about their cases, randomised by the secret."""

    def key(case_id: str) -> bytes:
        message = f"guess|{len(reader_id)}:{reader_id}|{case_id}".encode()
        return hmac.new(secret, message, hashlib.sha256).digest()

    return sorted(case_ids, key=key)


def check_assessment(blinding_assessment: BlindingAssessment) -> None:
    """Raise InputRefusedError for what is no blinding assessment."""
    if blinding_assessment.said not in SAID:
        raise InputRefusedError(
            "Blinding assessment refused",
            f"{blinding_assessment.said!r} is not one of {', '.join(SAID)}",
            "choose one of them",
        )
    if not blinding_assessment.about.strip() or len(blinding_assessment.about) > _LONGEST_ROLE:
        raise InputRefusedError(
            "Blinding assessment refused", "it does not state which model was asked about", "ask about a role"
        )
