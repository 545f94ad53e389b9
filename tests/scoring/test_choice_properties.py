"""What must hold for every answer: no exception, true offsets, names of options that carry no meaning of their own."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from doubleread.domain.extraction import REASONS, Extraction
from doubleread.scoring.choice import extract_choice
from doubleread.scoring.diagnosis import propose_diagnosis

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
FIRST_OF_ALL = re.compile(r"\{letter\}\. ")
SAYS_SOMETHING = re.compile(r"not|wait|correct|wrong|less|never|question|sorry|best|most|likely|first|next")
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
@example("The answer is \u2460.")
@example("The answer is \u00b2.")
@example("\uff9f ")
@example("\U0010515a would \U0003fc22 \U0008265f sarcoidosis. Answer:\U0009b951")
@example("The answer is (" + " ," * 20)
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_never_raises_and_offsets_are_inside(text: str) -> None:
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


OTHER_FRAMES = [
    "{other_text} ({other}) is less likely. The answer is {letter}.",
    "The answer is {letter}.\n\nOption {other} is wrong because {other_text} does not fit.",
    "{letter}. {text}\n\n{other} is incorrect.",
    "Die richtige Antwort ist {letter}, nicht {other}.",
    "The most likely diagnosis is {text}, not {other_text}.",
    "The answer is not {other} but {letter}.",
    "The answer is {other}. Wait, no, it's {letter}.",
    "答案是{letter}。{other}是错误的。",
    "{other}: false\n{letter}: true",
    "The answer is {other} or {letter}.",
    "{other_text} ({letter}) is the best choice.",
    "I'm sorry, but I can't choose between {other_text} and {text}.",
]


@given(st.sampled_from(FRAMES + OTHER_FRAMES), st.permutations(list("ABCD")), st.permutations(list("ABCD")))
@settings(deadline=None, max_examples=300)
def test_renaming_the_options_renames_the_result(frame: str, names: list[str], chosen: list[str]) -> None:
    """Give the letters A to D to other texts, in the options and in the answer alike: all else stays as it was."""
    renamed = dict(zip("ABCD", names, strict=True))
    letter, other = chosen[:2]

    def answered(name: dict[str, str]) -> Extraction:
        words = {"letter": name[letter], "other": name[other], "text": OPTIONS[letter], "other_text": OPTIONS[other]}
        return extract_choice(frame.format(**words), {name[old]: text for old, text in OPTIONS.items()})

    before, after = answered({old: old for old in OPTIONS}), answered(renamed)
    assert after.letter == (renamed[before.letter] if before.letter else None)
    assert (after.method, after.reason, after.flags) == (before.method, before.reason, before.flags)
    assert (after.start, after.end) == (before.start, before.end)


@given(st.sampled_from(FRAMES), st.permutations(list("ABCD")), st.sampled_from("ABCD"))
@settings(deadline=None)
def test_the_order_of_the_options_changes_nothing(frame: str, order: list[str], chosen: str) -> None:
    text = frame.format(letter=chosen, text=OPTIONS[chosen])
    assert extract_choice(text, {letter: OPTIONS[letter] for letter in order}) == extract_choice(text, OPTIONS)


SENTENCES = st.lists(
    st.text("bcdefghjklmnopqrstuvwxyz", min_size=3, max_size=9).filter(lambda word: not SAYS_SOMETHING.search(word)),
    min_size=3,
    max_size=12,
).map(lambda words: " ".join(words).capitalize() + ".")


@given(
    st.sampled_from([frame for frame in FRAMES if frame not in ("{letter}", "({letter}) {text}")] + OTHER_FRAMES[:11]),
    st.permutations(list("ABCD")),
    st.lists(NEUTRAL | SENTENCES, max_size=4),
    st.lists(NEUTRAL | SENTENCES, max_size=4),
)
@settings(deadline=None, max_examples=300)
def test_text_that_names_no_option_changes_nothing(
    frame: str, chosen: list[str], before: list[str], after: list[str]
) -> None:
    letter, other = chosen[:2]
    words = {"letter": letter, "other": other, "text": OPTIONS[letter], "other_text": OPTIONS[other]}
    statement = frame.format(**words)
    if FIRST_OF_ALL.match(frame):
        before = []
    text = "\n".join([*before, statement, *after])
    shift = text.index(statement)
    alone, among = extract_choice(statement, OPTIONS), extract_choice(text, OPTIONS)
    assert (among.letter, among.reason, among.flags) == (alone.letter, alone.reason, alone.flags)
    if alone.letter:
        assert (among.start, among.end) == (alone.start + shift, alone.end + shift)


def without_forms(noise: str) -> str:
    """Remove what opens a tag, a JSON object or another question ("Q:"), each of which settles what is read."""
    return "".join(" " if set(unicodedata.normalize("NFKC", sign)) & set("<[{:") else sign for sign in noise)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60).map(without_forms), st.sampled_from("ABCD"))
@example(without_forms('{"answer": "B"}'), "A")
@example(without_forms("C\nQ:"), "A")
@example("The answer is \u2460.", "C")
@settings(deadline=None, max_examples=300)
def test_words_before_a_last_clear_statement_change_no_letter(noise: str, letter: str) -> None:
    assert extract_choice(f"{noise}\n\nThe final answer is ({letter}).", OPTIONS).letter == letter


@given(st.lists(WORDS, max_size=30), st.sampled_from(["stop", "length"]))
@settings(deadline=None, max_examples=300)
def test_the_same_answer_gets_the_same_result_however_often_it_is_asked(words: list[str], finish: str) -> None:
    text = " ".join(words)
    first = extract_choice(text, OPTIONS, finish_reason=finish)
    assert extract_choice(text, dict(reversed(OPTIONS.items())), finish_reason=finish) == first
