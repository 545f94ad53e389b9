"""What the screens say of counts, states and marks is true with none, one, several and all."""

from __future__ import annotations

from datetime import datetime
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from doubleread import locations
from doubleread.config import Settings
from doubleread.domain.extraction import Method
from doubleread.domain.score import Score
from doubleread.domain.sentences import SENTENCE_JUDGEMENTS
from doubleread.domain.wording import continued, plural, verb
from doubleread.read_model.readers import ReaderProgress
from doubleread.read_model.score_words import score_words
from doubleread.sessions.entry_words import details, state, used
from doubleread.sessions.library import StudyEntry
from doubleread.sessions.reading_summary import CountedSentences, sentences_left_words
from doubleread.sessions.study_library import StudyLibrary
from doubleread.tui.reading.sentence_bar import SYMBOLS
from doubleread.tui.shared.chips import Chip, Chips
from store.making import ARMS, make_answer, make_study


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 cases are"), (1, "1 case is"), (2, "2 cases are"), (36, "36 cases are")]
)
def test_a_noun_and_a_verb_fit_their_count(count, words):
    assert f"{plural(count, 'case')} {verb(count, 'is', 'are')}" == words


def progress(reader_id, committed, left, *, withdrawn=False):
    return ReaderProgress(reader_id, committed, committed, 0, left, 0.0, withdrawn)


NOW = datetime(2026, 3, 2, 8, 0)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"cases": 1}, "1 case, none with both answers · no readers"),
        ({"cases": 1, "answered": 1}, "1 case, all with both answers · no readers"),
        ({"cases": 36, "answered": 35}, "36 cases, 35 with both answers · no readers"),
        ({"cases": 3, "readers": (progress("R-01", 1, 2),)}, "3 cases, none with both answers · R-01 1 of 3"),
        (
            {"cases": 3, "readers": tuple(progress(f"R-{n}", 3, 0) for n in range(5))},
            "3 cases, none with both answers · R-0 all 3, R-1 all 3, R-2 all 3 and 2 more",
        ),
        (
            {"cases": 3, "readers": (progress("R-01", 1, 0, withdrawn=True),)},
            "3 cases, none with both answers · R-01 withdrawn",
        ),
    ],
)
def test_a_study_in_the_library(entry, words):
    assert details(StudyEntry(Path("a.doubleread"), "Trial", **entry), NOW) == f"{words} · a.doubleread"


def test_a_file_of_another_folder_says_where_it_is_and_when_it_was_used():
    used_at = datetime(2026, 3, 2, 7, 5).timestamp()
    entry = StudyEntry(Path("/data/a.doubleread"), "a", kept=True, gone=True, used=used_at)
    assert details(entry, NOW) == "a.doubleread in /data · used today 07:05"


@pytest.mark.parametrize(
    ("then", "words"),
    [
        (datetime(2026, 3, 2, 0, 1), "today 00:01"),
        (datetime(2026, 3, 1, 23, 59), "yesterday 23:59"),
        (datetime(2026, 2, 27), "2026-02-27"),
    ],
)
def test_when_a_study_was_used(then, words):
    assert used(then.timestamp(), NOW) == words


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"gone": True}, "the file is missing"),
        ({"problem": "The study file is damaged: cut"}, "cannot be opened: The study file is damaged"),
        ({"locked": True}, "encrypted, needs its passphrase"),
        ({"examined": False}, "…"),
        ({"split_reader": "R-02"}, "file of R-02"),
        ({"cases": 2, "answered": 1}, "answers are missing"),
        ({"cases": 2, "answered": 2}, "not read yet"),
        ({"cases": 2, "answered": 2, "readers": (progress("R-01", 1, 1),)}, "being read"),
        ({"cases": 2, "answered": 2, "readers": (progress("R-01", 2, 0),)}, "all read"),
        ({"cases": 2, "answered": 2, "readers": (progress("R-01", 2, 0),), "to_adjudicate": 1}, "1 to adjudicate"),
    ],
)
def test_the_state_of_a_study(entry, words):
    assert state(StudyEntry(Path("a.doubleread"), "Trial", **entry)) == words


def examined_study():
    library = StudyLibrary(Settings())
    (entry,) = library.studies()
    return library.examine(entry)


def test_the_library_counts_cases_that_both_models_have_answered_and_those_who_read(own_home):
    locations.studies().mkdir(parents=True)
    with make_study(locations.studies() / "a.doubleread", cases=3, answers=False) as study:
        study.readers.register("R-01")
        study.readers.register("S-01")
        study.readers.describe("S-01", "adjudicator", "")
        entry = examined_study()
        assert (entry.cases, entry.answered, [reader.reader_id for reader in entry.readers]) == (3, 0, ["R-01"])
        for answered, (case_id, arm) in enumerate(product(study.case_ids(), ARMS), start=1):
            study.answers.record(make_answer(case_id, arm))
            entry = examined_study()
            assert entry.answered == answered // 2


def test_the_library_has_the_studies_of_the_current_folder_and_each_study_once(own_home, tmp_path, monkeypatch):
    locations.studies().mkdir(parents=True)
    kept = make_study(locations.studies() / "kept.doubleread", cases=1)
    sent = make_study(tmp_path / "sent.doubleread", cases=1)
    for study in (kept, sent):
        study.close()
    monkeypatch.chdir(tmp_path)
    assert {entry.path.name for entry in StudyLibrary(Settings()).studies()} == {"kept.doubleread", "sent.doubleread"}
    monkeypatch.chdir(locations.studies())
    assert [entry.path.name for entry in StudyLibrary(Settings()).studies()] == ["kept.doubleread"]


@pytest.mark.parametrize(
    ("judged", "words"),
    [
        ((0, 0), "Sentences not judged:  A 4 of 4, B 3 of 3"),
        ((1, 0), "Sentences not judged:  A 3 of 4, B 3 of 3"),
        ((4, 0), "Sentences not judged:  B 3 of 3"),
        ((3, 3), "Sentences not judged:  A 1 of 4"),
        ((4, 3), "Sentences judged:  all 7"),
    ],
)
def test_sentences_that_are_left(judged, words):
    assert sentences_left_words([CountedSentences("A", judged[0], 4), CountedSentences("B", judged[1], 3)]) == words


def test_an_answer_without_sentences_has_none_left():
    assert (
        sentences_left_words([CountedSentences("A", 0, 0), CountedSentences("B", 1, 1)]) == "Sentences judged:  all 1"
    )


@pytest.mark.parametrize("label", SENTENCE_JUDGEMENTS, ids=lambda label: label.name)
@pytest.mark.parametrize("chosen", [False, True])
def test_a_choice_has_one_mark(label, chosen):
    chip = Chip("x", label.name, key="1", chosen=chosen, symbol=SYMBOLS[label.name])
    symbol = SYMBOLS[label.name]
    assert Chips()._text(chip) == (f" {symbol} {label.name}   " if chosen else f" 1 {symbol} {label.name} ")
    assert Chips()._text(Chip("x", "correct", key="1", chosen=chosen)) == f" 1 correct {'✓' if chosen else ' '}"
    assert Chips(tick=False)._text(Chip("x", "correct", key="1", chosen=chosen)) == " 1 correct "


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (Score("choice", "3", "correct", "B", "stated answer"), "correct: chose option B (stated answer)"),
        (Score("choice", "3", "incorrect", "A", "opening; changed its answer"), None),
        (Score("choice", "3", "correct", "B", ""), "correct: chose option B"),
        (Score("choice", "3", "refused", None, "refused"), "refused: declines to answer"),
        (Score("choice", "3", "unparsed", None, "closing; several"), "unparsed: leaves more than one option open"),
        (Score("choice", "3", "unparsed", None, "none"), "unparsed: names no option, or says that none fits"),
        (Score("choice", "3", "unparsed", None, ""), "unparsed"),
        (Score("diagnosis", "2", "proposed", "flu", "stated as the diagnosis"), "proposed: stated as the diagnosis"),
        (Score("diagnosis", "2", "unparsed", "flu", "named second"), "unparsed: named second"),
        (Score("diagnosis", "2", "truncated", None, "truncated"), None),
    ],
)
def test_a_score_in_words_says_nothing_twice_and_chooses_only_among_options(score, words):
    shown = score_words(score)
    if words is not None:
        assert shown == words
    assert shown.count(score.outcome) == 1
    assert ("chose option" in shown) == (score.outcome in ("correct", "incorrect"))


@pytest.mark.parametrize("method", [method for method in get_args(Method) if method])
def test_every_way_of_stating_an_answer_is_shown(method):
    assert score_words(Score("choice", "3", "correct", "B", method)) == f"correct: chose option B ({method})"


def test_a_chip_without_room_gives_it_to_a_shorter_one() -> None:
    chips = Chips([Chip("a", "first"), Chip("b", "much too long for this"), Chip("c", "last")], fit=True, tick=False)
    assert [placed.chip.id for placed in chips._placed(18)[0]] == ["a", "c"]


def test_a_sentence_goes_on_after_a_colon_with_a_small_letter_unless_it_begins_with_i() -> None:
    assert continued("Stated without evidence.") == "stated without evidence."
    assert continued("I cannot tell.") == "I cannot tell."
    assert continued("In the case.") == "in the case."
