"""The options that say how case files are read: columns, values, encodings, splits; and duplicate cases."""

import json

import pyarrow
import pyarrow.parquet
import pytest

from cases.dataset_files import workbook
from cli.conftest import write_pack
from doubleread.domain.events.study import StudyCreated
from doubleread.store import StudyFile

COLUMNS = ["Nr", "Fall", "Frage", "Antwort 1", "Antwort 2", "Lösung", "Station"]
ROW = ["7", " Ein Mann hustet. ", "Was ist es?", "Grippe", "Erkältung", "B", "3"]
MAPPED = (
    "--map=id=Nr", "--map=text=fall", "--map=question=Frage", "--map=option_a=Antwort 1", "--map=option_b=Antwort 2",
    "--map=key=Lösung",
)  # fmt: skip


def sheet(tmp_path, container, encoding="utf-8"):
    path = tmp_path / f"cases.{container}"
    if container in ("csv", "tsv"):
        mark = ";" if container == "csv" else "\t"
        path.write_bytes("\r\n".join(mark.join(cells) for cells in (COLUMNS, ROW)).encode(encoding))
    elif container == "xlsx":
        path.write_bytes(workbook(COLUMNS, ROW))
    elif container == "jsonl":
        path.write_text(json.dumps(dict(zip(COLUMNS, ROW, strict=True)), ensure_ascii=False), encoding="utf-8")
    else:
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist([dict(zip(COLUMNS, ROW, strict=True))]), path)
    return path


@pytest.mark.parametrize("container", ["csv", "tsv", "xlsx", "jsonl", "parquet"])
def test_columns_of_any_name_are_mapped_to_fields(invoke, tmp_path, container):
    source, out = sheet(tmp_path, container), tmp_path / "out.jsonl"
    done = invoke("cases", "convert", source, "--out", out, *MAPPED, "--set", "tags=lung; adult", "--licence", "own")
    assert done.code == 0, done.err
    assert json.loads(out.read_text(encoding="utf-8")) == {
        "id": "7",
        "kind": "choice",
        "text": " Ein Mann hustet. ",
        "question": "Was ist es?",
        "key": "B",
        "options": {"A": "Grippe", "B": "Erkältung"},
        "tags": ["lung", "adult"],
        "licence": "own",
        "Station": "3",
    }


def test_a_column_that_is_not_there_is_named_with_those_found(invoke, tmp_path):
    for container in ("csv", "jsonl"):
        source = sheet(tmp_path, container)
        done = invoke("cases", "check", source, *MAPPED[:-1], "--map", "key=Loesung")
        assert done.code == 1
        assert "Loesung: there is no" in done.err
        assert "found" in done.err
        assert "Nr, Fall, Frage, Antwort 1" in done.err
        assert "correct --map key=" in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--map", "Frage"), "is not of the form FIELD=COLUMN"),
        (("--map", "frage=Frage"), 'cases have no field "frage"'),
        (("--map", "text=a", "--map", "case=b"), "--map gives text twice"),
        (("--map", "text=a", "--format", "medqa"), "those of medqa are known"),
        (("--set", "key=B"), '--set cannot set the field "key"'),
        (("--set", "kind="), "is not of the form FIELD=VALUE"),
        (("--format", "excel"), 'there is no format "excel"'),
        (("--encoding", "latin-99"), 'there is no encoding "latin-99"'),
    ],
)
def test_options_that_say_nothing_are_wrong_use(invoke, tmp_path, arguments, words):
    for command in (("cases", "check", tmp_path / "x"), ("cases", "convert", tmp_path / "x", "--out", tmp_path / "y")):
        done = invoke(*command, *arguments)
        assert done.code == 2
        assert words in done.err


KINDS = [
    ("summary", "Long,Short\nA man coughs.,He coughs.\n", ("text=Long", "key=Short"), "question=Sum up.", "He coughs."),
    ("inference", "P,H,L\nA man.,He is ill.,neutral\n", ("text=P", "question=H", "key=L"), "title=x", "neutral"),
    ("coding", 'T,C\nA man.,"E11.9; I10"\n', ("text=T", "key=C"), "question=Codes?", ["E11.9", "I10"]),
    ("extraction", 'T,V\nA man.,"{""hb"": 9.1}"\n', ("text=T", "key=V"), "question=Values?", {"hb": 9.1}),
]


@pytest.mark.parametrize(("kind", "text", "mapped", "value", "key"), KINDS)
def test_other_kinds_are_made_with_a_mapping_and_a_value(invoke, tmp_path, kind, text, mapped, value, key):
    source, out = tmp_path / "x.csv", tmp_path / "out.jsonl"
    source.write_text(text, encoding="utf-8")
    arguments = [argument for one in mapped for argument in ("--map", one)]
    done = invoke("cases", "convert", source, "--out", out, *arguments, "--set", f"kind={kind}", "--set", value)
    assert done.code == 0, done.err
    record = json.loads(out.read_text(encoding="utf-8"))
    assert (record["kind"], record["key"]) == (kind, key)


def test_a_rubric_is_made_of_json_in_a_cell(invoke, tmp_path):
    source, out = tmp_path / "x.csv", tmp_path / "out.jsonl"
    criteria = json.dumps([{"id": "1", "text": "Asks.", "points": 2}]).replace('"', '""')
    source.write_text(f'text,C\nA man.,"{criteria}"\n', encoding="utf-8")
    options = ("--map", "criteria=C", "--set", "kind=rubric", "--set", "question=What now?")
    done = invoke("cases", "convert", source, "--out", out, *options)
    assert done.code == 0, done.err
    assert json.loads(out.read_text(encoding="utf-8"))["criteria"][0]["points"] == 2


def test_values_fill_only_what_the_file_does_not_give(invoke, tmp_path):
    pack = write_pack(tmp_path / "a.jsonl", 1, source="Ward 3")
    out = tmp_path / "out.jsonl"
    options = ("--source", "other", "--licence", "CC0", "--set", "question=Why?")
    assert invoke("cases", "convert", pack, "--out", out, *options).code == 0
    record = json.loads(out.read_text(encoding="utf-8"))
    assert (record["source"], record["licence"], record["question"]) == ("Ward 3", "CC0", "What is it?")
    items = tmp_path / "items.jsonl"
    item = {"question": "A man coughs. Why?", "options": {"A": "x", "B": "y"}, "answer_idx": "B", "answer": "y"}
    items.write_text(json.dumps(item), encoding="utf-8")
    assert invoke("cases", "convert", items, "--out", out, "--force", *options).code == 0
    assert json.loads(out.read_text(encoding="utf-8"))["source"] == "other"


def test_a_file_in_another_encoding_has_the_likely_ones_named(invoke, tmp_path):
    source = sheet(tmp_path, "csv", "cp1252")
    for command in (("cases", "check", source), ("cases", "convert", source, "--out", tmp_path / "out.jsonl")):
        done = invoke(*command, *MAPPED)
        assert done.code == 1
        assert "The file may be in cp1252 (Lösung)" in done.err
        assert "name it: --encoding cp1252" in done.err
    read = invoke("cases", "check", source, *MAPPED, "--encoding", "cp1252", "--json")
    assert (read.code, read.json["files"][0]["encoding"]) == (0, "cp1252")
    assert read.json["files"][0]["mapping"]["question"] == "Frage"
    assert read.json["files"][0]["columns"] == COLUMNS


def test_a_byte_order_mark_names_the_encoding(invoke, tmp_path):
    source = sheet(tmp_path, "csv", "utf-16")
    done = invoke("cases", "check", source, *MAPPED)
    assert done.code == 0, done.err
    assert "read as table in utf-16" in done.out


def test_a_study_is_made_of_a_mapped_file_and_its_log_says_how(invoke, tmp_path):
    source, study = sheet(tmp_path, "csv", "cp1252"), tmp_path / "s.doubleread"
    arguments = ("--cases", source, *MAPPED, "--encoding", "cp1252", "--model-a", "X", "--model-b", "Y")
    done = invoke("new", study, *arguments)
    assert done.code == 0, done.err
    assert f"{source} is read as table in cp1252" in done.err
    with StudyFile.look(study, device="d") as opened:
        assert opened.case("7").question == "Was ist es?"
        (event,) = opened.events(kind=StudyCreated.kind)
    (file,) = event.body["case_files"]
    assert (file["file"], file["encoding"], file["cases"]) == ("cases.csv", "cp1252", 1)
    assert file["mapping"]["text"] == "Fall"


def test_one_split_of_a_data_set_becomes_a_study(invoke, tmp_path):
    folder = tmp_path / "set"
    (folder / "data").mkdir(parents=True)
    for split, count in (("train", 3), ("test", 2)):
        records = [json.loads(line) for line in write_pack(tmp_path / split, count).read_text("utf-8").splitlines()]
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(records), folder / "data" / f"{split}-0.parquet")
    arguments = ("--cases", folder, "--model-a", "X", "--model-b", "Y")
    refused = invoke("new", tmp_path / "s", *arguments)
    assert (refused.code, "has the splits test, train" in refused.err) == (1, True)
    assert invoke("new", tmp_path / "s", *arguments, "--split", "test").code == 0
    assert invoke("cases", "check", folder, "--split", "all").out.startswith(f"{folder}: 5 cases")


def repeated(tmp_path):
    pack = write_pack(tmp_path / "a.jsonl", 2, text="A man of 40 years has had a cough and a fever for three days now.")
    records = [json.loads(line) for line in pack.read_text("utf-8").splitlines()]
    records[0]["text"] = "A woman has a swollen, hot and very painful knee since yesterday evening."
    again = {**records[0], "id": "again", "text": records[0]["text"].replace(" ", "  ")}
    other = {**again, "id": "other", "key": "A"}
    near = {**records[1], "id": "near", "text": records[1]["text"].replace("40", "41")}
    records += [again, other, near]
    pack.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return pack


def test_duplicates_are_listed_and_no_problem(invoke, tmp_path):
    done = invoke("cases", "check", repeated(tmp_path))
    assert (done.code, "5 cases, no problems" in done.out) == (0, True)
    assert "duplicate: again is the same as a-0\n" in done.err
    assert "duplicate: other is the same as a-0, but has another answer key\n" in done.err
    assert "duplicate: near is nearly the same as a-1 (similarity 0.9" in done.err
    found = invoke("cases", "check", tmp_path / "a.jsonl", "--json").json["duplicates"]
    assert [(item["id"], item["repeats"], item["exact"], item["other_key"]) for item in found] == [
        ("again", "a-0", True, False),
        ("other", "a-0", True, True),
        ("near", "a-1", False, False),
    ]


def test_exact_duplicates_with_the_same_key_are_dropped_on_request_alone(invoke, tmp_path):
    pack, out = repeated(tmp_path), tmp_path / "out.jsonl"
    arguments = ("cases", "convert", pack, "--out", out, "--force")
    kept = invoke(*arguments)
    assert "5 cases written" in kept.out
    assert "2 cases are the same as another and 1 case is nearly the same as another" in kept.err
    dropped = invoke(*arguments, "--drop-duplicates")
    assert "4 cases written" in dropped.out
    assert f'skipped: {pack}, line 3: the same case as "a-0"' in dropped.err
    assert [json.loads(line)["id"] for line in out.read_text("utf-8").splitlines()] == ["a-0", "a-1", "other", "near"]


def test_cases_are_checked_against_a_study_and_new_says_what_repeats(invoke, tmp_path):
    pack, study = repeated(tmp_path), tmp_path / "s"
    done = invoke("new", study, "--cases", pack, "--model-a", "X", "--model-b", "Y")
    assert done.code == 0
    assert "note: 2 cases are the same as another and 1 case is nearly the same as another, 1 of them with" in done.err
    with StudyFile.look(tmp_path / "s.doubleread", device="d") as opened:
        assert len(opened.case_ids()) == 5
    more = tmp_path / "more.jsonl"
    more.write_text(pack.read_text("utf-8").splitlines()[1].replace("a-1", "b-1"), encoding="utf-8")
    checked = invoke("cases", "check", more, "--against", study)
    assert (checked.code, "duplicate: b-1 is the same as a-1 of the study\n" in checked.err) == (0, True)


def test_markdown_files_are_checked_and_converted(invoke, tmp_path):
    folder, out = tmp_path / "cases", tmp_path / "out.jsonl"
    folder.mkdir()
    for name, key in (("one", "NO"), ("two", "007")):
        text = f"---\nkey: {key}\n---\n# Case\nA man of {name}.\n"
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    assert invoke("cases", "convert", folder, "--out", out).code == 0
    records = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [(record["id"], record["key"]) for record in records] == [("one", "NO"), ("two", "007")]
    (folder / "two.md").write_text("---\nkey: x\n---\n# Fall\nEin Mann.\n", encoding="utf-8")
    refused = invoke("cases", "check", folder)
    assert f'{folder / "two.md"}, line 4: "Fall" is no known heading; write Case, Question, Options' in refused.err
