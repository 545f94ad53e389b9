"""Logs for Inspect: one for each arm, with the fields that its reader needs, and no value that a score lacks."""

from __future__ import annotations

import json
import math
import zipfile
from collections import Counter

import pytest

from doubleread.domain.score import LETTER_LIKELIHOOD, Score
from doubleread.domain.score_override import Ruling
from doubleread.errors import InputRefusedError
from doubleread.exports.export import export_study
from doubleread.read_model.blinding import unblind
from exports.attested import ATTESTED
from sessions.judged_study import answered_study, read

NEEDED = {
    "header": {"version", "status", "eval", "plan", "results", "stats"},
    "eval": {"created", "task", "dataset", "model", "config", "eval_id", "run_id", "task_id"},
    "sample": {"id", "epoch", "input", "target", "messages", "output", "scores", "metadata"},
    "summary": {"id", "epoch", "input", "target"},
}
"""Fields without which `inspect_ai` 0.3.285 does not read a log, or reads less than there is."""


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """Both logs of six cases: each by its file's name, as JSON by the names in the archive."""
    folder = tmp_path_factory.mktemp("inspect")
    with answered_study(folder / "study.doubleread") as study:
        read(study, "R-01", 5)
        read(study, "R-02", 1)
        study.answers.replace_scores("case-0/one", [Score(LETTER_LIKELIHOOD, "1", "incorrect", "A", "likelihood")])
        study.overrides.decide("R-01", "case-3/one", Ruling(chosen="B"), "the last line", before=None)
        unblind(study, "lead", "these tests look at the names")
        done = export_study(study, "inspect", folder / "out", with_case_text=True, attestation=ATTESTED)
        assert done.rows == {"samples": 12}
        assert done.left_out == ()
    return {path.name: contents(path) for path in sorted((folder / "out").glob("*.eval"))}


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def test_each_arm_has_a_log_with_every_needed_field(logs):
    assert list(logs) == ["1-Alpha-7B.eval", "2-Beta-7B.eval"]
    for log in logs.values():
        header = log["header.json"]
        assert header.keys() >= NEEDED["header"]
        assert header["eval"].keys() >= NEEDED["eval"]
        assert (header["version"], header["status"]) == (2, "success")
        assert [one.keys() >= NEEDED["summary"] for one in log["summaries.json"]] == [True] * 6
        samples = [sample for name, sample in log.items() if name.startswith("samples/")]
        assert [sample.keys() >= NEEDED["sample"] for sample in samples] == [True] * 6
        assert header["results"]["total_samples"] == header["eval"]["dataset"]["samples"] == 6
        assert {sample["output"]["model"] for sample in samples} == {header["eval"]["model"]}


def test_a_sample_is_the_case_as_the_arm_was_sent_it_with_its_answer(logs):
    sample = logs["1-Alpha-7B.eval"]["samples/case-0_epoch_1.json"]
    assert [message["role"] for message in sample["messages"]] == ["system", "user", "assistant"]
    assert "A woman of 40 years" in sample["input"][-1]["content"]
    assert (sample["target"], sample["choices"]) == ("B", ["Sarcoidosis", "Pneumonia"])
    reasoning, text = sample["messages"][-1]["content"]
    assert (reasoning["type"], text["text"]) == ("reasoning", sample["output"]["completion"])
    assert sample["output"]["choices"][0]["stop_reason"] == "stop"
    assert (sample["started_at"], sample["completed_at"]) == ("2026-03-01T12:00:00.000Z", "2026-03-01T12:00:01.000Z")
    assert sample["metadata"]["input_source"] == "sent"


def test_scores_are_what_answers_count_as_with_the_scorer_s_reason(logs):
    log = logs["1-Alpha-7B.eval"]
    values = {}
    for number in range(6):
        score = log[f"samples/case-{number}_epoch_1.json"]["scores"]["choice"]
        values[number] = (score["value"], score.get("reason"), score["metadata"]["outcome"])
    assert values[0] == ("C", None, "correct")
    assert values[2] == ("I", None, "incorrect")
    assert values[3] == ("C", None, "unparsed"), "overridden"
    assert values[4] == ("C", None, "proposed"), "confirmed"
    assert math.isnan(values[5][0])
    assert values[5][1:] == ("pending", "proposed")
    overridden = log["samples/case-3_epoch_1.json"]["scores"]["choice"]
    assert (overridden["answer"], overridden["explanation"]) == ("B", "letter")
    assert overridden["metadata"]["override"]["by"] == "R-01"
    other = logs["2-Beta-7B.eval"]["samples/case-3_epoch_1.json"]["scores"]["choice"]
    assert (other["value"], other["reason"]) == ("N", "truncated")
    second = log["samples/case-0_epoch_1.json"]["scores"][LETTER_LIKELIHOOD]
    assert (second["value"], second["answer"]) == ("I", "A")


def test_verdicts_are_scores_and_annotations_are_metadata(logs):
    one, two = (log["samples/case-0_epoch_1.json"] for log in logs.values())
    assert {name for name in one["scores"] if name.startswith("reader")} == {"reader R-01", "reader R-02"}
    assert (one["scores"]["reader R-01"]["value"], two["scores"]["reader R-01"]["value"]) == ("I", "C")
    assert one["scores"]["reader R-01"]["metadata"]["preference"] == "the other answer"
    found = Counter((note["reader_id"], note["category"]) for note in one["metadata"]["annotations"])
    assert found == {(reader, kind): 1 for reader in ("R-01", "R-02") for kind in ("fabrication", "omission")}
    assert two["metadata"]["annotations"] == [], "retracted"


def test_the_accuracy_is_that_of_inspect(logs):
    for log in logs.values():
        for result in log["header.json"]["results"]["scores"]:
            scores = [one["scores"].get(result["name"]) for name, one in log.items() if name.startswith("samples/")]
            values = [one["value"] for one in scores if one is not None]
            counted = [{"C": 1, "P": 0.5, "I": 0, "N": 0}[value] for value in values if isinstance(value, str)]
            assert (result["scored_samples"], result["unscored_samples"]) == (len(counted), len(values) - len(counted))
            if counted:
                assert result["metrics"]["accuracy"]["value"] == pytest.approx(sum(counted) / len(counted))


def test_a_blind_study_has_no_log_of_an_arm(tmp_path):
    with answered_study(tmp_path / "study.doubleread") as study:
        read(study, "R-01", 1)
        with pytest.raises(InputRefusedError, match="sorts answers by arm"):
            export_study(study, "inspect", tmp_path / "out", with_case_text=True, attestation=ATTESTED)
    assert not (tmp_path / "out").exists()


def test_equal_studies_give_equal_samples(full_study, tmp_path):
    for name in ("one", "two"):
        export_study(full_study, "inspect", tmp_path / name, with_case_text=True, attestation=ATTESTED)
    first, second = ([contents(path) for path in sorted((tmp_path / name).glob("*.eval"))] for name in ("one", "two"))
    for one, two in zip(first, second, strict=True):
        assert one.keys() == two.keys()
        assert json.dumps(one["summaries.json"]) == json.dumps(two["summaries.json"])
