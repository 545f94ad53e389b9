"""Preset protocols, each based on a published method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from doubleread.domain.answer_scales import MEDVAL_RISK, PDSQI_9, SEVERITY_LIKELIHOOD, WHO_HARM_SCALES
from doubleread.domain.axes import MED_PALM
from doubleread.domain.labels import CREOLA, HEGSELMANN, MEDHALLU, MEDVAL, WHO_HARM
from doubleread.domain.study import Protocol
from doubleread.errors import WrongSettingsError

_SPANS = """\
Mark the shortest wrong span, not the whole sentence. Mark it once, with the category that fits best. Poor wording
alone is not an annotation.
"""
_SENTENCES = """\
Judge every sentence of both answers on its own. Supported: the case or medical knowledge supports it, or it makes
no claim. Unsupported: the case does not state it, and it does not follow. Incorrect: the case contradicts it, or it is
medically false. Choose unsure if you cannot tell.
"""


_PDSQI = """\
Rate each answer by itself, against the notes in the case. An omission is pertinent if the reader of the summary needs
it. A statement that is also wrong in the notes is not an error of the summary. Synthesized does not apply where nothing
had to be connected.
"""
_HARM = """\
Think of the worst harm that could plausibly follow if somebody acted on the answer, and of how likely it is. An answer
without harm has no likelihood of it.
"""


@dataclass(frozen=True, slots=True)
class Preset:
    """A protocol with a line about it."""

    name: str
    about: str
    protocol: Protocol


def _preset(name: str, about: str, protocol: Protocol) -> tuple[str, Preset]:
    return name, Preset(name, about, protocol)


PRESETS: Mapping[str, Preset] = MappingProxyType(
    dict(
        (
            _preset(
                "creola",
                "fabrication, negation, causality, contextual; minor and major (Asgari et al. 2025)",
                Protocol(label_set=CREOLA.name, guideline=f"# What to mark\n\n{_SPANS}"),
            ),
            _preset(
                "hegselmann",
                "eleven kinds of unsupported, contradicted and incorrect words (Hegselmann et al. 2024)",
                Protocol(
                    label_set=HEGSELMANN.name,
                    guideline=f"# What to mark\n\n{_SPANS}\nIf several labels fit, choose the most specific one.\n",
                ),
            ),
            _preset(
                "med-palm",
                "nine side-by-side comparisons, each allowing a tie (Med-PaLM 2), plus the annotations of creola",
                Protocol(
                    axes=MED_PALM,
                    guideline="# What to compare\n\nAnswer each question on its own. A tie is an answer as good as any"
                    f" other; length is no merit.\n\n# What to mark\n\n{_SPANS}",
                ),
            ),
            _preset(
                "medhallu",
                "misinterpreted question, incomplete information, wrong mechanism, fabricated evidence (MedHallu)",
                Protocol(label_set=MEDHALLU.name, guideline=f"# What to mark\n\n{_SPANS}"),
            ),
            _preset(
                "medval",
                "the eleven error kinds of MedVAL, and the risk of each answer from 1 to 4",
                Protocol(
                    label_set=MEDVAL.name,
                    answer_scales=(MEDVAL_RISK.name,),
                    guideline=f"# What to mark\n\n{_SPANS}\n# What to rate\n\nThe risk of each answer as a whole: what"
                    " could happen if nobody corrected it.\n",
                ),
            ),
            _preset(
                "pdsqi-9",
                "nine items of summary quality for each answer (PDSQI-9, JAMIA 2025)",
                Protocol(answer_scales=(PDSQI_9.name,), guideline=f"# What to rate\n\n{_PDSQI}"),
            ),
            _preset(
                "severity-likelihood",
                "severity and likelihood of harm of each answer, which give a risk class",
                Protocol(answer_scales=(SEVERITY_LIKELIHOOD.name,), guideline=f"# What to rate\n\n{_HARM}"),
            ),
            _preset(
                "who-harm",
                "the WHO's degrees of harm, for annotations and for each answer, with likelihood",
                Protocol(
                    label_set=WHO_HARM.name,
                    answer_scales=(WHO_HARM_SCALES.name,),
                    guideline=f"# What to mark\n\n{_SPANS}\n# What to rate\n\n{_HARM}",
                ),
            ),
            _preset(
                "sentences",
                "every sentence supported, unsupported, incorrect or unsure, and annotations (CQA-Eval 2025)",
                Protocol(
                    sentences="required",
                    guideline=f"# What to judge\n\n{_SENTENCES}\n# What to mark\n\n{_SPANS}",
                ),
            ),
        )
    )
)
"""By name. A custom protocol can start from any of them."""


def preset_named(name: str) -> Preset:
    """Return a preset. Raises WrongSettingsError, which lists all presets, for an unknown name."""
    if name not in PRESETS:
        raise WrongSettingsError("Unknown preset", f'there is no preset "{name}"', f"use {', '.join(PRESETS)}")
    return PRESETS[name]
