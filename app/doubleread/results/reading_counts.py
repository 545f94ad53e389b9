"""How the answers were read: counts from the committed readings and the log."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from doubleread.domain.blinding import randomised_sides
from doubleread.domain.labels import LabelSet
from doubleread.domain.study import Protocol

_SECONDS_OF_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Washout:
    """The time between a reader's two readings of the same case, from the commit to the second opening, in days."""

    pairs: int
    median: float
    shortest: float
    longest: float


@dataclass(frozen=True, slots=True)
class ReadingCounts:
    """Counts of committed readings. First readings and repeats (a case that came to its reader again) are separate.

    `by_reader` and `repeats_by_reader` have the readers who committed. Times are ISO 8601 in UTC, "" if there is no
    reading: the first opening and the last commit of first readings. `left` counts first readings by the model whose
    answer was on the left, `randomised` those whose order is the randomised one. `redacted` counts the
    readings, repeats too, in which identifying words of an answer were hidden, `unredacted` those under a protocol that
    hides none. `key_shown` and `names_shown` count first readings after whose commit the reader saw the answer key and
    the arms' names. `guidelines` and `label_sets` count first readings by the guideline, where there was one, and by
    the name of the label set, of which `labels` has the definitions. `corrections` were made after a commit, without
    the readers' words on proposed diagnoses, which come then as a rule. `asked_about_consistency` counts the
    readings, repeats too, whose commit asked the reader about inconsistencies, and `confirmed_inconsistencies` has the
    number of confirmed ones of each reading that has some. `after_unblinding` counts the readings, repeats
    too, that were committed after the results had been unblinded.
    """

    by_reader: Mapping[str, int]
    repeats_by_reader: Mapping[str, int]
    first_at: str
    last_at: str
    left: Mapping[str, int]
    randomised: int
    redacted: int
    unredacted: int
    key_shown: int
    names_shown: int
    guidelines: Mapping[str, int]
    label_sets: Mapping[str, int]
    labels: Mapping[str, LabelSet]
    corrections: int
    asked_about_consistency: int
    confirmed_inconsistencies: Sequence[int]
    after_unblinding: int
    washout: Washout | None

    @property
    def committed(self) -> int:
        """How many first readings are committed."""
        return sum(self.by_reader.values())

    @property
    def repeats(self) -> int:
        """How many repeats are committed."""
        return sum(self.repeats_by_reader.values())


def reading_counts(
    rows: Sequence[Any],
    protocol_of: Callable[[str], Protocol],
    secret: bytes,
    arm_ids: Sequence[str],
    unblinded_at: str,
) -> ReadingCounts:
    """Count the rows of `committed_readings`.

    `arm_ids` are in the study's order; `unblinded_at` is "" if the results were not unblinded.
    """
    first = [row for row in rows if not row["repeat"]]
    protocols = {sha256: protocol_of(sha256) for sha256 in {row["protocol_sha256"] for row in rows}}

    def under(says: Callable[[Protocol], bool]) -> int:
        return sum(says(protocols[row["protocol_sha256"]]) for row in first)

    return ReadingCounts(
        by_reader=Counter(row["reader_id"] for row in first),
        repeats_by_reader=Counter(row["reader_id"] for row in rows if row["repeat"]),
        first_at=min((row["opened_at"] for row in first), default=""),
        last_at=max((row["committed_at"] for row in first), default=""),
        left=Counter(row["arm_a"] for row in first),
        randomised=sum(
            row["arm_a"] == arm_ids[randomised_sides(secret, row["reader_id"], row["case_id"])[0]] for row in first
        ),
        redacted=sum(any(json.loads(row["redacted"] or "{}").values()) for row in rows),
        unredacted=sum(row["redacted"] is None for row in rows),
        key_shown=under(lambda protocol: protocol.reveal_key),
        names_shown=under(lambda protocol: protocol.reveal_names),
        guidelines=Counter(text for row in first if (text := protocols[row["protocol_sha256"]].guideline.strip())),
        label_sets=Counter(row["label_set"] for row in first),
        labels={protocol.label_set: protocol.labels for protocol in protocols.values()},
        corrections=sum(row["corrections"] for row in rows),
        asked_about_consistency=sum(row["inconsistencies"] is not None for row in rows),
        confirmed_inconsistencies=[row["inconsistencies"] for row in rows if row["inconsistencies"]],
        after_unblinding=sum(row["committed_at"] > unblinded_at for row in rows) if unblinded_at else 0,
        washout=_washout(rows),
    )


def _washout(rows: Sequence[Any]) -> Washout | None:
    committed = {(row["reader_id"], row["case_id"]): row["committed_at"] for row in rows if not row["repeat"]}
    days = [
        (_moment(row["opened_at"]) - _moment(committed[row["reader_id"], row["case_id"]])).total_seconds()
        / _SECONDS_OF_A_DAY
        for row in rows
        if row["repeat"] and (row["reader_id"], row["case_id"]) in committed
    ]
    return Washout(len(days), median(days), min(days), max(days)) if days else None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
