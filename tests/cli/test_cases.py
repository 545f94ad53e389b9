"""`doubleread cases ...`."""

from __future__ import annotations

import json

from cli.conftest import write_pack


def test_a_good_pack_is_counted(invoke, tmp_path):
    done = invoke("cases", "check", write_pack(tmp_path / "a.jsonl", 2))
    assert done.code == 0
    assert "2 cases, nothing wrong (2 choice)" in done.out


def test_every_bad_line_is_named_by_file_line_and_field(invoke, tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"id": "x"}\n{"id": "y", "kind": "choice", "text": 3}\nnot json\n', encoding="utf-8")
    done = invoke("cases", "check", bad, write_pack(tmp_path / "good.jsonl"))
    assert done.code == 1
    for line in (1, 2, 3):
        assert f"{bad}, line {line}" in done.err
    assert f"{bad}, line 2, text: must be a text" in done.err
    assert "good.jsonl: 3 cases" in done.out


def test_ids_that_stand_in_two_packs_are_named(invoke, tmp_path):
    (tmp_path / "b").mkdir()
    one, two = write_pack(tmp_path / "a.jsonl"), write_pack(tmp_path / "b" / "a.jsonl")
    done = invoke("cases", "check", one, two)
    assert done.code == 1
    assert done.err.count("stands already in") == 3


def test_converting_medqa(invoke, tmp_path):
    source = tmp_path / "medqa.jsonl"
    source.write_text(
        json.dumps(
            {
                "question": "A man coughs. What is the diagnosis?",
                "options": {"A": "Asthma", "B": "Cold"},
                "answer_idx": "B",
                "answer": "Cold",
            }
        ),
        encoding="utf-8",
    )
    out = tmp_path / "pack.jsonl"
    assert invoke("cases", "convert", source, "--format", "medqa", "--out", out).code == 0
    assert invoke("cases", "check", out).code == 0
    again = invoke("cases", "convert", source, "--format", "medqa", "--out", out)
    assert again.code == 1
    assert "--force" in again.err
    assert invoke("cases", "convert", source, "--format", "medqa", "--out", out, "--force").code == 0


def test_nothing_is_written_where_a_line_is_bad(invoke, tmp_path):
    source = tmp_path / "medqa.jsonl"
    source.write_text('{"question": 1}\n', encoding="utf-8")
    out = tmp_path / "pack.jsonl"
    assert invoke("cases", "convert", source, "--format", "medqa", "--out", out).code == 1
    assert not out.exists()


def test_an_unknown_format_is_wrong_use_and_the_known_ones_are_named(invoke, tmp_path):
    done = invoke("cases", "convert", tmp_path / "x", "--format", "excel", "--out", tmp_path / "pack.jsonl")
    assert done.code == 2
    assert "native, medqa, csv" in done.err
