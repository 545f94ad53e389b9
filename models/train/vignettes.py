"""Fictional vignettes for training and measuring the demo models. Pure: the same seed gives the same vignettes."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from doubleread.domain.case import Case
from frames import (
    DURATIONS,
    FILLERS,
    OPENINGS,
    PLAIN_OPENINGS,
    QUESTIONS_CHOICE,
    QUESTIONS_DIAGNOSIS,
    SENTENCES,
)
from knowledge import Diagnosis, Knowledge

LETTERS = "ABCD"
Combination = frozenset[str]


@dataclass(frozen=True, slots=True)
class Vignette:
    """A case with what it was made from. `wordings` maps the findings present to the wording used, in the text's order.

    `decoy` is the finding that belongs to `decoy_of` and not to the diagnosis; both are empty where there is none.
    """

    case: Case
    diagnosis: str
    wordings: dict[str, str]
    decoy: str = ""
    decoy_of: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The diagnoses offered, in the options' order; empty for a case without options."""
        return tuple(self.case.options.values())

    def letter(self, name: str) -> str:
        """The letter of an option's name, or an empty string."""
        return next((letter for letter, option in self.case.options.items() if option == name), "")


def is_held_out(combination: Combination) -> bool:
    """Say whether a set of findings is kept from training: about one in eight, by its hash."""
    return hashlib.sha256(" ".join(sorted(combination)).encode()).digest()[0] < 32


def vignettes(
    seed: str, kind: str, knowledge: Knowledge, *, held_out: bool, excluded: Collection[Combination] = ()
) -> Iterator[Vignette]:
    """Yield vignettes without end. Combinations of the other half of the split, and `excluded` ones, never come."""
    rng = random.Random(f"{seed}/{kind}/{held_out}")
    number = 0
    while True:
        vignette = _one(rng, kind, knowledge, f"{seed}-{number}")
        combination = frozenset(vignette.wordings)
        if is_held_out(combination) == held_out and combination not in excluded:
            number += 1
            yield vignette


def short_vignettes(seed: str, knowledge: Knowledge, excluded: Collection[Combination] = ()) -> Iterator[Vignette]:
    """Yield choice vignettes of one sentence with one or two findings, for the start of the training."""
    rng = random.Random(f"{seed}/short")
    number = 0
    while True:
        diagnosis = rng.choice(list(knowledge.diagnoses.values()))
        wordings = _worded(rng, rng.sample(diagnosis.findings[:5], rng.choice((1, 2))), knowledge)
        if frozenset(wordings) in excluded:
            continue
        text = _sentence(rng, rng.choice(OPENINGS), list(wordings.values()), _who(rng, diagnosis), "She")
        number += 1
        yield _choice(rng, f"{seed}-s{number}", text, diagnosis, wordings, "", "", knowledge)


def _one(rng: random.Random, kind: str, knowledge: Knowledge, case_id: str) -> Vignette:
    diagnosis = rng.choice(list(knowledge.diagnoses.values()))
    ids = rng.sample(diagnosis.findings, min(rng.choice((3, 3, 4, 4, 5)), len(diagnosis.findings) - 1))
    decoy = decoy_of = ""
    if rng.random() < 0.4:
        decoy_of = rng.choice(knowledge.related(diagnosis.name))
        own = set(diagnosis.findings)
        decoy = rng.choice([finding for finding in knowledge.diagnoses[decoy_of].findings if finding not in own])
        ids.insert(rng.randrange(len(ids) + 1), decoy)
    wordings = _worded(rng, ids, knowledge)
    text = _text(rng, diagnosis, wordings, knowledge)
    order = {wording: text.find(wording) for wording in wordings.values()}
    wordings = dict(sorted(wordings.items(), key=lambda item: order[item[1]]))
    if kind == "choice":
        return _choice(rng, case_id, text, diagnosis, wordings, decoy, decoy_of, knowledge)
    case = Case(case_id, "diagnosis", text, rng.choice(QUESTIONS_DIAGNOSIS), diagnosis.name)
    return Vignette(case, diagnosis.name, wordings, decoy, decoy_of)


def _choice(
    rng: random.Random,
    case_id: str,
    text: str,
    diagnosis: Diagnosis,
    wordings: dict[str, str],
    decoy: str,
    decoy_of: str,
    knowledge: Knowledge,
) -> Vignette:
    names = [diagnosis.name] + ([decoy_of] if decoy_of else [])
    names += [name for name in diagnosis.confusers.values() if name not in names and rng.random() < 0.75]
    names = list(dict.fromkeys(names))[: len(LETTERS)]
    related = [name for name in knowledge.related(diagnosis.name) if name not in names]
    others = [name for name in knowledge.diagnoses if name not in names and name not in related]
    while len(names) < len(LETTERS):
        pool = related if related and rng.random() < 0.75 else others
        names.append(pool.pop(rng.randrange(len(pool))))
    rng.shuffle(names)
    options = dict(zip(LETTERS, names, strict=True))
    key = LETTERS[names.index(diagnosis.name)]
    case = Case(case_id, "choice", text, rng.choice(QUESTIONS_CHOICE), key, options)
    return Vignette(case, diagnosis.name, wordings, decoy, decoy_of)


def _worded(rng: random.Random, ids: list[str], knowledge: Knowledge) -> dict[str, str]:
    return {finding: rng.choice(knowledge.findings[finding].wordings) for finding in ids}


def _who(rng: random.Random, diagnosis: Diagnosis) -> str:
    age = rng.randint(*diagnosis.ages)
    female = diagnosis.sex == "F" or (not diagnosis.sex and rng.random() < 0.5)
    nouns = ("girl", "boy") if diagnosis.unit == "month" or age < 16 else ("woman", "man")
    noun = nouns[0 if female else 1]
    article = "An" if str(age).startswith("8") or age in (11, 18) else "A"
    return f"{article} {age}-{diagnosis.unit}-old {noun}"


def _text(rng: random.Random, diagnosis: Diagnosis, wordings: dict[str, str], knowledge: Knowledge) -> str:
    by_kind: dict[str, list[str]] = {"symptom": [], "history": [], "sign": [], "test": []}
    for finding, wording in wordings.items():
        by_kind[knowledge.findings[finding].kind].append(wording)
    who, symptoms = _who(rng, diagnosis), by_kind.pop("symptom")
    she = "She" if who.endswith(("woman", "girl")) else "He"
    if symptoms:
        first = rng.choice((1, 2)) if len(symptoms) > 1 else 1
        sentences = [_sentence(rng, rng.choice(OPENINGS), symptoms[:first], who, she)]
        rest = [_sentence(rng, rng.choice(SENTENCES["symptom"]), [one], who, she) for one in symptoms[first:]]
    else:
        sentences, rest = [rng.choice(PLAIN_OPENINGS).format(who=who)], []
    for kind, items in by_kind.items():
        while items:
            size = 2 if len(items) > 1 and rng.random() < 0.6 else 1
            rest.append(_sentence(rng, rng.choice(SENTENCES[kind]), items[:size], who, she))
            del items[:size]
    if rng.random() < 0.15:
        rng.shuffle(rest)
    for filler in rng.sample(FILLERS, rng.choice((0, 1, 1, 2))):
        rest.insert(rng.randrange(len(rest) + 1), _sentence(rng, filler, [], who, she))
    return " ".join(sentences + rest)


def _sentence(rng: random.Random, frame: str, findings: list[str], who: str, she: str) -> str:
    numbers = {"pulse": rng.randint(64, 98), "systolic": rng.randint(112, 138), "diastolic": rng.randint(68, 84)}
    return frame.format(
        who=who if frame.startswith("{who}") else who[0].lower() + who[1:],
        she=she,
        her="Her" if she == "She" else "His",
        findings=rng.choice((" and ", " and ", " together with ")).join(findings),
        duration=rng.choice(DURATIONS),
        **numbers,
    )
