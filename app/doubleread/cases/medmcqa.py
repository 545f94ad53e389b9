"""MedMCQA (github medmcqa/medmcqa): questions of Indian entrance examinations, each with four options.

JSON Lines or a table with `id`, `question`, `opa` to `opd`, `cop`, `choice_type`, `exp`, `subject_name` and
`topic_name`. `cop` is the position of the correct option. It counts from 1 in the files of the authors (the README's
example), from 0 in their copy on Hugging Face (openlifescienceai/medmcqa, whose loader subtracts 1 and has -1 where
there is no key). A 0 or a 4 anywhere in a file decides it. A file without both could be either. Parquet files of the
copy name the options a to d. The licence is the one that each of the two states.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from doubleread.cases.choices import by_letter, option_at
from doubleread.cases.foreign import FieldRefusedError, Layout, Source, text_of
from doubleread.cases.questions import ask

_OPTIONS = ("opa", "opb", "opc", "opd")
_NAMES = frozenset("abcd")
_NO_KEYS = frozenset({"None", "", "-1"})


def _refine(first: int) -> Any:
    def refine(source: Source, record: dict[str, Any]) -> None:
        ask(record, text_of(source, "question"))
        record["options"] = by_letter([text_of(source, name) for name in _OPTIONS], "opa")
        if str(source.get("cop")).strip() in _NO_KEYS:
            raise FieldRefusedError("cop", "names no option, as in the test split; without a key there is no case")
        letter = str(source["cop"]).strip().upper()
        named = letter in record["options"]
        record["key"] = letter if named else option_at(source, "cop", record["options"], first=first)
        record["tags"] = [source[name] for name in ("subject_name", "topic_name") if source.get(name)]

    return refine


def _layout(first: int, licence: str) -> Layout:
    return Layout(
        "json",
        {"id": "id", "text": "question", "explanation": "exp"},
        {"kind": "choice", "source": "MedMCQA (Pal et al. 2022)", "licence": licence},
        _refine(first),
        also=(*_OPTIONS, "cop"),
        optional=("id", "explanation"),
        used=frozenset({*_OPTIONS, "subject_name", "topic_name"}),
    )


MEDMCQA_FROM_1 = _layout(1, "MIT")
MEDMCQA_FROM_0 = _layout(0, "Apache-2.0")


def _of_file(sources: Iterable[Source]) -> Layout:
    """Return the layout of a file. Raises FieldRefusedError if its keys do not decide it."""
    keys = {str(source.get("cop")).strip() for source in sources}
    if keys <= _NAMES | _NO_KEYS:
        return MEDMCQA_FROM_0  # nothing to count; without any key, the problems of the lines say so
    if {"0", "4"} <= keys:
        raise FieldRefusedError(
            "cop", "is 0 in some lines and 4 in others, so that it counts neither from 0 nor from 1"
        )
    if not {"0", "4"} & keys:
        raise FieldRefusedError(
            "cop",
            "could count from 0 or from 1, because no line has 0 or 4; name the format: medmcqa-from-1 for the authors'"
            " files, medmcqa-from-0 for copies of Hugging Face",
        )
    if "0" in keys:
        return replace(MEDMCQA_FROM_0, note="the keys of MedMCQA count from 0 in this file, since some are 0")
    return replace(MEDMCQA_FROM_1, note="the keys of MedMCQA count from 1 in this file, since some are 4")


MEDMCQA = replace(MEDMCQA_FROM_1, of_file=_of_file)
