"""`doubleread cases ...`."""

from __future__ import annotations

import json

import pytest

from cli.conftest import write_pack


def test_a_good_pack_is_counted(invoke, tmp_path):
    done = invoke("cases", "check", write_pack(tmp_path / "a.jsonl", 2))
    assert done.code == 0
    assert "2 cases, no problems (2 choice)" in done.out


def test_every_bad_line_is_named_by_file_line_and_field(invoke, tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"id": "x"}\n{"id": "y", "kind": "choice", "text": 3}\nnot json\n', encoding="utf-8")
    done = invoke("cases", "check", bad, write_pack(tmp_path / "good.jsonl"))
    assert done.code == 1
    for line in (1, 2, 3):
        assert f"{bad}, line {line}" in done.err
    assert f"{bad}, line 2, text: must be a text" in done.err
    assert "good.jsonl: 3 cases" in done.out


def test_ids_in_two_packs_are_named(invoke, tmp_path):
    (tmp_path / "b").mkdir()
    one, two = write_pack(tmp_path / "a.jsonl"), write_pack(tmp_path / "b" / "a.jsonl", title="other")
    for more in ([], ["--skip-bad"]):
        done = invoke("cases", "check", one, two, *more)
        assert done.code == 1
        assert done.err.count("is already an id in") == 3


def test_the_same_cases_in_two_packs_can_be_left_out(invoke, tmp_path):
    (tmp_path / "b").mkdir()
    one, two = write_pack(tmp_path / "a.jsonl"), write_pack(tmp_path / "b" / "a.jsonl", 4)
    done = invoke("cases", "check", one, two)
    assert done.code == 1
    assert done.err.count(f"the same case as in {one}") == 3
    assert invoke("cases", "check", one, two, "--skip-bad").out.endswith("1 case (1 choice), 3 lines skipped\n")


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
    assert "native, medqa, table" in done.err


def bad_pack(tmp_path, name="bad.jsonl"):
    """Three cases, the second with two options of the same text, and a line that is no JSON."""
    pack = write_pack(tmp_path / name)
    lines = pack.read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1].replace("Asthma", "Pneumonia")
    pack.write_text("\n".join([*lines, "{"]), encoding="utf-8")
    return pack


def test_faulty_lines_are_left_out_listed_and_counted(invoke, tmp_path):
    pack = bad_pack(tmp_path)
    refused = invoke("cases", "check", pack)
    assert refused.code == 1
    assert "2 problems in 2 lines; correct them, or add --skip-bad to skip them" in refused.err
    done = invoke("cases", "check", pack, "--skip-bad")
    assert done.code == 0
    assert done.out == f"{pack}: 2 cases (2 choice), 2 lines skipped\n"
    assert f"skipped: {pack}, line 2, options: options A and B have the same text" in done.err
    assert f"skipped: {pack}, line 4: not valid JSON" in done.err
    assert "2 lines skipped" in done.err


def test_what_is_left_out_goes_to_a_file(invoke, tmp_path):
    pack, out, listed = bad_pack(tmp_path), tmp_path / "out.jsonl", tmp_path / "left-out.jsonl"
    arguments = ["cases", "convert", pack, "--format", "native", "--out", out, "--skip-bad", "--skipped-out", listed]
    done = invoke(*arguments)
    assert (done.code, done.out) == (0, f"{out}: 2 cases written\n")
    assert f"2 lines skipped; {listed} lists them" in done.err
    assert "have the same text" not in done.err
    records = [json.loads(line) for line in listed.read_text(encoding="utf-8").splitlines()]
    assert [(item["line"], item.get("field"), item.get("id")) for item in records] == [
        (2, "options", "bad-1"),
        (4, None, None),
    ]
    assert records[0]["file"] == str(pack)
    assert "have the same text" in records[0]["reason"]
    assert len(out.read_text(encoding="utf-8").splitlines()) == 2


def test_what_is_left_out_is_in_the_json_document(invoke, tmp_path):
    pack, out = bad_pack(tmp_path), tmp_path / "out.jsonl"
    done = invoke("cases", "convert", pack, "--format", "native", "--out", out, "--skip-bad", "--json")
    assert (done.json["cases"], done.json["left_out"]) == (2, 2)
    assert [item["line"] for item in done.json["left_out_because"]] == [2, 4]
    checked = invoke("cases", "check", pack, "--json")
    assert checked.code == 1
    assert checked.json["files"][0]["faulty_lines"] == 2
    assert invoke("cases", "check", pack, "--json", "--skip-bad").code == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{\n", "no valid line is left"),
        ("[{}]", "no valid line is left"),
        ("[{}", "not all of which --skip-bad can skip"),
    ],
)
def test_a_pack_of_which_nothing_is_left_is_refused(invoke, tmp_path, text, words):
    pack, out = tmp_path / "bad.jsonl", tmp_path / "out.jsonl"
    pack.write_text(text, encoding="utf-8")
    done = invoke("cases", "convert", pack, "--format", "native", "--out", out, "--skip-bad")
    assert done.code == 1
    assert words in done.err
    assert not out.exists()


def test_a_table_with_broken_quoting_is_refused_also_with_skipping(invoke, tmp_path):
    source, out = tmp_path / "table.csv", tmp_path / "out.jsonl"
    source.write_text('text,key\nA man.,Gout\n"A toe.,Flu\nA nose.,Cold\n', encoding="utf-8")
    done = invoke("cases", "convert", source, "--format", "table", "--out", out, "--skip-bad")
    assert done.code == 1
    assert "never closed" in done.err
    assert not out.exists()


def test_a_list_of_what_is_left_out_needs_skipping(invoke, tmp_path):
    assert invoke("cases", "check", bad_pack(tmp_path), "--skipped-out", tmp_path / "x").code == 2


def test_ids_stay_and_a_prefix_keeps_the_original(invoke, tmp_path):
    one, two = write_pack(tmp_path / "a.jsonl"), tmp_path / "b.jsonl"
    two.write_text(one.read_text(encoding="utf-8"), encoding="utf-8")
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    assert invoke("cases", "convert", one, "--format", "native", "--out", first).code == 0
    assert invoke("cases", "convert", two, "--format", "native", "--out", second, "--id-prefix", "b-").code == 0
    records = [json.loads(line) for line in second.read_text(encoding="utf-8").splitlines()]
    assert [(item["id"], item["original_id"]) for item in records] == [(f"b-a-{n}", f"a-{n}") for n in range(3)]
    ambiguous = invoke("cases", "check", first, second)
    assert ambiguous.code == 1
    assert '"a-0" is the id of another case' in ambiguous.err
    third = tmp_path / "third.jsonl"
    assert invoke("cases", "convert", one, "--format", "native", "--out", third, "--id-prefix", "a-").code == 0
    assert invoke("cases", "check", third, second).code == 0


def test_an_encoding_can_be_named(invoke, tmp_path):
    source, out = tmp_path / "table.csv", tmp_path / "out.jsonl"
    source.write_bytes("text,key\nEin Mann,M\u00e9ni\u00e8re\n".encode("cp1252"))
    arguments = ("cases", "convert", source, "--format", "table", "--out", out)
    refused = invoke(*arguments)
    assert refused.code == 1
    assert "is not UTF-8" in refused.err
    assert "--encoding" in refused.err
    assert invoke(*arguments, "--encoding", "latin-99").code == 2
    assert invoke(*arguments, "--encoding", "hex").code == 2
    assert invoke(*arguments, "--encoding", "cp1252").code == 0
    assert json.loads(out.read_text(encoding="utf-8"))["key"] == "M\u00e9ni\u00e8re"


def test_standard_output_is_a_pack_and_nothing_else(invoke, tmp_path):
    done = invoke("cases", "convert", write_pack(tmp_path / "a.jsonl"), "--format", "native", "--out", "-")
    assert done.code == 0
    assert [json.loads(line)["id"] for line in done.out.splitlines()] == ["a-0", "a-1", "a-2"]
    assert "3 cases written" in done.err


def test_a_file_is_not_converted_into_itself(invoke, tmp_path):
    pack = write_pack(tmp_path / "a.jsonl")
    before = pack.read_bytes()
    done = invoke("cases", "convert", pack, "--format", "native", "--out", pack, "--force")
    assert done.code == 1
    assert pack.read_bytes() == before


@pytest.mark.parametrize("name", ["out.jsonl", "./out.jsonl", "a.jsonl"])
def test_the_list_does_not_replace_the_pack_or_the_source(invoke, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    pack = bad_pack(tmp_path, "a.jsonl")
    before = pack.read_bytes()
    arguments = ("cases", "convert", "a.jsonl", "--format", "native", "--out", "out.jsonl", "--force", "--skip-bad")
    done = invoke(*arguments, "--skipped-out", name)
    assert (done.code, "named twice" in done.err) == (1, True)
    assert pack.read_bytes() == before
    assert not (tmp_path / "out.jsonl").exists()


def test_another_encoding_is_proposed_for_text_alone(invoke, tmp_path):
    sheet, text = tmp_path / "sheet.xlsx", tmp_path / "text.csv"
    sheet.write_bytes(b"PK\x03\x04" + b"\0" * 40)
    text.write_bytes("id,text,question,key\n1,Fi\xe8vre.,Why?,Flu\n".encode("latin-1"))
    out = tmp_path / "out.jsonl"
    assert "--encoding" not in invoke("cases", "convert", sheet, "--format", "table", "--out", out).err
    refused = invoke("cases", "convert", text, "--format", "table", "--out", out).err
    assert "name it: --encoding cp1252" in refused
    assert "correct it and try again" in refused


def test_every_format_is_listed(invoke):
    from doubleread.cases.formats import FORMATS

    assert "doubleread cases formats" in invoke("cases", "convert", "--help").out
    words = invoke("cases", "formats").out
    assert [name for name in FORMATS if name not in words] == []


def test_a_format_that_is_not_named_is_recognised_and_said(invoke, tmp_path):
    source, out = tmp_path / "visits.csv", tmp_path / "pack.jsonl"
    source.write_text("dataset,encounter_id,dialogue,note\naci,V1,hello,Well.\n", encoding="utf-8")
    done = invoke("cases", "convert", source, "--out", out)
    assert done.code == 0
    assert "is read as aci-bench; if that is wrong, name its format with --format" in done.err
    assert json.loads(out.read_text(encoding="utf-8"))["id"] == "V1"
    assert invoke("cases", "check", source).out == f"{source}: 1 case, no problems (1 summary), read as aci-bench\n"
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    refused = invoke("cases", "convert", other, "--out", out, "--force")
    assert (refused.code, "name it with --format: native, medqa" in refused.err) == (1, True)


def test_a_study_is_made_of_a_file_of_another_format(invoke, tmp_path):
    source = tmp_path / "visits.csv"
    source.write_text("dataset,encounter_id,dialogue,note\naci,V1,hello,Well.\n", encoding="utf-8")
    done = invoke("new", tmp_path / "s", "--cases", source, "--model-a", "X", "--model-b", "Y")
    assert done.code == 0
    assert f"{source} is read as aci-bench" in done.err
