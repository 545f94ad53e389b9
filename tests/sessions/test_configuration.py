"""Configuration drift within a study is refused unless it is allowed, and each difference is named."""

from __future__ import annotations

import pytest

from doubleread.domain.answer import Answer
from doubleread.domain.prompts import PromptTemplate
from doubleread.domain.study import Decoding, Protocol
from doubleread.engine.client.protocol import Loaded, Sampling
from doubleread.errors import DoublereadError
from doubleread.runs.configuration import StudyConfiguration
from doubleread.runs.generation import GenerationRun
from doubleread.store.log.verify import verify
from sessions.making import ARMS, Engines, make_study
from waiting import PATIENCE

WHEN = "2026-03-01T12:00:00.000Z"
PROMPT = PromptTemplate()
WORKER = {
    "template_sha256": "c" * 64,
    "n_ctx": 4096,
    "kv_type": "f16",
    "flash_attention": "auto",
    "llama_cpp_python": "0.3.36",
    "llama_cpp": "b9000",
    "device": "CUDA0 (NVIDIA H100)",
    "offloaded_layers": 33,
    "n_slots": 4,
    "n_threads": 8,
    "n_threads_batch": 8,
    "n_batch": 512,
    "n_ubatch": 512,
    "reuse_prefix": True,
    "system_info": "AVX2 = 1",
}
ANSWERED = {
    **WORKER,
    "model_sha256": ARMS[0].model_sha256,
    "sampler": Sampling().as_record() | {"stop": []},
    "prompt_template_sha256": PROMPT.sha256,
    "reproducible": False,
}


@pytest.fixture
def study(tmp_path):
    with make_study(tmp_path / "study.doubleread") as opened:
        yield opened


def answered(study, manifest=ANSWERED, case="case-0", finish_reason="stop"):
    study.answers.record(Answer(f"a-{case}", case, "one", "text", WHEN, WHEN, finish_reason, manifest))


def refusal(study, entries, **options) -> str:
    with pytest.raises(DoublereadError) as caught:
        StudyConfiguration(study, **options).admit("one", entries)
    return str(caught.value)


def test_the_first_answers_may_be_made_in_any_way_and_the_next_in_the_same(study):
    StudyConfiguration(study).admit("one", WORKER)
    answered(study)
    configuration = StudyConfiguration(study)
    configuration.check("one", {"n_ctx": 4096})
    configuration.admit("one", WORKER)
    configuration.admit("two", {**WORKER, "n_ctx": 7})
    assert configuration.remarks() == ()


@pytest.mark.parametrize(
    ("entry", "now", "words"),
    [
        ("template_sha256", "d" * 64, "chat template dddddddddddd, before cccccccccccc"),
        ("n_ctx", 2048, "context length 2048, before 4096"),
        ("kv_type", "q8_0", "key-value type q8_0, before f16"),
        ("flash_attention", "off", "flash attention off, before auto"),
        ("llama_cpp_python", "0.3.37", "llama-cpp-python 0.3.37, before 0.3.36"),
        ("llama_cpp", "b9001", "llama.cpp b9001, before b9000"),
        ("device", "CPU", "device CPU, before CUDA0 (NVIDIA H100)"),
        ("offloaded_layers", 0, "layers on a GPU 0, before 33"),
    ],
)
def test_what_would_change_answers_is_refused_and_named(study, entry, now, words):
    answered(study)
    answered(study, case="case-1")
    said = refusal(study, {**WORKER, entry: now})
    assert said.startswith("Configuration drift: Alpha-7B: ")
    assert words in said
    assert said.count(", before ") == 1
    assert "(2 existing answers)" in said
    assert "--allow-drift" in said


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("CUDA0 (NVIDIA H100)", "CUDA1 (NVIDIA A100), CUDA2 (NVIDIA A100)"),
        ("Vulkan0 (Intel(R) UHD Graphics 620 (KBL GT2))", "Vulkan1 (AMD Radeon Graphics (RADV RENOIR))"),
    ],
)
def test_another_device_of_the_same_kind_is_no_drift(study, before, now):
    answered(study, {**ANSWERED, "device": before})
    StudyConfiguration(study).check("one", {**WORKER, "device": now})
    assert "device CPU" in refusal(study, {**WORKER, "device": "CPU"})


def test_every_difference_is_named_at_once(study):
    answered(study)
    said = refusal(study, {**WORKER, "n_ctx": 2048, "llama_cpp": "b1", "kv_type": "q8_0"})
    for words in ("context length", "llama.cpp b1", "key-value type"):
        assert words in said


def test_a_changed_model_file_prompt_and_decoding_are_named(tmp_path, study):
    answered(study, {**ANSWERED, "model_sha256": "9" * 64})
    assert "model file 111111111111, before 999999999999" in refusal(study, WORKER)
    protocol = Protocol(prompt=PromptTemplate(system="Be brief."), decoding=Decoding(temperature=0.7, stop=("END",)))
    with make_study(tmp_path / "other.doubleread", protocol=protocol) as other:
        answered(other)
        with pytest.raises(DoublereadError) as caught:
            StudyConfiguration(other).check("one", {})
    said = str(caught.value)
    assert f"prompt {protocol.prompt.sha256[:12]}, before {PROMPT.sha256[:12]}" in said
    assert "temperature 0.7, before 0.0" in said
    assert "stop ['END'], before []" in said


@pytest.mark.parametrize(
    ("entry", "now"), [("n_slots", 1), ("n_threads", 2), ("system_info", "AVX512 = 1"), ("reuse_prefix", False)]
)
def test_what_only_rounds_otherwise_is_let_in_and_said(study, entry, now):
    answered(study)
    configuration = StudyConfiguration(study)
    configuration.admit("one", {**WORKER, entry: now})
    (remark,) = configuration.remarks()
    assert f"{now}, before " in remark.replace("off", "False")
    assert remark.startswith("Alpha-7B: ")


@pytest.mark.parametrize("device", ["CUDA1 (NVIDIA H100)", "CUDA0 (NVIDIA RTX 4090)"])
def test_another_device_of_the_same_kind_is_let_in(study, device):
    answered(study)
    StudyConfiguration(study).admit("one", {**WORKER, "device": device})


def test_among_reproducible_answers_everything_must_be_the_same(study):
    answered(study, {**ANSWERED, "reproducible": True})
    StudyConfiguration(study, reproducible=True).admit("one", WORKER)
    assert StudyConfiguration(study).before("one", "n_threads") == 8
    for entry, now in (("n_threads", 4), ("n_slots", 1), ("device", "CUDA1 (NVIDIA H100)"), ("system_info", "x")):
        assert ", before " in refusal(study, {**WORKER, entry: now}, reproducible=True)
    assert "reproducible off, before on" in refusal(study, WORKER)


def test_answers_that_were_not_reproducible_are_not_continued_as_if_they_were(study):
    answered(study, {name: value for name, value in ANSWERED.items() if name != "reproducible"})
    assert "reproducible on, before off" in refusal(study, WORKER, reproducible=True)
    assert StudyConfiguration(study).before("one", "n_threads") is None


def test_entries_that_one_side_does_not_know_say_nothing(study):
    answered(study, {"n_ctx": 4096})
    StudyConfiguration(study).admit("one", {**WORKER, "something_new": 1})
    StudyConfiguration(study).admit("one", {})


def test_answers_made_elsewhere_have_no_conditions_of_ours(study):
    answered(study, {**ANSWERED, "n_ctx": 1}, finish_reason="imported")
    StudyConfiguration(study).admit("one", WORKER)


def test_drift_is_allowed_on_request_and_logged(study):
    answered(study)
    configuration = StudyConfiguration(study, allow_drift=True)
    configuration.check("one", {"n_ctx": 2048})
    assert list(study.events(kind="configuration.drifted")) == []
    configuration.admit("one", {**WORKER, "n_ctx": 2048})
    configuration.admit("one", {**WORKER, "n_ctx": 2048})
    (event,) = study.events(kind="configuration.drifted")
    assert event.body == {"arm_id": "one", "differences": [{"entry": "n_ctx", "before": 4096, "now": 2048}]}
    assert "context length 2048, before 4096" in configuration.remarks()[0]
    assert verify(study.path).ok


def test_after_mixing_each_of_the_conditions_can_be_gone_on_with(study):
    answered(study)
    answered(study, {**ANSWERED, "n_ctx": 2048}, case="case-1")
    for n_ctx in (4096, 2048):
        StudyConfiguration(study).admit("one", {**WORKER, "n_ctx": n_ctx})
    assert "context length" in refusal(study, {**WORKER, "n_ctx": 1024})


@pytest.mark.parametrize("together", [True, False])
def test_a_run_under_other_conditions_asks_for_nothing_and_says_why(study, together):
    answered(study)
    engines = Engines()
    run = GenerationRun(study, engines.factories, together=together)
    run.start()
    engines.one.hear(Loaded({**WORKER, "llama_cpp": "b1"}))
    engines.two.hear(Loaded(WORKER))
    assert run.wait(PATIENCE)
    assert engines.one.requests == engines.two.requests == []
    assert "llama.cpp b1, before b9000" in str(run.halted)
    assert run.draft("case-1", "one").trouble.title == "Configuration drift"
    run.stop()


def test_a_run_says_in_every_manifest_how_it_was_made(study):
    engines = Engines()
    run = GenerationRun(study, engines.factories, configuration=StudyConfiguration(study, reproducible=True))
    engines.load()
    engines.one.finish("text")
    manifest = study.answers.of_case("case-0")["one"].manifest
    assert manifest["reproducible"] is True
    assert manifest["prompt_template_sha256"] == study.protocol.prompt.sha256
    run.stop()
