"""While a reader has cases left, nothing tells which answer was given passages of a corpus, or too short a context."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Invoke
from cli.conftest import invoke as invoke
from doubleread.domain.arm import Arm
from doubleread.domain.blinding import SIDES
from doubleread.domain.drafts import Trouble
from doubleread.domain.retrieval import Retrieval, RetrievedPassage, manifest_entry
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol, ShowPassages
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.sessions.blind import without_names
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from outline_rows import section_of
from tui.studies import arm_on, make_study

TEXT = "Pericarditis causes a rub."
GIVEN = RetrievedPassage(1, "heart.pdf", "The heart", 0, len(TEXT), TEXT, 1.0)
ENTRY = {
    "retrieval": manifest_entry(Retrieval("/c/heart.corpus", name="heart", corpus_sha256="c" * 64), [GIVEN]),
    "documents": {"order": ["d"], "left_out": ["d"], "counted": "tokenizer"},
}
READERS = ("R-01", "R-02")


def linked(path: Path, show: ShowPassages = "blind") -> Path:
    """Both readers linked words of one answer to its passage, R-01 more words; both have cases left."""
    given = arm_on("A")
    protocol = Protocol(title="Chest and more", show_passages=show, order="study")
    make_study(path, protocol=protocol, manifests={("c01", given): ENTRY, ("c02", given): ENTRY})
    for number, reader_id in enumerate(READERS):
        with StudyFile.open(path, device="d") as study:
            session = ReadingSession(study, reader_id)
            assert session.reading is not None
            side = session.reading.side_of(f"c01/{given}")
            for start in (0, 20):
                marked = session.mark(side, "answer", Span(start, start + 10 - number), "fabrication", "minor")
                session.link(marked.id, Span(0, 12), "supports", source=GIVEN.source, text=TEXT)
                number = 0
            session.judge(verdicts=dict.fromkeys(SIDES, "correct"), preference="tie")
            session.commit()
            session.leave()
    with StudyFile.open(path, device="d") as study:
        study.readers.register("S-01")
        study.readers.describe("S-01", "adjudicator", "")
    return path


def retrieved(told: Any) -> bool:
    return "retrieved" in json.dumps(told, default=str)


def adjudicator_sees(path: Path) -> list[Any]:
    with StudyFile.open(path, device="d") as study:
        session = AdjudicationSession(study, "S-01")
        assert session.differences
        assert session.resolution().annotations
        return [*map(asdict, session.differences), *map(asdict, session.resolution().annotations)]


@pytest.mark.parametrize(("show", "seen"), [("after", False), ("never", False), ("blind", True)])
def test_an_adjudicator_sees_links_to_passages_only_where_readers_see_passages(
    tmp_path: Path, show: ShowPassages, seen: bool
) -> None:
    assert retrieved(adjudicator_sees(linked(tmp_path / "s.doubleread", show))) is seen


def test_the_log_and_the_report_tell_no_retrieved_passage(tmp_path: Path, invoke: Invoke) -> None:
    path, page = linked(tmp_path / "s.doubleread"), tmp_path / "report.html"
    assert invoke("report", path, "--out", page).code == 0
    told = [invoke("log", path).out, invoke("log", path, "--json").out, page.read_text(encoding="utf-8")]
    assert "supported by a passage" in told[0]
    assert not retrieved(told)
    named = tmp_path / "named.html"
    assert invoke("report", path, "--out", named, "--unblind", "test").code == 0
    assert retrieved(named.read_text(encoding="utf-8"))


def test_results_by_arm_of_what_the_arms_were_given_wait_until_arms_are_named(tmp_path: Path, invoke: Invoke) -> None:
    path = linked(tmp_path / "s.doubleread")
    found = invoke("results", path, "--json").json
    assert not {"retrieval", "documents"} & {section["key"] for section in found["sections"]}
    assert "assage" not in invoke("results", path).out
    found = invoke("results", path, "--json", "--unblind", "test").json
    assert section_of(found, "retrieval")
    assert section_of(found, "documents")


def test_a_reader_does_not_learn_by_a_failure_which_side_is_given_passages() -> None:
    given = Arm("2", "Zebra", retrieval=Retrieval("/c/heart.corpus"))
    trouble = Trouble("Corpus damaged", "a passage is missing", "build it again")
    told = without_names(trouble, (Arm("1", "Quokka"), given))
    assert "orpus" not in f"{told.title} {told.happened} {told.remedy}"
    assert without_names(trouble, (given, given)).title == "Corpus damaged"
