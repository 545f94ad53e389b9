"""What a finding can be called: the label set, each label with the definition that the reader sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from doubleread.errors import InputRefusedError


@dataclass(frozen=True, slots=True)
class Label:
    """One choice of a rating. `name` is stored, `key` picks it on the screen, `definition` is shown beside it."""

    name: str
    key: str
    definition: str


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The ratings of a finding. Category and severity are asked at once; the others may stay open.

    Categories follow Asgari et al., npj Digital Medicine 2025;8:274 (CREOLA); an omission is counted apart from them.
    The basis keeps "not in the case" and "medically false" apart, since they are two judgements.
    """

    name: str
    categories: tuple[Label, ...]
    omission: Label
    severities: tuple[Label, ...]
    bases: tuple[Label, ...]
    harms: tuple[Label, ...]
    certainties: tuple[Label, ...]

    def ratings(self, field: str) -> tuple[Label, ...]:
        """Return the labels of one field of a finding. Raises KeyError for a field that is not rated."""
        return {
            "category": (*self.categories, self.omission),
            "severity": self.severities,
            "basis": self.bases,
            "harm": self.harms,
            "certainty": self.certainties,
        }[field]


CREOLA = LabelSet(
    name="creola-1",
    categories=(
        Label("fabrication", "f", "Stated, with no evidence for it in the case."),
        Label("negation", "n", "Denies a relevant fact that the case states."),
        Label("causality", "c", "Claims a cause or a link that the case does not support."),
        Label("contextual", "x", "Mixes in something of another topic, patient or time."),
    ),
    omission=Label("omission", "o", "The answer leaves out something in the case that matters."),
    severities=(
        Label("minor", "i", "Would not change diagnosis or management."),
        Label("major", "m", "Could change diagnosis or management if nobody corrected it."),
    ),
    bases=(
        Label("contradicted by the case", "1", "The case says otherwise."),
        Label("unsupported by the case", "2", "The case does not say it."),
        Label("medically false", "3", "Wrong by medical knowledge, whatever the case says."),
    ),
    harms=(
        Label("unlikely", "1", "Harm to the patient is unlikely."),
        Label("possible", "2", "Harm to the patient is possible."),
        Label("likely", "3", "Harm to the patient is likely."),
    ),
    certainties=(
        Label("certain", "1", "I would defend this finding."),
        Label("probable", "2", "More likely than not."),
        Label("unsure", "3", "A second reader should look at it."),
    ),
)

LABEL_SETS: Mapping[str, LabelSet] = MappingProxyType({labels.name: labels for labels in (CREOLA,)})


def label_set_named(name: str) -> LabelSet:
    """Return the label set that a protocol names. Raises InputRefusedError for one that this program does not know."""
    try:
        return LABEL_SETS[name]
    except KeyError:
        known = ", ".join(sorted(LABEL_SETS))
        raise InputRefusedError(
            "Unknown label set",
            f"{name!r} is not one of {known}",
            "correct the protocol, or install a newer doubleread",
        ) from None


VERDICTS: tuple[Label, ...] = (
    Label("correct", "1", "Right, and rightly argued."),
    Label("partly", "2", "Partly right."),
    Label("wrong", "3", "Wrong."),
    Label("unsure", "4", "I cannot tell."),
)
