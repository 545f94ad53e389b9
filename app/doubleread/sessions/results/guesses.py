"""How well readers guessed which answer was whose: whether they were blind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from doubleread.domain.blinding import SIDES
from doubleread.domain.guess import NO_IDEA, SKIPPED
from doubleread.domain.model import Model
from doubleread.statistics import Estimate, Proportion, Undefined, bang_index, proportion
from doubleread.store.connection import Snapshot

_NOBODY = Undefined("no reader was asked which answer is whose")


@dataclass(frozen=True, slots=True)
class Guessed:
    """Replies counted. `share` is that of the right ones among those that name a side."""

    right: int
    wrong: int
    no_idea: int
    skipped: int
    share: Proportion | Undefined

    @property
    def asked(self) -> int:
        """How often it was asked."""
        return self.right + self.wrong + self.no_idea + self.skipped


@dataclass(frozen=True, slots=True)
class Guesses:
    """The guesses of all readers. `about` is the role asked about, "" while the study is blind or where nobody was.

    `index` is Bang's, of all guesses and by the side on which the model in question stood: a reader who always says A
    is right wherever it stood there, and wrong elsewhere. Skipped questions are in none of them. The intervals take
    guesses as independent, though those of one reader hang together: `by_reader` shows each.
    """

    about: str
    all: Guessed
    index: Estimate | Undefined
    index_by_side: Mapping[str, Estimate | Undefined]
    by_reader: Mapping[str, Guessed]


def guesses(db: Snapshot, models: Iterable[Model], *, named: bool) -> Guesses:
    """Count the guesses about committed first readings. `models` are the study's, with their roles."""
    by_role = {model.role.strip().casefold(): model.id for model in models}
    replies: list[tuple[str, str, str]] = []
    roles: set[str] = set()
    rows = db.execute(
        "SELECT readings.reader_id, guesses.about, guesses.said, a.model_id AS model_a, b.model_id AS model_b"
        " FROM guesses JOIN readings ON readings.id = guesses.reading_id"
        " JOIN answers a ON a.id = answer_a JOIN answers b ON b.id = answer_b"
        " WHERE committed_at IS NOT NULL AND repeat = 0 ORDER BY readings.reader_id, guesses.guessed_at, guesses.id"
    )
    for row in rows:
        model = by_role.get(row["about"].strip().casefold())
        stood = {row["model_a"]: "A", row["model_b"]: "B"}.get(model)
        if stood is not None:
            roles.add(row["about"].strip())
            replies.append((row["reader_id"], stood, row["said"]))
    readers = dict.fromkeys(reader for reader, _, _ in replies)
    return Guesses(
        about=", ".join(sorted(roles)) if named else "",
        all=_guessed(replies),
        index=_index(replies),
        index_by_side={side: _index(reply for reply in replies if reply[1] == side) for side in SIDES},
        by_reader={reader: _guessed(reply for reply in replies if reply[0] == reader) for reader in readers},
    )


def _outcomes(replies: Iterable[tuple[str, str, str]]) -> Counter[str]:
    return Counter(
        said if said in (NO_IDEA, SKIPPED) else "right" if said == stood else "wrong" for _, stood, said in replies
    )


def _guessed(replies: Iterable[tuple[str, str, str]]) -> Guessed:
    found = _outcomes(replies)
    right, wrong = found["right"], found["wrong"]
    share = proportion(right, right + wrong)
    if isinstance(share, Undefined):
        share = Undefined("no reader named a side") if found else _NOBODY
    return Guessed(right, wrong, found[NO_IDEA], found[SKIPPED], share)


def _index(replies: Iterable[tuple[str, str, str]]) -> Estimate | Undefined:
    found = _outcomes(replies)
    index = bang_index(found["right"], found["wrong"], found[NO_IDEA])
    return _NOBODY if isinstance(index, Undefined) else index
