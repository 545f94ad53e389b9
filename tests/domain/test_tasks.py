"""The preset tasks: their settings, and the examples that are taken from a study's cases."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from doubleread.domain.case import KINDS, Case, Document
from doubleread.domain.presets import PRESETS
from doubleread.domain.study import Decoding, Protocol
from doubleread.domain.tasks import TASKS, examples_and_rest
from doubleread.errors import InputRefusedError

PUBLISHED = {
    "clue-mednli": (3, 20),
    "clue-meqsum": (3, 512),
    "clue-probsum": (3, 512),
    "clue-medisumqa": (1, 512),
    "clue-medisumcode": (1, 512),
    "longhealth-1": (0, 50),
    "longhealth-2": (0, 50),
    "longhealth-3": (0, 50),
    "healthbench": (0, 2048),
}
OWN = {"medec": (0, 512), "aci-bench": (0, 1024)}
"""Tasks without a published limit, which say so."""


def test_tasks_have_the_published_shots_and_lengths() -> None:
    assert {name: (task.shots, task.decoding.max_tokens) for name, task in TASKS.items()} == PUBLISHED | OWN
    assert {name for name, task in TASKS.items() if any("no published one" in one for one in task.deviations)} == {*OWN}


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_a_task_says_where_it_comes_from_and_changes_only_what_models_are_asked(task) -> None:
    assert task.kind in KINDS
    assert task.source
    assert task.metrics
    assert "worded differently" in task.deviations[0]
    changed = task.applied(PRESETS["med-palm"].protocol)
    own = ("task", "prompt", "decoding", *task.settings)
    assert replace(changed, **{name: getattr(Protocol(), name) for name in own}) == PRESETS["med-palm"].protocol
    assert task.unchanged_in(changed)
    assert not task.unchanged_in(replace(changed, decoding=Decoding(max_tokens=77)))
    assert task.prompt.name != Protocol().prompt.name
    assert changed.decoding.max_tokens < changed.n_ctx


def inference(number: int, key: str = "neutral") -> Case:
    return Case(f"c{number}", "inference", f"text {number}", f"statement {number}", key)


def test_examples_are_the_first_after_the_published_shuffle_and_the_rest_stays_in_its_order() -> None:
    cases = [inference(number) for number in range(10)]
    expected = list(range(10))
    random.seed(1)
    random.shuffle(expected)
    examples, rest = examples_and_rest(cases, 3)
    assert [example.text for example in examples] == [f"text {number}" for number in expected[:3]]
    assert [case.id for case in rest] == [f"c{number}" for number in expected[3:]]
    prompt = replace(TASKS["clue-mednli"].prompt, examples=examples)
    messages = prompt.messages(rest[0])
    assert [message.role for message in messages] == ["system", *["user", "assistant"] * 3, "user"]
    assert messages[2].content == "neutral"
    assert f"First sentence: text {expected[0]}" in messages[1].content


def test_an_example_answers_as_the_key_does() -> None:
    options = {"A": "Flu", "B": "Cold"}
    choice = [Case(f"c{n}", "choice", "", "What?", "B", options, documents=(Document("d", "long"),)) for n in "12"]
    ((example,), _) = examples_and_rest(choice, 1)
    assert (example.answer, example.options, example.text) == ("B. Cold", options, "--- Document 1 ---\n\nlong")
    coding = [Case(f"c{n}", "coding", "x", "?", codes=("J18.9", "E11.9")) for n in "12"]
    assert examples_and_rest(coding, 1)[0][0].answer == "J18.9, E11.9"


def test_cases_that_cannot_be_examples_are_refused() -> None:
    with pytest.raises(InputRefusedError, match="2 examples leave none of 2 cases"):
        examples_and_rest([inference(1), inference(2)], 2)
    with pytest.raises(InputRefusedError, match="kind inference and summary"):
        examples_and_rest([inference(1), Case("s", "summary", "x", "?", "y")], 1)
    with pytest.raises(InputRefusedError, match="kind extraction"):
        examples_and_rest([Case(f"e{n}", "extraction", "x", "?", values={"a": 1}) for n in "12"], 1)
