"""Label sets: the categories and ratings of annotations, with the definitions shown to readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from doubleread.errors import InputRefusedError


@dataclass(frozen=True, slots=True)
class Label:
    """One choice of a rating. `name` is stored, `key` picks it on the screen, `definition` is shown beside it."""

    name: str
    key: str
    definition: str


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The ratings of an annotation. Category and severity are asked at once; the others may stay empty.

    `name` ends with the set's version, since a set never changes: what it means stays with the readings. Severities
    rise, the highest comes last. An omission is counted apart from the categories in every set. The basis keeps "not
    in the case" and "medically false" apart, since they are two judgements.
    """

    name: str
    categories: tuple[Label, ...]
    omission: Label
    severities: tuple[Label, ...]
    bases: tuple[Label, ...]
    harms: tuple[Label, ...]
    certainties: tuple[Label, ...]

    @property
    def highest_severity(self) -> str:
        """The name of the highest severity."""
        return self.severities[-1].name

    def ratings(self, field: str) -> tuple[Label, ...]:
        """Return the labels of one field of an annotation. Raises KeyError for a field that is not rated."""
        return {
            "category": (*self.categories, self.omission),
            "severity": self.severities,
            "basis": self.bases,
            "harm": self.harms,
            "certainty": self.certainties,
        }[field]


_OMISSION = Label("omission", "o", "The answer leaves out something important in the case.")
_SEVERITIES = (
    Label("minor", "i", "Would not change diagnosis or management."),
    Label("major", "m", "Could change diagnosis or management if not corrected."),
)
_BASES = (
    Label("contradicted by the case", "1", "The case contradicts it."),
    Label("unsupported by the case", "2", "The case does not state it."),
    Label("medically false", "3", "Contradicts medical knowledge, whatever the case says."),
)
_HARMS = (
    Label("unlikely", "1", "Harm to the patient is unlikely."),
    Label("possible", "2", "Harm to the patient is possible."),
    Label("likely", "3", "Harm to the patient is likely."),
)
_CERTAINTIES = (
    Label("certain", "1", "I would defend this annotation."),
    Label("probable", "2", "More likely than not."),
    Label("unsure", "3", "A second reader should look at it."),
)


def label_set(
    name: str,
    categories: tuple[Label, ...],
    *,
    omission: Label = _OMISSION,
    severities: tuple[Label, ...] = _SEVERITIES,
    bases: tuple[Label, ...] = _BASES,
    harms: tuple[Label, ...] = _HARMS,
    certainties: tuple[Label, ...] = _CERTAINTIES,
) -> LabelSet:
    """Return a label set; the ratings that it does not give are those of CREOLA."""
    return LabelSet(name, categories, omission, severities, bases, harms, certainties)


CREOLA = label_set(
    "creola-1",
    (
        Label("fabrication", "f", "Stated without evidence in the case."),
        Label("negation", "n", "Denies a relevant fact that the case states."),
        Label("causality", "c", "Claims a cause or an association that the case does not support."),
        Label("contextual", "x", "Mixes in information from another topic, patient or time."),
    ),
)
"""After Asgari et al., npj Digital Medicine 2025;8:274."""

HEGSELMANN = label_set(
    "hegselmann-1",
    (
        Label("unsupported condition", "c", "A disease, symptom or finding that the case does not mention."),
        Label("unsupported procedure", "p", "A test, operation or other measure that the case does not mention."),
        Label("unsupported medication", "d", "A drug, dose or route that the case does not mention."),
        Label("unsupported time", "w", "A date, duration or sequence of events that the case does not give."),
        Label("unsupported location", "l", "A place or an anatomical site that the case does not give."),
        Label("unsupported number", "n", "A value, count or measurement that the case does not give."),
        Label("unsupported name", "a", "A person or institution that the case does not name."),
        Label("unsupported word", "b", "A single word that says more than the case does."),
        Label("unsupported other", "h", "Something else that the case does not support."),
        Label("contradicted fact", "x", "The case says the opposite."),
        Label("incorrect fact", "f", "Contradicts medical knowledge, whatever the case says."),
    ),
)
"""After Hegselmann et al. 2024, whose readers took the most specific label where several fit."""

MEDHALLU = label_set(
    "medhallu-1",
    (
        Label("misinterpreted question", "q", "Answers a different question from the one asked."),
        Label("incomplete information", "n", "Leaves out what would make the statement true or safe."),
        Label("wrong mechanism", "p", "States an incorrect mechanism or pathway of disease."),
        Label("fabricated evidence", "f", "Cites a method, study or finding that does not exist."),
    ),
)
"""After the four kinds of MedHallu."""

MEDVAL = label_set(
    "medval-1",
    (
        Label("fabricated claim", "f", "States what the case does not."),
        Label("misleading justification", "j", "Draws a wrong conclusion by faulty reasoning."),
        Label("detail misidentification", "d", "Misidentifies a detail of the case."),
        Label("false comparison", "c", "States a change or comparison that the case does not support."),
        Label("incorrect recommendation", "r", "Suggests a diagnosis, treatment or follow-up without support."),
        Label("missing comparison", "p", "Leaves out how a detail changed; mark the words where it is missing."),
        Label("missing context", "x", "Leaves out what a claim needs to be understood; mark that claim."),
        Label("overstated intensity", "s", "Exaggerates urgency, severity or confidence."),
        Label("understated intensity", "w", "Plays down urgency, severity or confidence."),
        Label("other", "h", "Another error."),
    ),
    omission=Label("missing claim", "o", "The answer leaves out a claim of the case."),
)
"""After the eleven error kinds of MedVAL (arXiv 2507.03152; github StanfordMIMI/MedVAL), a missing claim among them."""

WHO_HARM = label_set(
    "who-harm-1",
    CREOLA.categories,
    harms=(
        Label("none", "1", "No harm to the patient."),
        Label("mild", "2", "Minimal or short harm, with little or no intervention."),
        Label("moderate", "3", "Harm that needs intervention or a longer stay, or that lasts."),
        Label("severe", "4", "Harm that needs intervention to save life, or major lasting harm."),
        Label("death", "5", "Death of the patient."),
    ),
    certainties=(),
)
"""The categories of CREOLA with the WHO's degrees of harm (International Classification for Patient Safety, 2009).

Without a certainty, whose keys the degrees of harm take.
"""

LABEL_SETS: Mapping[str, LabelSet] = MappingProxyType(
    {labels.name: labels for labels in (CREOLA, HEGSELMANN, MEDHALLU, MEDVAL, WHO_HARM)}
)


def label_set_named(name: str) -> LabelSet:
    """Return one of the label sets that come with the program. Raises InputRefusedError for any other."""
    try:
        return LABEL_SETS[name]
    except KeyError:
        known = ", ".join(sorted(LABEL_SETS))
        raise InputRefusedError(
            "Unknown label set",
            f"{name!r} is not one of {known}",
            "correct the protocol, or install a newer doubleread",
        ) from None


def label_set_from_record(record: Mapping[str, Any]) -> LabelSet:
    """Rebuild a label set from JSON. Raises KeyError or TypeError if it is not complete."""
    given = {
        item.name: tuple(Label(**label) for label in record[item.name])
        for item in fields(LabelSet)
        if item.name in record and item.name not in ("name", "omission")
    }
    categories = given.pop("categories")
    omission = Label(**record["omission"]) if "omission" in record else _OMISSION
    return label_set(record["name"], categories, omission=omission, **given)


VERDICTS: tuple[Label, ...] = (
    Label("correct", "1", "Correct, with sound reasoning."),
    Label("partly", "2", "Partly correct."),
    Label("incorrect", "3", "Incorrect."),
    Label("unsure", "4", "I cannot tell."),
)
