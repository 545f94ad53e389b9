"""The sentences of the methods about readers' training and background."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from statistics import median

from doubleread.domain.background import NOT_SAID
from doubleread.domain.formatting import decimal, percent, short, signed_decimal
from doubleread.domain.statements import Statement, listed
from doubleread.domain.wording import plural, verb
from doubleread.reports.facts import Facts
from doubleread.statistics import Interval, Undefined


def _trained(facts: Facts) -> str | None:
    found = facts.results.training
    if found is None or not found.trained:
        return None
    trained = found.trained
    passed = [reader for reader in trained if reader.qualified]
    attempts = sum(reader.attempts for reader in trained)
    scores = listed(f"{one.reader_id} {percent(one.overall)}" for one in passed if one.overall is not None)
    cases = plural(found.cases, "training case")
    said = (
        f"Before they read cases of the study, {plural(len(trained), 'reader')} judged {cases}"
        f" with reference annotations, in {plural(attempts, 'attempt')}, with feedback after each. The threshold was a"
        f" {found.metric} of {percent(found.threshold)}; {len(passed)} of {plural(len(trained), 'reader')} reached it"
    )
    again = sum(reader.rounds > 1 for reader in passed)
    rounds = f", {again} of them after more than one round" if again else ""
    return f"{said}{f' ({scores})' if scores else ''}{rounds}."


def _waived(facts: Facts) -> str | None:
    found = facts.results.training
    waived = [reader for reader in found.readers if reader.waived] if found is not None else []
    if not waived:
        return None
    names = listed(reader.reader_id for reader in waived)
    return f"The training of {plural(len(waived), 'reader')} was waived ({names}); the log gives the reasons."


def _drift(facts: Facts) -> str | None:
    drift = facts.results.training.drift if facts.results.training is not None else None
    if drift is None:
        return None
    first, second, difference = drift.first, drift.second, drift.difference
    if isinstance(first, Undefined) or isinstance(second, Undefined) or isinstance(difference, Undefined):
        return None
    interval = ""
    if isinstance(difference.interval, Interval):
        ends = (signed_decimal(difference.interval.low), signed_decimal(difference.interval.high))
        interval = f", 95% interval {ends[0]} to {ends[1]} by a bootstrap over readers"
    return (
        f"To measure drift, training cases came again, unmarked, among the cases of the study, in"
        f" {plural(first.n, 'reading')}: the mean score was {decimal(first.value)}, and {decimal(second.value)} for the"
        f" same readers and cases in training (difference {signed_decimal(difference.value)}{interval}). The scores in"
        " training had to reach the threshold, so that some fall is expected without drift (regression to the mean)."
    )


def _backgrounds(facts: Facts) -> str | None:
    stated = facts.methods.backgrounds.values()
    if not stated:
        return None
    parts = [
        f"{what}: {_counts(values)}"
        for what, values in (
            ("profession", [one.profession for one in stated]),
            ("specialty", [one.specialty for one in stated]),
            ("board certified", [one.board_certified for one in stated]),
            ("country", [one.country for one in stated]),
            ("first language", [one.language for one in stated]),
            ("had evaluated language models before", [one.evaluated_models_before for one in stated]),
        )
        if any(values)
    ]
    if years := [one.years for one in stated if one.years is not None]:
        low, high = min(years), max(years)
        spread = f" (range {low} to {high})" if low != high else ""
        parts.append(f"a median of {short(median(years))} years of experience{spread}")
    return f"Background, as stated by {plural(len(stated), 'assessor')}: {'; '.join(parts)}."


def _counts(values: Iterable[str]) -> str:
    return ", ".join(f"{value} {count}" for value, count in _counted(value or "not stated" for value in values))


def _counted(values: Iterable[str]) -> list[tuple[str, int]]:
    """Count values that differ in case as one, in the spelling that came first; the most frequent ones first."""
    given = list(values)
    spelling = {value.casefold(): value for value in reversed(given)}
    counts = Counter(value.casefold() for value in given)
    return [(spelling[value], count) for value, count in counts.most_common()]


def identifying_background(facts: Facts) -> str | None:
    """Return which stated specialties, professions, countries and languages belong to one person, who may be
    identified by them.
    """
    stated = facts.methods.backgrounds.values()
    single = [
        value
        for values in (
            [one.specialty for one in stated],
            [one.profession for one in stated],
            [one.country for one in stated],
            [one.language for one in stated],
        )
        for value, count in _counted(values)
        if count == 1 and value not in ("", NOT_SAID)
    ]
    if not single:
        return None
    is_ = verb(len(single), "belongs", "belong")
    each = " each" if len(single) > 1 else ""
    return (
        f"Of these, {listed(single)} {is_} to a single assessor{each}: together with the pseudonyms in the data, this"
        " may identify a person."
    )


TRAINING: tuple[Statement[Facts], ...] = (
    Statement("training", _trained),
    Statement("training-waived", _waived),
    Statement("training-drift", _drift),
    Statement("backgrounds", _backgrounds),
    Statement("identifying-background", identifying_background),
)
