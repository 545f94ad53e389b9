"""Compose answers of known truth: codes in many layouts, with and without dots, beside notes that hold none."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence

from doubleread.scoring.icd10_code_set import descriptions

CODES = [
    "I10",
    "E11.9",
    "E78.5",
    "I25.10",
    "N18.30",
    "J44.9",
    "I48.91",
    "I50.9",
    "K21.9",
    "N17.9",
    "F32.A",
    "F41.9",
    "E03.9",
    "J18.9",
    "A41.9",
    "R65.21",
    "J96.01",
    "D64.9",
    "E87.1",
    "I21.4",
    "Z79.4",
    "Z79.01",
    "Z87.891",
    "M54.50",
    "G47.33",
    "E66.9",
    "N39.0",
    "R07.9",
    "U07.1",
    "J12.82",
    "C61",
    "C50.911",
    "Z85.3",
    "S72.001A",
    "W19.XXXA",
    "T36.0X5A",
    "O80",
    "Z37.0",
    "Z3A.39",
    "C7A.1",
    "B20",
    "D51.9",
    "E53.8",
    "M1A.0720",
    "H40.1131",
    "L89.154",
    "Z66",
    "I63.9",
    "G35.A",
    "R05.9",
]
LAY = {
    "I10": "high blood pressure",
    "E11.9": "sugar disease",
    "I21.4": "heart attack",
    "N17.9": "AKI",
    "I48.91": "AF",
    "K21.9": "GERD",
    "Z66": "DNR",
}
NOTES = (
    "",
    "Vitamin B12 was 180 pg/mL.",
    "MRI showed T2 hyperintensity at L4-L5.",
    "HbA1c 9.1 %, T4 normal.",
    "He wore an N95 mask.",
    "CA 19-9 and CEA normal; HLA-B27 negative.",
    "T10 vertebra fractured, S1 root compressed.",
    "D5W and D10 were given q12h.",
    "She had E. coli O157 before.",
    "Temp 38.5, HR 110, BP 120/80, R 24.",
    "KRAS G12D, BRAF V600E negative, P53 mutated.",
    "H2 blocker and B12 tablets continued.",
    "FEV1 was 65 % and G6PD normal.",
)
HEADINGS = ("", "ICD-10 codes:\n", "Here are the ICD-10-CM codes:\n\n", "**Diagnoses and codes**\n\n", "I found:\n\n")
ENDINGS = ("", "\n\nNote: please verify with a certified coder.", "\n\nThese codes are based on the discharge letter.")

Pairs = Sequence[tuple[str, str]]
LAYOUTS: tuple[Callable[[Pairs], str], ...] = (
    lambda pairs: ", ".join(code for code, _ in pairs),
    lambda pairs: " ".join(code for code, _ in pairs),
    lambda pairs: "\n".join(code for code, _ in pairs),
    lambda pairs: "\n".join(f"- {code}" for code, _ in pairs),
    lambda pairs: "\n".join(f"{number}. {code} - {words}" for number, (code, words) in enumerate(pairs, start=1)),
    lambda pairs: "\n".join(f"- **{code}**: {words}" for code, words in pairs),
    lambda pairs: "\n".join(f"* {words} ({code})" for code, words in pairs),
    lambda pairs: "\n".join(f"{number}) {words}: {code}" for number, (code, words) in enumerate(pairs, start=1)),
    lambda pairs: "| Code | Text |\n|---|---|\n" + "\n".join(f"| {code} | {words} |" for code, words in pairs),
    lambda pairs: "| Diagnosis | ICD-10 |\n|---|---|\n" + "\n".join(f"| {words} | {code} |" for code, words in pairs),
    lambda pairs: json.dumps({"codes": [code for code, _ in pairs]}),
    lambda pairs: json.dumps([{"code": code, "description": words} for code, words in pairs], indent=1),
    lambda pairs: "; ".join(f"{code} {words}" for code, words in pairs),
    lambda pairs: "The patient has " + ", ".join(f"{words} ({code})" for code, words in pairs) + ".",
    lambda pairs: "\n".join(f"{words}\nICD-10: {code}" for code, words in pairs),
    lambda pairs: "\n\n".join(
        f"### {words}\n- **ICD-10-CM code:** {code}\n- Rationale: clear." for code, words in pairs
    ),
    lambda pairs: "Principal diagnosis: " + "\nSecondary diagnoses: ".join(", ".join(c) for c in _first_apart(pairs)),
)


def _first_apart(pairs: Pairs) -> list[list[str]]:
    codes = [code for code, _ in pairs]
    return [part for part in (codes[:1], codes[1:]) if part]


def composed(answers: int) -> list[tuple[str, tuple[str, ...]]]:
    """Return answers and the codes that each assigns; always the same ones."""
    chance = random.Random(1)
    made = []
    for _ in range(answers):
        codes = tuple(chance.sample(CODES, chance.randint(1, 6)))
        dotted = chance.random() < 0.5
        pairs = [(code if dotted else code.replace(".", ""), _words(code, chance)) for code in codes]
        text = chance.choice(HEADINGS) + chance.choice(LAYOUTS)(pairs) + chance.choice(ENDINGS)
        note = chance.choice(NOTES)
        made.append((f"{note}\n\n{text}" if chance.random() < 0.5 else f"{text}\n\n{note}", codes))
    return made


def _words(code: str, chance: random.Random) -> str:
    return LAY[code] if code in LAY and chance.random() < 0.25 else descriptions(code)[0]
