"""Several studies beside each other: whose estimates are shown, which arms and tasks are the same, what is compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from arms import arm_with_model
from doubleread.domain import metrics as registry
from doubleread.domain.arm import Arm
from doubleread.domain.metrics import Metric
from doubleread.domain.server import Server
from doubleread.domain.study import Decoding, Protocol
from doubleread.domain.tasks import TASKS
from doubleread.errors import DoublereadError, StudyFileError
from doubleread.results import results, unblind
from doubleread.results.comparison import Comparison, StudyResults, compare, metrics, study_results
from doubleread.results.comparison.notes import NOTES, comparison_notes
from doubleread.results.comparison.published import published_values
from doubleread.results.comparison.record import COMPARISON_KEYS, comparison_record
from doubleread.statistics import Estimate, McNemar, Proportion
from doubleread.store import StudyFile
from doubleread.store.branches.split import split
from doubleread.store.files.backup import copy_study
from results.compared_studies import (
    BIOMEDICAL,
    GENERAL,
    PAIR,
    choice,
    compared_study,
    diagnosis,
    measured_study,
    read_some,
    summary,
)

SWAPPED = (BIOMEDICAL, GENERAL)


def looked_at(path: Path, task: str = "") -> StudyResults:
    with StudyFile.open(path, device="desk", read_only=True) as study:
        return study_results(study, task)


def compared(*paths: Path, **more) -> Comparison:
    return compare([looked_at(path) for path in paths], **more)


def cell(found: Comparison, arm: str, task: str, metric: str = "accuracy") -> list[tuple[float, tuple[int, ...]]]:
    """The values of a cell, each with the studies that have it."""
    number = next(one.number for one in found.arms if one.label == arm)
    place = next(
        place for place, column in enumerate(found.columns) if (column.task.label, column.metric.name) == (task, metric)
    )
    return [(round(entry.statistic.value, 3), entry.studies) for entry in found.cells.get((number, place), ())]


def differences(found: Comparison) -> list[tuple[str, list[tuple[str, str, float]]]]:
    return [
        (
            pair.label,
            [
                (item.task.label if item.task else "", item.metric.name, round(item.statistic.value, 3))
                for item in pair.differences
            ],
        )
        for pair in found.pairs
    ]


def external(name: str) -> Arm:
    return Arm(name.lower(), name)


def test_every_estimate_is_that_of_the_results(tmp_path):
    path = compared_study(tmp_path / "a.doubleread", ("++-+?~+/", "+-+--++?"))
    found = compared(path)
    with StudyFile.open(path, device="desk") as study:
        own = results(study)
    (column,) = found.columns
    assert (column.task.name, column.metric.name) == ("NEJM", "accuracy")
    shown = [found.cells[number, 0][0].statistic for number in (1, 2)]
    assert shown == [arm.by_kind["choice"].indeterminate_incorrect for arm in own.arms]
    assert isinstance(shown[0], Proportion)
    assert (shown[0].successes, shown[0].n) == (4, 8), "an indeterminate answer counts as incorrect"
    assert found.indeterminate == 4
    (pair,) = found.pairs
    (apart,) = pair.differences
    paired = own.accuracy[1].paired.indeterminate_incorrect
    theirs = paired.difference
    assert isinstance(theirs, Estimate)
    assert apart.statistic == replace(
        theirs,
        value=-theirs.value,
        interval=replace(theirs.interval, low=-theirs.interval.high, high=-theirs.interval.low),
    )
    assert isinstance(apart.test, McNemar)
    assert apart.test == paired.test


def test_results_without_reliability_lack_nothing_else(tmp_path):
    path = compared_study(tmp_path / "a.doubleread", ("++-", "+--"))
    for reader in ("R-01", "R-02"):
        read_some(path, reader, 3)
    with StudyFile.open(path, device="desk") as study:
        whole, without = results(study), results(study, reliability=False)
    assert (whole.inter_rater.cases, without.inter_rater.cases) == (3, 0)
    assert without == replace(whole, inter_rater=without.inter_rater, intra_rater=())


def test_the_biomedical_arm_comes_first_wherever_it_is_in_the_study(tmp_path):
    one = compared_study(tmp_path / "a.doubleread", ("++++", "+---"))
    two = compared_study(tmp_path / "b.doubleread", ("++--", "+++-"), arms=SWAPPED, title="JAMA", cases=_more(4))
    found = compared(one, two)
    assert [arm.label for arm in found.arms] == ["Base-8B", "Bio-8B"]
    assert differences(found) == [
        ("Bio-8B minus Base-8B (biomedical minus general)", [("NEJM", "accuracy", -0.75), ("JAMA", "accuracy", -0.25)])
    ]
    assert found.pairs[0].by_role


def _more(count: int, source: str = "more") -> list:
    return [choice(number, source) for number in range(count)]


def test_without_both_roles_a_difference_is_that_of_the_results(tmp_path):
    arms = (GENERAL, replace(BIOMEDICAL, role="adapted"))
    one = compared_study(tmp_path / "a.doubleread", ("++++", "+---"), arms=arms)
    two = compared_study(tmp_path / "b.doubleread", ("+---", "++--"), arms=arms[::-1], title="J", cases=_more(4))
    found = compared(one, two)
    # The second study has the same two arms the other way round.
    assert differences(found) == [
        ("Base-8B minus Bio-8B", [("NEJM", "accuracy", 0.75), ("J", "accuracy", 0.25)]),
    ]


def test_a_model_in_several_studies_is_one_arm_by_its_hash(tmp_path):
    other = arm_with_model("x", "Base-8B", "c" * 64, "/models/base.gguf", "general")
    renamed = replace(GENERAL, id="y", name="Llama base")
    one = compared_study(tmp_path / "a.doubleread", ("++", "+-"))
    two = compared_study(tmp_path / "b.doubleread", ("+-", "--"), arms=(renamed, BIOMEDICAL), title="B", cases=_more(2))
    three = compared_study(
        tmp_path / "c.doubleread", ("--", "--"), arms=(other, BIOMEDICAL), title="C", cases=_more(3)[1:]
    )
    found = compared(one, two, three)
    assert [(arm.label, arm.names, arm.studies) for arm in found.arms] == [
        ("Base-8B (aaaaaaaa)", ("Base-8B", "Llama base"), (1, 2)),
        ("Bio-8B", ("Bio-8B",), (1, 2, 3)),
        ("Base-8B (cccccccc)", ("Base-8B",), (3,)),
    ]
    assert cell(found, "Base-8B (aaaaaaaa)", "B") == [(0.5, (2,))]
    assert cell(found, "Base-8B (aaaaaaaa)", "C") == []
    assert cell(found, "Base-8B (cccccccc)", "C") == [(0.0, (3,))]


def test_what_an_arm_sets_itself_keeps_it_apart(tmp_path):
    warm = replace(GENERAL, id="warm", decoding={"temperature": 0.5})
    one = compared_study(tmp_path / "a.doubleread", ("++", "+-"), arms=(GENERAL, warm))
    two = compared_study(tmp_path / "b.doubleread", ("++", "+-"), title="B", cases=_more(2))
    found = compared(one, two)
    assert [arm.label for arm in found.arms] == ["Base-8B (unmodified)", "Base-8B (temperature 0.5)", "Bio-8B"]
    # The protocol's own decoding does not make another arm of it, but it is said where a task has both.
    cold = Protocol(decoding=Decoding(max_tokens=20))
    three = compared_study(tmp_path / "c.doubleread", ("++", "--"), protocol=cold)
    found = compared(one, three)
    assert [arm.studies for arm in found.arms] == [(1, 2), (1,), (2,)]
    assert found.remarks == ("NEJM: the protocols of studies 1 and 2 differ in decoding",)


def test_two_arms_of_one_study_are_never_one(tmp_path):
    twin = replace(GENERAL, id="twin")
    found = compared(compared_study(tmp_path / "a.doubleread", ("++", "+-"), arms=(GENERAL, twin)))
    assert [arm.label for arm in found.arms] == ["Base-8B (arm 1)", "Base-8B (arm 2)"]


def test_a_server_is_known_by_its_address_and_model(tmp_path):
    server = Server("http://localhost:8000/v1", "llama", concurrency=2)
    same = Arm("t", "Same", server=replace(server, url="http://localhost:8000", concurrency=8))
    other = Arm("o", "Served", server=replace(server, model="llama-2"))
    one = compared_study(tmp_path / "a.doubleread", ("++", "+-"), arms=(Arm("s", "Served", server=server), GENERAL))
    two = compared_study(tmp_path / "b.doubleread", ("++", "+-"), arms=(same, other), title="B", cases=_more(2))
    found = compared(one, two)
    assert [(arm.label, arm.names, arm.studies) for arm in found.arms] == [
        ("Served (llama at http://localhost:8000)", ("Served", "Same"), (1, 2)),
        ("Base-8B", ("Base-8B",), (1,)),
        ("Served (llama-2 at http://localhost:8000)", ("Served",), (2,)),
    ]


def test_external_arms_are_the_same_only_if_the_user_says_so(tmp_path):
    arms = (external("GPT"), external("Bio"))
    one = compared_study(tmp_path / "a.doubleread", ("++", "+-"), arms=arms)
    two = compared_study(tmp_path / "b.doubleread", ("--", "+-"), arms=arms, title="B", cases=_more(2))
    apart = compared(one, two)
    assert [arm.label for arm in apart.arms] == [
        "GPT (external, study 1)", "Bio (external, study 1)", "GPT (external, study 2)", "Bio (external, study 2)",
    ]  # fmt: skip
    assert apart.external_namesakes == ("GPT", "Bio")
    joined = compared(one, two, same_names=True)
    assert [(arm.label, arm.studies) for arm in joined.arms] == [("GPT", (1, 2)), ("Bio", (1, 2))]
    assert joined.external_namesakes == ()


def test_a_task_is_named_by_the_user_the_preset_the_title_or_the_file(tmp_path):
    preset = Protocol(task="clue-mednli")
    paths = [
        compared_study(tmp_path / "a.doubleread", ("++", "+-"), title="Titled", cases=_more(2, "a")),
        compared_study(tmp_path / "b.doubleread", ("++", "+-"), title="Untitled study", cases=_more(2, "b")),
        compared_study(tmp_path / "c.doubleread", ("++", "+-"), title="Preset", cases=_more(2, "c"), protocol=preset),
        compared_study(tmp_path / "d.doubleread", ("++", "+-"), title="Other", cases=_more(2, "d"), protocol=preset),
    ]
    found = compare([*map(looked_at, paths[:3]), looked_at(paths[3], "JAMA")])
    assert [task.label for task in found.tasks] == ["Titled", "b", "clue-mednli", "JAMA"]


def test_the_kinds_of_a_study_are_tasks_of_their_own(tmp_path):
    cases = [choice(0), diagnosis(1), choice(2)]
    found = compared(compared_study(tmp_path / "a.doubleread", ("+++", "+--"), title="Mixed", cases=cases))
    assert [(task.label, task.name, task.kind, dict(task.cases)) for task in found.tasks] == [
        ("Mixed, choice", "Mixed", "choice", {1: 2}),
        ("Mixed, diagnosis", "Mixed", "diagnosis", {1: 1}),
    ]
    assert cell(found, "Bio-8B", "Mixed, choice") == [(0.5, (1,))]
    assert cell(found, "Bio-8B", "Mixed, diagnosis") == [(0.0, (1,))]


def test_studies_of_the_same_cases_share_a_task_unless_the_user_names_both(tmp_path):
    other = arm_with_model("m", "Med-7B", "d" * 64, "/m", "biomedical")
    one = compared_study(tmp_path / "a.doubleread", ("++-", "+--"), title="Llama")
    two = compared_study(tmp_path / "b.doubleread", ("++-", "+++"), title="Mistral", arms=(GENERAL, other))
    found = compared(one, two)
    assert [task.label for task in found.tasks] == ["Llama"]
    # The general arm did equally well in both studies.
    assert cell(found, "Base-8B", "Llama") == [(0.667, (1, 2))]
    assert cell(found, "Med-7B", "Llama") == [(1.0, (2,))]
    named = compare([looked_at(one), looked_at(two, "NEJM")])
    assert [task.label for task in named.tasks] == ["NEJM"]
    both = compare([looked_at(one, "a"), looked_at(two, "b")])
    assert [task.label for task in both.tasks] == ["a", "b"]


def test_an_arm_that_differs_between_studies_of_a_task_has_both_estimates(tmp_path):
    one = compared_study(tmp_path / "a.doubleread", ("++-", "+--"))
    two = compared_study(tmp_path / "b.doubleread", ("+--", "+--"))
    found = compared(one, two)
    assert cell(found, "Base-8B", "NEJM") == [(0.667, (1,)), (0.333, (2,))]
    assert cell(found, "Bio-8B", "NEJM") == [(0.333, (1, 2))]
    assert [item.study for item in found.pairs[0].differences] == [1, 2]


def test_different_cases_under_one_name_are_said(tmp_path):
    one = compared_study(tmp_path / "a.doubleread", ("++-", "+--"))
    two = compared_study(tmp_path / "b.doubleread", ("+-", "+-"))
    assert compared(one, two).remarks == (
        "NEJM: the cases differ between studies (study 1 has 3, study 2 has 2; 2 cases in common)",
    )


def test_a_blind_study_is_left_out_and_stays_blind(tmp_path):
    named = compared_study(tmp_path / "a.doubleread", ("++", "+-"))
    blind = compared_study(tmp_path / "b.doubleread", ("+-", "--"), title="Secret", cases=_more(2))
    read_some(blind, "R-01", 1)
    before = blind.read_bytes()
    found = compared(named, blind)
    assert blind.read_bytes() == before
    assert [(one.found.path.name, one.reason) for one in found.left_out] == [("b.doubleread", "R-01 has 1 case left")]
    assert [task.label for task in found.tasks] == ["NEJM"]
    assert looked_at(blind).arms is None
    with pytest.raises(DoublereadError, match="R-01 has 1 case left") as refused:
        compared(blind)
    assert "Bio-8B" not in str(refused.value)
    with StudyFile.open(blind, device="desk") as study:
        unblind(study, "lead", "interim")
    assert len(compared(named, blind).studies) == 2


def test_a_readers_own_file_and_a_copy_are_refused(tmp_path):
    path = compared_study(tmp_path / "a.doubleread", ("++", "+-"))
    with StudyFile.open(path, device="desk") as study:
        split(study, "R-02", tmp_path / "own.doubleread")
        copy_study(study.connection, tmp_path / "copy.doubleread")
    with pytest.raises(StudyFileError, match="R-02's own file"):
        looked_at(tmp_path / "own.doubleread")
    unread = compared_study(tmp_path / "b.doubleread", ("++", "+-"))
    with pytest.raises(DoublereadError, match="copies of one study"):
        compare([looked_at(unread), looked_at(path), looked_at(tmp_path / "copy.doubleread")])


def test_what_no_study_has_cannot_be_compared(tmp_path):
    empty = compared_study(tmp_path / "a.doubleread", ("  ", "  "))
    with pytest.raises(DoublereadError, match="no study has an answer"):
        compared(empty)
    answered = compared_study(tmp_path / "b.doubleread", ("+ ", " -"))
    with pytest.raises(DoublereadError, match="no study has an estimate of annotations"):
        compared(answered, metrics=["annotations"])
    found = compared(answered)
    assert cell(found, "Base-8B", "NEJM") == [(1.0, (1,))]
    assert found.pairs[0].directions.undefined == 1


def test_what_readers_judged_is_shown_apart_from_scores(tmp_path):
    path = compared_study(tmp_path / "a.doubleread", ("+++", "+--"))
    read_some(path, "R-01", 3)
    found = compared(path)
    assert [column.metric.name for column in found.columns] == ["accuracy", "answers-with-annotation", "annotations"]
    assert cell(found, "Bio-8B", "NEJM", "annotations") == [(1.0, (1,))]
    assert cell(found, "Base-8B", "NEJM", "answers-with-annotation") == [(0.0, (1,))]
    assert differences(found)[0][1] == [
        ("NEJM", "accuracy", -0.667),
        ("NEJM", "answers-with-annotation", 1.0),
        ("NEJM", "annotations", 1.0),
        ("NEJM", "preference", -1.0),
    ]
    assert found.pairs[0].directions.all == 1, "what readers judged is no score"
    (column,) = compared(path, metrics=["accuracy-determinate"]).columns
    assert column.metric.name == "accuracy-determinate"


def test_a_preference_over_several_kinds_belongs_to_no_task(tmp_path):
    path = compared_study(tmp_path / "a.doubleread", ("++", "+-"), cases=[choice(0), diagnosis(1)])
    read_some(path, "R-01", 2)
    (found,) = [item for item in compared(path).pairs[0].differences if item.metric.name == "preference"]
    assert (found.task, round(found.statistic.value, 3)) == (None, -1.0)


def test_intervals_are_counted_by_direction(tmp_path):
    outcomes = {"Low": ("+" * 20, "-" * 20), "High": ("-" * 20, "+" * 20), "Even": ("+-" * 10, "-+" * 10)}
    paths = [
        compared_study(tmp_path / f"{title}.doubleread", signs, title=title, cases=_more(20, title))
        for title, signs in outcomes.items()
    ]
    found = compared(*paths).pairs[0].directions
    assert (found.above, found.below, found.including_zero, found.undefined) == (1, 1, 1, 0)


REPEATED = Protocol(samples=2, decoding=Decoding(temperature=0.8))


def test_repeated_runs_are_a_metric_of_their_own(tmp_path):
    path = compared_study(tmp_path / "a.doubleread", ("++", "+-"), protocol=REPEATED, again=("+-", "--"))
    found = compared(path)
    assert [column.metric.name for column in found.columns] == ["accuracy"]
    assert cell(found, "Base-8B", "NEJM") == [(1.0, (1,))]
    assert "Study 1 asks for several answers to a case; the estimates are of first answers." in comparison_notes(found)
    found = compared(path, metrics=["accuracy", "accuracy-all-answers"])
    assert cell(found, "Base-8B", "NEJM", "accuracy-all-answers") == [(0.75, (1,))]
    assert differences(found)[0][1] == [("NEJM", "accuracy", -0.5), ("NEJM", "accuracy-all-answers", -0.5)]
    assert any("first answers, except accuracy, all answers." in note for note in comparison_notes(found))


@pytest.fixture
def rated(monkeypatch, tmp_path):
    """A study of summaries whose answers have measures, of which one is published scoring."""
    made = [
        Metric("overlap", "overlap", "summary", "overlap with the key", headline=True),
        Metric("detail", "detail", "summary", "how detailed", lowest=None, highest=None),
        Metric("clue_rougeL", "ROUGE-L", "summary", "as published", variant="clue", headline=True),
    ]
    listed = MappingProxyType({metric.name: metric for metric in made})
    for module in (registry, __import__("doubleread.results.measures", fromlist=["METRICS"])):
        monkeypatch.setattr(module, "METRICS", listed)
    monkeypatch.setattr(metrics, "COMPARED", metrics.all_metrics(listed))
    monkeypatch.setattr("doubleread.results.comparison.comparison.COMPARED", metrics.COMPARED)

    def values(overlaps: Sequence[float]) -> list[dict[str, float]]:
        return [{"overlap": value, "detail": 10 * value, "clue_rougeL": value / 2} for value in overlaps]

    return measured_study(
        tmp_path / "m.doubleread",
        [summary(number) for number in range(4)],
        [values((0.8, 0.6, 0.7, 0.5)), values((0.4, 0.2, 0.6, 0.4))],
        title="clue-meqsum",
    )


def test_measures_are_those_of_the_results(rated):
    found = compared(rated)
    assert [column.metric.name for column in found.columns] == ["overlap"]
    with StudyFile.open(rated, device="desk") as study:
        own = {item.metric.name: item.found for item in results(study).measures}
    assert [found.cells[number, 0][0].statistic for number in (1, 2)] == [own["overlap"].first, own["overlap"].second]
    assert differences(found)[0][1] == [("clue-meqsum", "overlap", -0.25)]
    (one,) = found.published
    # The published scoring of the same task, with the first case counted twice, though it is no column by itself.
    assert [(column.metric.name, column.metric.label) for column in one.columns] == [("clue_rougeL", "ROUGE-L (clue)")]
    assert [round(one.own[arm, 0][0].statistic.value, 3) for arm in one.arms] == [0.34, 0.2]
    assert {(value.model, value.value) for value in one.values.values()} == {
        ("Llama-3-8B-Instruct", 0.322), ("OpenBioLLM-8B", 0.2621),
        ("Llama-3-70B-Instruct", 0.3657), ("OpenBioLLM-70B", 0.3072),
    }  # fmt: skip
    shown = compared(rated, metrics=["detail", "clue_rougeL"])
    assert [column.metric.name for column in shown.columns] == ["detail", "clue_rougeL"]


def test_published_values_stand_beside_the_same_task_kind_metric_and_scoring_only(tmp_path):
    def beside(title: str, cases: Sequence = ()) -> list[tuple[str, float]]:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.doubleread"
        found = compared(compared_study(path, ("++", "+-"), title=title, cases=cases))
        return [(value.model, value.value) for one in found.published for value in one.values.values()]

    assert beside("nejm") == [("Llama-3-8B-Instruct", 0.643), ("OpenBioLLM-8B", 0.3)]
    assert beside("JAMA") == [("Llama-3-70B-Instruct", 0.65), ("OpenBioLLM-70B", 0.664)]
    assert beside("NEJM quiz") == []
    assert beside("NEJM", [diagnosis(0), diagnosis(1)]) == []
    # Our own accuracy is not that of the benchmark's code.
    assert beside("longhealth-1") == []


def test_every_published_figure_names_source_and_date():
    values = published_values()
    assert len(values) == 4 + 4 * 11
    for value in values:
        assert 0 < value.value < 1
        assert value.source.citation.endswith(f"({value.source.date})")
        assert value.role in ("general", "biomedical")
    by_key = {(value.model, value.task, value.metric): value.value for value in values}
    assert by_key["OpenBioLLM-8B", "longhealth-3", "longhealth_3_clue"] == 0.0155
    assert by_key["Llama-3-70B-Instruct", "clue-medisumcode", "clue_valid_codes"] == 0.9394
    assert by_key["OpenBioLLM-70B", "clue-probsum", "clue_concept_f1"] == 0.1774


def test_the_published_tasks_are_preset_tasks_or_the_ones_of_the_seed_study():
    assert {value.task for value in published_values()} <= {*TASKS, "NEJM", "JAMA"}


def test_published_values_are_of_metrics_of_their_kind_and_scoring():
    for value in published_values():
        if metric := registry.METRICS.get(value.metric):
            assert (metric.kind, metric.variant) == (value.kind, "clue")
        else:
            assert value.metric == "accuracy" or "clue" in value.metric


def test_notes_say_what_the_comparison_has_and_no_more(tmp_path):
    one = compared_study(tmp_path / "a.doubleread", ("+?+", "+--"), title="Solo", cases=_more(3))
    said = " ".join(comparison_notes(compared(one)))
    for words in ("(1 study compared)", "(1 such answer is counted)", "Wilson", "Newcombe", "mid-p", "choice 1."):
        assert words in said
    for words in ("SHA-256", "bootstrap", "Published", "by direction", "external", "first answers"):
        assert words not in said
    arms = (external("GPT"), BIOMEDICAL)
    two = compared_study(tmp_path / "b.doubleread", ("++-", "+--"), arms=arms)
    three = compared_study(
        tmp_path / "c.doubleread", ("++-", "+--"), title="JAMA", cases=_more(3, "j"), protocol=REPEATED
    )
    read_some(three, "R-01", 3)
    said = comparison_notes(compared(one, two, three))
    for words in ("SHA-256", "bootstrap", "Published", "by direction", "An external arm", "where the roles say so"):
        assert words in " ".join(said)
    assert len(said) == len(NOTES)
    joined = " ".join(comparison_notes(compared(one, two, same_names=True)))
    assert "those with the same name are taken to be the same" in joined


def test_the_record_holds_everything(tmp_path):
    one = compared_study(tmp_path / "a.doubleread", ("++-?", "+--+"))
    two = compared_study(tmp_path / "b.doubleread", ("+-", "+-"), title="JAMA", cases=_more(2))
    blind = compared_study(tmp_path / "c.doubleread", ("+-", "--"), title="Secret", cases=_more(2, "s"))
    read_some(two, "R-01", 2)
    read_some(blind, "R-01", 1)
    record = comparison_record(compared(one, two, blind))
    assert record.keys() == COMPARISON_KEYS.keys()
    assert [(study["number"], study["file"]) for study in record["studies"]] == [(1, str(one)), (2, str(two))]
    assert record["left_out"] == [{"file": str(blind), "title": "Secret", "reason": "R-01 has 1 case left"}]
    assert {item["metric"] for item in record["estimates"]} == {"accuracy", "answers-with-annotation", "annotations"}
    first = record["estimates"][0]
    assert (first["arm"], first["task"], first["studies"]) == (1, 1, [1])
    assert (first["estimate"]["successes"], first["estimate"]["n"]) == (2, 4)
    (pair,) = record["pairs"]
    assert pair["direction"] == "biomedical minus general"
    assert (pair["first"], pair["second"]) == (2, 1)
    assert pair["differences"][0]["test"].keys() == {"p", "exact", "n"}
    assert [one["values"][0]["date"] for one in record["published"]] == ["2025-06", "2025-06"]
    assert PAIR[0].model_sha256 == record["arms"][0]["sha256"]
