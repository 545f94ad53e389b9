"""No training is in results, reports, exports, deposits, worklists or progress, but in the section about it."""

from __future__ import annotations

import json

import pytest

from doubleread.deposit.deposit import deposit
from doubleread.domain.background import Background
from doubleread.exports.export import export_study
from doubleread.exports.formats import EXPORTERS
from doubleread.read_model.blinding import blinding_of, unblind
from doubleread.read_model.case_details import case_details
from doubleread.read_model.case_search import CaseBrowser, CaseFilter
from doubleread.read_model.readers import registered_readers
from doubleread.reports.page import report_page
from doubleread.reports.results_table import results_tables
from doubleread.results import results
from doubleread.results.record import results_record
from doubleread.results.study_methods import study_methods
from doubleread.sessions.adjudicable import adjudicable_case_ids
from doubleread.sessions.study_overview import study_overview
from doubleread.store import StudyFile
from exports.attested import ATTESTED
from exports.everything import texts_of
from training_study import CANARY, judge, make_training_study, open_session, train

READERS = ("R-01", "R-02")
SPECIALTY = "backgroundcanary"


def _read(study: StudyFile, reader_id: str, *, trained: bool) -> None:
    if trained:
        train(study, reader_id, wrong=["t0"])
        study.state_background(reader_id, Background(SPECIALTY, "nurse", 5))
    session = open_session(study, reader_id)
    while True:
        if session.case.id.startswith("t"):
            judge(session, well=False)
        else:
            session.judge(verdicts={"A": "correct", "B": "incorrect"}, preference="tie")
            session.commit()
        if not session.next_open():
            break
    session.leave()


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    """The same study, with training and without."""
    folder = tmp_path_factory.mktemp("training")
    with (
        make_training_study(folder / "with.doubleread") as trained,
        make_training_study(folder / "without.doubleread", plan=None, training=0) as plain,
    ):
        for study, with_training in ((trained, True), (plain, False)):
            for reader_id in READERS:
                _read(study, reader_id, trained=with_training)
            unblind(study, "lead", "to see all")
        yield trained, plain


def test_the_tables_have_no_row_of_it(studies):
    for study in studies:
        counts = {
            table: study.connection.rows(f"SELECT count(*) FROM {table}")[0][0]
            for table in ("cases", "answers", "readings", "annotations", "readers")
        }
        assert counts == {"cases": 4, "answers": 8, "readings": 8, "annotations": 0, "readers": 2}


@pytest.mark.parametrize("with_case_text", [False, True])
@pytest.mark.parametrize("format_name", EXPORTERS)
def test_no_export_has_it(studies, tmp_path, format_name, with_case_text):
    if EXPORTERS[format_name].needs_case_text and not with_case_text:
        return
    attestation = ATTESTED if with_case_text else None
    export_study(studies[0], format_name, tmp_path / "out", with_case_text=with_case_text, attestation=attestation)
    told = "\n".join(text for _, text in texts_of(tmp_path / "out"))
    assert CANARY not in told
    assert SPECIALTY not in told


def test_a_deposit_has_none_of_its_texts(studies, tmp_path):
    done = deposit(studies[0], tmp_path / "out", with_case_text=True, attestation=ATTESTED)
    assert done.identifying == "", "both readers have the same background"
    assert CANARY not in "\n".join(text for _, text in texts_of(tmp_path / "out"))


def test_a_deposit_says_which_background_may_identify_a_person(tmp_path):
    with make_training_study(tmp_path / "s.doubleread", plan=None) as study:
        _read(study, "R-01", trained=False)
        study.state_background("R-01", Background(SPECIALTY))
        done = deposit(study, tmp_path / "out")
    assert f"Of these, {SPECIALTY} belongs to a single assessor" in done.identifying
    assert done.identifying in (tmp_path / "out" / "methods.md").read_text(encoding="utf-8").replace("\n", " ")


def test_results_are_those_without_training_but_for_its_section(studies):
    trained, plain = (results_record(results(study)) for study in studies)
    assert CANARY not in json.dumps(trained)
    with_it = {section["key"]: section for section in trained["sections"]}
    without = {section["key"]: section for section in plain["sections"]}
    assert with_it.keys() - without.keys() == {"training"}
    for key, section in without.items():
        if key != "readers":
            assert with_it[key] == section
    assert [row["committed"] for row in with_it["readers"]["rows"]] == [{"count": 4}, {"count": 4}]
    assert trained["still_reading"] == plain["still_reading"] == {}


def test_the_report_states_the_training_and_shows_nothing_of_it(studies):
    for study, trained in zip(studies, (True, False), strict=True):
        found = results(study)
        methods = study_methods(study, found)
        page = "".join(report_page(found, methods, case_details(study, blinding_of(study)), "2026-03-09T12:00:00.000Z"))
        tables = str(results_tables(found))
        assert CANARY not in page + tables
        assert ("Readers and training" in page) is ("Readers and training" in tables) is trained


def test_worklists_and_progress_count_the_study_alone(studies):
    for study in studies:
        assert [(one.cases, one.committed) for one in registered_readers(study)] == [(4, 4), (4, 4)]
        overview = study_overview(study)
        assert (overview.committed, overview.open_readings, overview.to_adjudicate) == (8, 0, 4)
        assert {(one.done, one.left) for one in overview.readers} == {(5 if study is studies[0] else 4, 0)}
        assert sorted(adjudicable_case_ids(study, "")) == study.case_ids()
        assert all(len(study.compared_readings(case_id)) == 2 for case_id in study.case_ids())


def test_the_browser_of_cases_does_not_list_it(studies):
    browser = CaseBrowser(studies[0])
    assert [case.id for case in browser.cases] == studies[0].case_ids()
    assert browser.find(CaseFilter(text=CANARY)) == []
