"""Inspect itself reads the logs that are exported for it. Runs where `inspect_ai` is installed."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from doubleread.exports.export import export_study
from exports.attested import ATTESTED
from exports.conftest import blind_study, full_study, full_study_file  # noqa: F401

pytest.importorskip("inspect_ai")


@pytest.fixture
def logs(full_study, tmp_path):  # noqa: F811
    export_study(full_study, "inspect", tmp_path / "out", with_case_text=True, attestation=ATTESTED)
    return sorted((tmp_path / "out").glob("*.eval"))


def test_it_reads_every_sample_with_its_scores(full_study, logs):  # noqa: F811
    from inspect_ai.log import read_eval_log, read_eval_log_sample_summaries

    answers = list(full_study.connection.rows("SELECT id, text, reasoning FROM answers"))
    texts = {row["id"]: row["text"] for row in answers}
    seen = 0
    for path in logs:
        log = read_eval_log(str(path))
        assert log.status == "success"
        assert log.results is not None
        assert log.samples
        assert len(read_eval_log_sample_summaries(str(path))) == len(log.samples)
        for sample in log.samples:
            seen += 1
            assert sample.output.completion == texts[sample.uuid]
            assert all(message.role in ("system", "user", "assistant") for message in sample.messages)
            for one in sample.metadata["annotations"]:
                if one["place"] == "answer":
                    assert sample.output.completion[one["start"] : one["end"]] == one["quote"]
    assert seen == len(texts)


def test_its_data_frames_have_a_row_for_each_log_and_sample(logs):
    from inspect_ai.analysis import evals_df, samples_df

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        evals = evals_df([str(path) for path in logs])
        samples = samples_df([str(path) for path in logs])
    assert len(evals) == 2
    assert len(samples) == sum(evals["total_samples"])
    assert any(name.startswith("score_reader") for name in samples.columns)


def test_its_command_dumps_them(logs):
    command = Path(sys.executable).with_name("inspect")
    for path in logs:
        done = subprocess.run([command, "log", "dump", str(path)], capture_output=True, text=True, check=True)
        assert json.loads(done.stdout)["status"] == "success"
