"""Answers from logs of other programs: each belongs to the case that its log means, and what a log says is kept."""

from __future__ import annotations

import shutil
from contextlib import closing

import pytest

from cases import answer_logs as logs
from cases.dataset_files import lines
from cli.conftest import write_pack
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify

QUESTION = "A man of 40 years has a cough. What is it?"
DOC = {"question": QUESTION, "options": {"A": "Asthma", "B": "Pneumonia"}, "answer_idx": "B", "answer": "Pneumonia"}
OPTIONS = ["Asthma", "Pneumonia"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    return folder / "logs.doubleread"


@pytest.fixture
def study(tmp_path, made, invoke):
    """A study of its own for each test, made once."""
    if not made.exists():
        pack = write_pack(made.parent / "pack.jsonl")
        protocol = made.parent / "two.toml"
        protocol.write_text("samples = 2\n", encoding="utf-8")
        arguments = ("--cases", pack, "--model-a", "one", "--model-b", "two", "--protocol", protocol)
        assert invoke("new", made, *arguments).code == 0
    path = tmp_path / made.name
    shutil.copyfile(made, path)
    return path


@pytest.fixture
def imported(study, invoke, tmp_path):
    """Imports a log for arm `one`."""

    def run(data: bytes, *more: object):
        path = tmp_path / "log"
        path.write_bytes(data)
        return invoke("import-answers", study, path, "--arm", "one", *more)

    return run


def answers_of(study, case_id="pack-0"):
    with closing(StudyFile.open(study, device="test", read_only=True)) as file:
        return sorted(file.answers.all_of_case(case_id), key=lambda answer: answer.sample)


def sample(sample_id, text="Answer: B", epoch=1, **other):
    return logs.inspect_sample(sample_id, text, epoch, **{"input": QUESTION, "choices": OPTIONS, **other})


def test_an_inspect_log_keeps_model_tokens_times_and_epochs(study, imported):
    done = imported(logs.inspect_eval(sample("pack-0"), sample("pack-0", "Answer: A", 2)))
    assert done.code == 0, done.err
    assert "is read as inspect; if that is wrong, name its format with --format" in done.err
    first, second = answers_of(study)
    assert (first.text, second.text, second.sample) == ("Answer: B", "Answer: A", 1)
    kept = {name: first.manifest[name] for name in ("server_model", "prompt_tokens", "completion_tokens", "sampler")}
    assert kept == {
        "server_model": "own-model",
        "prompt_tokens": 20,
        "completion_tokens": 5,
        "sampler": {"temperature": 0.5, "max_tokens": 100},
    }
    assert first.manifest["finish_reason"] == "stop"
    assert first.finished_at == "2026-01-02T03:04:07.000Z"
    assert first.manifest["given"]["run_id"] == "run-1"
    assert verify(study).ok


def test_a_case_is_found_by_its_question_where_the_log_has_other_ids(study, imported):
    done = imported(logs.inspect_json(sample(1), sample(1, "Answer: A", 2)))
    assert done.code == 0, done.err
    assert [answer.manifest["given_case_id"] for answer in answers_of(study)] == ["1", "1"]


def test_the_harness_is_matched_by_id_or_by_question(study, imported):
    done = imported(lines(logs.harness(0, DOC, "B", "A"), logs.harness(1, {"id": "pack-1", "gold": 0}, "B")))
    assert done.code == 0, done.err
    (first, second), (other,) = answers_of(study), answers_of(study, "pack-1")
    assert (first.text, second.text, other.text) == ("B", "A", "B")
    assert "given_case_id" not in first.manifest, "the document has no id"
    assert "finish_reason" not in first.manifest, "the harness does not say how an answer ended"
    assert first.manifest["prompt_sha256"] == "0" * 64
    assert first.manifest["given"]["doc_id"] == 0


def test_our_own_inspect_logs_are_read_back(study, imported, invoke, tmp_path):
    texts = ["Answer: B\u2028 \U0001f642 e\u0301 \u05d0", "\tA\r\n"]
    data = lines(*[{"case_id": "pack-0", "text": text, "sample": number} for number, text in enumerate(texts)])
    assert imported(data).code == 0
    out = tmp_path / "exported"
    options = ("--with-case-text", "--attested-by", "Me", "--unblind", "a test")
    assert invoke("export", study, "--format", "inspect", "--out", out, *options).code == 0
    (log,) = (path for path in out.glob("*.eval") if "one" in path.name)
    done = invoke("import-answers", study, log, "--arm", "two")
    assert done.code == 0, done.err
    found = answers_of(study)
    assert [(answer.sample, answer.text) for answer in found] == [
        (number, text) for number, text in enumerate(texts) for _ in "ab"
    ]


def test_a_batch_is_matched_by_its_custom_id(study, imported):
    cut = logs.chat("pack-1", "On the one hand", reason="length")
    filtered = logs.chat("pack-2", "I", reason="content_filter")
    done = imported(lines(logs.chat("pack-0", "B", "A"), cut, filtered))
    assert done.code == 0, done.err
    assert [answer.text for answer in answers_of(study)] == ["B", "A"]
    assert answers_of(study, "pack-1")[0].finish_reason == "length"
    assert answers_of(study, "pack-2")[0].manifest["finish_reason"] == "content_filter"


def test_failed_requests_are_left_out_on_request(study, imported):
    data = lines(logs.chat("pack-0", "B"), logs.batch_error("pack-1", "too long"))
    refused = imported(data)
    assert (refused.code, "line 2, response.status_code: is 400: too long" in refused.err) == (1, True)
    assert imported(data, "--skip-bad").code == 0
    assert len(answers_of(study)) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            logs.inspect_json(sample("pack-1")),
            'sample 1, id: the case "pack-1" of the study has another question',
        ),
        (
            logs.inspect_json(sample("pack-0", choices=OPTIONS[::-1])),
            'the case "pack-0" of the study has other options, or has them in another order',
        ),
        (
            logs.inspect_json(sample(9, input="A cat has fleas. Why?")),
            'sample 1, id: the study has no case "9" (nor is its question that of a case)',
        ),
        (
            lines(logs.harness(0, {**DOC, "question": "Why?"}, "B")),
            "line 1, doc: the study has no case with this question",
        ),
        (
            lines(logs.harness(0, DOC, "B", "A", "B")),
            "line 1, sample: must be below 2",
        ),
        (
            logs.inspect_json(sample(5, input="What is it?", choices=None)),
            "sample 1, id: 3 cases of the study ask this, pack-0 and pack-1 among them",
        ),
        (lines(logs.chat("pack-9", "B")), 'line 1, custom_id: the study has no case "pack-9"'),
    ],
    ids=["other question", "other order", "unknown", "unknown question", "too many", "ambiguous", "unknown id"],
)
def test_an_answer_whose_case_is_not_certain_is_refused(study, imported, data, words):
    refused = imported(data)
    assert refused.code == 1
    assert words in refused.err, refused.err
    assert not answers_of(study)


def test_a_format_can_be_named(imported):
    assert "is read as" not in imported(lines(logs.chat("pack-0", "B")), "--format", "openai-batch").err
    assert imported(lines(logs.chat("pack-0", "B")), "--format", "answers").code == 1
    for wrong in (["--format", "nonsense"], ["--format", "inspect", "--column", "text=x"]):
        assert imported(b"", *wrong).code == 2


def test_the_formats_of_answers_are_listed(invoke):
    assert set(invoke("cases", "formats", "--json").json["answers"]) == {
        "answers",
        "inspect",
        "lm-eval",
        "openai-batch",
    }
