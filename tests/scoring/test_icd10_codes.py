"""Which ICD-10-CM codes are read in an answer."""

from __future__ import annotations

import inspect
import pkgutil
import tomllib
from importlib import import_module, resources
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.scoring import icd10_code_set, icd10_codes, icd10_context, icd10_rejections
from doubleread.scoring.icd10_codes import ReadCode, assigned, read_codes
from scoring import icd10_examples
from scoring.icd10_composed import composed

EXAMPLES = [
    (text, tuple(codes.split()))
    for module in pkgutil.iter_modules(icd10_examples.__path__)
    for text, codes in import_module(f"scoring.icd10_examples.{module.name}").EXAMPLES
]
WORDS = """
B12; A1c; A1C; T4; C3; L4-L5; T10; T12; S1; H2; G6PD; P53; N95; R24; D5W; D10W; Q12h; Q24H; FEV1; CA19-9; HPV16; O157;
C282Y; V600E; T790M; L858R; G12C; S100; P450; U100; A549; HLA-B27; M1a; Y90; F18-FDG; I131; C4a; E40
"""
FRAMES = (
    "The patient has {}.",
    "{} was noted.",
    "Findings: low {} and pain.",
    "- {} was normal\n- no fever",
    "The {} of the patient (see {}).",
    "E11.9 and I10 apply, as does a low {} here.",
    "1. E11.9 - diabetes\n2. I10 - hypertension\n\nNote that {} was normal.",
    "ICD-10 codes: E11.9, I10. The {} was measured.",
)


def shown(text: str) -> tuple[str, ...]:
    return assigned(read_codes(text))


def test_no_code_of_the_written_forms_is_wrong_and_few_are_missed() -> None:
    wrong, missed = [], []
    for text, codes in EXAMPLES:
        found = shown(text)
        wrong += [(text, code) for code in found if code not in codes]
        missed += [(text, code) for code in codes if code not in found]
    assert len({text for text, codes in EXAMPLES if codes}) >= 300
    assert wrong == []
    assert len(missed) <= 0.02 * sum(len(codes) for _, codes in EXAMPLES), missed


def test_no_code_of_composed_answers_is_wrong_and_few_are_missed() -> None:
    wrong, missed, codes_in_all = [], [], 0
    for text, codes in composed(600):
        found = shown(text)
        codes_in_all += len(codes)
        wrong += [(text, code) for code in found if code not in codes]
        missed += [(text, code) for code in codes if code not in found]
    assert wrong == []
    assert len(missed) <= 0.005 * codes_in_all, missed


def test_codes_are_in_the_order_of_the_answer() -> None:
    for text, codes in EXAMPLES:
        found = shown(text)
        assert found == tuple(code for code in codes if code in found), text


@pytest.mark.parametrize("frame", FRAMES)
def test_words_in_the_form_of_a_code_are_none_in_any_sentence(frame: str) -> None:
    expected = shown(frame.format("pulse", "text"))
    for word in WORDS.replace("\n", " ").split(";"):
        assert shown(frame.format(word.strip(), word.strip())) == expected, word


def test_every_official_description_beside_its_code_leaves_it_assigned() -> None:
    """Descriptions say "without", "not applicable", "absence of": words that reject a code elsewhere."""
    frames = ("{code} {words}", "{words} ({code})", "{words}: {code}", "- {code}: {words}", "| {words} | {code} |")
    every = 400
    codes = sorted(code for code in all_codes() if icd10_code_set.is_billable(code))[::every]
    texts = [
        (code, frame.format(code=code, words=icd10_code_set.descriptions(code)[0]))
        for code in codes
        for frame in frames
    ]
    assert [(code, text) for code, text in texts if shown(text) != (code,)] == []


def all_codes() -> list[str]:
    import simple_icd_10_cm

    return [code for code in simple_icd_10_cm.get_all_codes() if icd10_code_set.exists(code)]


def test_rejected_codes_and_ranges_are_kept_apart() -> None:
    text = "I20-I25: I21.4, not I20.0."
    assert [(text[read.start : read.end], read.use) for read in read_codes(text)] == [
        ("I20", "range"),
        ("I25", "range"),
        ("I21.4", "assigned"),
        ("I20.0", "rejected"),
    ]


def test_the_last_mention_of_a_code_decides() -> None:
    assert shown("E11.9, I10.\nCorrection: E11.9 should not be coded.") == ("I10",)
    assert shown("Not E11.9 at first sight.\nAfter all: E11.9, I10") == ("E11.9", "I10")


def test_final_codes_supersede_those_before() -> None:
    found = read_codes("Candidates: E11.9, I10\nFinal codes: E11.65, I10")
    assert [(read.code, read.use) for read in found] == [
        ("E11.9", "superseded"),
        ("I10", "superseded"),
        ("E11.65", "assigned"),
        ("I10", "assigned"),
    ]


def test_a_code_at_the_end_of_a_truncated_answer_does_not_count() -> None:
    assert assigned(read_codes("I10, E11.6", cut_off=True)) == ("I10",)
    assert assigned(read_codes("I10, E11.", cut_off=True)) == ("I10",)
    assert assigned(read_codes("I10, E11.6", cut_off=False)) == ("I10", "E11.6")
    assert assigned(read_codes("I10, E11.65\n", cut_off=True)) == ("I10", "E11.65")


def test_reasoning_and_further_questions_are_left_out() -> None:
    assert shown("<think>E10.9?</think>E11.9") == ("E11.9",)
    assert shown("<think>E10.9, E11.9") == ()
    assert shown("E11.9, I10\n\nQuestion: Next letter.\nJ44.9") == ("E11.9", "I10")


@given(st.text(alphabet="EIeiBTS.,- 0123456789AXx()\n:|*•/Ｅ１·", max_size=60), st.booleans())
def test_spans_lie_on_the_text_and_in_order(text: str, cut_off: bool) -> None:
    found = read_codes(text, cut_off=cut_off)
    assert all(isinstance(read, ReadCode) and 0 <= read.start < read.end <= len(text) for read in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    for read in found:
        assert any(map(str.isdigit, text[read.start : read.end]))


@given(st.text(alphabet=st.characters(exclude_categories=("Nd", "Nl", "No")), max_size=200))
def test_a_text_without_digits_has_no_code(text: str) -> None:
    assert read_codes(text) == ()


def test_the_release_is_that_of_the_package() -> None:
    names = [file.name for file in (resources.files("simple_icd_10_cm") / "data").iterdir()]
    assert any(icd10_code_set.RELEASE.replace(" ", "-") in name for name in names)


def test_the_path_of_a_code_has_chapter_block_and_category() -> None:
    assert icd10_code_set.path("E11.9") == ("4", "E08-E13", "E11", "E11.9")
    assert icd10_code_set.path("C7A.1") == ("2", "block C7A", "C7A", "C7A.1")
    assert icd10_code_set.path("E11.99") == ("4", "E08-E13", "E11", "E11.9", "E11.99")
    assert icd10_code_set.path("B12") == ("B12",)


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [("E11.9", "E11.9", 0), ("E11.9", "E11", 1), ("E11.9", "E11.8", 2), ("E11.9", "E10.9", 4), ("E11.9", "I10", 7)],
)
def test_distance_counts_steps_over_the_nearest_common_ancestor(one: str, other: str, steps: int) -> None:
    assert icd10_code_set.distance(one, other) == icd10_code_set.distance(other, one) == steps


@pytest.mark.parametrize(
    ("code", "there", "billable"),
    [
        ("E11.9", True, True),
        ("E11", True, False),
        ("E119", True, True),
        ("S72.001A", True, True),
        ("S72.001", True, False),
        ("B12", False, False),
        ("E08-E13", False, False),
        ("4", False, False),
        ("", False, False),
    ],
)
def test_a_code_exists_and_is_billable(code: str, there: bool, billable: bool) -> None:
    normal = icd10_code_set.normal_form(code) if "-" not in code else code
    assert (icd10_code_set.exists(normal), icd10_code_set.is_billable(normal)) == (there, billable)


def test_a_code_that_is_corrected_is_superseded() -> None:
    found = read_codes("The code is E11.9. Wait, he has hyperglycemia. The code is E11.65.")
    assert [(read.code, read.use) for read in found] == [("E11.9", "superseded"), ("E11.65", "assigned")]
    assert shown("The code is I10. Wait, he is diabetic too: E11.9.") == ("I10", "E11.9")


def test_every_word_list_is_used() -> None:
    """A list that no expression names would be dead."""
    names = set(tomllib.loads((resources.files("doubleread.scoring") / "data" / "icd10_words.toml").read_text("utf-8")))
    modules = (icd10_codes, icd10_context, icd10_rejections)
    written = "".join(inspect.getsource(module) for module in modules)
    assert {name for name in names if f"<{name}>" not in written and f'words("{name}")' not in written} == set()
