"""The benchmark of ACI-Bench, from import to results, on two visits written for this test."""

from __future__ import annotations

import csv
from statistics import fmean

import pytest

from benchmarks.aci_bench import lines, results
from doubleread.scoring.rouge import VARIANTS
from outline_rows import row_of

NOTES = {
    "D2N001": "CHIEF COMPLAINT\n\nChest pain.\n\nPLAN\n\nStart aspirin, stop smoking.",
    "D2N002": "CHIEF COMPLAINT\n\nBarking cough.\n\nPLAN\n\nOral dexamethasone.",
}
WRITTEN = {
    "General": {
        "D2N001": "CHIEF COMPLAINT\n\nChest pains.\n\nPLAN\n\nAspirin.",
        "D2N002": "Barking cough, start steroids",
    },
    "Bio-1": {"D2N001": "Pain in the chest", "D2N002": "PLAN\n\nOral dexamethasone for coughing"},
}


def table(path, columns, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])


def test_both_models_have_the_means_of_the_package(tmp_path):
    from rouge_score.rouge_scorer import RougeScorer

    visits = [("virtassist", visit, "[doctor] hello", note) for visit, note in NOTES.items()]
    table(tmp_path / "small.csv", ("dataset", "encounter_id", "dialogue", "note"), visits)
    for name, written in WRITTEN.items():
        table(tmp_path / f"answers-{name}-small.csv", ("encounter_id", "note"), written.items())
    record = results(tmp_path, "small")
    names = [arm["name"] for arm in record["arms"]]
    assert sorted(names) == ["Bio-1", "General"]
    for stem in ("", "_stem"):
        scorer = RougeScorer(list(VARIANTS), use_stemmer=bool(stem))
        for variant in VARIANTS:
            means = [
                fmean(scorer.score(NOTES[visit], text)[variant].fmeasure for visit, text in WRITTEN[name].items())
                for name in names
            ]
            row = row_of(record, "measures", f"{variant}{stem}_f1")
            assert (row["first"]["value"], row["second"]["value"]) == pytest.approx(means)
            assert row["rows"][0]["difference"]["value"] == pytest.approx(means[0] - means[1])
    assert len(lines(record)) == 1 + 8
