"""Answers that name their models: what the reader sees, what is stored, and when the words can be read."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from doubleread.domain.adjudication import Decision
from doubleread.domain.answer import Answer
from doubleread.domain.redaction import REDACTION_MARK
from doubleread.domain.score import Score
from doubleread.domain.score_override import Ruling
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol, protocol_from_record
from doubleread.read_model.blinding import blinding_of
from doubleread.read_model.case_details import case_details
from doubleread.read_model.history import Wanted, history
from doubleread.read_model.redactions import with_redacted_quotes
from doubleread.reports.page import report_page
from doubleread.results import Results, results, unblind
from doubleread.results.study_methods import study_methods
from doubleread.results.view import ResultsSession
from doubleread.runs.generation import GenerationRun
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.score_review import ScoreReviewSession
from doubleread.store import StudyFile
from doubleread.store.branches.merge import merge
from doubleread.store.branches.split import split
from doubleread.store.log.verify import verify
from sessions.making import ARMS, Engines, make_study

TEXTS = {
    "one": "As Alpha, I am sure. alpha-7b says B. Alpha. Pneumonia it is.",
    "two": "I am BioMistral, developed by Google. Fever means B; GPT 45 U/L.",
}
SEEN = {
    "one": f"As {REDACTION_MARK * 5}, I am sure. {REDACTION_MARK * 8} says B. {REDACTION_MARK * 5}. Pneumonia it is.",
    "two": f"I am {REDACTION_MARK * 10}, developed by {REDACTION_MARK * 6}. Fever means B; GPT 45 U/L.",
}
TELLING = ("alpha", "biomistral", "google", "beta-7b")


def answered(path, protocol: Protocol | None = None) -> StudyFile:
    study = make_study(path, cases=2, protocol=protocol)
    for case_id in study.case_ids():
        for arm in ARMS:
            answer = Answer(
                f"{case_id}/{arm.id}",
                case_id,
                arm.id,
                TEXTS[arm.id],
                "",
                "",
                "stop",
                {},
                "I am Alpha. " + TEXTS[arm.id],
            )
            score = Score("choice", "1", "correct", "B", f"read from “{TEXTS[arm.id][:16]}”", 0, 9, 0.9)
            study.answers.record(answer, [score])
    return study


@pytest.fixture
def study(tmp_path):
    with answered(tmp_path / "study.doubleread") as opened:
        yield opened


def shown(session: ReadingSession) -> dict[str, str]:
    return {answer.answer_id.rpartition("/")[2]: answer.text for answer in session.answers().values()}


def judge(session: ReadingSession) -> None:
    session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")


def side_of(session: ReadingSession, arm_id: str):
    return session.reading.side_of(f"{session.case.id}/{arm_id}")


def test_the_screen_gets_masks_and_the_file_the_words(study):
    session = ReadingSession(study, "R-01")
    assert shown(session) == SEEN
    annotation = session.mark(side_of(session, "one"), "answer", Span(3, 14), "fabrication", "major")
    assert annotation.quote == f"{REDACTION_MARK * 5}, I am"
    (held,) = session.reading.judgement.annotations
    assert held.quote == session.annotation(held.id).quote == annotation.quote
    session.move(held.id, Span(5, 10))
    assert session.reading.judgement.annotations[0].quote == f"{REDACTION_MARK * 3}, "
    stored = study.connection.rows('SELECT quote, start, "end" FROM annotations')
    assert [tuple(row) for row in stored] == [("pha, ", 5, 10)]
    session.retract(held.id)
    assert session.reading.judgement.retracted[0].quote.startswith(REDACTION_MARK * 3)
    session.undo()
    assert verify(study.path).ok


def test_masks_stay_after_the_commit_where_names_are_kept_back(study):
    session = ReadingSession(study, "R-01")
    judge(session)
    revealed = session.commit()
    assert shown(session) == SEEN
    told = str(revealed).casefold()
    assert not any(word in told for word in TELLING)
    assert REDACTION_MARK * 5 in revealed.scores[side_of(session, "one")].reason
    assert REDACTION_MARK * 5 in revealed.reasoning[side_of(session, "one")]


def test_the_words_can_be_read_once_names_are_revealed(tmp_path):
    with answered(tmp_path / "s.doubleread", Protocol(reveal_names=True)) as study:
        session = ReadingSession(study, "R-01")
        session.mark(side_of(session, "one"), "answer", Span(3, 8), "fabrication", "major")
        assert shown(session) == SEEN
        judge(session)
        session.commit()
        assert shown(session) == TEXTS
        assert session.reading.judgement.annotations[0].quote == "Alpha"
        session.step(1)
        assert shown(session) == SEEN


def test_quotes_are_redacted_once_for_each_event(study, monkeypatch):
    """One key of the screen asks for the reading hundreds of times."""
    made = []

    def redact(reading, spans):
        made.append(reading)
        return with_redacted_quotes(reading, spans)

    monkeypatch.setattr("doubleread.sessions.reading.with_redacted_quotes", redact)
    session, other = ReadingSession(study, "R-01"), ReadingSession(study, "R-01")

    def asked_after(act, session=session):
        made.clear()
        act()
        for _ in range(3):
            quotes = [item.quote for item in session.reading.judgement.annotations]
        return quotes, len(made)

    shown_once = [REDACTION_MARK * 5], 1
    one = side_of(session, "one")
    assert asked_after(lambda: session.mark(one, "answer", Span(3, 8), "fabrication", "major")) == shown_once
    assert asked_after(session.undo) == ([], 1)
    assert asked_after(session.redo) == shown_once
    assert asked_after(lambda: session.judge(preference="A")) == shown_once
    assert asked_after(lambda: other.goto(other.place_id), other) == shown_once


def test_a_protocol_can_do_without_redactions(tmp_path):
    with answered(tmp_path / "s.doubleread", Protocol(redact=False)) as study:
        assert shown(ReadingSession(study, "R-01")) == TEXTS
    for protocol in (
        Protocol(),
        Protocol(redact=False, blinding_assessment="each"),
        Protocol(blinding_assessment="never"),
    ):
        again = protocol_from_record(protocol.as_record())
        assert (again, again.sha256) == (protocol, protocol.sha256)
    assert (
        len(
            {
                Protocol(redact=redact, blinding_assessment=guess).sha256
                for redact in (True, False)
                for guess in ("end", "each")
            }
        )
        == 4
    )


def test_a_readers_own_file_covers_the_same_words_and_comes_home(study, tmp_path):
    split(study, "R-02", tmp_path / "own.doubleread")
    with StudyFile.open(tmp_path / "own.doubleread", device="laptop") as own:
        session = ReadingSession(own, "R-02")
        assert shown(session) == SEEN
        session.mark(side_of(session, "one"), "answer", Span(3, 8), "fabrication", "major")
        assert session.reading.judgement.annotations[0].quote == REDACTION_MARK * 5
        judge(session)
        told = str(session.commit()).casefold()
        assert not any(word in told for word in TELLING)
        session.leave()
        said = " ".join(entry.what for entry in history(own, Wanted()))
        assert f'"{REDACTION_MARK * 5}"' in said
        assert verify(own.path).ok
    (merged,) = merge(study, [tmp_path / "own.doubleread"])
    assert merged.refused is None
    assert study.connection.rows("SELECT quote FROM annotations")[0]["quote"] == "Alpha"
    assert verify(study.path).ok
    said = " ".join(entry.what for entry in history(study, Wanted()))
    assert f'"{REDACTION_MARK * 5}"' in said


def test_masks_of_an_own_file_that_reach_too_far_are_cut(study, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "doubleread.store.branches.split.spans_to_redact", lambda _: {"case-0/one": [[3, 8], [50, 5000], [9000, 9001]]}
    )
    split(study, "R-02", tmp_path / "own.doubleread")
    with StudyFile.open(tmp_path / "own.doubleread", device="laptop") as own:
        seen = shown(ReadingSession(own, "R-02"))["one"]
    assert len(seen) == len(TEXTS["one"])
    assert seen[50:] == REDACTION_MARK * (len(seen) - 50)


def test_a_name_never_flashes_while_an_answer_is_written(tmp_path):
    engines = Engines()
    with make_study(tmp_path / "live.doubleread", cases=1) as study:
        run = GenerationRun(study, engines.factories)
        run.start()
        engines.load()
        session = ReadingSession(study, "R-01", run=run)
        texts = []
        for letter in "Fever. I am Open Bio LLM 8B, by Google; as Alpha-7B. ":
            engines.one.write(letter)
            texts.append(max((answer.text for answer in session.answers().values()), key=len))
        assert texts[-1] == f"Fever. I am {REDACTION_MARK * 15}, by Google; as {REDACTION_MARK * 8}. "
        for before, after in pairwise(texts):
            assert after.startswith(before)
        run.stop()


def test_while_the_study_is_blind_its_results_cover_the_words_too(study):
    session = ReadingSession(study, "R-01")
    session.mark(side_of(session, "one"), "answer", Span(3, 8), "fabrication", "major")
    judge(session)
    session.commit()
    session.leave()
    looked_at = ResultsSession(study)
    blind = results(study)
    assert not blind.blindness.named
    for told in (
        str(list(case_details(study, blinding_of(study)))),
        str(looked_at.case("case-0")),
        "".join(page(study, blind)),
    ):
        assert REDACTION_MARK * 5 in told
        # The methods name a coefficient that is called like one of the models.
        assert not any(word in told.casefold().replace("ordinal alpha", "") for word in TELLING)
    unblind(study, "lead", "interim")
    assert "As Alpha" in str(looked_at.case("case-0"))
    assert "As Alpha" in str(list(case_details(study, blinding_of(study))))


def page(study: StudyFile, found: Results):
    return report_page(
        found, study_methods(study, found), case_details(study, blinding_of(study)), "2026-03-01T12:00:00.000Z"
    )


def test_an_adjudicator_sees_masks_and_the_file_gets_the_words(study):
    for reader in ("R-01", "R-02"):
        session = ReadingSession(study, reader)
        words = Span(0, 8) if reader == "R-01" else Span(3, 14)
        session.mark(side_of(session, "one"), "answer", words, "fabrication", "major")
        judge(session)
        session.commit()
        session.leave()
    study.readers.register("S-01")
    study.readers.describe("S-01", "adjudicator", "")
    session = AdjudicationSession(study, "S-01")
    texts = {answer_id.rpartition("/")[2]: session.answers[side] for side, answer_id in session.answer_ids.items()}
    assert texts == SEEN
    (difference,) = session.differences
    assert {annotation.quote for annotation in difference.annotations} == {
        f"As {REDACTION_MARK * 5}",
        f"{REDACTION_MARK * 5}, I am",
    }
    own = replace(difference.annotations[0], start=3, end=8, quote=REDACTION_MARK * 5)
    session.decide(difference.id, Decision.own_annotation(own))
    assert [annotation.quote for annotation in session.resolution().annotations] == [REDACTION_MARK * 5]
    session.commit()
    assert study.connection.rows("SELECT quote FROM adjudicated_annotations")[0]["quote"] == "Alpha"
    assert verify(study.path).ok


def test_who_reviews_scores_sees_masks_and_no_name_in_reasons(study):
    for answer_id in ("case-0/one", "case-0/two"):
        reason = f"letter and text disagree; read from “{TEXTS[answer_id[-3:]]}”"
        study.answers.replace_scores(answer_id, [Score("choice", "1", "correct", "B", reason, 0, 9, 0.9)])
    for reader in ("S-01", "S-02"):
        study.readers.register(reader)
    session = ScoreReviewSession(study, "S-01")
    seen = []
    while True:
        shown_now = session.shown()
        seen.append(shown_now.text)
        assert not any(word in str(shown_now).casefold() for word in TELLING)
        if not session.step(1):
            break
    assert sorted(seen) == sorted(SEEN.values())
    session.override(Ruling(chosen="A"), "Beta-7B always means A")
    told = ScoreReviewSession(study, "S-02")
    told.step(1)
    assert told.shown().item.override.reason == "this model always means A"
    assert study.overrides.of(told.item.answer_id).reason == "Beta-7B always means A"


def test_without_masks_in_the_protocol_an_adjudicator_sees_the_words(tmp_path):
    with answered(tmp_path / "s.doubleread", Protocol(redact=False)) as study:
        for reader in ("R-01", "R-02"):
            session = ReadingSession(study, reader)
            judge(session)
            session.commit()
            session.leave()
        study.readers.register("S-01")
        study.readers.describe("S-01", "adjudicator", "")
        assert set(AdjudicationSession(study, "S-01").answers.values()) == set(TEXTS.values())
