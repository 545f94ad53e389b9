"""What a reader is asked and told in the same words on the screen and line by line."""

from __future__ import annotations

from collections.abc import Mapping

from doubleread.domain.blinding import Side

FIRST_READER = "R-01"
WHICH_PSEUDONYM = "Your pseudonym. It is stored with every judgement, so do not use your name."
WHICH_PREFERRED = "Which answer do you prefer?"
KEY_FOLLOWS = "The answer key is then shown."
CORRECTIONS_FOLLOW = "Later changes are kept as corrections, with a reason."
NOTHING_TO_UNDO = "There is nothing to undo in this case."
NOTHING_TO_REDO = "There is nothing to redo."

OMITTING: Mapping[str, str] = {
    "A": "matters, and answer A leaves it out",
    "B": "matters, and answer B leaves it out",
    "both": "matters, and both leave it out",
}
"""What can be said of words of the case, by the answers that leave them out."""
OMITTING_KEYS = "abo"
"""The keys of these choices, in their order."""


def which_passphrase(name: str) -> str:
    """Return the question for the passphrase of a file or a study."""
    return f"{name} is encrypted. Type its passphrase, or its recovery key."


def which_grade(side: Side) -> str:
    """Return the question for the grade of an answer with a diagnosis."""
    return f"How close does answer {side} come to the key's diagnosis?"


def reads_here_now(reader_id: str) -> str:
    """Return that this window reads, after another one did."""
    return f"{reader_id} now reads in this window."
