"""The report as a page: what it holds, what it must not hold, and hostile text everywhere."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from arms import arm_with_model
from doubleread.domain.answer import Answer
from doubleread.domain.case import Case, Document
from doubleread.domain.score import Score
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.read_model.blinding import blinding_of
from doubleread.read_model.case_details import case_details
from doubleread.reports.page import report_page
from doubleread.results import results, unblind
from doubleread.results.study_methods import study_methods
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from hostile import MARKUP, SEQUENCES, SHAPES
from reports.page_outline import PageOutline
from sessions.judged_study import THOUGHT, answered_study, read
from sessions.judged_twice import read_all, steady, twice_study
from sessions.making import make_study

EVIL = "\n".join((*SEQUENCES, *MARKUP, *SHAPES, "</style></script><script>alert(1)</script><img src=x onerror=y>"))


def page(study, *, with_cases=True):
    found = results(study)
    cases = case_details(study, blinding_of(study)) if with_cases else None
    return "".join(report_page(found, study_methods(study, found), cases, "2026-03-01T12:00:00.000Z"))


@pytest.fixture
def study(tmp_path):
    with answered_study(tmp_path / "study.doubleread") as opened:
        yield opened


def test_the_page_has_estimates_methods_items_and_every_case(study):
    read(study, "R-01", 6)
    read(study, "R-02", 6)
    html = page(study)
    outline = PageOutline(html)
    text = " ".join(outline.text.split())
    assert [name for name in outline.ids if not name.startswith("case-")] == [
        "progress", "accuracy", "hallucinations", "verdicts", "agreement", "notes", "methods", "reporting", "cases",
    ]  # fmt: skip
    assert [f"case-{number}" for number in range(1, 7)] == [name for name in outline.ids if name.startswith("case-")]
    for words in (
        "Two arms answered the same 6 cases (4 of kind choice and 2 of kind diagnosis).",
        "2 readers committed 12 readings (R-01 6 and R-02 6) on ",
        "50.0% (15.0-85.0) 2/4",
        "Annotations per answer, by category",
        "Assessors: qualifications, background",
        "fabrication, major, basis: unsupported by the case",
        "R-01: incorrect, names the key diagnosis",
        "Preferred: R-01 Beta-7B; R-02 Beta-7B",
    ):
        assert words in text, words
    assert html.count("<summary>Reasoning (") == 6
    assert " ".join(THOUGHT.split()) in text


def test_the_page_needs_nothing_from_anywhere(study):
    read(study, "R-01", 6)
    html = page(study)
    outline = PageOutline(html)
    assert not outline.tags & {"script", "link", "img", "iframe", "object", "form"}
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#)""", html)
    assert "url(" not in html
    assert "@import" not in html
    assert "http" not in html.replace("http-equiv", "")
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html


def test_a_blind_page_tells_no_model(study):
    read(study, "R-01", 2)
    html = page(study)
    assert not [word for word in ("Alpha", "Beta", "1" * 12, "2" * 12, ".gguf") if word in html]
    assert "the arms are not named until every reading is committed" in html
    unblind(study, "lead", "interim analysis")
    assert "Alpha-7B" in page(study)


def test_a_reading_that_is_not_committed_shows_nothing(study):
    session = ReadingSession(study, "R-01")
    session.mark("A", "answer", Span(0, 4), "fabrication", "major", note="a secret note")
    assert "a secret note" not in page(study)


def test_a_study_without_answers_has_a_page_that_says_so(tmp_path):
    with make_study(tmp_path / "empty.doubleread", 2) as study:
        html = page(study)
    assert "No reading is committed yet" in html
    assert html.count("No answer.") == 4
    PageOutline(html)


def test_the_cases_can_be_left_out(study):
    html = page(study, with_cases=False)
    assert 'id="cases"' not in html
    assert "crushing chest pain" not in html


def test_hostile_text_anywhere_stays_text(tmp_path):
    case = Case(
        id=EVIL,
        kind="choice",
        text=EVIL,
        question=EVIL,
        key="A",
        options={"A": EVIL, "B": "x"},
        accept=(EVIL,),
        documents=(Document(EVIL, EVIL, EVIL),),
        title=EVIL,
        explanation=EVIL,
        tags=(EVIL,),
        source=EVIL,
        licence=EVIL,
    )
    arms = (arm_with_model("one", EVIL, "1" * 64, role=EVIL), arm_with_model("two", "<b>Beta</b>", "2" * 64))
    protocol = Protocol(title=EVIL, guideline=EVIL)
    with StudyFile.create(
        tmp_path / "s.doubleread", cases=[case], arms=arms, protocol=protocol, device="<device>"
    ) as study:
        for arm in arms:
            manifest = {"model": {"quantisation": EVIL}, "device": EVIL, "llama_cpp": EVIL}
            answer = Answer(arm.id, EVIL, arm.id, EVIL, "2026-01-01", "2026-01-01", "stop", manifest, EVIL)
            study.answers.record(answer, [Score("choice", "1", "correct", EVIL, EVIL, 0, len(EVIL))])
        session = ReadingSession(study, "R<01>")
        session.mark("A", "answer", Span(0, len(EVIL)), "fabrication", "major", note=EVIL)
        session.mark("A", "answer", Span(3, len(EVIL) - 3), "negation", "minor")
        session.mark("B", "case", Span(0, len(EVIL)), "omission", "minor")
        session.judge(verdicts={"A": "incorrect", "B": "incorrect"}, preference="tie")
        session.commit()
        unblind(study, "<lead>", EVIL)
        html = page(study)
    outline = PageOutline(html)
    assert not outline.tags & {"script", "img", "b", "link"}
    assert not [name for name in outline.attributes if name.startswith("on")]
    assert not {c for c in html if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160}
    assert not set(html) & set("\u202e\u2066\u2028\u2029\ufeff\u061c")
    assert "alert(1)" in outline.text


def test_an_arm_with_its_own_name_is_reported_with_its_model_and_its_examples(tmp_path):
    shown = {"text": "A wheeze.", "question": "Which?", "options": {"A": "Asthma", "B": "Gout"}, "answer": "A. Asthma"}
    terse = arm_with_model("one", "Terse", "1" * 64)
    arms = (terse, replace(terse, id="two", name="Shown", prompt={"examples": [shown]}))
    with make_study(tmp_path / "s", 1, arms=arms) as study:
        for arm in arms:
            manifest = {
                "model": {"name": "Gamma 3B"},
                "model_sha256": "1" * 64,
                "prompt_template_sha256": arm.prompt_of(study.protocol).sha256,
            }
            answer = Answer(arm.id, "case-0", arm.id, "B.", "2026-01-01", "2026-01-01", "stop", manifest)
            study.answers.record(answer, [])
        unblind(study, "lead", "test")
        outline = PageOutline(page(study))
    text = " ".join(outline.text.split())
    assert "Shown (Gamma 3B, sha256 1111111111111111) generated 1 answer." in text
    assert "Terse, Gamma 3B, sha256 1111111111111111; Shown, Gamma 3B, sha256" in text
    assert text.count("Example of a choice, user A wheeze. Which? A. Asthma B. Gout") == 1
    assert text.count("Example of a choice, assistant A. Asthma") == 1


def test_the_page_says_how_readers_agree_with_themselves_by_axis_and_under_which_version(tmp_path):
    with twice_study(tmp_path / "twice.doubleread") as study:
        read_all(study, "R-01", steady)
        study.readers.describe("R-01", "reader", "internist, <b>12</b> years")
        first = study.protocol_sha256[:8]
        study.change_protocol(replace(study.protocol, guideline="Mark all."), "readers asked")
        second = study.protocol_sha256[:8]
        outline = PageOutline(page(study, with_cases=False))
    text = " ".join(outline.text.split())
    for words in (
        "Readers read 4 cases a second time, unannounced.",
        f"4 readings and 4 repeat readings were made under version 1 (sha256 {first}).",
        f"0 readings were made under version 2 (sha256 {second}, since ",
        'which changed guideline ("readers asked").',
        "Intra-rater observed agreement: R-01, 4 repeat readings",
        "Better answers by axis, in cases",
        "even 1, net-75.0% (",
        "p = 0.250, Holm p = 0.250",
        "TRIPOD-LLM 7d, 8c CHART 7bR-01: internist, <b>12</b> years",
        "Intra-rater reliability compares 4 repeat readings of 4 cases with the first reading",
        "p values of the sign test are adjusted by the methods of Holm and of Benjamini and Hochberg.",
    ):
        assert words in text, words


def test_a_study_under_one_version_says_so(study):
    read(study, "R-01", 6)
    text = " ".join(PageOutline(page(study, with_cases=False)).text.split())
    assert f"All readings were made under one version of the protocol (sha256 {study.protocol_sha256[:16]})." in text
    assert "a second time" not in text
    assert "Versions of the protocol" not in text
    assert "Annotations per answer, by kind" in text
