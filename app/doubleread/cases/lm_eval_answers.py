"""The answers in sample files of lm-evaluation-harness, whose layout `lm_eval.py` describes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from doubleread.cases.answers import AnswerLine
from doubleread.cases.foreign import FieldRefusedError
from doubleread.cases.json_lines import json_type
from doubleread.cases.log_json import known, log_lines, name_in, number_in, part
from doubleread.cases.problems import Problem
from doubleread.domain.case import Case

_SHA256 = re.compile("[0-9a-f]{64}")
_SAMPLER = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "min_p": "min_p",
    "seed": "seed",
    "max_gen_toks": "max_tokens",
    "max_new_tokens": "max_tokens",
    "max_tokens": "max_tokens",
}
_LIKELIHOODS = "has likelihoods of the options and no text, because the task does not generate; use one that does"
_IDS = ("id", "realidx", "pubid", "question_id", "case_id")
_QUESTIONS = ("question", "Question", "input", "query", "prompt")

CaseOf = Callable[[Mapping[str, Any]], Case | None]
"""Returns the case that a document is, or None if it is a record of no known case format."""


def lm_eval_lines(data: bytes, file: str, case_of: CaseOf) -> Iterator[AnswerLine]:
    """Yield the answers of a sample file: one for each repeat of each document, whatever the filters.

    If no document has any text, one problem says so.
    """
    sources = list(log_lines(data, file))
    if sources and all(line.record is not None and _is_likelihoods(line.record.get("resps")) for line in sources):
        yield AnswerLine(0, None, (Problem(file, 0, "resps", _LIKELIHOODS, whole=True),))
        return
    seen: dict[str, dict[str, Any]] = {}
    for line in sources:
        if line.record is None:
            yield AnswerLine(line.number, None, line.problems, line.unit)
            continue
        try:
            found = list(_answers(line.number, line.unit, line.record, case_of))
        except FieldRefusedError as error:
            shown = str(line.record.get("doc_id", ""))[:100]
            problem = Problem(file, line.number, error.name, str(error), shown, unit=line.unit)
            yield AnswerLine(line.number, None, (problem,), line.unit)
            continue
        key = repr((line.record.get("doc_id"), line.record.get("doc")))
        filtered = seen.get(key)
        if filtered is None:
            filtered = seen[key] = {"resps": line.record.get("resps"), "filtered": {}}
            yield from (_with_filtered(answer, filtered["filtered"]) for answer in found)
        elif filtered["resps"] != line.record.get("resps"):
            yield from found  # of two runs: the person who imports the file has to choose
        _add_filtered(filtered["filtered"], line.record)


def _with_filtered(answer: AnswerLine, filtered: dict[str, Any]) -> AnswerLine:
    """Return an answer that keeps what each filter made of it; those of later lines are added to the same object."""
    return replace(answer, record={**(answer.record or {}), "filtered_resps": filtered})


def _add_filtered(filtered: dict[str, Any], source: Mapping[str, Any]) -> None:
    name = source.get("filter")
    if isinstance(name, str) and "filtered_resps" in source:
        filtered.setdefault(name, source["filtered_resps"])


def _answers(number: int, unit: str, source: Mapping[str, Any], case_of: CaseOf) -> Iterator[AnswerLine]:
    doc = source.get("doc")
    if not isinstance(doc, Mapping):
        raise FieldRefusedError("doc", f"must be an object, but is {json_type(doc)}")
    case = case_of(doc)
    case_id, asked = _id_of(doc), _asked(doc, case)
    if not case_id and not asked:
        raise FieldRefusedError("doc", "has neither an id nor a question, so that nothing says which case it is")
    prompt_hash = source.get("prompt_hash")
    hashed = isinstance(prompt_hash, str) and _SHA256.fullmatch(prompt_hash)
    recorded = known(prompt_sha256=prompt_hash if hashed else None, sampler=_sampler(source))
    about = known(doc_id=number_in(source, "doc_id"), doc_hash=name_in(source, "doc_hash"))
    for sample, text in enumerate(_texts(source.get("resps"))):
        yield AnswerLine(
            number,
            {"case_id": case_id, "text": text, "sample": sample, **about},
            unit=unit,
            asked=asked,
            options=case.options if case else {},
            end_known=False,
            names={"case_id": "doc", "text": "resps"},
            recorded=recorded,
        )


def _texts(resps: Any) -> list[str]:
    """Return the generated texts of a document. Raises FieldRefusedError for likelihoods and for anything else."""
    if not isinstance(resps, list) or not resps:
        raise FieldRefusedError("resps", f"must be a list of responses, but is {json_type(resps)}")
    repeats = resps[0] if isinstance(resps[0], list) else [resps[0]]
    if len(resps) == 1 and repeats and all(isinstance(one, str) for one in repeats):
        return list(repeats)
    if _is_likelihoods(resps):
        raise FieldRefusedError("resps", _LIKELIHOODS)
    raise FieldRefusedError("resps", "must have a text for each repeat of one request")


def _is_likelihoods(resps: Any) -> bool:
    """Return whether responses are pairs of a likelihood and whether the option is the most likely text."""
    return isinstance(resps, list) and any(isinstance(part(request, 0), list) for request in resps)


def _id_of(doc: Mapping[str, Any]) -> str:
    found = next((doc[name] for name in _IDS if doc.get(name) not in (None, "")), "")
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def _asked(doc: Mapping[str, Any], case: Case | None) -> str:
    if case is not None:
        return "\n".join(part for part in (case.text, case.question) if part)
    found = (doc.get(name) for name in _QUESTIONS)
    return next((text for text in found if isinstance(text, str) and text.strip()), "")


def _sampler(source: Mapping[str, Any]) -> dict[str, Any]:
    settings = part(source, "arguments", "gen_args_0", "arg_1")
    if not isinstance(settings, Mapping):
        return {}
    return known(**{ours: number_in(settings, theirs) for theirs, ours in _SAMPLER.items() if theirs in settings})
