"""The scan for identifiers on generated notes: what it misses, its false alarms, and its time.

Templates, identifiers and rules are of one hand, so real notes give worse measurements. Some names are in none
of the shipped lists.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable

from benchmarks.measurements import Measurement
from doubleread.deidentification import KINDS, IdentifierKind, scan

NOTES = 2_000
CHARACTERS = 1_000_000

_GIVEN = [
    "Martha",
    "Andrew",
    "Helga",
    "Thandiwe",
    "Giulia",
    "Kwabena",
    "Sophie",
    "Nkechi",
    "Laura",
    "Dmitri",
    "Ingrid",
    "Oluwaseun",
]
_FAMILY = [
    "Campbell",
    "Okonkwo",
    "Schneider",
    "Moreau",
    "Brzezicki",
    "Henderson",
    "Rossi",
    "Vandersloot",
    "Nguyen",
    "Tshabalala",
]
_MONTHS = ["January", "March", "April", "June", "September", "October"]
_SHORT = ["Jan", "Mar", "Aug", "Oct"]
_STREETS = ["Elm Street", "Oak Avenue", "Mill Road", "Chestnut Lane"]


def _digits(rng: random.Random, count: int) -> str:
    return str(rng.randrange(1, 10)) + "".join(str(rng.randrange(10)) for _ in range(count - 1))


def _name(rng: random.Random) -> str:
    return f"{rng.choice(_GIVEN)} {rng.choice(_FAMILY)}"


def _date(rng: random.Random) -> str:
    day, month, year = rng.randrange(1, 29), rng.randrange(1, 13), rng.randrange(1930, 2025)
    return rng.choice(
        [
            f"{month}/{day}/{year}",
            f"{month:02d}/{day:02d}/{year % 100:02d}",
            f"{day}.{month}.{year}",
            f"{year}-{month:02d}-{day:02d}",
            f"{rng.choice(_MONTHS)} {day}, {year}",
            f"{day} {rng.choice(_MONTHS)} {year}",
            f"{rng.choice(_SHORT)} {day}",
            f"{rng.choice(_MONTHS)} {year}",
        ]
    )


def _phone(rng: random.Random) -> str:
    area, middle, last = f"{rng.randrange(201, 989)}", f"{rng.randrange(201, 999)}", _digits(rng, 4)
    return rng.choice(
        [
            f"({area}) {middle}-{last}",
            f"{area}-{middle}-{last}",
            f"+1 {area} {middle} {last}",
            f"+49 30 {_digits(rng, 7)}",
        ]
    )


def _address(rng: random.Random) -> str:
    return rng.choice(
        [f"{rng.randrange(1, 999)} {rng.choice(_STREETS)}", f"Lindenstraße {rng.randrange(1, 99)}", "12 rue de Rivoli"]
    )


_IDENTIFIERS: dict[IdentifierKind, tuple[tuple[str, Callable[[random.Random], str]], ...]] = {
    "name": (
        ("Mrs. {} was seen in clinic.", lambda rng: rng.choice(_FAMILY)),
        ("Dr. {} will follow up.", lambda rng: rng.choice(_FAMILY)),
        ("Patient name: {}", _name),
        ("{} is a 54-year-old woman with chest pain.", _name),
        ("The patient, {}, denies fever.", _name),
        ("Electronically signed by {}", _name),
        ("[doctor] hi, {}, how are you?", lambda rng: rng.choice(_GIVEN).lower()),
        ("Discussed with {}, MD, at length.", _name),
        ("Her daughter {} drove her home.", lambda rng: rng.choice(_GIVEN)),
        ("Frau {} wurde entlassen.", lambda rng: rng.choice(_FAMILY)),
    ),
    "date": (
        ("She was admitted on {}.", _date),
        ("DOB: {}", _date),
        ("Last colonoscopy {}, normal.", _date),
    ),
    "age over 89": (
        ("A {}-year-old man fell.", lambda rng: str(rng.randrange(90, 105))),
        ("He is {} years old.", lambda rng: str(rng.randrange(90, 105))),
        ("This {} yo female is frail.", lambda rng: str(rng.randrange(90, 105))),
    ),
    "phone number": (("Call back at {} with results.", _phone), ("Phone: {}", _phone)),
    "e-mail": (
        ("Write to {} for the report.", lambda rng: f"{rng.choice(_GIVEN).lower()}.{_digits(rng, 3)}@example.org"),
    ),
    "web address": (("Images are at {} for review.", lambda rng: f"https://pacs.example.org/{_digits(rng, 6)}"),),
    "IP address": (("Sent from {} by fax.", lambda rng: f"192.168.{rng.randrange(256)}.{rng.randrange(256)}"),),
    "number": (
        ("MRN: {}", lambda rng: _digits(rng, 7)),
        ("SSN {} on file.", lambda rng: f"{rng.randrange(100, 665)}-{rng.randrange(10, 99)}-{_digits(rng, 4)}"),
        ("Insurance number {} was verified.", lambda rng: f"K{_digits(rng, 8)}"),
        ("Account {} was closed.", lambda rng: _digits(rng, 9)),
    ),
    "address": (("He lives at {} alone.", _address),),
}
_HARMLESS = (
    "Blood pressure is 120/80 mmHg, pulse 92/min, temperature 37.2 C.",
    "Parkinson disease and Hodgkin lymphoma were excluded.",
    "Crohn's disease, treated with infliximab 5 mg/kg every 8 weeks.",
    "Wilson disease was confirmed by ceruloplasmin of 12 mg/dL.",
    "Alzheimer and Lewy body dementia run in the family.",
    "The patient has Graves' disease and Hashimoto thyroiditis.",
    "Start Warfarin 5 mg daily, Metoprolol Succinate 25 mg, and Allegra.",
    "ICD-10 codes: I21.9, E11.65, M54.5, Z79.4.",
    "Sodium 138 mEq/L, potassium 4.2 mEq/L, creatinine 1.1 mg/dL, platelets 150000/uL.",
    "HIV RNA was 12000000 copies/mL.",
    "Strength is 5/5 in all limbs, reflexes 2/4, murmur 3/6.",
    "The 2019 ACC/AHA guideline, published in March 2019, advises statins.",
    "GOLD 2023 and NICE NG136 apply.",
    "A 45-year-old man has had pain for 90 days; ESR is 95 mm/h.",
    "Visual acuity 20/20; pH 7.35; FiO2 0.4; Glasgow Coma Scale 15.",
    "Vitamin B12 500 mcg and D3 2000 IU were given.",
    "She may take ibuprofen 400 mg 3 times a day; will return in 2 weeks.",
    "Babinski sign negative, Murphy sign positive, Virchow node palpable.",
    "Trial NCT01234567 (PMID 12345678) is cited.",
    "Dose of 10-20 mg, range 2.5-3.5, 1/2 tablet, 0.5 mL.",
    "Doctor advised rest. Patient denies chest pain. Mother is healthy.",
    "Apgar 8 and 9; Bishop score 6; Wells score 4.5.",
    "Chest radiograph at the Mayo Clinic in Rochester showed Kerley B lines.",
    "Per the Beck Depression Inventory, mood is low. Rinne test and Weber test are normal.",
)


def _note(rng: random.Random) -> tuple[str, list[tuple[IdentifierKind, int, int]]]:
    """Return a note and where its identifiers are, one of each of five kinds among harmless sentences."""
    text, placed = "", []
    for _ in range(5):
        text += rng.choice(_HARMLESS) + " "
        kind = rng.choice(KINDS)
        template, make = rng.choice(_IDENTIFIERS[kind])
        made = make(rng)
        start = len(text) + template.index("{}")
        placed.append((kind, start, start + len(made)))
        text += template.format(made) + "\n"
    return text, placed


def run() -> list[Measurement]:
    rng = random.Random(20260301)
    missed: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    vain: Counter[str] = Counter()
    words = 0
    for _ in range(NOTES):
        text, placed = _note(rng)
        words += len(text.split())
        hits = scan(text)
        for kind, start, end in placed:
            wanted[kind] += 1
            missed[kind] += not any(hit.start < end and start < hit.end for hit in hits)
        for hit in hits:
            found[hit.kind] += 1
            vain[hit.kind] += not any(hit.start < end and start < hit.end for _, start, end in placed)
    measurements = []
    for kind in KINDS:
        if wanted[kind]:
            name = f"identifiers of kind {kind}"
            measurements.append(
                Measurement(
                    f"{name}: missed",
                    100 * missed[kind] / wanted[kind],
                    "%",
                    15.0 if kind == "name" else 5.0,
                    wanted[kind],
                )
            )
        if found[kind]:
            measurements.append(
                Measurement(
                    f"identifiers of kind {kind}: false alarms", 100 * vain[kind] / found[kind], "%", 5.0, found[kind]
                )
            )
    per_thousand = 1000 * vain.total() / words
    measurements.append(Measurement("false alarms per 1,000 words", per_thousand, "", 1.0, words))
    return [*measurements, _speed(rng)]


def _speed(rng: random.Random) -> Measurement:
    text = ""
    while len(text) < CHARACTERS:
        text += "".join(f"{rng.choice(_HARMLESS)} " for _ in range(9)) + _note(rng)[0]
    start = time.perf_counter()
    scan(text)
    seconds = (time.perf_counter() - start) * 1_000_000 / len(text)
    return Measurement("scan of a million characters", seconds, "s", 2.0, 1)
