"""The values that answers state for fields, and how they are compared with the key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.case import Case, FieldSpec
from doubleread.scoring.extraction import field_and_count, field_measure, score_extraction
from doubleread.scoring.field_comparison import is_not_stated, number_in
from doubleread.scoring.stated_fields import stated_fields
from scoring.extraction_answers import CASE, JSON, LINES, TABLES, UNREAD, Written

_COUNTS = {"+": (1, 0, 0, 0), "x": (0, 1, 1, 0), "-": (0, 0, 1, 0), "o": (0, 0, 0, 1), "h": (0, 1, 0, 0)}


def counts(measures, name):
    return tuple(int(measures.get(field_measure(name, count), 0)) for count in ("tp", "fp", "fn", "tn"))


def expected(written: Written):
    found = {}
    for name, key in CASE.values.items():
        mark = written.stated.get(name, "o" if key is None else (0, 0, len(key)) if isinstance(key, tuple) else "-")
        found[name] = (*mark, 0) if isinstance(mark, tuple) else _COUNTS[mark]
    return found


def test_there_are_enough_written_answers():
    assert len(JSON) + len(LINES) + len(TABLES) + len(UNREAD) >= 80


@pytest.mark.parametrize("written", [*JSON, *LINES, *TABLES], ids=lambda written: written.text[:50])
def test_written_answers_state_what_a_person_reads_in_them(written):
    score = score_extraction(written.text, CASE)
    if not written.stated:
        assert score.outcome == "unparsed"
        return
    assert score.outcome == "measured", score.reason
    assert {name: counts(score.measures, name) for name in CASE.values} == expected(written)
    assert set(stated_fields(written.text, CASE.values).fields) == set(written.stated)


@pytest.mark.parametrize("written", [*JSON, *LINES, *TABLES], ids=lambda written: written.text[:50])
def test_evidence_is_where_the_value_is_written(written):
    score = score_extraction(written.text, CASE)
    for item in score.evidence:
        assert item.value.split(": ", 1)[1] in (written.text[item.start : item.end], "III") or item.matches is False
    assert [item.start for item in score.evidence] == sorted(item.start for item in score.evidence)


@pytest.mark.parametrize(("text", "outcome"), UNREAD)
def test_an_answer_that_states_no_field_has_no_value_right(text, outcome):
    score = score_extraction(text, CASE)
    assert (score.outcome, score.evidence) == (outcome, ())
    assert score.measures["extraction_f1"] == score.measures["extraction_recall"] == 0
    assert score.measures["extraction_accuracy"] == score.measures["extraction_stated"] == 0
    assert "extraction_precision" not in score.measures
    assert "extraction_hallucinated" not in score.measures
    assert counts(score.measures, "drugs") == (0, 0, 3, 0)
    assert counts(score.measures, "allergies") == (0, 0, 0, 0)


def test_measures_of_an_answer_are_those_computed_by_hand():
    score = score_extraction(
        "Age: 58\nSex: male\nDrugs: aspirin, insulin\nAllergies: penicillin\nWeight (kg): n/a", CASE
    )
    # Right: age, aspirin. Wrong: male, insulin, penicillin. Missed: female, haemoglobin, smoker, two drugs, stage,
    # leucocytes.
    assert score.measures["extraction_precision"] == pytest.approx(2 / 5)
    assert score.measures["extraction_recall"] == pytest.approx(2 / 9)
    assert score.measures["extraction_f1"] == pytest.approx(4 / 14)
    assert score.measures["extraction_accuracy"] == pytest.approx(2 / 9)
    assert score.measures["extraction_hallucinated"] == pytest.approx(1 / 2)
    assert score.measures["extraction_stated"] == pytest.approx(5 / 9)
    assert score.reason == "5 of 9 fields read from lines, 2 as in the key; stated, but not in the key: allergies"
    assert [(item.value, item.matches) for item in score.evidence] == [
        ("age: 58", True),
        ("sex: male", False),
        ("drugs: aspirin", True),
        ("drugs: insulin", False),
        ("allergies: penicillin", False),
        ("weight (kg): n/a", True),
    ]


def test_a_truncated_answer_is_measured_and_says_so():
    score = score_extraction('{"age": 58, "sex": "fem', CASE, "length")
    assert score.outcome == "measured"
    assert score.reason.endswith("; the answer is cut off")


def test_fields_that_nobody_states_leave_f1_and_precision_undefined():
    case = Case("e", "extraction", "t", "q", values={"allergies": None, "weight": None})
    score = score_extraction('{"allergies": null, "weight": "not stated"}', case)
    assert score.measures == {
        "extraction_accuracy": 1.0,
        "extraction_hallucinated": 0.0,
        "extraction_stated": 1.0,
        "field:allergies:tn": 1.0,
        "field:weight:tn": 1.0,
    }


def test_an_empty_set_of_the_key_is_right_if_the_answer_says_that_there_is_nothing():
    case = Case("e", "extraction", "t", "q", values={"drugs": ()})
    for text, right in (
        ("Drugs: none", 1.0),
        ('{"drugs": []}', 1.0),
        ("Drugs: no", 1.0),
        ("Drugs: aspirin", 0.0),
    ):
        assert score_extraction(text, case).measures["extraction_accuracy"] == right, text


def test_a_word_for_nothing_is_a_value_where_the_key_has_it():
    case = Case("e", "extraction", "t", "q", values={"allergies": "none", "status": "unknown"})
    assert score_extraction("Allergies: none\nStatus: unknown", case).measures["extraction_accuracy"] == 1.0
    assert score_extraction("Allergies: n/a\nStatus: -", case).measures["extraction_recall"] == 0.0


def test_further_items_that_a_set_accepts_neither_count_nor_harm():
    case = Case(
        "e",
        "extraction",
        "t",
        "q",
        values={"drugs": ("aspirin",)},
        fields={"drugs": FieldSpec("", "set", 0.0, ("tea",))},
    )
    measures = score_extraction("Drugs: aspirin, tea", case).measures
    assert counts(measures, "drugs") == (1, 0, 0, 0)


def test_names_that_two_fields_share_are_not_read():
    case = Case("e", "extraction", "t", "q", values={"size (cm)": 3, "size (mm)": 30})
    score = score_extraction("Size: 3\nSize (mm): 30", case)
    assert set(stated_fields("Size: 3\nSize (mm): 30", case.values).fields) == {"size (mm)"}
    assert counts(score.measures, "size (cm)") == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("9.1", 9.1),
        ("9,1", 9.1),
        ("0,125", 0.125),
        ("1,250", 1250),
        ("1.250,5", 1250.5),
        ("1,250.5", 1250.5),
        ("1'250", 1250),
        ("-3", -3),
        ("−3", -3),
        ("+3", 3),
        ("~ 3", 3),
        (".5", 0.5),
        ("58 years", 58),
        ("58-year-old", 58),
        ("three", 3),
        ("grade 2", 2),
        ("Grade II", None),
        ("type 2", None),
        ("45%", 45),
        ("5.2 x 10^9/L", 5.2),
        ("5.2 × 10⁹/L", 5.2),
        ("5.2 x 10^9", 5.2e9),
        ("60 mL/min/1.73 m2", 60),
        ("300 mg/24h", 300),
        ("22 kg/m2", 22),
        ("120/80", None),
        ("3-5", None),
        ("3 to 5", None),
        ("< 5", None),
        ("5 (3-7)", 5),
        ("1.2.3", None),
        ("12:30", None),
        ("1,2,3", None),
        ("2021-03-04", None),
        ("", None),
        ("high", None),
        ("1e999", float("inf")),
    ],
)
def test_one_number_is_read_or_none(text, number):
    assert number_in(text, "tumour_grade") == number


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", "—", "?", "n/a", "N.A.", "NA", "null", "None", "unknown", "Unknown.", "not stated", "Not mentioned"),
        *("not explicitly stated in the text", "Not specified in this letter", "(not reported)", "no information"),
        *("no information provided", "nicht angegeben", "k. A.", "It is not documented", "cannot be determined"),
    ],
)
def test_words_for_not_stated(text):
    assert is_not_stated(text)


@pytest.mark.parametrize(
    "text", ["no", "negative", "absent", "not diabetic", "none known", "unknown primary", "0", "no fever", "normal"]
)
def test_words_that_state_a_value(text):
    assert not is_not_stated(text)


@given(st.text(alphabet="{}[]\":,'ageSx58 \n|-*`\\#/", max_size=60))
def test_any_text_gets_a_score_and_evidence_inside_it(text):
    score = score_extraction(text, CASE)
    assert all(0 <= item.start < item.end <= len(text) for item in score.evidence)
    assert all(0 <= value <= len(text) + 3 for value in score.measures.values())


@pytest.mark.timeout(60)
def test_a_text_that_never_ends_is_read():
    # A small model can repeat line breaks up to its limit.
    stated = stated_fields('{"age": 44, "name": "' + "\n" * 300_000, ("age", "name"))
    assert {name: value.texts for name, value in stated.fields.items()} == {"age": ("44",)}


def test_names_of_measures_of_fields_can_hold_colons():
    assert field_and_count(field_measure("a:b", "tp")) == ("a:b", "tp")
    assert field_and_count("extraction_f1") is None


def test_texts_are_measured_by_rouge_1_where_the_key_states_them():
    spec = {"correction": FieldSpec(compare="text"), "note": FieldSpec(compare="text")}
    case = Case("c", "extraction", "t", "q", values={"correction": "He has a mild fever.", "note": None}, fields=spec)

    def rouge(answer: str) -> float:
        return score_extraction(answer, case).measures["extraction_rouge1"]

    assert rouge('{"correction": "he has a mild fever", "note": null}') == 1
    # Three of the five words of the key, and three of four of the answer's.
    assert rouge('{"correction": "He has no fever", "note": "x"}') == pytest.approx(2 * 0.6 * 0.75 / 1.35)
    assert rouge('{"correction": null}') == 0
    assert rouge("I cannot tell.") == 0
    assert score_extraction('{"correction": "He has a mild fever!"}', case).measures["extraction_f1"] == 1


def test_texts_that_the_key_does_not_state_are_not_measured_by_rouge_1():
    spec = {"correction": FieldSpec(compare="text")}
    case = Case("c", "extraction", "t", "q", values={"correction": None, "flag": 0}, fields=spec)
    assert "extraction_rouge1" not in score_extraction('{"flag": 0, "correction": null}', case).measures
    assert "extraction_rouge1" not in score_extraction("nothing", case).measures
