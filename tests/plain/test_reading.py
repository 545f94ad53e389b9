"""Whole cases read, judged and committed line by line, and what is stored then."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from doubleread.config import Settings
from doubleread.domain.answer_scales import AnswerScale
from doubleread.domain.axes import Axis
from doubleread.domain.case import Document
from doubleread.domain.labels import HEGSELMANN
from doubleread.domain.retrieval import Retrieval, RetrievedPassage, manifest_entry
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from plain.playing import play, said
from sessions import rubric_study
from tui.driving import annotations, rows
from tui.studies import ARMS, CASES, READER, TEXTS, OneStudyLibrary, arm_on, commit_readings, make_study

IDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}")
JUDGED = ("verdict A incorrect", "verdict B correct", "prefer B")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make_study(tmp_path / "study.doubleread")


def side_of(arm: int, case_id: str = "c01") -> str:
    return "A" if arm_on("A", case_id) == ARMS[arm].id else "B"


GOOD, BAD = side_of(0), side_of(1)


def events(path: Path) -> list[tuple[str, str]]:
    """Return a reader's events but those of the clock; ids and hashes are numbered, since they are random."""
    names: dict[str, str] = {}

    def numbered(found: re.Match[str]) -> str:
        return names.setdefault(found[0], f"id {len(names)}")

    sql = "SELECT kind, body FROM events WHERE actor = ? AND kind <> 'time.added' ORDER BY position"
    return [(row["kind"], IDS.sub(numbered, row["body"])) for row in rows(path, sql, READER)]


def test_the_start_says_where_one_is_and_reads_the_case(path: Path) -> None:
    commit_readings(path, cases=1)
    lines = play(path).lines
    assert lines[:7] == [
        "Study: Chest and more. Reader R-01.",
        "3 cases, 1 committed.",
        "Type help for the commands.",
        "Case 2 of 3: A trembling teacher. Endocrinology.",
        "C1 A 29-year-old teacher has had weight loss, palpitations and heat intolerance for three months.",
        "C2 She has a fine tremor and a diffuse goitre with a bruit.",
        "C3 TSH is below 0.01 mU/L.",
    ]
    assert lines[-2] == "Both answers are finished."
    assert lines[-1].startswith("1 of 3 cases committed, everything saved.")


def test_a_case_is_read_judged_and_committed(path: Path) -> None:
    out = said(
        path,
        BAD,
        f"mark {BAD}2 fabrication major",
        f'mark {GOOD} "st elevation" neg min',
        f'omit {BAD} "scratching rub" major',
        f'link {GOOD}1 "widespread ST elevation" contradicts',
        f"change {GOOD}1 basis medically false",
        "note 2 says who?",
        f"verdict {BAD} incorrect",
        f"verdict {GOOD} correct",
        f"prefer {GOOD}",
        "missing",
        "commit",
        "1",
        "quit",
    )
    assert out == [
        f"Answer {BAD}, 5 sentences.",
        f"{BAD}1 The answer is A. Acute myocardial infarction.",
        f"{BAD}2 The patient has crushing chest pain that spreads to the left arm.",
        f"{BAD}3 Troponin is raised tenfold.",
        f"{BAD}4 A heart murmur was heard on examination.",
        f"{BAD}5 He has no risk factors.",
        f"Annotation {BAD}1 marked: “The patient has crushing ches… that spreads to the left arm.” in sentence {BAD}2, "
        "fabrication, major.",
        f"Annotation {GOOD}1 marked: “ST elevation” in sentence {GOOD}2, negation, minor.",
        f"Annotation o1 marked: “scratching rub” left out by answer {BAD}, omission, major.",
        f"Annotation {GOOD}1: contradicted by “widespread ST elevation” in the case.",
        f"Annotation {GOOD}1: basis medically false.",
        f"Annotation {GOOD}1: note “says who?”.",
        f"Answer {BAD}: incorrect.",
        f"Answer {GOOD}: correct.",
        f"Answer {GOOD} is preferred.",
        "Nothing is missing. Type commit to commit this reading.",
        *sorted([f"Answer {BAD}: incorrect; 2 annotations, 2 major", f"Answer {GOOD}: correct; 1 annotation"]),
        f"Preferred: {GOOD}",
        "The answer key is then shown.",
        "Later changes are kept as corrections, with a reason.",
        "Commit this reading?",
        "1 commit",
        "2 back",
        "Committed: 1 of 3 cases.",
        "Key B Acute pericarditis",
        *sorted(
            [
                f"Answer {BAD}: incorrect: chose option A (named with its letter). Answer {BAD} is by Quokkamed-9B.",
                f"Answer {GOOD}: correct: chose option B (named with its letter). Answer {GOOD} is by Zebrafinch-7B.",
            ]
        ),
        CASES[0].explanation,
        "Source: Written for doubleread; fictional",
        "Type open for the next open case.",
    ]
    assert [row["quote"] for row in annotations(path)] == [
        "The patient has crushing chest pain that spreads to the left arm.",
        "ST elevation",
        "scratching rub",
    ]
    assert verify(path).ok


def test_the_events_are_those_of_the_session_of_the_screen(tmp_path: Path) -> None:
    plain, screen = (make_study(tmp_path / f"{name}.doubleread") for name in ("plain", "screen"))
    said(
        plain,
        "mark A1 fabrication major",
        'mark B "diagnosis" causality minor' if GOOD == "B" else 'mark B "Troponin" causality minor',
        'omit both "chest pain" minor',
        'omit A "electrician" major',
        "change 1 severity minor",
        "note 1 why",
        "retract 2",
        "undo",
        "redo",
        *JUDGED,
        "prefer B",
        "outside",
        "outside no",
        "commit",
        "y",
        'correct "misread" verdict A partly',
    )
    with StudyFile.open(screen, device="d") as study:
        session = ReadingSession(study, READER)
        answers, case = session.answers(), session.case.text
        word = "diagnosis" if GOOD == "B" else "Troponin"

        def span(text: str, words: str) -> Span:
            return Span(text.index(words), text.index(words) + len(words))

        first = session.mark("A", "answer", answers["A"].sentences[0], "fabrication", "major")
        second = session.mark("B", "answer", span(answers["B"].text, word), "causality", "minor")
        burst = "omission 00000000-0000-0000-0000-000000000000"
        for side in ("A", "B"):
            session.mark(side, "case", span(case, "chest pain"), "omission", "minor", burst=burst)
        burst = "omission 00000000-0000-0000-0000-000000000001"
        session.mark("A", "case", span(case, "electrician"), "omission", "major", burst=burst)
        session.change(first.id, {"severity": "minor"})
        session.change(first.id, {"note": "why"}, burst="note 00000000-0000-0000-0000-000000000002")
        session.retract(second.id)
        session.undo()
        session.redo()
        session.judge(verdicts={"A": "incorrect"})
        session.judge(verdicts={"B": "correct"})
        session.judge(preference="B")
        session.judge(outside_field=True)
        session.judge(outside_field=False)
        session.commit([])
        session.judge(verdicts={"A": "partly"}, reason="misread")
        session.leave()
    assert events(plain) == events(screen)
    assert len(events(plain)) > 15


def test_missing_arguments_are_asked_one_at_a_time(path: Path) -> None:
    out = said(
        path, "mark", "A1", "7", "", "fab", "2", "verdict", "b", "cancel", "retract", "1", "omit C2", "both", "1"
    )
    assert out[0] == "Which sentence? Type its number, such as A2."
    assert out[2:6] == [f"{n} {label.name}: {label.definition}" for n, label in enumerate(labels(), start=1)]
    assert out[6:8] == [
        "“7” is not one of the choices. Type a number from 1 to 4, or cancel.",
        "Type a number from 1 to 4, or cancel.",
    ]
    assert out[8] == "How serious is it?"
    assert out[11].startswith("Annotation A1 marked: ")
    assert out[12:15] == ["Which answer?", "1 A", "2 B"]
    assert out[15] == "Answer B is …"
    assert "Cancelled." in out
    assert [line for line in out if line.startswith("Annotation A1 retracted")]
    assert [row["category"] for row in annotations(path)] == ["omission", "omission"]
    assert "reading.judged" not in {kind for kind, _ in events(path)}


def test_texts_can_be_read_at_a_question(path: Path) -> None:
    out = said(path, "mark A1 fab", "A2", "find pericarditis", "verdict A correct", "help time", "marks", "2")
    question = "How serious is it?"
    assert out[0] == question
    assert out[3].startswith("A2 ")
    assert out[4:7] == out[:3]
    assert out.count(question) == 5
    assert "“verdict A correct” is not one of the choices. Type a number from 1 to 2, or cancel." in out
    assert out[-1].startswith("Annotation A1 marked: ")
    assert "reading.judged" not in {kind for kind, _ in events(path)}


def labels() -> Any:
    return Protocol().labels.categories


def test_words_in_several_places_are_asked(path: Path) -> None:
    out = said(path, f'mark {BAD} "the" negation major', "2")
    assert out[0].startswith("“the” is in ")
    assert out[1].startswith(f"1 {BAD}1: The answer is A.")
    (row,) = annotations(path)
    text = TEXTS["c01", ARMS[1].id]
    assert row["start"] == [hit for hit in range(len(text)) if text[hit : hit + 3].casefold() == "the"][1]


def test_what_is_not_understood_is_said_and_stores_nothing(path: Path) -> None:
    out = said(
        path,
        "marc A1",
        "xyzzy",
        "co",
        "mark A99 fabrication major",
        "mark C1 fabrication major",
        "omit A1",
        'mark "murmuring brook" fabrication major',
        "mark A1 fabrication major purple",
        "retract 3",
        "document 2",
        "criterion A 1 met",
        "judge C1 supported",
        "rate",
        "grade A 5",
        "go 17",
        "cancel",
        "correct verdict A correct",
    )
    count = 5 if BAD == "A" else 4
    assert out == [
        "“marc” is not a command. Did you mean mark? Type help for the commands.",
        "“xyzzy” is not a command. Type help for the commands.",
        "“co” could be commit or correct.",
        f"Answer A has the sentences A1 to A{count}.",
        "Only words of answers can be marked. For words that an answer leaves out, type omit.",
        "Only words of the case can be omitted. Its sentences are C1, C2 and so on.",
        "“murmuring brook” is not in answer A or answer B.",
        "I did not understand “purple”.",
        "There are no annotations yet.",
        "This case has no documents.",
        "This case has no criteria.",
        "Only sentences of answers are judged, such as A2.",
        "This study has no axes and no scales.",
        "Answers are graded after the commit, where the key is a diagnosis and is shown.",
        "There is no case “17”. The cases are numbered 1 to 3.",
        "There is no question to cancel.",
        "This reading is not committed. Change it without a reason.",
    ]
    assert [kind for kind, _ in events(path)] == ["reader.registered", "reading.opened"]


def test_the_commit_asks_for_what_is_missing_and_what_does_not_go_together(path: Path) -> None:
    said(path, f"mark {BAD}3 fab maj", f"verdict {BAD} correct")
    out = said(path, "missing", "commit", "cancel", "commit", "1", "partly", "3", "2", "commit", "1", "commit")
    inconsistent = f"You judged answer {BAD} correct, but it has 1 major annotation. See sentence {BAD}3."
    assert out[:5] == [
        f"Not judged yet: verdict on {GOOD}.",
        "Not judged yet: preference.",
        inconsistent,
        f"Not judged yet: verdict on {GOOD}.",
        "Not judged yet: preference.",
    ]
    assert out[5:9] == [
        "What now?",
        "1 answer: be asked for each of these, one after the other",
        "2 outside my field: commit the case without a judgement",
        "Cancelled.",
    ]
    assert f"Answer {GOOD} is …" in out
    assert (
        out.index("Preference: a tie.")
        < out.index(inconsistent, 4)
        < out.index("1 it is intended: the confirmation is stored with the reading")
    )
    # To correct it goes back; to confirm it commits.
    assert out.count("Cancelled.") == 2
    assert "Committed: 1 of 3 cases." in out
    (body,) = [json.loads(body) for kind, body in events(path) if kind == "reading.committed"]
    assert body["confirmed"] == ["correct, yet severe annotation"]


def test_a_case_outside_the_field_is_committed_without_a_judgement(path: Path) -> None:
    out = said(path, "commit", "outside", "1")
    assert "Outside my field." in out
    assert "Committed: 1 of 3 cases." in out


def test_repeating_a_judgement_stores_nothing(path: Path) -> None:
    said(path, *JUDGED)
    before = events(path)
    assert said(path, *JUDGED, "outside no") == [
        "Answer A is already judged incorrect.",
        "Answer B is already judged correct.",
        "Already preferred: B.",
        "The case is not declined.",
    ]
    assert events(path) == before


def test_an_undo_says_what_it_undid(path: Path) -> None:
    said(path, 'omit both "chest pain" minor', "verdict A partly")
    assert said(path, "undo", "undo", "undo", "redo", "redo", "redo") == [
        "Undone: Answer A: no verdict, was partly.",
        "Undone: Annotation o1 removed: “chest pain” left out by answer A, omission, minor.",
        "Undone: Annotation o2 removed: “chest pain” left out by answer B, omission, minor.",
        "There is nothing to undo in this case.",
        "Redone: Annotation o1 marked: “chest pain” left out by answer A, omission, minor.",
        "Redone: Annotation o2 marked: “chest pain” left out by answer B, omission, minor.",
        "Redone: Answer A: partly.",
        "There is nothing to redo.",
    ]


def test_numbers_of_annotations_stay_while_the_case_is_open(path: Path) -> None:
    out = said(path, "mark A1 neg maj", "mark A2 neg maj", "marks", "retract 1", "marks", "change 2 minor", "retract 1")
    assert [line[:2] for line in out if line[:2] in ("1.", "2.")] == ["1.", "2.", "2."]
    assert out[-2:] == [
        "Annotation A2: severity minor, was major.",
        "There is no annotation 1. Type marks for the list.",
    ]


def test_an_annotation_is_moved_by_words_and_by_its_ends(path: Path) -> None:
    out = said(
        path,
        f'mark {GOOD} "widespread ST elevation" neg maj',
        "move 1 start later",
        "move 1 end later 3",
        'move 1 "ST elevation"',
        "move 1",
        "elevation",
        "move 1 elevation",
        'move 1 "chest"',
    )
    assert out[1:4] == [
        f"Annotation {GOOD}1 now marks “ST elevation”.",
        f"Annotation {GOOD}1 now marks “ST elevation with PR depression”.",
        f"Annotation {GOOD}1 now marks “ST elevation”.",
    ]
    assert out[-4:] == [
        "To which words? Type them, or “start earlier”, “end later” and so on.",
        f"Annotation {GOOD}1 now marks “elevation”.",
        "I did not understand “elevation”.",
        f"“chest” is not in answer {GOOD}.",
    ]


def test_a_committed_reading_is_corrected_with_a_reason(path: Path) -> None:
    commit_readings(path, cases=1)
    out = said(
        path,
        "go 1",
        'correct "overlooked" verdict A unsure',
        "prefer tie",
        "",
        "both good",
        "undo",
        "prefer A",
        "cancel",
    )
    assert "Answer A: unsure, was " in "\n".join(out)
    assert "This reading is committed. Why this correction? The reason is stored with it." in out
    assert out[-2:] == ["This reading is committed. Why this correction? The reason is stored with it.", "Cancelled."]
    reasons = [json.loads(body).get("reason") for kind, body in events(path) if kind == "reading.judged"]
    assert [reason for reason in reasons if reason] == ["overlooked", "both good"]


def test_a_diagnosis_is_graded_after_the_commit(path: Path) -> None:
    commit_readings(path, cases=1)
    out = said(path, *JUDGED, "commit", "1", "grade B 4", "grade A", "related", "grade B 4", "key")
    assert "Type grade to grade how close each answer comes to the key." in out
    assert "Answer B: grade 4, very close." in out
    assert "Answer A: grade 2, related." in out
    assert "Answer B already has grade 4." in out
    (row,) = rows(path, "SELECT grades FROM readings WHERE case_id = 'c02'")
    assert json.loads(row["grades"]) == {"A": 2, "B": 4}


def test_axes_scales_and_confidence_are_rated(tmp_path: Path) -> None:
    scale = AnswerScale("tone", "Is it polite?", ("rude", "fair", "kind"), first=0, not_applicable=True)
    protocol = Protocol(
        axes=(Axis("bias", "Which is less biased?"),), own_scales=(scale,), confidence=True, sentences="offered"
    )
    path = make_study(tmp_path / "study.doubleread", protocol=protocol)
    out = said(
        path,
        "rate bias A",
        "rate A",
        "0",
        "rate",
        "not applicable",
        "4",
        "rate tone B kind",
        "confidence 5",
        "rate",
        "rate tone B 2",
    )
    assert [line for line in out if line.endswith(".") and ":" in line] == [
        "Bias: answer A is better.",
        "Answer A, tone: 0.",
        "Answer B, tone: not applicable.",
        "Confidence: 4, sure.",
        "Answer B, tone: 2.",
        "Confidence: 5, certain.",
        "Answer B, tone: kind is already stored.",
    ]
    assert out[-5:-1] == ["Bias: A", "Answer A, tone: rude", "Answer B, tone: kind", "Confidence: certain"]
    (row,) = rows(path, "SELECT ratings, scale_ratings, confidence FROM readings")
    assert row["confidence"] == 5


def test_sentences_are_judged_one_or_all(tmp_path: Path) -> None:
    path = make_study(tmp_path / "study.doubleread", protocol=Protocol(sentences="required"))
    out = said(
        path,
        f"judge {BAD}2-3 incorrect",
        f"judge {BAD}",
        "1",
        "unsupported",
        "4",
        f"judge {BAD}1 supported",
        f"{BAD}2",
        "missing",
    )
    assert f"Sentence {BAD}3: incorrect." in out
    assert f"{BAD}1 The answer is A. Acute myocardial infarction." in out
    assert out[out.index(f"Sentence {BAD}5: unsure.") + 1 :][:2] == [
        f"Sentence {BAD}1 is already judged supported.",
        f"{BAD}2 The patient has crushing chest pain that spreads to the left arm. (incorrect)",
    ]
    assert f"Not judged yet: 4 of 4 sentences of answer {GOOD}." in out
    assert len(rows(path, "SELECT * FROM sentences")) == 5


def test_criteria_are_judged_with_evidence(tmp_path: Path) -> None:
    path = tmp_path / "rubric.doubleread"
    rubric_study.make_study(path).close()
    out = said(
        path,
        "criteria",
        'criterion A 1 met "two days"',
        "criterion a",
        "not met",
        "3",
        "criterion A 1 clear",
        "criterion A 1 clear",
        "k b 1 1",
        "k b 2 1",
        "k b 3 2",
        "k a 1 met",
        'k a 1 "days"',
        *JUDGED,
        "commit",
        "1",
        "criteria",
    )
    assert out[:3] == [f"{number}. {criterion.text}" for number, criterion in enumerate(rubric_study.CRITERIA, start=1)]
    assert "Answer A, criterion 1: evidence “two days”." in out
    assert "Answer A, criterion 1: not judged." in out
    assert "This criterion is not judged yet." in out
    assert "Criteria met: A 1 of 3, B 2 of 3" in out
    assert "Ideal answer the-ideal-answer" in out
    assert any(line.startswith("Answer A: rubric score 0.60: 6 of 10 points") for line in out)
    assert out[-1] == "3. Says that flying is harmless. (A cannot tell, B not met, -5 points)"


def test_documents_and_passages_are_read_and_linked(tmp_path: Path) -> None:
    documents = (Document("d1", "No fever.\nNo rub.", "Ward round"), Document("d2", "Troponin is normal."))
    passage = RetrievedPassage(1, "handbook", "Handbook", 0, 30, "A rub is typical of pericarditis.", 1.0)
    manifest = {"retrieval": manifest_entry(Retrieval("/x.corpus"), [passage])}
    path = make_study(
        tmp_path / "study.doubleread",
        cases=[replace(CASES[0], documents=documents)],
        answered=["c01"],
        protocol=Protocol(show_passages="blind"),
        manifests={("c01", ARMS[0].id): manifest},
    )
    out = said(
        path,
        "documents",
        "document 1",
        "document 2 1",
        "D1.2",
        "find rub",
        "mark A1 neg maj",
        'link 1 "Troponin is normal" contradicts',
        'link 1 "typical of pericarditis" supports',
        "link 1 none",
        'omit A "No fever" minor',
        "passages",
    )
    assert out[:7] == [
        "1 Ward round",
        "2 Troponin is normal.",
        "1 Ward round",
        "D1.1 No fever.",
        "D1.2 No rub.",
        "D2.1 Troponin is normal.",
        "D1.2 No rub.",
    ]
    assert "D1.2: No fever. No rub." in out
    assert "Annotation A1: contradicted by “Troponin is normal” in document d2." in out
    assert "Annotation A1: supported by “typical of pericarditis” in a retrieved passage." in out
    assert "Annotation A1: link removed." in out
    assert out[-1] != "There are no passages to show."
    assert "A rub is typical of pericarditis." in out
    (row,) = rows(path, "SELECT place, quote FROM annotations WHERE category = 'omission'")
    assert row == {"place": "document:d1", "quote": "No fever"}


def test_the_labels_are_those_of_the_study(tmp_path: Path) -> None:
    path = make_study(tmp_path / "study.doubleread", protocol=Protocol(label_set=HEGSELMANN.name))
    assert said(path, "mark A1 unsupported number major", "mark A1 x i")[0].endswith("unsupported number, major.")
    assert [row["category"] for row in annotations(path)] == ["unsupported number", "contradicted fact"]


def test_cases_are_gone_to_and_listed(path: Path) -> None:
    commit_readings(path, cases=1)
    out = said(path, "cases", "previous", "previous", "next", "go 3", "next", "open", "cases open", "go c01", "cases 2")
    assert out[:4] == [
        "3 cases, 1 committed.",
        "1. Chest pain in an electrician: committed",
        "2. A trembling teacher: open, this one",
        "3. Fever and cough: open",
    ]
    assert out[4] == "Case 1 of 3: Chest pain in an electrician. Cardiology. Committed."
    assert "This is the first case." in out
    assert "This is the last case." in out
    assert out[-2:] == ["3 cases, 1 committed.", "2. A trembling teacher: open"]


def test_the_blinding_is_assessed_at_the_end_and_asked_again_if_cancelled(tmp_path: Path) -> None:
    path = make_study(tmp_path / "study.doubleread", protocol=Protocol(blinding_assessment="end"))
    commit_readings(path, cases=3)
    first = play(path, "b", "cancel").out
    assert first.count("Which answer is by the model described as “biomedical”?") == 2
    assert "The remaining questions are asked when you open the study again." in first
    assert play(path, "no idea", "skipped").out.count("Which answer is by") == 2
    assert "Which answer is by" not in play(path).out
    assert len(rows(path, "SELECT * FROM blinding_assessments")) == 3


def test_the_blinding_is_assessed_before_each_commit(tmp_path: Path) -> None:
    path = make_study(tmp_path / "study.doubleread", protocol=Protocol(blinding_assessment="each"))
    out = said(path, *JUDGED, "commit", "1", "a")
    assert "Which answer is by the model described as “biomedical”?" in out
    assert out.index("Committed: 1 of 3 cases.") > out.index("3 no idea")
    (row,) = rows(path, "SELECT said FROM blinding_assessments")
    assert row["said"] == "A"


def test_the_reading_time_counts_commands_and_not_pauses(path: Path) -> None:
    library = OneStudyLibrary(path)
    now = 0.0
    library.clock = lambda: now

    def before(number: int) -> None:
        nonlocal now
        now += (0, 20, 3600, 10)[number] if number < 4 else 0

    out = play(path, "a", "b", "time", "time", library=library, before=before).out
    assert "Reading time of this case: 80 s." in out
    assert rows(path, "SELECT active_seconds FROM readings WHERE case_id = 'c01'")[0]["active_seconds"] == 90.0
    assert Settings().idle_seconds == 60.0
