"""A case as the page shows it: its texts with all marks, both answers, and a line for each annotation.

A report of thousands of cases has tens of thousands of annotations. So cases are written here, not by a template, and
by several processors. Helper processes import this module, which therefore imports nothing that reads studies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

import markupsafe

from doubleread.domain.annotation import CASE_SOURCE
from doubleread.domain.display import display_text
from doubleread.domain.spans import Span
from doubleread.reports.marked import Mark, harmless, marked_text

Data = dict[str, Any]
"""What the page says of a case, as `case_on_page.case_data` returns it."""

Marked = tuple[Any, ...]
"""An annotation as plain data: reader, start, end, label, category, severity, text it is in, its line after these."""

_READER, _START, _END, _LABEL, _CATEGORY, _SEVERITY, _PLACE, _REST = range(8)


def cases_html(cases: Iterable[Data]) -> str:
    """Return some cases as HTML."""
    return "\n".join(map(case_html, cases))


def case_html(case: Data) -> str:
    """Return a case as HTML, with the omissions of both answers marked in its text and its documents."""
    omissions: dict[str, list[Mark]] = {}
    for answer in filter(None, case["answers"]):
        for marked in answer["marked"]:
            if marked[_PLACE]:
                omissions.setdefault(marked[_PLACE], []).append(_mark(marked))
    made = [
        f'<article class="case" id="case-{case["number"]}">',
        f"<h3>{case['number']}. {_safe(case['title'])}</h3>",
        _quiet(case["about"]),
    ]
    if case["text"]:
        made.append(_text(marked_text(case["text"], omissions.get(CASE_SOURCE, []), "case")))
    for title, text, source in case["documents"]:
        found = omissions.get(source, [])
        made.append(
            f'<details{" open" if found else ""}><summary dir="auto">Document {_safe(title)}</summary>'
            f"{_text(marked_text(text, found, 'case'))}</details>"
        )
    made += [f'<p dir="auto"><strong>{_safe(case["question"])}</strong></p>', _key(case), '<div class="sides">']
    for head, style, answer in zip(case["heads"], case["classes"], case["answers"], strict=True):
        made += _answer(answer, head, style)
    made.append("</div>")
    if case["preferred"]:
        made.append(_quiet(f"Preferred: {case['preferred']}"))
    if case["declined"]:
        made.append(_quiet(f"Outside their field: {case['declined']}"))
    made.append("</article>\n")
    return "\n".join(made)


def _key(case: Data) -> str:
    """Return the options with the key marked, or the key."""
    key = case["key"]
    if case["options"]:
        items = "".join(
            f'<li class="key" dir="auto">{_safe(letter)}&ensp;{_safe(option)} (answer key)</li>'
            if letter == key
            else f'<li dir="auto">{_safe(letter)}&ensp;{_safe(option)}</li>'
            for letter, option in case["options"]
        )
        return f'<ul class="options">{items}</ul>'
    if case["kind"] == "rubric":
        return f'<p dir="auto">Ideal answer: {_safe(key)}</p>' if key else ""
    accepted = f" (also {_safe(case['accept'])})" if case["accept"] else ""
    return f'<p dir="auto">Answer key: <strong>{_safe(key)}</strong>{accepted}</p>'


def _answer(answer: Mapping[str, Any] | None, head: str, style: str) -> Iterator[str]:
    yield f'<div class="{style}">'
    if answer is None:
        yield f"<h4>{_safe(head)}</h4>\n<p>No answer.</p>\n</div>"
        return
    yield f"<h4>{_safe(head)}: {_safe(answer['status'])}</h4>"
    if reasoning := answer["reasoning"]:
        words = len(reasoning.split())
        shown = f'<pre dir="auto">{_safe(reasoning)}</pre>'
        yield f"<details><summary>Reasoning ({words} words)</summary>{shown}</details>"
    yield _text(_text_of_answer(answer))
    yield _quiet(answer["scored"])
    for name in ("reviewed", "readings"):
        if answer[name]:
            yield _quiet(answer[name])
    if answer["criteria"]:
        lines = "".join(f'<li dir="auto">{_safe(line)}</li>' for line in answer["criteria"])
        yield f'<ul class="criteria">{lines}</ul>'
    if answer["marked"]:
        yield '<ol class="annotations">'
        yield from map(_line, answer["marked"])
        yield "</ol>"
    yield "</div>"


def _text_of_answer(answer: Mapping[str, Any]) -> str:
    marks = [_mark(marked) for marked in answer["marked"] if not marked[_PLACE]]
    marks += [
        Mark(Span(start, end), "", "evidence", f"evidence of the score: {words}")
        for start, end, words in answer["evidence"]
        if start < end <= len(answer["text"])
    ]
    return marked_text(answer["text"], marks, "answer")


def _mark(marked: Marked) -> Mark:
    severity = marked[_SEVERITY]
    look = severity if severity in ("minor", "major") else "other"
    title = f"{marked[_CATEGORY]}, {severity}, by {marked[_READER]}"
    return Mark(Span(marked[_START], marked[_END]), marked[_LABEL], look, title)


def _line(marked: Marked) -> str:
    return (
        f"<li><strong>{harmless(f'{marked[_READER]} {marked[_LABEL]}')}</strong>: {harmless(marked[_CATEGORY])},"
        f" <em>{harmless(marked[_SEVERITY])}</em>{escape(display_text(marked[_REST]))}</li>"
    )


def _text(html: str) -> str:
    return f'<div class="text" dir="auto">{html}</div>'


def _quiet(words: str) -> str:
    return f'<p class="quiet">{_safe(words)}</p>'


def _safe(text: str) -> str:
    """Return a text as the templates write it."""
    return str(markupsafe.escape(display_text(text)))
