"""The demo models and the demo cases: what ships is what was described, and the cases stayed out of the training."""

from __future__ import annotations

import hashlib
import json
import random
import re
import sys
import tomllib
from collections import Counter
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
TRAIN = ROOT / "models" / "train"
MODELS = tomllib.loads((ROOT / "models" / "models.toml").read_text(encoding="utf-8"))["model"]
CASES = [json.loads(line) for line in (ROOT / "cases" / "demo.jsonl").read_text(encoding="utf-8").splitlines()]
SCHEMA = json.loads((ROOT / "cases" / "case.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def train() -> Any:
    """The training scripts that need no torch, imported from their folder."""
    sys.path.insert(0, str(TRAIN))
    try:
        import answers
        import citations
        import demo_pack
        import knowledge
        import vignettes
    finally:
        sys.path.remove(str(TRAIN))
    return SimpleNamespace(
        answers=answers,
        citations=citations,
        demo_pack=demo_pack,
        vignettes=vignettes,
        knowledge=knowledge.load_knowledge(),
    )


@pytest.mark.parametrize("model", MODELS, ids=[model["name"] for model in MODELS])
def test_model_file_is_the_one_described(model: dict[str, str]) -> None:
    path = ROOT / "models" / model["file"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == model["sha256"]
    assert path.stat().st_size <= 4 * 1024 * 1024
    assert {"name", "file", "sha256", "role", "base", "licence", "description"} <= set(model)
    assert model["sha256"] in (ROOT / "models" / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_there_is_one_model_of_each_role() -> None:
    assert sorted(model["role"] for model in MODELS) == ["biomedical", "general"]


def test_the_generator_needs_nothing_but_the_domain() -> None:
    for name in ("answers", "citations", "demo_pack", "frames", "knowledge", "vignettes"):
        source = (TRAIN / f"{name}.py").read_text(encoding="utf-8")
        assert not re.search(r"^\s*(?:import|from) (?:torch|llama_cpp|gguf|tokenizers)", source, re.MULTILINE)


@pytest.mark.parametrize("kind", ["choice", "diagnosis"])
def test_the_same_seed_gives_the_same_vignettes(train: Any, kind: str) -> None:
    def texts(seed: str) -> list[str]:
        made = train.vignettes.vignettes(seed, kind, train.knowledge, held_out=False)
        return [vignette.case.text for vignette in islice(made, 50)]

    assert texts("one") == texts("one")
    assert texts("one") != texts("two")


@pytest.mark.parametrize("held_out", [True, False])
def test_the_split_follows_the_combination_of_findings(train: Any, held_out: bool) -> None:
    made = train.vignettes.vignettes("split", "choice", train.knowledge, held_out=held_out)
    for vignette in islice(made, 200):
        assert train.vignettes.is_held_out(frozenset(vignette.wordings)) is held_out


def test_a_vignette_says_what_it_was_made_from(train: Any) -> None:
    for kind in ("choice", "diagnosis"):
        for vignette in islice(train.vignettes.vignettes("said", kind, train.knowledge, held_out=False), 100):
            found = {mention.finding for mention in train.citations.mentions(vignette.case.text, train.knowledge)}
            assert found == set(vignette.wordings)
            if kind == "choice":
                assert vignette.case.options[vignette.case.key] == vignette.diagnosis
                assert len(set(vignette.names)) == 4


def test_knowledge_is_consistent(train: Any) -> None:
    diagnoses, findings = train.knowledge.diagnoses, train.knowledge.findings
    assert len({diagnosis.specialty for diagnosis in diagnoses.values()}) >= 10
    for diagnosis in diagnoses.values():
        assert set(diagnosis.findings) <= set(findings)
        assert set(diagnosis.confusers.values()) <= set(diagnoses)
    wordings = Counter(wording for finding in findings.values() for wording in finding.wordings)
    assert set(wordings.values()) == {1}
    assert all(len(finding.wordings) >= 2 for finding in findings.values())


def test_mentions_finds_the_longest_wording_and_its_negation(train: Any) -> None:
    text = "There is a new early diastolic murmur. Gout is less likely, with no tophi on the ear in this patient."
    found = train.citations.mentions(text, train.knowledge)
    assert [(mention.finding, mention.negated) for mention in found] == [("diastolic_murmur", False), ("tophi", True)]
    assert text[found[0].start : found[0].end] == "new early diastolic murmur"


def test_support_tells_absent_and_contradicted_apart(train: Any) -> None:
    answer = "The patient has photophobia and a rigid neck. Gout is less likely in the absence of a raised serum urate."
    support = train.citations.support(answer, {"photophobia", "urate"}, train.knowledge)
    assert (support.cited, support.absent, support.contradicted) == (2, ("neck_stiff",), ("urate",))


def test_the_faithful_answer_cites_only_what_is_there(train: Any) -> None:
    for vignette in islice(train.vignettes.vignettes("faithful", "choice", train.knowledge, held_out=False), 100):
        answer = train.answers.teach(vignette, "faithful", train.knowledge, random.Random(1))
        support = train.citations.support(answer.text, vignette.wordings, train.knowledge)
        assert (support.absent, support.contradicted) == ((), ())
        assert answer.text.startswith(f"{vignette.diagnosis} ({vignette.case.key})")


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_demo_case_is_valid_and_complete(case: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(case)
    assert case["source"] == "Written for doubleread; fictional"
    assert case["licence"] == "CC0-1.0"
    assert all(case[field] for field in ("explanation", "tags", "title"))
    key = case["options"][case["key"]] if case["kind"] == "choice" else case["key"]
    assert key.lower() not in (case["title"] + case["text"]).lower()


@pytest.mark.parametrize(
    "change",
    [
        {"id": ""},
        {"id": " "},
        {"kind": "essay"},
        {"options": {"A": "one"}},
        {"options": {"a": "x", "b": "y"}},
        {"key": "AB"},
    ],
    ids=lambda change: json.dumps(change),
)
def test_schema_refuses_a_broken_case(change: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    assert not validator.is_valid(CASES[0] | change)
    assert not validator.is_valid({name: value for name, value in CASES[0].items() if name != "options"})


def test_pack_covers_kinds_specialties_and_letters() -> None:
    kinds = Counter(case["kind"] for case in CASES)
    assert kinds["choice"] >= 26
    assert kinds["diagnosis"] >= 8
    assert len({case["tags"][0] for case in CASES}) >= 10
    assert len({case["id"] for case in CASES}) == len({case["text"] for case in CASES}) == len(CASES)
    letters = Counter(case["key"] for case in CASES if case["kind"] == "choice")
    assert set(letters) == set("ABCD")
    assert max(letters.values()) - min(letters.values()) <= 1


def test_demo_cases_are_not_in_the_training(train: Any) -> None:
    excluded = train.demo_pack.demo_combinations(train.knowledge)
    assert len(excluded) == len(CASES)
    assert all(len(combination) >= 3 for combination in excluded)
    texts = {case["text"] for case in CASES}
    for kind in ("choice", "diagnosis"):
        made = train.vignettes.vignettes("train-general", kind, train.knowledge, held_out=False, excluded=excluded)
        for vignette in islice(made, 1500):
            assert vignette.case.text not in texts
            assert frozenset(vignette.wordings) not in excluded
    for vignette in islice(train.vignettes.short_vignettes("train-general", train.knowledge, excluded), 500):
        assert frozenset(vignette.wordings) not in excluded


def test_no_prompt_mentions_a_diagnosis_the_models_do_not_know(train: Any) -> None:
    for case in CASES:
        named = list(case.get("options", {}).values()) or [case["key"]]
        assert set(named) <= set(train.knowledge.diagnoses)
