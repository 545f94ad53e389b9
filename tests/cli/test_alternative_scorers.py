"""`doubleread run --alternative-scorers` as a user calls it, with real models through the real llama.cpp."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from cli.conftest import write_pack

LETTERS = "SELECT answer_id, chosen, confidence FROM scores WHERE scorer = 'letter-likelihood' ORDER BY answer_id"
SECOND = ["letter-likelihood", "text-likelihood", "constrained-letter"]


def rows(study, sql):
    with closing(sqlite3.connect(f"file:{study}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def test_alternative_scorers_follow_the_answers_and_are_made_once(invoke, make):
    study = make(2)
    done = invoke("run", study, "--alternative-scorers", "constrained,letters, texts", "--json")
    assert done.code == 0, done.err
    record = done.json["alternative_scorers"]
    assert (record["made"], record["missing"], record["stopped"]) == (12, 0, False)
    assert [item["scorer"] for item in record["scorers"]] == ["choice", *SECOND] * 2
    found = rows(study, "SELECT scorer, outcome, chosen, confidence FROM scores ORDER BY answer_id, id")
    assert [row[0] for row in found] == ["choice", *SECOND] * 4
    for scorer, outcome, chosen, confidence in found:
        if scorer != "choice":
            assert chosen in ("A", "B")
            assert outcome == ("correct" if chosen == "B" else "incorrect")
            assert confidence is None if scorer == SECOND[2] else 0.5 <= confidence <= 1
    again = invoke("run", study, "--alternative-scorers", "letters")
    assert (again.code, again.err) == (0, "nothing is missing\nno score of an alternative scorer is missing\n")
    assert "letter-likelihood: " in again.out
    assert invoke("score", study).code == 0
    assert rows(study, "SELECT count(*) FROM scores") == [(16,)]
    assert invoke("verify", study).code == 0


def test_only_what_is_lacking_is_made(invoke, make):
    study = make(2)
    assert invoke("run", study, "--alternative-scorers", "letters").code == 0
    before = rows(study, LETTERS)
    assert (
        invoke("run", study, "--alternative-scorers", "letters,texts", "--json").json["alternative_scorers"]["made"]
        == 4
    )
    assert rows(study, LETTERS) == before


def test_a_way_that_there_is_not_is_refused_before_anything_is_made(invoke, make):
    study = make(1)
    done = invoke("run", study, "--alternative-scorers", "letters,guess")
    assert done.code == 2
    assert "guess" in done.err
    assert "letters, texts, constrained" in done.err
    assert rows(study, "SELECT count(*) FROM answers") == [(0,)]


def test_a_question_too_long_for_the_second_turn_is_named_and_the_others_are_made(invoke, make, tmp_path):
    short = make(1, text="x")
    assert invoke("run", short).code == 0
    ((count,),) = rows(short, "SELECT DISTINCT json_extract(manifest, '$.prompt_tokens') FROM answers")
    short.unlink()
    # A token is a byte: 1,000 of the model's 1,024 are the prompt's.
    study = make(1, text="x" * (1001 - count))
    assert invoke("run", study).code == 0
    done = invoke("run", study, "--alternative-scorers", "letters,constrained", "--json")
    record = done.json["alternative_scorers"]
    assert (done.code, record["made"], record["missing"]) == (1, 2, 2)
    assert done.err.count("Prompt too long") == 2


def test_answers_made_elsewhere_are_left_as_they_are(invoke, tmp_path):
    study, pack, answers = tmp_path / "study.doubleread", write_pack(tmp_path / "pack.jsonl", 1), tmp_path / "a.jsonl"
    answers.write_text('{"case_id": "pack-0", "text": "B. Pneumonia"}\n', encoding="utf-8")
    assert invoke("new", study, "--cases", pack, "--model-a", "One", "--model-b", "Two").code == 0
    for name in ("One", "Two"):
        assert invoke("import-answers", study, answers, "--arm", name).code == 0
    done = invoke("run", study, "--alternative-scorers", "letters")
    assert done.code == 0
    assert "answers without a model file here" in done.err
    assert rows(study, "SELECT DISTINCT scorer FROM scores") == [("choice",)]


def test_the_demo_models_know_their_own_answers_texts(invoke, tmp_path):
    """The general demo model was taught to write the name of what it finds, so its texts must weigh most."""
    path = tmp_path / "demo.doubleread"
    assert invoke("demo", "--headless", "--study", path).code == 0
    assert invoke("run", path, "--alternative-scorers", "texts", "--json").code == 0
    (record,) = [
        item
        for item in invoke("run", path, "--alternative-scorers", "texts", "--json").json["alternative_scorers"][
            "scorers"
        ]
        if item["arm"] == "demo-general" and item["scorer"] == "text-likelihood"
    ]
    assert record["agreement_with_primary"]["successes"] >= 0.9 * record["agreement_with_primary"]["n"] > 20
