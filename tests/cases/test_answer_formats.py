"""Logs of other programs become answers; what a line lacks is named by line and field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cases import answer_logs as logs
from cases.dataset_files import lines, workbook
from doubleread.cases.answer_formats import OWN, AnswersRead, read_answers


def read(tmp_path: Path, data: bytes, format_name: str = "") -> AnswersRead:
    path = tmp_path / "log"
    path.write_bytes(data)
    return read_answers(path, format_name)


def texts(found: AnswersRead) -> list[tuple[str, int, str]]:
    assert not found.problems
    return [(answer.case_id, answer.sample, answer.text) for answer in found.answers]


def messages(found: AnswersRead) -> list[tuple[int, str, str]]:
    assert not found.answers
    return [(problem.line, problem.field, problem.message) for problem in found.problems]


@pytest.mark.parametrize("name", list(logs.LOGS))
def test_a_log_is_recognised_by_its_contents(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, logs.LOGS[name]).format == name


@pytest.mark.parametrize(
    "data",
    [
        lines({"case_id": "c1", "text": "B"}),
        b"case_id,text\nc1,B\n",
        workbook(("case_id", "text"), ("c1", "B")),
    ],
    ids=["lines", "csv", "workbook"],
)
def test_our_own_files_are_recognised_in_every_container(tmp_path: Path, data: bytes) -> None:
    found = read(tmp_path, data)
    assert (found.format, texts(found)) == (OWN, [("c1", 0, "B")])


def test_a_batch_has_a_sample_for_each_choice_and_keeps_what_the_server_says(tmp_path: Path) -> None:
    found = read(tmp_path, lines(logs.chat("c1", "B", " A\n", reason="length")))
    assert texts(found) == [("c1", 0, "B"), ("c1", 1, " A\n")]
    answer = found.answers[0]
    assert (answer.finish_reason, answer.finished_at) == ("length", "2026-01-02T03:00:00+00:00")
    assert answer.recorded == {
        "server_model": "own-model-2026",
        "server_system_fingerprint": "fp_own",
        "prompt_tokens": 20,
        "completion_tokens": 5,
        "reasoning_tokens": 3,
    }
    assert answer.extra == {"response_id": "chatcmpl-1", "request_id": "req-1"}


def _message(**message: Any) -> dict[str, Any]:
    return logs.chat("c1", choices=[{"index": 0, "message": message, "finish_reason": "stop"}])


RESPONSE = {
    "object": "response",
    "status": "incomplete",
    "incomplete_details": {"reason": "max_output_tokens"},
    "choices": None,
    "output": [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
        {
            "type": "message",
            "content": [{"type": "output_text", "text": "It is "}, {"type": "output_text", "text": "B"}],
        },
    ],
    "usage": {"input_tokens": 7, "output_tokens": 9, "output_tokens_details": {"reasoning_tokens": 4}},
}


@pytest.mark.parametrize(
    ("line", "text", "reasoning", "end"),
    [
        (_message(content=None, refusal="I can't help."), "I can't help.", "", "stop"),
        (_message(content=[{"type": "text", "text": "B"}]), "B", "", "stop"),
        (_message(content="B", reasoning_content="Hm."), "B", "Hm.", "stop"),
        (_message(content=""), "", "", "stop"),
        (logs.chat("c1", "Par", reason="content_filter"), "Par", "", "content_filter"),
        (logs.chat("c1", "B", reason="tool_calls"), "B", "", ""),
        (logs.chat("c1", choices=[{"text": "B", "finish_reason": "stop"}]), "B", "", "stop"),
        (logs.chat("c1", **RESPONSE), "It is B", "Hm.", "length"),
    ],
)
def test_every_endpoint_of_a_batch_is_read(
    tmp_path: Path, line: dict[str, Any], text: str, reasoning: str, end: str
) -> None:
    (answer,) = read(tmp_path, lines(line)).answers
    assert (answer.text, answer.reasoning, answer.finish_reason) == (text, reasoning, end)


BROKEN = [
    (logs.batch_error("c1", "too long"), "response.status_code", "is 400: too long"),
    (
        {"custom_id": "c1", "response": None, "error": {"code": "batch_expired", "message": "expired"}},
        "error",
        "expired",
    ),
    ({**logs.chat("", "B")}, "custom_id", "is missing or empty"),
    (logs.chat("c1", choices=[]), "response.body.choices", "must be a list of choices"),
    (_message(content=None), "response.body.choices[0].message.content", "must be a text, but is null"),
    ({"custom_id": "c1", "response": {"status_code": 200, "body": "x"}}, "response.body", "must be an object"),
    (logs.chat("c1", output=[]), "response.body.output", "has no message"),
]


@pytest.mark.parametrize(("line", "field", "words"), BROKEN)
def test_a_failed_request_is_a_problem_of_its_line(
    tmp_path: Path, line: dict[str, Any], field: str, words: str
) -> None:
    found = read(tmp_path, lines(logs.chat("c0", "A"), line))
    assert [answer.case_id for answer in found.answers] == ["c0"]
    (problem,) = found.problems
    assert (problem.line, problem.field) == (2, field)
    assert words in problem.message


def test_the_harness_has_a_sample_for_each_repeat_and_one_line_for_each_filter(tmp_path: Path) -> None:
    doc = {**logs.DOC, "id": "c1"}
    found = read(
        tmp_path,
        lines(
            logs.harness(0, doc, "It is B", "A"),
            logs.harness(0, doc, "It is B", "A", filter_name="letter"),
            logs.harness(1, {**doc, "id": 7}, "C"),
        ),
    )
    assert texts(found) == [("c1", 0, "It is B"), ("c1", 1, "A"), ("7", 0, "C")]
    first = found.answers[0]
    assert first.extra["filtered_resps"] == {"none": ["I"], "letter": ["I"]}
    assert first.recorded == {"prompt_sha256": "0" * 64, "sampler": {"temperature": 0.5}}
    assert first.finish_reason == "", "the harness does not say how an answer ended"
    assert first.asked == "A man coughs.\nWhat is it?"
    assert first.options == {"A": "Flu", "B": "Cold", "C": "Both"}


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"doc": "x"}, "doc", "must be an object"),
        ({"doc": {"label": 1}}, "doc", "neither an id nor a question"),
        ({"resps": []}, "resps", "must be a list of responses"),
        ({"resps": [["a"], ["b"]]}, "resps", "must have a text for each repeat of one request"),
        ({"resps": [[None]]}, "resps", "must have a text for each repeat of one request"),
    ],
)
def test_a_line_of_the_harness_without_an_answer_is_named(
    tmp_path: Path, change: dict[str, Any], field: str, words: str
) -> None:
    ((line, name, message),) = messages(read(tmp_path, lines({**logs.harness(0, logs.DOC, "B"), **change})))
    assert (line, name) == (1, field)
    assert words in message


def test_a_file_of_likelihoods_has_one_problem(tmp_path: Path) -> None:
    likelihoods = [[["-1.5", "False"]], [["-0.2", "True"]]]
    data = lines(*[{**logs.harness(number, logs.DOC, "B"), "resps": likelihoods} for number in range(3)])
    ((line, name, message),) = messages(read(tmp_path, data))
    assert (line, name) == (0, "resps")
    assert "has likelihoods of the options and no text" in message
    mixed = read(tmp_path, data + b"\n" + lines(logs.harness(3, logs.DOC, "B")))
    assert [problem.line for problem in mixed.problems] == [1, 2, 3]


def test_two_runs_of_the_harness_in_one_file_are_two_answers(tmp_path: Path) -> None:
    doc = {**logs.DOC, "id": "c1"}
    found = read(tmp_path, lines(logs.harness(0, doc, "B"), logs.harness(0, doc, "C")))
    assert texts(found) == [("c1", 0, "B"), ("c1", 0, "C")]


SAMPLES = (logs.inspect_sample("c2", "B"), logs.inspect_sample("c10", "C"), logs.inspect_sample("c2", "A", 2))


@pytest.mark.parametrize(
    ("data", "order"),
    [
        (logs.inspect_json(*SAMPLES), [0, 1, 2]),
        (json.dumps(json.loads(logs.inspect_json(*SAMPLES)), indent=2).encode(), [0, 1, 2]),
        (logs.inspect_eval(*SAMPLES), [0, 2, 1]),
        (logs.inspect_eval(*SAMPLES, ended=False), [0, 2, 1]),
        (logs.with_zstandard(logs.inspect_eval(*SAMPLES)), [0, 2, 1]),
    ],
    ids=["json", "indented", "eval", "interrupted", "zstandard"],
)
def test_epochs_of_an_inspect_log_are_samples(tmp_path: Path, data: bytes, order: list[int]) -> None:
    expected = [("c2", 0, "B"), ("c10", 0, "C"), ("c2", 1, "A")]
    found = read(tmp_path, data)
    assert texts(found) == [expected[number] for number in order]
    answer = found.answers[0]
    assert answer.recorded == {
        "server_model": "own-model",
        "prompt_tokens": 20,
        "completion_tokens": 5,
        "generation_seconds": 1.5,
        "sampler": {"temperature": 0.5, "max_tokens": 100},
    }
    assert answer.extra == {"task": "own_task", "run_id": "run-1", "uuid": "u-c2-1", "total_seconds": 2.0}
    assert (answer.started_at, answer.finished_at) == ("2026-01-02T03:04:05+00:00", "2026-01-02T03:04:07+00:00")
    assert (answer.asked, answer.unit) == ("A man coughs. What is it?", "sample")
    assert answer.options == {"A": "Flu", "B": "Cold", "C": "Both"}


@pytest.mark.parametrize(
    ("reason", "end"),
    [
        ("stop", "stop"),
        ("max_tokens", "length"),
        ("content_filter", "content_filter"),
        ("tool_calls", ""),
        ("unknown", ""),
    ],
)
def test_why_a_model_stopped_is_kept(tmp_path: Path, reason: str, end: str) -> None:
    (answer,) = read(tmp_path, logs.inspect_json(logs.inspect_sample("c1", "B", reason=reason))).answers
    assert answer.finish_reason == end
    assert answer.recorded.get("server_finish_reason", "") == ("tool_calls" if reason == "tool_calls" else "")


def test_parts_and_attachments_of_an_inspect_message_are_put_together(tmp_path: Path) -> None:
    parts = [
        {"type": "reasoning", "reasoning": "Hm."},
        {"type": "text", "text": "attachment://1"},
        {"type": "image", "image": "x"},
    ]
    asked = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "attachment://2"}]},
    ]
    sample = logs.inspect_sample("c1", parts, input=asked, attachments={"1": "It is B.", "2": "A man coughs."})
    (answer,) = read(tmp_path, logs.inspect_json(sample)).answers
    assert (answer.text, answer.reasoning, answer.asked) == ("It is B.", "Hm.", "A man coughs.")


def test_several_choices_of_one_inspect_sample_are_samples(tmp_path: Path) -> None:
    choices = [{"message": {"content": text}, "stop_reason": "stop"} for text in "BC"]
    both = [logs.inspect_sample("c1", "", epoch, output={"choices": choices}) for epoch in (1, 2)]
    assert [answer.sample for answer in read(tmp_path, logs.inspect_json(*both)).answers] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"error": {"message": "rate limit"}}, "error", "the sample failed: rate limit"),
        ({"output": {"choices": [], "error": "blocked"}}, "output.choices", "there is no answer: blocked"),
        ({"output": None}, "output.choices", "there is no answer"),
        ({"epoch": 0}, "epoch", "must be 1 or more"),
        ({"id": None}, "id", "must be a text or a whole number"),
        ({"started_at": "today"}, "started_at", "is not a time"),
        (
            {"output": {"choices": [{"message": {"content": 5}}]}},
            "output.choices[0].message.content",
            "must be a text or a list of parts",
        ),
    ],
)
def test_an_inspect_sample_without_an_answer_is_named(
    tmp_path: Path, change: dict[str, Any], field: str, words: str
) -> None:
    found = read(
        tmp_path, logs.inspect_json(logs.inspect_sample("c0", "A"), {**logs.inspect_sample("c1", "B"), **change})
    )
    (problem,) = found.problems
    assert str(problem).startswith(f"{tmp_path / 'log'}, sample 2, {field}: ")
    assert words in problem.message
    assert len(found.answers) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (json.dumps({**logs.HEADER, "samples": []}).encode(), "the log has no samples"),
        (logs.inspect_eval(), "the log has no samples"),
        (logs.LOGS["inspect"][:-40], "the archive is damaged"),
        (logs.with_zstandard(logs.LOGS["inspect"]).replace(b"\x28\xb5\x2f\xfd", b"xxxx", 2), "the archive is damaged"),
    ],
    ids=["json", "eval", "cut", "zstandard"],
)
def test_a_log_that_cannot_be_read_is_one_problem(tmp_path: Path, data: bytes, words: str) -> None:
    found = read(tmp_path, data)
    assert any(words in message for _, _, message in messages(found))


def test_a_format_that_is_named_is_not_guessed(tmp_path: Path) -> None:
    found = read(tmp_path, logs.LOGS["openai-batch"], "lm-eval")
    assert {field for _, field, _ in messages(found)} == {"doc"}
