"""The commands `report`, `sample-size` and `results --unblind` as a user calls them."""

from __future__ import annotations

import os

import pytest

from doubleread.store.log.verify import verify
from sessions.judged_study import answered_study, read


@pytest.fixture
def study(tmp_path):
    with answered_study(tmp_path / "study.doubleread") as opened:
        read(opened, "R-01", 2)
    return tmp_path / "study.doubleread"


def test_a_report_is_written_and_not_overwritten(invoke, study, tmp_path):
    out = tmp_path / "report.html"
    done = invoke("report", study, "--out", out)
    assert done.code == 0, done.err
    assert done.out.startswith(f"{out}: 6 cases, ")
    assert "R-01 has 4 cases left" in done.err
    first = out.read_text(encoding="utf-8")
    assert first.startswith("<!doctype html>")
    assert "Alpha-7B" not in first
    if os.name != "nt":
        assert out.stat().st_mode & 0o777 == 0o600
    refused = invoke("report", study, "--out", out)
    assert (refused.code, refused.out) == (1, "")
    assert "--force" in refused.err
    out.write_text("older", encoding="utf-8")
    assert invoke("report", study, "--out", out, "--force", "--without-cases").code == 0
    assert 'id="cases"' not in out.read_text(encoding="utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "study.doubleread"}


def test_a_report_goes_nowhere_that_it_must_not(invoke, study, tmp_path):
    before = study.read_bytes()
    for out in (study, tmp_path, tmp_path / "no folder" / "report.html"):
        done = invoke("report", study, "--out", out, "--force")
        assert done.code == 1
        assert done.err.startswith("Not written: ")
    assert study.read_bytes() == before


def test_what_fails_in_the_middle_leaves_the_older_report(invoke, study, tmp_path, monkeypatch):
    def stumble(*_):
        yield "half a page"
        raise OSError(28, "No space left on device")

    out = tmp_path / "report.html"
    out.write_text("older", encoding="utf-8")
    monkeypatch.setattr("doubleread.reports.writing.report_page", stumble)
    assert invoke("report", study, "--out", out, "--force").code == 1
    assert out.read_text(encoding="utf-8") == "older"
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "study.doubleread"}


def test_results_name_the_models_once_that_is_recorded(invoke, study):
    blind = invoke("results", study)
    assert blind.code == 0
    assert "Alpha" not in blind.out + blind.err
    assert '--unblind "reason"' in blind.err
    assert invoke("results", study, "--unblind", " ").code == 1
    named = invoke("results", study, "--unblind", "interim analysis", "--by", "R. Lead")
    assert "Alpha-7B" in named.out
    assert invoke("results", study, "--json").json["blindness"]["unblinded"][0]["reason"] == "interim analysis"
    told = invoke("log", study, "--kind", "study.unblinded").out
    assert "R. Lead" in told
    assert "interim analysis" in told
    assert verify(study).ok


def test_tables_fit_into_80_cells(invoke, study):
    out = invoke("results", study).out
    assert max(len(line) for line in out.splitlines() if not line.startswith("[")) <= 84


def test_a_sample_size_comes_with_its_assumption(invoke):
    done = invoke("sample-size", "--difference", "0.1", "--discordant", "0.3")
    assert done.code == 0
    assert done.out.startswith("234 cases\nAssumption: if the arms differ on 30.0% of all cases")
    record = invoke("sample-size", "--difference", "0.1", "--discordant", "0.3", "--power", "0.9", "--json").json
    assert record["cases"] > 300
    assert record["discordant"] == 0.3
    cautious = invoke("sample-size", "--difference", "0.1", "--first", "0.6")
    assert "differ on 46.0%" in cautious.out
