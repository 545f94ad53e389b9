"""How long the chosen option of 100,000 answers of 300 words takes to be found, on one core, and how far it is right.

No two answers are alike, and no more than two have the same options, as in a study of two models. The calibration is
that of the examples in the tests, which were read by people: by band of confidence, how many got a letter and how many
of these the right one.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from benchmarks.measurements import Measurement, summary
from doubleread.scoring.choice import extract_choice
from doubleread.scoring.confidence import BANDS
from doubleread.scoring.diagnosis import propose_diagnosis

_TESTS = Path(__file__).resolve().parents[1] / "tests"
_SURE = 0.9

ANSWERS, WORDS, MEANT = 20_000, 300, 100_000


def _parts(text: str) -> list[str]:
    return text.split("|")


_ANNOTATIONS = _parts(
    "a dry cough|night sweats|bilateral hilar nodes|a raised calcium level|erythema nodosum|a pleural rub|weight loss|"
    "a new murmur|tender shins|a low platelet count|a normal lumbar puncture|pain on deep inspiration|dark urine|"
    "swollen ankles|blurred vision|a positive family history|a recent journey|an irregular pulse|morning stiffness|"
    "a fine tremor|mild anemia|type B symptoms|a raised ferritin|protein in the urine|an HbA1c of 6.1 %"
)
_SUBJECTS = _parts("The patient|She|He|The history|On examination the team|The chart|The vignette|This case")
_VERBS = _parts("shows|has|mentions|is notable for|presents with|denies|reports|comes with")
_LINKS = _parts(
    "which points away from an infection|although this is not specific|and this is a key detail|which is less helpful|"
    "as one would expect at this age|so further tests may be needed|before any treatment was given|with no other change"
)
_FIRST = _parts("acute|chronic|primary|secondary|atypical|familial|diffuse|localized|drug-induced|idiopathic")
_SECOND = _parts(
    "pericarditis|sarcoidosis|lymphoma|tuberculosis|pancreatitis|nephropathy|thyroiditis|hepatitis|vasculitis|"
    "endocarditis|meningitis|myelitis|neuropathy|cardiomyopathy|pneumonitis|arthritis|colitis|anemia|migraine|gout"
)
_THIRD = _parts("|of the young|with fever|type 2|without complications|after surgery|in pregnancy|on both sides")


def _prose(rng: random.Random, words: int) -> str:
    sentences: list[str] = []
    length = 0
    while length < words:
        sentence = (
            f"{rng.choice(_SUBJECTS)} {rng.choice(_VERBS)} {rng.choice(_ANNOTATIONS)} and {rng.choice(_ANNOTATIONS)}, "
            f"{rng.choice(_LINKS)}."
        )
        sentences.append(sentence)
        length += sentence.count(" ") + 1
        if rng.random() < 0.2:
            sentences.append("\n\n")
    return " ".join(sentences).replace(" \n\n ", "\n\n")


def _options(rng: random.Random) -> dict[str, str]:
    texts: list[str] = []
    while len(texts) < 5:
        text = f"{rng.choice(_FIRST)} {rng.choice(_SECOND)} {rng.choice(_THIRD)}".strip().capitalize()
        if text not in texts:
            texts.append(text)
    return dict(zip("ABCDE", texts, strict=True))


def _rejecting(rng: random.Random, options: dict[str, str], but: str, words: int) -> str:
    others = [letter for letter in options if letter != but]
    return "\n".join(
        f"- **Option {letter} ({options[letter]})** is less likely. {_prose(rng, words // len(others) - 8)}"
        for letter in others
    )


STYLES = 11


def _answer(style: int, rng: random.Random, options: dict[str, str], letter: str) -> str:
    """Write an answer of about 300 words in one of the ways in which models answer."""
    name = options[letter]
    match style:
        case 0:
            return f"{_prose(rng, WORDS - 6)}\n\nThe answer is ({letter})."
        case 1:
            return f"**Answer: {letter}. {name}**\n\n{_prose(rng, WORDS - 6)}"
        case 2:
            others = _rejecting(rng, options, letter, WORDS - 12)
            return f"{letter}. {name}\n\n**Why not the others?**\n{others}"
        case 3:
            others = _rejecting(rng, options, letter, WORDS - 20)
            return f"One by one:\n\n{others}\n\nTherefore, {name.lower()} ({letter}) is the best choice."
        case 4:
            half = WORDS // 2 - 4
            return f"{_prose(rng, half)} The most likely diagnosis is {name.lower()}. {_prose(rng, half)}"
        case 5:
            return f'{{"reasoning": "{_prose(rng, WORDS - 4)}", "answer": "{letter}"}}'
        case 6:
            return f"### Reasoning\n\n{_prose(rng, WORDS - 4)}\n\n$\\boxed{{\\text{{{letter}}}}}$"
        case 7:
            half = WORDS // 2 - 4
            return f"<think>Is the answer A? {_prose(rng, half)}</think>\n{_prose(rng, half)}\n{letter}"
        case 8:
            return f"Die richtige Antwort ist {letter}: {name}.\n\n{_prose(rng, WORDS - 8)}"
        case 9:
            return f"{_prose(rng, WORDS - 8)} {name} would explain all of this"
        case _:
            return _prose(rng, WORDS)


_REPEATED = [
    "I would say ",
    "wait, ",
    "~~A",
    "c'est ",
    "not A but ",
    "The answer is not ",
    "do not ",
    "选",
    "\u0301",
    "A\n",
    "1. ",
    "that leaves ",
    "<answer>",
    "[THINK]",
    "answer is ",
    "best diagnosis ",
    "A: false / ",
    "*",
    "_",
    "$",
    "(",
    "[[",
    "'",
    "boxed{",
    '"answer":',
    "<think>",
    " ",
    "\n",
    "\n \n",
    "A, B and ",
    "rule out ",
    "Option A ",
    "tuberculosis ",
    "is the best ",
    "I would choose ",
    "Answer:\n",
    "none of ",
    ". ",
    "A. x\n",
    "答案是",
    "\u200b",
    "most likely diagnosis is x y z tuberculosi ",
    "Tuberculosis is the best ",
    "- A: no\n",
    "if would answer is A ",
]
_REPEATED_DIAGNOSES = [
    "gout ",
    "diagnosis is ",
    "or ",
    "acute ",
    "pericarditi ",
    "1. Gout\n",
    "- gout\n",
    "most likely ",
    "(",
]
_LONG = 200_000


def _longest(pieces: list[str], read: Callable[[str], object]) -> float:
    """Return the seconds that the slowest of some very long, senseless answers takes."""
    taken = []
    for piece in pieces:
        text = (piece * (_LONG // len(piece) + 1))[:_LONG]
        started = time.perf_counter()
        read(text)
        taken.append(time.perf_counter() - started)
    return max(taken)


def _examples() -> Iterator[tuple[str, dict[str, str], str]]:
    """Yield the answers of the tests with their options and the letter that a person reads in them, "-" for none."""
    sys.path.insert(0, str(_TESTS))
    for path in sorted((_TESTS / "scoring" / "choice_examples").glob("*.py")):
        module = import_module(f"scoring.choice_examples.{path.stem}")
        for examples in vars(module).values():
            if isinstance(examples, list):
                yield from ((text, options, wanted[0]) for text, options, wanted in examples)


def _calibration() -> Measurement:
    """Print the calibration and return the percentage that is wrong of what gets a high confidence."""
    table = {band: [0, 0] for band in BANDS}
    abstained = [0, 0]
    for text, options, wanted in _examples():
        found = extract_choice(text, options)
        row = abstained if found.confidence is None else table[found.confidence]
        row[0] += 1
        row[1] += (found.letter or "-") == wanted
    print(f"\n{'confidence':<16}{'n':>8}{'right':>9}")
    for name, (n, right) in [*((f"{band:.2f}", row) for band, row in table.items()), ("none: abstained", abstained)]:
        print(f"{name:<16}{n:>8}" + (f"{100 * right / n:>8.1f}%" if n else ""))
    sure = [row for band, row in table.items() if band >= _SURE]
    n, right = sum(row[0] for row in sure), sum(row[1] for row in sure)
    return Measurement(
        f"choices with a confidence of {_SURE} or more that are wrong", 100 * (n - right) / n, "%", 0.5, n
    )


def run() -> list[Measurement]:
    """Make the answers first, then time each extraction; then look at the longest ones and at the calibration."""
    rng = random.Random(2026)
    answers: list[tuple[str, dict[str, str]]] = []
    while len(answers) < ANSWERS:
        options = _options(rng)
        answers += [
            (_answer(rng.randrange(STYLES), rng, options, rng.choice("ABCDE")), dict(options)) for _ in range(2)
        ]
    taken: list[float] = []
    for text, options in answers:
        started = time.perf_counter()
        extract_choice(text, options)
        taken.append((time.perf_counter() - started) * 1000)
    fixed = _options(random.Random(1))
    return [
        Measurement(
            "finding the option in 100,000 answers of 300 words, one core",
            sum(taken) / ANSWERS * MEANT / 1000,
            "s",
            60.0,
            ANSWERS,
        ),
        *summary("finding the option in one of them", taken, "ms", 0.6, None),
        Measurement(
            "the option: the slowest of long senseless answers (200,000 characters)",
            _longest(_REPEATED, lambda text: extract_choice(text, fixed)),
            "s",
            10.0,
            len(_REPEATED),
        ),
        Measurement(
            "the diagnosis: the slowest of long senseless answers (200,000 characters)",
            _longest(
                _REPEATED_DIAGNOSES, lambda text: propose_diagnosis(text, "Acute pericarditis", ["Gout (podagra)"])
            ),
            "s",
            30.0,
            len(_REPEATED_DIAGNOSES),
        ),
        _calibration(),
    ]
