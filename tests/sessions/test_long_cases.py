"""Runs over cases with documents: what is asked, what is said before, and what later requests repeat."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubleread.domain.answer import Answer
from doubleread.domain.case import Case, Document
from doubleread.domain.study import Decoding, Protocol
from doubleread.errors import InputRefusedError
from doubleread.runs.generation import answer_request
from doubleread.runs.long_cases import long_cases
from doubleread.store import StudyFile
from sessions.making import ARMS, DEVICE, choice_case

LETTERS = tuple(Document(f"d{at}", f"Text {at}. " * 40, f"Letter {at}") for at in range(5))
WHEN = "2026-03-01T12:00:00.000Z"
LONG = replace(choice_case(0), documents=LETTERS)
SHORT = choice_case(1)


def study_of(path, *cases: Case, protocol: Protocol | None = None) -> StudyFile:
    return StudyFile.create(
        path, cases=list(cases), arms=ARMS, protocol=protocol or Protocol(), device=DEVICE, secret=b"s" * 32
    )


def test_both_arms_and_every_run_get_one_order_for_each_sample():
    protocol = Protocol(samples=3, document_order="shuffled", decoding=Decoding(seed=7))

    def order(arm: int, sample: int, protocol: Protocol = protocol) -> list[str]:
        return [span.id for span in answer_request(LONG, ARMS[arm], protocol, sample).documents]

    assert [order(0, sample) for sample in range(3)] == [order(1, sample) for sample in range(3)]
    assert len({tuple(order(0, sample)) for sample in range(3)}) == 3
    assert order(0, 0) != order(0, 0, replace(protocol, decoding=Decoding(seed=8)))
    assert order(0, 2, Protocol()) == [document.id for document in LETTERS]


def test_a_request_says_where_its_documents_are():
    request = answer_request(LONG, ARMS[0], Protocol())
    content = request.messages[-1].content
    for span, document in zip(request.documents, LETTERS, strict=True):
        assert content[span.start : span.end].endswith(document.text)
    assert answer_request(SHORT, ARMS[0], Protocol()).documents == ()


def test_a_run_says_before_it_starts_how_many_cases_are_too_long(tmp_path):
    with study_of(tmp_path / "a.doubleread", LONG, SHORT, protocol=Protocol(n_ctx=900)) as study:
        said = long_cases(study)
        assert (said.cases, said.too_long, said.n_ctx) == (1, 1, 900)
        assert "1 of 1 case with documents is too long for 900 tokens" in str(said)
    with study_of(tmp_path / "b.doubleread", LONG, SHORT, protocol=Protocol(n_ctx=9000)) as study:
        assert str(long_cases(study)) == ""
    with study_of(tmp_path / "c.doubleread", SHORT, protocol=Protocol(n_ctx=900)) as study:
        assert str(long_cases(study)) == ""


def test_later_requests_give_the_documents_that_the_answer_was_given():
    request = answer_request(LONG, ARMS[0], Protocol(document_order="shuffled"), 2)
    order = [span.id for span in request.documents]
    manifest = {"documents": {"order": order, "left_out": order[-2:], "counted": "tokenizer"}}
    prompt = ARMS[0].prompt_of(Protocol())
    assert prompt.messages_given(LONG, manifest) == request.without(order[-2:])
    *asked, answer, question = prompt.letter_messages(LONG, "B", manifest)
    assert tuple(asked) == request.without(order[-2:])
    assert (answer.content, question.content) == ("B", prompt.letter_question)
    assert prompt.messages_given(LONG, {}) == prompt.messages(LONG)


def test_the_order_is_fixed_once_there_are_answers(tmp_path):
    with study_of(tmp_path / "a.doubleread", LONG) as study:
        answer = Answer("x", LONG.id, "one", "B", WHEN, WHEN, "stop", {})
        study.answers.record(answer)
        with pytest.raises(InputRefusedError, match="a different document_order"):
            study.change_protocol(replace(study.protocol, document_order="shuffled"), "try")


def test_shuffled_documents_make_several_answers_worth_asking_for(tmp_path):
    shuffled = Protocol(samples=3, document_order="shuffled")
    with study_of(tmp_path / "a.doubleread", LONG, protocol=shuffled) as study:
        assert len(study.missing_samples()) == 6
    with pytest.raises(InputRefusedError, match="all answers to a case would be equal"):
        study_of(tmp_path / "b.doubleread", LONG, protocol=replace(shuffled, document_order="as given"))
    with pytest.raises(InputRefusedError, match="all answers to a case would be equal"):
        study_of(tmp_path / "c.doubleread", SHORT, protocol=shuffled)


def test_samples_can_be_raised_if_documents_are_shuffled(tmp_path):
    once = Protocol(document_order="shuffled")
    with study_of(tmp_path / "a.doubleread", LONG, protocol=once) as study:
        study.change_protocol(replace(once, samples=5), "five shuffles")
        assert len(study.missing_samples()) == 10
    with (
        study_of(tmp_path / "b.doubleread", SHORT, protocol=once) as study,
        pytest.raises(InputRefusedError, match="all answers to a case would be equal"),
    ):
        study.change_protocol(replace(once, samples=5), "five shuffles")
