"""The card of a Hugging Face folder states what the study records, counted, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from doubleread.domain.study import Protocol
from doubleread.exports.export import export_study
from doubleread.exports.licences import Licences
from doubleread.exports.markdown import plain
from doubleread.exports.pseudonyms import Pseudonyms
from doubleread.exports.selection import Selection
from doubleread.imports.offsets import CODE_POINTS
from doubleread.runs.importing_annotations import AnnotationImport, import_annotations
from doubleread.store import StudyFile
from exports.attested import ATTESTED
from exports.full_study import SECRET
from sessions.making import ARMS, DEVICE, choice_case


def card_of(study: StudyFile, folder: Path, *, with_case_text: bool = False, **options) -> tuple[dict, str]:
    out = folder / "card"
    export_study(study, "huggingface", out, with_case_text=with_case_text, attestation=ATTESTED, **options)
    _, front, body = (out / "README.md").read_text("utf-8").split("---\n", 2)
    return yaml.safe_load(front), body


def section(body: str, title: str) -> str:
    return body.partition(f"## {title}\n\n")[2].partition("\n## ")[0]


def test_it_counts_what_the_export_contains(full_study, tmp_path):
    front, body = card_of(full_study, tmp_path)
    assert front["pretty_name"] == "Everything | =exported"
    assert (front["license"], front["license_name"]) == ("other", "several")
    assert front["size_categories"] == ["n<1K"]
    assert "language" not in front
    assert body.startswith("\n# Everything \\| =exported\n\nJudgements of 2 readers on 24 answers of two arms to 6 ")
    assert "12 committed readings, 39 annotations." in body
    assert "| `annotations` | 51 |" in section(body, "Contents")
    assert "| fabrication | 0 | 24 | 24 |" in section(body, "Annotations")
    assert "| omission | 12 | 2 | 14 |" in section(body, "Annotations")
    assert "12 of them" in section(body, "Annotations")
    assert "not recorded (4 cases), CC-BY-4.0 (1 case), CC0-1.0 (1 case)" in section(body, "Cases")
    assert "| category | negation | Denies a relevant fact that the case states. |" in section(body, "Labels")
    assert "Alpha-7B: 0.33 (0.10-0.70) n = 6" in section(body, "Agreement between readers")
    assert "| R-01 |  | internist, 12 years | 6 |" in section(body, "Readers")
    assert "| answers per arm and case | 2 |" in section(body, "Protocol")
    assert "| Alpha-7B | general | model file, SHA-256 1111" in section(body, "Models")
    limits = section(body, "Limits")
    assert "1 reading is not committed" in limits
    assert "3 of 6 cases are resolved by adjudication" in limits
    assert "offsets into texts that are not included" in limits
    assert SECRET not in body
    assert "study lead" in section(body, "Attestation")


def test_criteria_and_sources_are_named_with_case_text_only(full_study, tmp_path):
    _, body = card_of(full_study, tmp_path, with_case_text=True)
    assert "| made up | 1 |" in section(body, "Cases")
    assert "offsets into texts that are not included" not in body


def test_a_blinded_card_names_no_model(blind_study, tmp_path):
    _, body = card_of(blind_study, tmp_path)
    assert "## This export is blinded" in body
    assert "Withheld until every reading is committed" in section(body, "Models")
    assert "arm 1: 0.33" in section(body, "Agreement between readers")
    assert "Alpha" not in body
    assert "| biomedical" not in body


def test_of_some_readers_it_shows_neither_agreement_nor_others(full_study, tmp_path):
    chosen = Selection(readers=frozenset({"R-02"}))
    _, body = card_of(full_study, tmp_path, selection=chosen)
    assert "Not computed" in section(body, "Agreement between readers")
    assert "R-01" not in body
    assert "| R-02 |  |  | 6 |" in section(body, "Readers")
    assert "Only judgements of R-02" in section(body, "Filters")


def test_with_other_filters_it_says_that_agreement_is_of_the_whole_study(full_study, tmp_path):
    _, body = card_of(full_study, tmp_path, selection=Selection(kinds=frozenset({"choice"})))
    assert section(body, "Agreement between readers").startswith("Computed from the whole study")
    assert "| choice | 1 |" in section(body, "Cases")
    assert "rubric | 1" not in body


def test_new_pseudonyms_replace_the_registered_ones(full_study, tmp_path):
    names = Pseudonyms({"R-01": "P-07", "R-02": "P-05", "R-03": "P-06", "S-01": "P-04"})
    _, body = card_of(full_study, tmp_path, pseudonyms=names)
    assert "| P-07 |  | internist, 12 years | 6 |" in section(body, "Readers")
    assert "P-07: F1 of met" in section(body, "Agreement between readers")
    assert not [name for name in names.names if name in body.replace("tests", "")]


def test_imported_annotations_are_named_as_such(full_study, tmp_path):
    full_study.readers.register("R-03")
    answer = next(iter(full_study.answers.of_case("nan").values()))
    file = tmp_path / "spans.csv"
    columns = "answer_id,start,end,category,severity"
    file.write_text(f"{columns}\n{answer.id},0,3,fabrication,major\n", encoding="utf-8")
    import_annotations(full_study, file, AnnotationImport(reader_id="R-03", offsets=CODE_POINTS))
    _, body = card_of(full_study, tmp_path / "all", pseudonyms=Pseudonyms({"R-03": "P-07"}))
    words = "1 annotation of reader P-07 was imported from files; how it was made is not recorded."
    assert words in section(body, "Limits")
    _, body = card_of(full_study, tmp_path / "one", selection=Selection(readers=frozenset({"R-01"})))
    assert "imported from files" not in body


def test_a_study_without_readings_claims_nothing(tmp_path):
    cases = [replace(choice_case(0), licence="CC BY 4.0")]
    protocol = Protocol(title="Empty")
    with StudyFile.create(tmp_path / "s", cases=cases, arms=ARMS, protocol=protocol, device=DEVICE) as study:
        front, body = card_of(study, tmp_path)
    assert (front["license"], front["configs"], front["dataset_info"]) == ("cc-by-4.0", [], [])
    assert "None." in section(body, "Annotations")
    assert "No case has committed readings by several readers" in section(body, "Agreement between readers")
    assert "Nobody is registered" in section(body, "Readers")
    assert "| Alpha-7B |" in section(body, "Models")


@pytest.mark.parametrize(
    ("counts", "entries"),
    [
        ({}, {"license": "unknown"}),
        ({"": 3}, {"license": "unknown"}),
        ({"MIT": 3}, {"license": "mit"}),
        ({"CC-BY-NC-SA 4.0": 1}, {"license": "cc-by-nc-sa-4.0"}),
        ({"Own terms, v2": 1}, {"license": "other", "license_name": "Own terms, v2"}),
        ({"MIT": 1, "": 1}, {"license": "other", "license_name": "several"}),
    ],
)
def test_licences_on_a_card(counts, entries):
    assert Licences(counts).card == entries


def test_texts_of_a_study_are_no_markdown():
    assert plain("a|b\n# <b>*x*</b> \u202e") == "a\\|b\u2424\\# \\<b\\>\\*x\\*\\</b\\> \ufffd"
