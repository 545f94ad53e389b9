"""Exports and reports of large studies are made by several processors, and say the same."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from doubleread.domain.spans import Span
from doubleread.exports import identifiers, tables
from doubleread.exports import source as source_module
from doubleread.exports.columns import TABLES
from doubleread.exports.csv import ChangedCell, CsvTable, lines_of_page
from doubleread.exports.export import write_export
from doubleread.exports.identifiers import look, with_scanned_rows
from doubleread.exports.kept_rows import compressed, pages_of, records_of, unpacked
from doubleread.exports.pseudonyms import Pseudonyms
from doubleread.exports.selection import Selection
from doubleread.exports.source import ExportSource
from doubleread.parallel import Helpers
from doubleread.read_model.blinding import blinding_of
from doubleread.read_model.case_details import case_details
from doubleread.reports import page
from doubleread.reports.writing import report_of
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from exports.attested import ATTESTED


@pytest.fixture
def started(monkeypatch) -> list[Helpers]:
    """Let helper processes work from the beginning, as for a large study."""
    found: list[Helpers] = []
    start = Helpers.start

    def remember(helpers: Helpers) -> None:
        helpers._most = 1
        found.append(helpers)
        start(helpers)

    monkeypatch.setattr(Helpers, "start", remember)
    for module, name in ((identifiers, "_MANY_ROWS"), (tables, "_MANY_ROWS"), (page, "_MANY_CASES")):
        monkeypatch.setattr(module, name, 0)
    return found


def exported(study: StudyFile, format_name: str, folder: Path) -> tuple[list, dict[str, bytes]]:
    source = ExportSource(study, with_case_text=True)
    found = look(source)
    folder.mkdir()
    write_export(with_scanned_rows(source, found), format_name, folder, ATTESTED, found)
    return list(found.found), {path.name: path.read_bytes() for path in folder.glob(f"*.{format_name}")}


def html(study: StudyFile) -> str:
    shown = "".join(report_of(study, with_cases=True).pieces)
    return shown[shown.index('<section id="cases">') :]


@pytest.mark.parametrize("format_name", ["jsonl", "csv"])
def test_an_export_is_the_same_by_one_processor_and_by_several(full_study, tmp_path, request, format_name):
    session = ReadingSession(full_study, "R-03")
    session.goto("choice-1")
    session.mark("A", "answer", Span(0, 2), "fabrication", "major", note="Mrs. Campbell")
    session.leave()
    alone = exported(full_study, format_name, tmp_path / "alone")
    started = request.getfixturevalue("started")
    assert exported(full_study, format_name, tmp_path / "several") == alone
    assert len(started) == 2
    assert alone[0]
    assert len(alone[1][f"annotations.{format_name}"].splitlines()) > 10


def test_a_report_is_the_same_by_one_processor_and_by_several(full_study, request):
    alone = html(full_study)
    started = request.getfixturevalue("started")
    assert html(full_study) == alone
    assert len(started) == 1


def test_a_report_tells_how_many_cases_are_written(full_study):
    told: list[tuple[str, int, int]] = []
    made = report_of(full_study, with_cases=True, progress=lambda *step: told.append(step))
    assert not [what for what, *_ in told if what == "Writing cases"]
    list(made.pieces)
    cases = len(list(case_details(full_study, blinding_of(full_study))))
    assert told[-1] == ("Writing cases", 0, cases)


def test_long_rows_are_packed_in_small_pages():
    rows = [dict.fromkeys(TABLES["scores"], f"{number} " * 20_000) for number in range(120)]
    pages = list(pages_of(rows))
    assert [page.rows for page in pages] == [50, 50, 20]
    assert [row for page in pages for row in records_of("scores", compressed(unpacked(page.packed)))] == rows
    short = [dict.fromkeys(TABLES["scores"], number) for number in range(300)]
    assert [page.rows for page in pages_of(short)] == [50, 250]


def test_changed_cells_are_counted_through_all_pages():
    rows = [dict.fromkeys(TABLES["scores"], "=1" if number == 54 else "1") for number in range(60)]
    sheet, whole = io.StringIO(newline=""), io.StringIO(newline="")
    changed: list[ChangedCell] = []
    table = CsvTable(sheet, "scores", TABLES["scores"], changed.append)
    for one in pages_of(rows):
        table.add(*lines_of_page(("scores", one.packed)))
    assert {cell.row for cell in changed} == {55}
    assert {cell.table for cell in changed} == {"scores"}
    assert CsvTable(whole, "scores", TABLES["scores"]).write(rows) == table.rows == 60
    assert sheet.getvalue() == whole.getvalue()


@pytest.mark.parametrize("with_case_text", [True, False])
def test_annotations_become_the_same_rows_where_they_are_unpacked(full_study, with_case_text):
    source = ExportSource(full_study, with_case_text=with_case_text)
    pages = list(source.pages("annotations"))
    rows = [row for page in pages for row in records_of("annotations", page.packed)]
    assert rows == list(source.table("annotations"))
    assert sum(page.rows for page in pages) == len(rows)
    outside = [row for row in rows if row["place"] != "answer"]
    assert outside
    assert all((row["quote"] is not None) == with_case_text for row in outside)
    linked = [row for row in rows if row["passage_source"] is not None]
    assert linked
    assert all((row["passage_quote"] is not None) == with_case_text for row in linked)


def test_pages_of_annotations_are_small_and_whole(full_study, monkeypatch):
    whole = list(ExportSource(full_study).table("annotations"))
    monkeypatch.setattr(source_module, "_JUDGED_AT_ONCE", 1)
    pages = list(ExportSource(full_study).pages("annotations"))
    assert len(pages) > 2
    assert [row for page in pages for row in records_of("annotations", page.packed)] == whole


@pytest.mark.parametrize(
    "changed", [{"selection": Selection(readers=frozenset({"R-01"}))}, {"pseudonyms": Pseudonyms({"R-01": "P-09"})}]
)
def test_pages_have_the_selected_annotations_and_the_new_pseudonyms(full_study, changed):
    source = ExportSource(full_study, **changed)
    rows = [row for page in source.pages("annotations") for row in records_of("annotations", page.packed)]
    assert rows == list(source.table("annotations"))
    assert rows != list(ExportSource(full_study).table("annotations"))


def test_pages_of_a_blind_study_name_no_arm(blind_study):
    source = ExportSource(blind_study)
    rows = [row for page in source.pages("annotations") for row in records_of("annotations", page.packed)]
    assert rows == list(source.table("annotations"))
    assert {row["arm_name"] for row in rows}.isdisjoint(arm.name for arm in blind_study.arms())
