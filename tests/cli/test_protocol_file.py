"""What an engine would refuse is refused when the study is made, not when it runs."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cli.conftest import write_pack
from doubleread.domain.axes import Axis
from doubleread.domain.labels import CREOLA
from doubleread.domain.presets import PRESETS
from doubleread.domain.reasoning_markers import OwnMarkers
from doubleread.domain.study import Decoding, Protocol, protocol_from_record
from doubleread.domain.tasks import TASKS
from doubleread.errors import DoublereadError
from doubleread.runs.protocol_file import protocol_text, read_protocol
from doubleread.store import StudyFile


@pytest.mark.parametrize("stops", [["x" * 1001], [f"stop {number}" for number in range(65)]])
def test_stop_strings_that_no_engine_takes_are_refused(tmp_path, stops):
    file = tmp_path / "protocol.toml"
    file.write_text(f"[decoding]\nstop = {json.dumps(stops)}\n", encoding="utf-8")
    with pytest.raises(DoublereadError, match="64 stop strings"):
        read_protocol(file)


def test_stop_strings_within_the_limits_are_taken(tmp_path):
    file = tmp_path / "protocol.toml"
    file.write_text('[decoding]\nstop = ["###", "\\n\\n"]\n', encoding="utf-8")
    assert read_protocol(file).decoding.stop == ("###", "\n\n")


def test_reasoning_has_a_budget_of_its_own_that_must_fit_beside_the_answer(tmp_path):
    file = tmp_path / "protocol.toml"
    file.write_text("n_ctx = 900\n[decoding]\nmax_tokens = 500\nmax_reasoning_tokens = 399\n", encoding="utf-8")
    assert read_protocol(file).decoding.max_reasoning_tokens == 399
    file.write_text("n_ctx = 900\n[decoding]\nmax_tokens = 500\nmax_reasoning_tokens = 400\n", encoding="utf-8")
    with pytest.raises(DoublereadError, match="together must be below n_ctx"):
        read_protocol(file)
    # What a protocol does not name is fitted to the room when it comes to it.
    file.write_text("n_ctx = 900\n[decoding]\nmax_tokens = 500\n", encoding="utf-8")
    assert read_protocol(file).decoding.max_reasoning_tokens == 2048
    file.write_text("[decoding]\nmax_reasoning_tokens = -1\n", encoding="utf-8")
    with pytest.raises(DoublereadError, match="between 0 and"):
        read_protocol(file)


def test_markers_of_reasoning_are_added_by_the_protocol(tmp_path):
    file = tmp_path / "protocol.toml"
    file.write_text('[[reasoning]]\nbegin = "<deep>"\nend = "</deep>"\n', encoding="utf-8")
    protocol = read_protocol(file)
    assert protocol.reasoning == (OwnMarkers("<deep>", "</deep>"),)
    assert protocol.sha256 != Protocol().sha256
    assert protocol_from_record(json.loads(json.dumps(protocol.as_record()))) == protocol
    file.write_text(protocol_text(protocol), encoding="utf-8")
    assert read_protocol(file) == protocol


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('reasoning = "x"', "must be at most 50 tables"),
        ('[[reasoning]]\nbegin = "a"', "number 1: end must be a text"),
        ('[[reasoning]]\nbegin = "a"\nend = "b"\ncolour = "c"', "colour is not known"),
        ('[[reasoning]]\nbegin = "a"\nend = "a"', "must differ"),
        ('[[reasoning]]\nbegin = " "\nend = "a"', "not only blanks"),
        ("reasoning = [3]", "must be a table"),
    ],
)
def test_markers_that_delimit_nothing_are_refused(tmp_path, text, words):
    file = tmp_path / "protocol.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DoublereadError, match=words):
        read_protocol(file)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_presets_text_is_read_as_the_same_protocol(tmp_path, preset):
    file = tmp_path / "protocol.toml"
    file.write_text(protocol_text(preset.protocol), encoding="utf-8")
    assert read_protocol(file) == preset.protocol


OWN = """
read_twice = 0.25
order = "study"
guideline = '''Mark "all" \\ of it.'''
[own_labels]
name = "wards-1"
[own_labels.omission]
name = "left out"
definition = "Not said."
[[own_labels.categories]]
name = "dose"
key = "d"
definition = "A wrong dose."
[[own_labels.severities]]
name = "grave"
key = "g"
definition = "Grave."
[[own_labels.harms]]
name = "none"
definition = "No harm."
[[axes]]
name = "tone"
question = "Which answer is kinder?"
"""


def test_own_labels_and_axes_are_read_and_written(tmp_path):
    file = tmp_path / "protocol.toml"
    file.write_text(OWN, encoding="utf-8")
    protocol = read_protocol(file)
    labels = protocol.labels
    assert (labels.name, protocol.label_set) == ("wards-1", "wards-1")
    assert [(label.name, label.key) for label in labels.ratings("category")] == [("dose", "d"), ("left out", "o")]
    assert [label.key for label in labels.harms] == ["1"]
    assert labels.bases == CREOLA.bases
    assert protocol.axes == (Axis("tone", "Which answer is kinder?"),)
    file.write_text(protocol_text(protocol), encoding="utf-8")
    assert read_protocol(file) == protocol


@pytest.mark.parametrize(
    "text", ["\na\n", "a\r\nb", 'say """""\n"', "\\\n\\", "\t\x1b\x7f\0\n", "# no comment", "{text}'\"\n"]
)
def test_any_text_is_written_so_that_it_is_read_back(tmp_path, text):
    file = tmp_path / "protocol.toml"
    protocol = Protocol(guideline=text, decoding=Decoding(stop=(text, "x")))
    file.write_bytes(protocol_text(protocol).encode("utf-8"))
    assert read_protocol(file) == protocol


MISTAKES = {
    "label_set = 'mine'": "label_set must be one of creola-1, hegselmann-1, medhallu-1",
    "label_set = 'creola-1'\n[own_labels]\nname = 'a-1'": "label_set must be one of a-1",
    "repeat_proportion = 0.1": "repeat_proportion needs reveal_key = false",
    "repeat_proportion = 1.5\nreveal_key = false": "between 0 and 1",
    "order = 'backward'": "order must be one of study, randomised",
    "sentences = 'sometimes'": "sentences must be one of off, offered, required",
    "sentences = true": "sentences must be like 'offered'",
    "own_labels = 3": "own_labels must be a table",
    "[own_labels]\nname = 'a-1'": "own_labels.categories is missing",
    "[own_labels]\nname = 'creola-1'": "is a built-in label set",
    "[own_labels]\ncolours = 1": "own_labels.colours is not known",
    "[[own_labels.categories]]\nname = 'dose'\nkey = 't'\ndefinition = 'x'": "'t' is taken by the note",
    "[[own_labels.categories]]\nname = 'dose'\nkey = 'm'\ndefinition = 'x'": "'m' is taken by the severity major",
    "[[own_labels.categories]]\nname = 'dose'\nkey = 'D'\ndefinition = 'x'": "one letter from a to z",
    "[[own_labels.categories]]\nname = 'dose'\ndefinition = 'x'": "number 1: key is missing",
    "[[own_labels.categories]]\nname = 'dose'\nkey = 'd'": "number 1: definition must be a text",
    "[[own_labels.categories]]\nname = 'omission'\nkey = 'd'\ndefinition = 'x'": "counted separately",
    "[[own_labels.bases]]\nname = 'dose'\nkey = 'd'\ndefinition = 'x'": "number 1: key is not known",
    "[[axes]]\nname = 'tone'": "axes, number 1: question must be a text",
    "[[axes]]\nname = 'a'\nquestion = 'b'\n[[axes]]\nname = 'a'\nquestion = 'c'": "'a' occurs twice",
    "axes = 'all'": "axes must be 0 to 20 tables",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_every_mistake_has_words(tmp_path, text):
    file = tmp_path / "protocol.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DoublereadError) as caught:
        read_protocol(file)
    assert MISTAKES[text] in caught.value.happened


def test_lists_that_are_nested_too_deeply_are_refused(tmp_path):
    path = tmp_path / "protocol.toml"
    path.write_text(f"axes = {'[' * 3000}{']' * 3000}\n")
    with pytest.raises(DoublereadError, match="too deeply"):
        read_protocol(path)


def test_all_mistakes_are_named_at_once(tmp_path):
    file = tmp_path / "protocol.toml"
    file.write_text(
        "order = 3\nn_ctx = 1\ncolour = 'red'\n[own_labels]\nname = ''\n[[axes]]\nname = 'a'\n", encoding="utf-8"
    )
    with pytest.raises(DoublereadError) as caught:
        read_protocol(file)
    for part in ("order", "n_ctx", "colour", "own_labels.name", "own_labels.categories", "axes, number 1"):
        assert part in caught.value.happened


def test_a_protocol_is_checked_and_presets_are_printed(invoke, tmp_path):
    listed = invoke("protocol", "presets")
    assert (listed.code, listed.out.count("\n")) == (0, 1 + len(PRESETS))
    file = tmp_path / "protocol.toml"
    file.write_text(invoke("protocol", "presets", "med-palm").out, encoding="utf-8")
    done = invoke("protocol", "check", file)
    assert (done.code, "9 axes" in done.out) == (0, True)
    assert PRESETS["med-palm"].protocol.sha256 in done.out
    file.write_text("order = 3\ncolour = 'red'\n", encoding="utf-8")
    bad = invoke("protocol", "check", file)
    assert bad.code == 1
    assert "order" in bad.err
    assert "colour" in bad.err
    unknown = invoke("protocol", "presets", "mine")
    assert (unknown.code, "med-palm" in unknown.err) == (2, True)


def test_a_study_is_made_with_a_preset_and_shows_its_protocol(invoke, tmp_path):
    pack = write_pack(tmp_path / "pack.jsonl", 1)
    study = tmp_path / "trial.doubleread"
    arms = ("--model-a", "Alpha", "--model-b", "Beta")
    both = invoke("new", study, "--cases", pack, *arms, "--preset", "creola", "--protocol", pack)
    assert (both.code, study.exists()) == (2, False)
    assert invoke("new", study, "--cases", pack, *arms, "--preset", "hegselmann").code == 0
    shown = invoke("protocol", "show", study)
    file = tmp_path / "protocol.toml"
    file.write_text(shown.out, encoding="utf-8")
    protocol = read_protocol(file)
    assert (protocol.title, protocol.label_set) == ("trial", "hegselmann-1")
    assert invoke("protocol", "show", study, "--json").json["sha256"] == protocol.sha256


def test_each_case_can_be_answered_several_times(tmp_path):
    file = tmp_path / "protocol.toml"
    file.write_text("samples = 5\n", encoding="utf-8")
    protocol = read_protocol(file)
    assert protocol.samples == 5
    assert "samples = 5" in protocol_text(protocol)
    for wrong in (0, 101, 2.5, "true"):
        file.write_text(f"samples = {wrong}\n", encoding="utf-8")
        with pytest.raises(DoublereadError, match="samples must be"):
            read_protocol(file)


def test_a_protocol_file_builds_on_its_task(tmp_path):
    file = tmp_path / "protocol.toml"
    file.write_text('task = "clue-mednli"\nconfidence = true\n[decoding]\nmax_tokens = 30\n', encoding="utf-8")
    protocol = read_protocol(file)
    task = TASKS["clue-mednli"]
    assert protocol == replace(task.applied(Protocol(confidence=True)), decoding=replace(task.decoding, max_tokens=30))
    file.write_text(protocol_text(protocol), encoding="utf-8")
    assert read_protocol(file) == protocol
    file.write_text('task = "clue"\n', encoding="utf-8")
    with pytest.raises(DoublereadError, match="task must be one of clue-mednli"):
        read_protocol(file)


@pytest.mark.parametrize("name", list(TASKS))
def test_every_task_is_printed_as_a_protocol_file_with_its_source(name, invoke, tmp_path):
    printed = invoke("protocol", "tasks", name).out
    assert f"# source: {TASKS[name].source}" in printed
    assert f"# deviates: {TASKS[name].deviations[-1]}" in printed
    file = tmp_path / "protocol.toml"
    file.write_text(printed, encoding="utf-8")
    assert read_protocol(file) == TASKS[name].applied(Protocol())
    assert name in invoke("protocol", "tasks").out


def entailments(path, count=6):
    lines = [
        {"sentence1": f"Text {n}.", "sentence2": f"Claim {n}.", "gold_label": "neutral", "pairID": f"p{n}"}
        for n in range(count)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_a_study_of_a_task_makes_its_first_cases_examples(invoke, tmp_path):
    cases = entailments(tmp_path / "mli.jsonl")
    arms = ("--model-a", "X", "--model-b", "Y")
    made = invoke("new", tmp_path / "s", "--cases", cases, "--task", "clue-mednli", "--preset", "med-palm", *arms)
    assert made.code == 0, made.err
    assert "s.doubleread: 3 cases" in made.out
    assert "note: 3 cases became examples in the prompt: " in made.err
    protocol = protocol_from_record(invoke("protocol", "show", tmp_path / "s", "--json").json["protocol"])
    assert len(protocol.prompt.examples) == 3
    assert (protocol.task, len(protocol.axes)) == ("clue-mednli", 9)
    none = invoke("new", tmp_path / "t", "--cases", cases, "--task", "clue-mednli", "--shots", 0, *arms)
    assert "t.doubleread: 6 cases" in none.out
    file = tmp_path / "protocol.toml"
    file.write_text(protocol_text(protocol), encoding="utf-8")
    again = invoke("new", tmp_path / "u", "--cases", cases, "--protocol", file, *arms)
    assert "u.doubleread: 6 cases" in again.out, "the file has examples of its own"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--task", "clue"), 'there is no task "clue"'),
        (("--task", "aci-bench"), "aci-bench is about cases of kind summary, but these are of kind inference"),
        (("--task", "clue-mednli", "--shots", "6"), "6 examples leave none of 6 cases"),
        (("--protocol", "p.toml", "--task", "clue-meqsum"), "--task is clue-meqsum"),
        (("--protocol", "p.toml", "--shots", "1"), "the protocol has examples of its own"),
    ],
)
def test_a_task_that_does_not_fit_is_refused(invoke, tmp_path, monkeypatch, options, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.toml").write_text(
        'task = "clue-mednli"\n[[prompt.examples]]\ntext = "a"\nquestion = "b"\nanswer = "c"\n', encoding="utf-8"
    )
    cases = entailments(tmp_path / "mli.jsonl")
    done = invoke("new", "s", "--cases", cases, "--model-a", "X", "--model-b", "Y", *options)
    assert done.code != 0
    assert words in done.err
    assert not (tmp_path / "s.doubleread").exists()


LONGHEALTH = Path(__file__).parents[1] / "data" / "longhealth.json"


@pytest.mark.parametrize(("number", "keys"), [(1, "ABCDE"), (2, "ABCDEF"), (3, "ABCDEF")])
def test_longhealths_file_is_read_for_the_task_of_the_study(invoke, tmp_path, number, keys):
    path = tmp_path / "s.doubleread"
    arms = ("--model-a", "X", "--model-b", "Y")
    made = invoke("new", path, "--cases", LONGHEALTH, "--task", f"longhealth-{number}", *arms)
    assert made.code == 0, made.err
    assert f"is read as longhealth for its task {number}" in made.err
    with closing(StudyFile.open(path, device="test", read_only=True)) as study:
        assert {"".join(case.options) for case in study.cases()} == {keys}
        assert (study.protocol.samples, study.protocol.document_order) == (5, "shuffled")


def test_cases_of_another_task_of_longhealth_are_refused(invoke, tmp_path):
    pack = tmp_path / "one.jsonl"
    assert invoke("cases", "convert", LONGHEALTH, "--task", 1, "--out", pack).code == 0
    arms = ("--model-a", "X", "--model-b", "Y")
    done = invoke("new", tmp_path / "s", "--cases", pack, "--task", "longhealth-3", *arms)
    assert (done.code, "there are cases of longhealth-1" in done.err) == (2, True)
    assert invoke("new", tmp_path / "t", "--cases", pack, "--task", "longhealth-1", *arms).code == 0
