"""What must hold for every answer: no exception, true offsets, names of options that carry no meaning of their own."""

from __future__ import annotations

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from doubleread.scoring.choice import extract_choice
from doubleread.scoring.diagnosis import propose_diagnosis
from doubleread.scoring.extraction import REASONS

OPTIONS = {"A": "Tuberculosis", "B": "Sarcoidosis", "C": "Lymphoma", "D": "Do not anticoagulate"}
FRAMES = [
    "The answer is {letter}.",
    "**Answer:** {letter}. {text}",
    "The best option is {text} ({letter}). The others fit less well.",
    "{letter}",
    "({letter}) {text}",
    "The most likely diagnosis is {text}.",
    "Therefore, option {letter} is correct.",
    '{{"answer": "{letter}"}}',
    "<think>hm</think>\n\\boxed{{{letter}}}",
]
WORDS = st.sampled_from(
    [
        "the",
        "answer",
        "is",
        "A",
        "B",
        "C",
        "D",
        "F",
        "not",
        "(",
        ")",
        "**",
        ":",
        ".",
        ",",
        "\n",
        "or",
        "and",
        "best",
        "option",
        "diagnosis",
        "Tuberculosis",
        "sarcoidosis",
        "lymphoma",
        "<think>",
        "</think>",
        "boxed{",
        "}",
        '"',
        "$",
        "Answer:",
        "I",
        "would",
        "choose",
        "rule",
        "out",
        "none",
        "of",
        "however",
        "if",
    ]
)
NEUTRAL = st.sampled_from(
    [
        "The patient has been well before.",
        "Her cough began in spring.",
        "Nodes were palpable on both sides.",
        "Further tests may help.",
        "Please see a physician.",
    ]
)


@given(st.text())
@example("\ud800")
@example("A\u0301")
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_never_raises_and_offsets_lie_inside(text: str) -> None:
    for finish in ("stop", "length", "imported"):
        found = extract_choice(text, OPTIONS, finish_reason=finish)
        assert found.reason in REASONS
        assert (found.letter is None) == (found.reason != "")
        if found.start is not None:
            assert 0 <= found.start < found.end <= len(text)
    proposed = propose_diagnosis(text, "Sarcoidosis", ["Boeck disease"])
    if proposed.start is not None:
        assert proposed.chosen == text[proposed.start : proposed.end]


@given(st.lists(WORDS, max_size=25))
@settings(max_examples=400, deadline=None)
def test_the_evidence_of_a_letter_is_that_letter(words: list[str]) -> None:
    text = " ".join(words)
    found = extract_choice(text, OPTIONS)
    if found.letter:
        assert found.start is not None
        evidence = text[found.start : found.end]
        assert evidence.upper() == found.letter or OPTIONS[found.letter].lower()[:5] in evidence.lower()


@given(st.sampled_from(FRAMES), st.permutations(list("ABCD")), st.sampled_from("ABCD"))
@settings(deadline=None)
def test_permuting_the_options_permutes_the_result(frame: str, order: list[str], chosen: str) -> None:
    renamed = {order["ABCD".index(letter)]: text for letter, text in OPTIONS.items()}
    new = order["ABCD".index(chosen)]
    text = frame.format(letter=new, text=OPTIONS[chosen])
    assert extract_choice(text, dict(sorted(renamed.items()))).letter == new


@given(st.sampled_from(FRAMES), st.permutations(list("ABCD")), st.sampled_from("ABCD"))
@settings(deadline=None)
def test_the_order_in_which_options_stand_changes_nothing(frame: str, order: list[str], chosen: str) -> None:
    text = frame.format(letter=chosen, text=OPTIONS[chosen])
    assert extract_choice(text, {letter: OPTIONS[letter] for letter in order}) == extract_choice(text, OPTIONS)


@given(
    st.sampled_from(FRAMES[:3] + FRAMES[5:8]),
    st.sampled_from("ABCD"),
    st.lists(NEUTRAL, max_size=4),
    st.lists(NEUTRAL, max_size=4),
)
@settings(deadline=None)
def test_text_that_names_no_option_changes_nothing(
    frame: str, chosen: str, before: list[str], after: list[str]
) -> None:
    statement = frame.format(letter=chosen, text=OPTIONS[chosen])
    text = "\n".join([*before, statement, *after])
    assert extract_choice(text, OPTIONS).letter == chosen
