"""Marking, sentences, verdicts and commit, without a screen and without an event loop, on a real study file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from doubleread.domain.bond import BondGrade
from doubleread.domain.study import Protocol
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.tui.reading.annotation_marks import PASSAGE
from doubleread.tui.reading.committing import Committing
from doubleread.tui.reading.criteria import Criteria, ReadingHistory
from doubleread.tui.reading.marking import Marking
from doubleread.tui.reading.sentences import Sentences
from doubleread.tui.reading.verdicts import Verdicts
from doubleread.tui.shared.case_navigation import CaseList, CaseNavigation
from doubleread.tui.shared.history import History
from tui.adjudicated import PROTOCOL
from tui.plain_view import PlainView
from tui.studies import make_study


class Desk:
    """A reader at a study: the session, the view and the controllers of the reading screen."""

    def __init__(self, study: StudyFile) -> None:
        self.session = ReadingSession(study, "DR-FALCON", clock=lambda: 0.0)
        self.view = PlainView(self.session)
        self.made: list[bool] = []
        self.committed = 0
        self.marking = Marking(self.session, self.view, self.made.append)
        self.view.on_show = self.marking.update
        self.sentences = Sentences(self.session, self.view, self.marking)
        self.criteria = Criteria(self.session, self.view)
        self.verdicts = Verdicts(self.session, self.view)
        self.committing = Committing(
            self.session, self.view, self.sentences, self.criteria, self.verdicts, self.note_commit
        )
        self.history = ReadingHistory(self.session, self.view, self.criteria)

    def note_commit(self) -> None:
        self.committed += 1

    def mark(self, words: str) -> str:
        """Mark words of answer A and return the annotation's id."""
        self.view.pane = "A"
        self.marking.propose("A", self.view.texts["A"].span(words))
        self.view.reply("fabrication", "major")
        assert self.marking.focused_id is not None
        return self.marking.focused_id

    def judge_all(self) -> None:
        for side in ("A", "B"):
            self.verdicts.pick(f"verdict-{side}", f"{side} correct")
        self.verdicts.prefer("tie")


@pytest.fixture
def protocol() -> Protocol:
    return PROTOCOL


@pytest.fixture
def desk(tmp_path: Path, protocol: Protocol) -> Iterator[Desk]:
    path = make_study(tmp_path / "s.doubleread", protocol=protocol)
    with StudyFile.open(path, device="d") as study:
        yield Desk(study)


def test_words_are_marked_once_their_label_is_given(desk: Desk) -> None:
    words = desk.view.texts["A"].text[:8]
    desk.view.texts["A"].by_mouse = True
    desk.mark(words)
    (item,) = desk.marking.listed
    assert (item.side, item.annotation.quote, item.annotation.label) == ("A", words, "A1")
    assert desk.made == [True]
    (mark,) = desk.marking.marks(None)["A"]
    assert (mark.span, mark.kind, mark.focused) == (item.annotation.span, "major", True)


def test_nothing_is_marked_before_both_answers_are_finished(desk: Desk) -> None:
    desk.view.answers["B"] = desk.view.answers["B"].__class__("B", "writing", "", "")
    desk.marking.propose("A", desk.view.texts["A"].span(desk.view.texts["A"].text[:8]))
    assert desk.view.asked == []
    assert desk.view.told == ["Answer B must be finished first. You can read and select meanwhile."]


def test_an_omission_of_both_answers_is_undone_at_once(desk: Desk) -> None:
    desk.marking.propose("case", desk.view.texts["case"].span("smoking"))
    desk.view.reply("both", "major")
    assert [item.side for item in desk.marking.listed] == ["A", "B"]
    assert desk.history.undo()
    assert desk.marking.listed == []
    assert not desk.history.undo()
    undone, nothing = desk.view.told
    assert undone.startswith("Undone: Annotation o1 marked: “smoking” left out by answer A, omission, major.")
    assert nothing == "There is nothing to undo in this case."
    assert desk.history.redo()
    assert len(desk.marking.listed) == 2


def test_keys_act_on_the_focused_annotation_in_its_own_text_alone(desk: Desk) -> None:
    focused = desk.mark(desk.view.texts["A"].text[:8])
    desk.view.pane = "B"
    assert desk.marking.current is None
    desk.marking.retract()
    assert len(desk.marking.listed) == 1
    desk.view.in_annotations = True
    assert desk.marking.current is not None
    desk.view.in_annotations = False
    desk.marking.focus(focused)
    assert desk.view.pane == "A"
    desk.marking.retract()
    assert desk.marking.listed == []
    assert desk.view.told == ["A1 retracted. <undo> restores it."]


def test_a_boundary_moves_only_within_the_case_itself(desk: Desk) -> None:
    focused = desk.mark(desk.view.texts["A"].text[:8])
    desk.view.texts["A"].nudged = desk.view.texts["A"].span(desk.view.texts["A"].text[:9])
    desk.marking.nudge("end", "character", 1)
    assert desk.marking.listed[0].annotation.end == 9
    assert desk.marking.listed[0].annotation.id == focused
    desk.view.pane = "case"
    desk.marking.propose("case", desk.view.texts["case"].span("smoking"))
    desk.view.reply("A", "minor")
    before = desk.marking.listed[-1].annotation.span
    length = len(desk.session.case.text)
    desk.view.texts["case"].nudged = before.__class__(before.start, length + 1)
    desk.marking.nudge("end", "word", 1)
    assert desk.marking.listed[-1].annotation.span == before
    assert desk.view.told[-1] == "Only words of the same text can be marked, not the question or the options."


def test_an_annotation_is_linked_to_the_case_and_the_link_removed(desk: Desk) -> None:
    desk.marking.link("contradicts")
    assert desk.view.told == ["Choose an annotation in an answer first."]
    annotation_id = desk.mark(desk.view.texts["A"].text[:8])
    desk.view.pane = "case"
    desk.view.texts["case"].select(desk.view.texts["case"].span("smoking"))
    desk.marking.link("contradicts")
    (passage,) = desk.marking.marks(None)["case"]
    assert (passage.id, passage.span) == (PASSAGE + annotation_id, desk.view.texts["case"].span("smoking"))
    assert desk.view.texts["case"].selection is None
    desk.marking.link("contradicts")
    assert desk.marking.marks(None)["case"] == []


def test_the_focus_goes_around_and_follows_the_caret(desk: Desk) -> None:
    desk.marking.step(1)
    assert desk.view.told == ["There are no annotations yet."]
    text = desk.view.texts["A"].text
    first, second = desk.mark(text[:8]), desk.mark(text[10:18])
    desk.marking.step(1)
    assert desk.marking.focused_id == first
    desk.marking.step(-1)
    assert desk.marking.focused_id == second
    desk.marking.move_caret(["sentence 0", first])
    assert desk.marking.focused_id == first
    desk.marking.click(PASSAGE + second)
    assert desk.marking.focused_id == second


def test_a_correction_after_the_commit_has_its_reason(desk: Desk) -> None:
    annotation_id = desk.mark(desk.view.texts["A"].text[:8])
    desk.judge_all()
    desk.verdicts.compare()
    desk.view.reply("tie")
    desk.committing.commit()
    desk.view.reply("meant")
    assert desk.committed == 1
    desk.marking.rate(annotation_id, "severity", "minor")
    assert desk.marking.listed[0].annotation.severity == "minor"
    desk.marking.note_reason = "a typing error"
    desk.marking.save_note((annotation_id, "seen again", "burst"))
    assert desk.marking.listed[0].annotation.note == "seen again"


def test_sentences_are_judged_one_after_the_other(desk: Desk) -> None:
    desk.sentences.toggle()
    assert not desk.sentences.active, "there are no sentences in the case"
    desk.view.pane = "A"
    desk.sentences.toggle()
    spans = desk.view.texts["A"].sentences
    assert desk.sentences.current == spans[0]
    desk.sentences.judge("supported")
    assert desk.sentences.current == spans[1]
    assert desk.sentences.to_mark is None
    desk.sentences.judge("incorrect")
    assert desk.sentences.to_mark == spans[1]
    assert [count.judged for count in desk.sentences.counted()] == [2, 0]
    judged = {mark.span: mark.kind for mark in desk.sentences.marks("A") if mark.kind != "current"}
    assert [judged[span] for span in spans[:3]] == ["supported", "incorrect", "unjudged"]
    assert list(desk.sentences.marks("case")) == []
    desk.sentences.toggle()
    assert list(desk.sentences.marks("A")) == []


def test_an_annotation_of_a_faulty_sentence_is_offered_until_the_caret_moves_on(desk: Desk) -> None:
    desk.view.pane = "A"
    desk.sentences.toggle()
    faulty = desk.sentences.current
    desk.sentences.judge("unsupported")
    desk.sentences.annotate()
    desk.view.reply("fabrication", "minor")
    assert [item.annotation.span for item in desk.marking.listed] == [faulty]
    desk.view.texts["A"].caret += 1
    desk.sentences.move_caret(desk.view.texts["A"].caret)
    assert desk.sentences.to_mark is None
    assert desk.view.done[-1] == "sentences"


def test_after_the_last_sentence_the_reader_is_told_what_is_left_in_the_other_answer(desk: Desk) -> None:
    desk.view.pane = "A"
    desk.sentences.toggle()
    for _ in desk.view.texts["A"].sentences:
        desk.sentences.judge("supported")
    left = len(desk.view.texts["B"].sentences)
    assert desk.view.told[-1].endswith(f"all judged. Answer B has {left} left: <pane_b> leads there.")


def test_the_same_verdict_again_stores_nothing(desk: Desk) -> None:
    desk.verdicts.give("correct")
    assert desk.view.told == ["A verdict is about an answer. Go to one with <next_pane>."]
    desk.view.pane = "A"
    desk.verdicts.give("correct")
    desk.verdicts.give("correct")
    desk.verdicts.pick("preference", "prefer_b")
    assert (dict(desk.view.judgement.verdicts), desk.view.judgement.preference) == ({"A": "correct"}, "B")
    assert desk.history.undo()
    assert desk.history.undo()
    assert not desk.history.undo(), "two actions were stored"


def test_answers_are_compared_by_the_axes_that_are_left(desk: Desk) -> None:
    desk.verdicts.compare()
    desk.view.reply("A")
    assert dict(desk.view.judgement.ratings) == {"reasoning": "A"}
    desk.verdicts.pick("axes", "axis 0")
    desk.view.reply("tie")
    assert dict(desk.view.judgement.ratings) == {"reasoning": "tie"}


def test_a_reading_is_committed_only_when_it_is_complete(desk: Desk) -> None:
    desk.committing.commit()
    assert desk.view.asked[-1].questions[0].words.startswith("Verdict on answer A?")
    desk.view.reply("outside")
    title, words = desk.view.dialogs.pop()
    assert title == "Commit this reading?"
    assert "Outside my field:  yes" in words
    assert "Sentences" not in words, "no sentence was judged, and none must be"
    assert desk.committed == 1
    assert desk.session.reading is not None
    assert desk.session.reading.committed
    desk.committing.commit()
    assert desk.view.dialogs == []


def test_the_key_of_the_commit_asks_for_all_that_is_missing(desk: Desk) -> None:
    desk.committing.commit()
    questions = desk.view.asked[-1].questions
    names = [question.words.partition("   ")[2] for question in questions]
    assert names == [
        "(then: verdict on B, preference, reasoning)",
        "(then: preference, reasoning)",
        "(then: reasoning)",
        "(then the reading is committed)",
    ]
    desk.view.reply("correct", "incorrect", "A", "tie")
    assert desk.view.dialogs == [], "no confirmation: the reader has just answered"
    assert desk.committed == 1
    held = desk.view.judgement
    assert (dict(held.verdicts), held.preference, dict(held.ratings)) == (
        {"A": "correct", "B": "incorrect"},
        "A",
        {"reasoning": "tie"},
    )
    assert desk.session.reading is not None
    assert desk.session.reading.confirmed == ()


def test_an_inconsistency_is_asked_about_until_it_is_corrected_or_confirmed(desk: Desk) -> None:
    desk.mark(desk.view.texts["A"].text[:8])
    desk.judge_all()
    desk.verdicts.compare()
    desk.view.reply("A")
    desk.verdicts.give_on("B", "incorrect")
    desk.verdicts.prefer("B")
    desk.committing.commit()
    words = [question.words for question in desk.view.asked[-1].questions]
    assert words == [
        "You judged answer A correct, but it has 1 major annotation.",
        "You prefer answer B, but judged it incorrect and answer A correct.",
    ]
    desk.view.pane = "B"
    desk.view.reply("meant", "go")
    assert desk.committed == 0
    desk.committing.commit()
    (question,) = desk.view.asked[-1].questions
    assert question.words == words[1], "what is confirmed is not asked about again"
    desk.view.asked.clear()
    desk.verdicts.prefer("A")
    desk.committing.commit()
    assert desk.view.dialogs[-1][0] == "Commit this reading?", "nothing had to be asked"
    assert desk.session.reading is not None
    assert desk.session.reading.confirmed == ("correct, yet severe annotation",)


@pytest.mark.parametrize("protocol", [replace(PROTOCOL, consistency=False)])
def test_the_protocol_can_switch_the_check_off(desk: Desk) -> None:
    desk.mark(desk.view.texts["A"].text[:8])
    desk.judge_all()
    desk.verdicts.compare()
    desk.view.reply("A")
    desk.committing.commit()
    assert desk.view.asked == []
    assert desk.session.reading is not None
    assert desk.session.reading.committed
    assert desk.session.reading.confirmed is None


def test_the_commit_counts_the_sentences_of_a_reader_who_judged_some(desk: Desk) -> None:
    desk.view.pane = "A"
    desk.sentences.toggle()
    desk.sentences.judge("supported")
    desk.verdicts.toggle_outside_field()
    desk.committing.commit()
    left, right = (len(desk.view.texts[side].sentences) for side in ("A", "B"))
    assert f"Sentences not judged:  A {left - 1} of {left}, B {right} of {right}" in desk.view.dialogs[-1][1]


@pytest.mark.parametrize("protocol", [replace(PROTOCOL, sentences="required")])
def test_the_commit_counts_the_sentences_where_the_protocol_asks_for_them(desk: Desk) -> None:
    desk.verdicts.toggle_outside_field()
    desk.committing.commit()
    assert "Sentences not judged:  A " in desk.view.dialogs[-1][1]


def test_a_diagnosis_is_graded_after_the_commit(desk: Desk) -> None:
    desk.session.goto("c02")
    desk.view.open_case()
    desk.verdicts.toggle_outside_field()
    desk.committing.commit()
    desk.view.pane = "A"
    desk.verdicts.confirm_diagnosis(False)
    desk.view.reply(str(int(BondGrade.RELATED)))
    desk.view.pane = "B"
    desk.verdicts.confirm_diagnosis(True)
    assert dict(desk.view.judgement.grades) == {"A": BondGrade.RELATED, "B": BondGrade.EXACT}


class Cases(PlainView):
    """A view that goes from case to case, and chooses the last one from a list."""

    def __init__(self, session: ReadingSession) -> None:
        super().__init__(session)
        self.seen: list[str] = []

    def leave_case(self) -> None:
        self.seen.append("leave")

    def arrived(self) -> None:
        self.seen.append(self.session.case.id)

    def all_done(self) -> None:
        self.seen.append("done")

    def choose(
        self, title: str, items: Sequence[tuple[str, str]], current: str, then: Callable[[str | None], None]
    ) -> None:
        self.seen.append(f"{title}, {current} of {len(items)}")
        then(items[-1][0])


def test_the_reader_goes_from_case_to_case(desk: Desk) -> None:
    session = desk.session
    cases = Cases(session)

    def listed() -> CaseList:
        return CaseList("Cases", [(case_id, title) for case_id, title, _ in session.case_list()], session.place_id)

    navigation = CaseNavigation(session, cases, cases.saving, listed)
    ids = [case_id for case_id, _, _ in session.case_list()]
    navigation.step(-1)
    assert cases.told == ["This is the first case."]
    navigation.step(1)
    navigation.go_to(None)
    assert cases.seen == ["leave", "leave", ids[1]]
    navigation.choose()
    assert cases.seen[3:] == [f"Cases, {ids[1]} of {len(ids)}", "leave", ids[-1]]
    for case_id in ids:
        session.goto(case_id)
        session.judge(outside_field=True)
        session.commit()
    navigation.next_open()
    assert cases.seen[-2:] == ["leave", "done"]
    session.goto(ids[-1])
    navigation.step(1)
    assert cases.seen[-3:] == ["done", "leave", "done"]
    assert cases.told == ["This is the first case."]


def test_what_is_being_typed_is_saved_before_undo_and_commit(desk: Desk) -> None:
    cases = Cases(desk.session)
    assert not History(desk.session, cases, cases.saving, "nothing").undo()
    assert cases.seen == ["leave"]
    sentences = Sentences(desk.session, cases, desk.marking)
    criteria, verdicts = Criteria(desk.session, cases), Verdicts(desk.session, cases)
    Committing(desk.session, cases, sentences, criteria, verdicts, desk.note_commit).commit()
    assert cases.seen == ["leave", "leave"]
