"""`doubleread score --concepts` and `--bertscore`: alternative scorers of summaries with a file of the user's.

bert-score needs PyTorch and is not installed for tests; a module of the same name stands in for it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import types
from contextlib import closing

import pytest

from doubleread import locations
from outline_rows import row_of

KEYS = ["Chest pain and fever.", "Croup with stridor."]
ANSWERS = {"Alpha": ["Fever, chest pains.", "Croup."], "Beta": ["Fever.", ""]}
TABLE = "term,concept\nchest pain,C1\nfever,C2\npyrexia,C2\ncroup,C3\nstridor,C4\n"


@pytest.fixture
def study(tmp_path, invoke):
    pack = tmp_path / "pack.jsonl"
    cases = [
        {"id": f"s{n}", "kind": "summary", "text": "A visit.", "question": "Summarise.", "key": key}
        for n, key in enumerate(KEYS)
    ]
    pack.write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    path = tmp_path / "s.doubleread"
    assert invoke("new", path, "--cases", pack, "--model-a", "Alpha", "--model-b", "Beta").code == 0
    for name, texts in ANSWERS.items():
        file = tmp_path / f"{name}.jsonl"
        records = [{"case_id": f"s{n}", "text": text} for n, text in enumerate(texts)]
        file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        done = invoke("import-answers", path, file, "--arm", name)
        assert done.code == 0, done.err
    return path


def scores(study, scorer):
    with closing(sqlite3.connect(f"file:{study}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT version, outcome, measures, evidence FROM scores JOIN answers ON answers.id = answer_id"
            " WHERE scorer = ? ORDER BY arm_id, case_id",
            [scorer],
        ).fetchall()
    return [
        (version, outcome, json.loads(measures), json.loads(evidence)) for version, outcome, measures, evidence in rows
    ]


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def measured(invoke, study, metric):
    record = invoke("results", study, "--json").json
    row = row_of(record, "measures", metric)
    return sorted((row["first"]["value"], row["second"]["value"]))


def test_summaries_are_scored_by_the_concepts_of_a_table(study, invoke, tmp_path):
    table = written(tmp_path / "terms.csv", TABLE)
    done = invoke("score", study, "--concepts", table)
    assert done.code == 0, done.err
    assert done.out.splitlines()[1].startswith("4 summaries scored by concepts; version terms.csv, sha256 ")
    found = scores(study, "concepts")
    assert sorted(measures["concept_f1"] for _, _, measures, _ in found) == pytest.approx([0, 2 / 3, 2 / 3, 1])
    assert {version.split("(")[1][:9] for version, *_ in found} == {"terms.csv"}
    assert measured(invoke, study, "concept_f1") == pytest.approx([(2 / 3 + 0) / 2, (1 + 2 / 3) / 2])
    # ROUGE stays the primary score, and another list replaces the scores of the first.
    assert len(scores(study, "rouge")) == 4
    other = written(tmp_path / "other.tsv", "Term\tConcept\nfever\tC2\ncroup\tC3\n")
    assert invoke("score", study, "--concepts", other).code == 0
    assert [measures["concept_recall"] for _, _, measures, _ in scores(study, "concepts")].count(1.0) == 3
    assert invoke("score", study).code == 0
    assert len(scores(study, "concepts")) == 4
    assert invoke("verify", study).code == 0


def test_the_index_of_umls_is_kept_and_holds_no_terms(study, invoke, tmp_path):
    columns = "{}|ENG|P|L1|PF|S1|Y|A1||||X|PT|1|{}|9|N|256|\n"
    terms = written(tmp_path / "MRCONSO.RRF", columns.format("C01", "Fever") + columns.format("C02", "Chest pain"))
    assert invoke("score", study, "--concepts", terms).code == 0
    first = scores(study, "concepts")
    (kept,) = locations.concept_indexes().iterdir()
    assert b"ever" not in kept.read_bytes()
    assert invoke("score", study, "--concepts", terms).code == 0
    assert scores(study, "concepts") == first
    kept.write_bytes(b"damaged")
    assert invoke("score", study, "--concepts", terms).code == 0
    assert scores(study, "concepts") == first
    refused = invoke("score", study, "--concepts", terms, "--language", "GER")
    assert refused.code == 1
    assert "it has no terms in the language GER; check the language, for instance ENG" in refused.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("word,concept\nfever,C1\n", "its first row does not name the columns term and concept; name them"),
        ("term,concept\n", "it has no terms; add lines of term and concept"),
        (
            "term,concept\nfever,C1\nFevers,C2\n",
            'lines 2 and 3 give the term "Fevers" two concepts, C1 and C2; correct these lines',
        ),
        ("term,concept\nfever,\n,C1\n", "line 2 has no concept; line 3 has no term; correct these lines"),
    ],
)
def test_a_list_that_can_not_be_used_is_refused_before_anything_is_scored(study, invoke, tmp_path, text, message):
    done = invoke("score", study, "--concepts", written(tmp_path / "terms.csv", text))
    assert (done.code, done.out) == (1, "")
    assert message in done.err
    assert scores(study, "concepts") == []


def test_a_missing_list_is_refused(study, invoke, tmp_path):
    done = invoke("score", study, "--concepts", tmp_path / "none.csv")
    assert done.code == 1
    assert "it cannot be read (No such file or directory); check the path" in done.err


def test_a_study_without_summaries_has_nothing_to_measure(tmp_path, invoke):
    pack = written(
        tmp_path / "pack.jsonl", '{"id": "1", "kind": "diagnosis", "text": "t", "question": "q", "key": "Gout"}\n'
    )
    study = tmp_path / "s.doubleread"
    invoke("new", study, "--cases", pack, "--model-a", "Alpha", "--model-b", "Beta")
    done = invoke("score", study, "--concepts", written(tmp_path / "terms.csv", TABLE))
    assert done.code == 1
    assert "the study has no answer to a case of kind summary" in done.err


class Column(list):
    def tolist(self):
        return list(self)


class StandInTokenizer:
    model_max_length = 10**30

    def tokenize(self, text):
        return text.split()


class StandIn:
    """Stands in for bert_score.BERTScorer: the similarity is the proportion of common letters."""

    made: list = []

    def __init__(self, model_type, num_layers):
        self.model_type, self.num_layers = model_type, num_layers
        self._tokenizer = StandInTokenizer()
        self.calls = []
        StandIn.made.append(self)

    def score(self, candidates, references, batch_size):
        self.calls.append(list(candidates))
        found = [len(set(one) & set(other)) / len(set(one)) for one, other in zip(candidates, references, strict=True)]
        return Column(found), Column(found), Column(found)


@pytest.fixture
def bert(monkeypatch):
    module, utils = types.ModuleType("bert_score"), types.ModuleType("bert_score.utils")
    module.BERTScorer, utils.model2layers = StandIn, {"tiny": 2}
    monkeypatch.setitem(sys.modules, "bert_score", module)
    monkeypatch.setitem(sys.modules, "bert_score.utils", utils)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    StandIn.made.clear()
    return module


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "tiny"
    folder.mkdir()
    written(folder / "config.json", '{"model_type": "bert", "num_hidden_layers": 3, "max_position_embeddings": 512}')
    written(folder / "model.safetensors", "weights")
    return folder


def test_summaries_are_scored_by_bertscore_in_one_batch(study, invoke, bert, model):
    done = invoke("score", study, "--bertscore", model)
    assert done.code == 0, done.err
    (loaded,) = StandIn.made
    assert (loaded.model_type, loaded.num_layers) == (str(model), 2)
    assert (len(loaded.calls), sorted(loaded.calls[0])) == (1, ["Croup.", "Fever, chest pains.", "Fever."])
    assert os.environ["HF_HUB_OFFLINE"] == os.environ["TRANSFORMERS_OFFLINE"] == "1"
    found = scores(study, "bertscore")
    assert len(found) == 4
    assert [(outcome, measures["bertscore_f1"]) for _, outcome, measures, _ in found].count(("unparsed", 0.0)) == 1
    (version,) = {version for version, *_ in found}
    assert ", tiny, layer 2, sha256 " in version
    assert version.startswith("1 (bert-score ")
    assert measured(invoke, study, "bertscore_f1")
    assert invoke("score", study, "--bertscore", model, "--layers", 3).code == 0
    assert ", tiny, layer 3, " in scores(study, "bertscore")[0][0]
    written(model / "model.safetensors", "other weights")
    assert invoke("score", study, "--bertscore", model, "--layers", 3).code == 0
    assert scores(study, "bertscore")[0][0].split("sha256")[1] != version.split("sha256")[1]


def test_many_pairs_are_embedded_some_at_a_time(bert, model):
    from doubleread.runs.bertscore import load_bert_scorer

    scorer = load_bert_scorer(model)
    found = scorer.scores([(f"answer {number}", "reference") for number in range(600)] + [("a " * 600, "b")])
    assert [len(call) for call in StandIn.made[0].calls] == [256, 256, 89]
    assert [score.outcome for score in found] == ["measured"] * 601
    assert (found[0].reason, found[-1].reason) == (
        "texts read whole",
        "only the first 512 tokens of answer are read",
    )


def test_without_the_extra_it_says_what_to_install(study, invoke, model, monkeypatch):
    monkeypatch.setitem(sys.modules, "bert_score", None)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    done = invoke("score", study, "--bertscore", model)
    assert done.code == 1
    assert done.err.startswith("No BERTScore: the package bert-score cannot be imported")
    assert 'install it with: pip install "doubleread[bertscore]"' in done.err


def test_a_folder_that_is_no_model_is_refused(study, invoke, bert, model, tmp_path):
    def refusal(folder, *more):
        done = invoke("score", study, "--bertscore", folder, *more)
        assert (done.code, done.out) == (1, "")
        return done.err

    assert "there is no folder" in refusal(tmp_path / "none")
    assert "has no readable config.json" in refusal(tmp_path)
    assert "the model has 3 layers, not 9; choose one from 1 to 3" in refusal(model, "--layers", 9)
    (model / "model.safetensors").unlink()
    assert "has no weights" in refusal(model)
    written(model / "pytorch_model.bin", "weights")
    other = model.rename(model.with_name("not5"))
    assert 'contains "t5", which bert-score takes for a T5 model; rename the folder' in refusal(other)
    assert scores(study, "bertscore") == []


def test_a_model_that_can_not_be_loaded_is_refused(study, invoke, bert, model):
    def broken(model_type, num_layers):
        raise OSError("no file named tokenizer.json\nmore")

    bert.BERTScorer = broken
    done = invoke("score", study, "--bertscore", model)
    assert "cannot be loaded (no file named tokenizer.json); check that it is a complete model" in done.err
