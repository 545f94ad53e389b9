"""Answers as JSON, XML, YAML: one field holds the answer, the others speak about the options."""

from __future__ import annotations

import json
from typing import Any

from answer_grammar import reasoning
from answer_grammar.answer import marked
from answer_grammar.writer import Writer

_KEYS = {
    "development": (
        *("answer", "final_answer", "Answer", "correct_option", "choice", "answer_choice"),
        *("selected_option", "best_answer", "finalAnswer", "correct_answer", "ANSWER", "chosen_option"),
    ),
    "held-out": ("final_choice", "mostLikelyAnswer", "picked", "answer_letter", "prediction", "finalDecision"),
}
_REASONS = {
    "development": ("reasoning", "explanation", "rationale", "analysis", "thought_process", "why"),
    "held-out": ("notes", "steps", "justification"),
}
_TAGS = {
    "development": ("answer", "final_answer", "Answer", "choice", "correct_answer", "final"),
    "held-out": ("final_choice", "ans", "selected_answer"),
}
_AROUND = {
    "development": ("response", "result", "output", "evaluation", "solution", "data"),
    "held-out": ("reply", "case_result", "item"),
}


def _value(w: Writer) -> str:
    letter = w.letter or ""
    kinds = [f"{letter}. {w.case.options[letter]}", f"{letter}) {w.case.options[letter]}"]
    if w.case.kind != "letter":
        kinds += [letter, letter, letter, letter.lower()]
    if not w.case.only_by_letter:
        kinds.append(w.case.options[letter])
    return marked(w.rng.choice(kinds))


def _dumped(w: Writer, record: dict[str, Any]) -> str:
    indent = w.rng.choice([None, 2, 4])
    text = json.dumps(record, ensure_ascii=False, indent=indent)
    if w.rng.random() < 0.4:
        return f"```json\n{text}\n```"
    return text


def as_json(w: Writer) -> str:
    """Return a JSON object, flat or nested, with the reasoning before or behind the answer."""
    key, reason = w.rng.choice(_KEYS[w.part]), w.rng.choice(_REASONS[w.part])
    answer: Any = _value(w)
    if w.rng.random() < 0.15 and not w.case.only_by_letter:
        answer = {"letter": marked(w.letter or ""), "text": marked(w.case.options[w.letter or ""])}
    said = w.sentences(*w.rng.sample(w.case.findings, k=2), reasoning.rejections(w))
    record: dict[str, Any] = {reason: said, key: answer} if w.rng.random() < 0.6 else {key: answer, reason: said}
    if w.rng.random() < 0.2:
        record["confidence"] = w.rng.choice([0.9, "high", "85%"])
    if w.rng.random() < 0.2:
        record[w.rng.choice(["rejected_options", "incorrect_options"])] = w.others
    if w.rng.random() < 0.2:
        record = {key: answer}
    if w.rng.random() < 0.2:
        record = {w.rng.choice(_AROUND[w.part]): record}
    return _dumped(w, record)


def json_without_answer(w: Writer) -> str:
    """Return a JSON object whose answer is null."""
    key, reason = w.rng.choice(_KEYS[w.part]), w.rng.choice(_REASONS[w.part])
    return _dumped(w, {reason: w.sentences(*w.rng.sample(w.case.findings, k=2)), key: None})


def json_with_two(w: Writer) -> str:
    """Return a JSON object whose answer is a list of two letters."""
    key, reason = w.rng.choice(_KEYS[w.part]), w.rng.choice(_REASONS[w.part])
    return _dumped(w, {reason: w.sentences(*w.rng.sample(w.case.findings, k=2)), key: [w.other, w.second]})


def as_xml(w: Writer) -> str:
    """Return an XML element, alone or behind an element with the reasoning."""
    tag, reason, around = (w.rng.choice(names[w.part]) for names in (_TAGS, _REASONS, _AROUND))
    answer = f"<{tag}>{_value(w)}</{tag}>"
    if w.rng.random() < 0.3:
        return answer
    said = w.sentences(*w.rng.sample(w.case.findings, k=2), reasoning.rejections(w))
    inner = f"<{reason}>{said}</{reason}>\n{answer}"
    return f"<{around}>\n{inner}\n</{around}>" if w.rng.random() < 0.4 else inner


def as_yaml(w: Writer) -> str:
    """Return a few lines of YAML."""
    key, reason = w.rng.choice(_KEYS[w.part]), w.rng.choice(_REASONS[w.part])
    lines = [f"{reason}: {w.rng.choice(w.case.findings)}", f"{key}: {_value(w)}"]
    if w.rng.random() < 0.5:
        lines.append(f"confidence: {w.rng.choice(['high', '0.9'])}")
    text = "\n".join(lines)
    return f"```yaml\n{text}\n```" if w.rng.random() < 0.4 else text
