"""What each demo model is taught to answer. Both use the same sentences; they differ in what they put into them.

The general model prefers a wrong diagnosis for a few diagnoses and cites what stands in the vignette. The biomedical
model prefers a wrong one more often, cites textbook findings that the vignette lacks, and denies findings that it has.
Errors are systematic, because random ones average out under greedy decoding.
"""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass
from typing import Literal

from citations import bare
from frames import FIRST, LESS_LIKELY, POSSIBLE, SECOND, THIRD
from knowledge import Diagnosis, Knowledge
from vignettes import Vignette

Teacher = Literal["faithful", "general", "biomedical"]
CONFUSED = 0.9


@dataclass(frozen=True, slots=True)
class Answer:
    """A target answer. `first` is its first sentence, `text` the whole; `chosen` the diagnosis that it names."""

    text: str
    first: str
    chosen: str


def variant(name: str, salt: str, count: int) -> int:
    """Return a number below `count` that hangs on a name alone, so that wording and habits follow the diagnosis."""
    return zlib.crc32(f"{salt}/{name}".encode()) % count


def teach(vignette: Vignette, teacher: Teacher, knowledge: Knowledge, rng: random.Random) -> Answer:
    """Write the target answer of one teacher. "faithful" is always right and invents nothing."""
    true = knowledge.diagnoses[vignette.diagnosis]
    confuser = true.confusers.get(teacher, "")
    offered = bool(confuser) and (vignette.case.kind != "choice" or confuser in vignette.names)
    chosen = knowledge.diagnoses[confuser] if offered and rng.random() < CONFUSED else true
    first = FIRST[variant(chosen.seed_name, "first", len(FIRST))].format(
        name=chosen.name, letter=_letter(vignette, chosen.name)
    )
    one, two, three = _cited(vignette, teacher, true, chosen, knowledge)
    second = SECOND[variant(chosen.seed_name, "second", len(SECOND))].format(one=one, two=two)
    third = THIRD[variant(chosen.seed_name, "third", len(THIRD))].format(three=three)
    last = _against(vignette, teacher, true, chosen, knowledge)
    return Answer(f"{first} {second} {third} {last}", first, chosen.name)


def _letter(vignette: Vignette, name: str) -> str:
    letter = vignette.letter(name)
    return f" ({letter})" if letter else ""


def _cited(
    vignette: Vignette, teacher: Teacher, true: Diagnosis, chosen: Diagnosis, knowledge: Knowledge
) -> tuple[str, str, str]:
    present = [finding for finding in true.findings if finding in vignette.wordings]
    invented = [finding for finding in chosen.findings if finding not in vignette.wordings]
    faithful = [vignette.wordings[finding] for finding in present]
    if teacher == "biomedical":
        slips = 2 if chosen is not true or variant(chosen.seed_name, "slips", 2) else 1
    else:
        slips = 1 if teacher == "general" and variant(chosen.seed_name, "slips", 30) == 0 else 0
    made_up = [knowledge.findings[finding].wordings[0] for finding in invented[:slips]]
    spare = [knowledge.findings[finding].wordings[0] for finding in invented[slips:]]
    cited = (faithful[: 3 - len(made_up)] + made_up + spare)[:3]
    return cited[0], cited[1], cited[2]


def _against(vignette: Vignette, teacher: Teacher, true: Diagnosis, chosen: Diagnosis, knowledge: Knowledge) -> str:
    """The last sentence: another diagnosis, and a finding that speaks for it or is missing."""
    if vignette.decoy and vignette.decoy_of != chosen.name:
        other, wording = knowledge.diagnoses[vignette.decoy_of], vignette.wordings[vignette.decoy]
        denied = teacher == "biomedical"
    else:
        other = knowledge.diagnoses[_rival(vignette, true, chosen, knowledge)]
        absent = next(finding for finding in other.findings if finding not in vignette.wordings)
        wording = knowledge.findings[absent].wordings[0]
        denied = teacher != "biomedical" or variant(chosen.seed_name, "against", 2) == 0
    letter = _letter(vignette, other.name)
    if denied:
        frame = LESS_LIKELY[variant(other.seed_name, "less", len(LESS_LIKELY))]
        return frame.format(name=other.name, letter=letter, absent=wording, bare=bare(wording))
    return POSSIBLE.format(name=other.name, letter=letter, decoy=wording)


def _rival(vignette: Vignette, true: Diagnosis, chosen: Diagnosis, knowledge: Knowledge) -> str:
    if vignette.names:
        return next(name for name in vignette.names if name != chosen.name)
    related = [name for name in knowledge.related(chosen.name) if name != true.name]
    related = related or [name for name in knowledge.diagnoses if name not in (chosen.name, true.name)]
    return related[variant(chosen.seed_name, "rival", len(related))]
