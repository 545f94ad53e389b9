"""Reasoning told apart from answers by the markers of published models, wherever a stream is cut."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.reasoning import ReasoningSplitter, split_reasoning, streamed_formats
from doubleread.domain.reasoning_markers import OwnMarkers, ReasoningFormat, published_formats, suspected_markers

FORMATS = streamed_formats()
THINK = next(form for form in FORMATS if form.name == "think")


def split(
    pieces: Sequence[str], prompt_end: str = "", formats: Sequence[ReasoningFormat] = FORMATS, expected=None
) -> tuple[str, str, str]:
    """Return reasoning, answer and the phase at the end."""
    splitter = ReasoningSplitter(formats, prompt_end, expected)
    reasoning: list[str] = []
    answer: list[str] = []
    for stretch in (*(found for piece in pieces for found in splitter.feed(piece)), *splitter.end()):
        if stretch.retracts:
            assert "".join(answer).strip() in stretch.text
            answer.clear()
        (reasoning if stretch.reasoning else answer).append(stretch.text)
    return "".join(reasoning), "".join(answer), splitter.phase


@pytest.mark.parametrize("form", published_formats(), ids=lambda form: form.name)
def test_every_published_format_is_split_with_each_of_its_markers(form):
    for begin in form.begin:
        for end in form.end:
            found = split_reasoning(f"{begin}\nA rub.\n{end}\n\nB. Pericarditis")
            assert (found.reasoning, found.answer, found.closed) == ("A rub.", "B. Pericarditis", True)
            assert found.format is not None


CASES = [
    # opened at the start, by the prompt, or not at all
    ("<think>\nA rub.\n</think>\n\nB. Pericarditis", "", ("A rub.", "B. Pericarditis", "answer")),
    ("\n<think>A</think>B", "", ("A", "B", "answer")),
    ("A rub.</think>B", "<|im_start|>assistant\n<think>\n", ("A rub.", "B", "answer")),
    ("<think>\nA rub.</think>B", "<|im_start|>assistant\n<think>\n", ("A rub.", "B", "answer")),
    ("A rub.</think>B", "", ("A rub.", "B", "answer")),
    ("\n\nB", "<think>\n\n</think>\n\n", ("", "B", "answer")),
    ("  B, plainly.\n", "", ("", "  B, plainly.\n", "answer")),
    ("hm<unused95>B", "<start_of_turn>model\n<unused94>thought\n", ("hm", "B", "answer")),
    # repeated and in the middle
    ("<think>a</think>b\n<think>c</think>\nd", "", ("a\n\nc", "b\n\nd", "answer")),
    ("B. <think>because</think> Sure.", "", ("because", "B.  Sure.", "answer")),
    ("<think>a</think>b</think>c", "", ("a\n\nb", "c", "answer")),
    ("<think>a</think></think>b", "", ("a", "b", "answer")),
    ("<think></think>B", "", ("", "B", "answer")),
    # nested, and nested without its outer end
    ("<think>a <think>b</think> c</think> d", "", ("a <think>b</think> c", "d", "answer")),
    ("<think>a <think> b</think> c", "", ("a <think> b</think>", "c", "answer")),
    ("<think>I open `<think>` here</think>B", "", ("I open `<think>` here", "B", "answer")),
    # never closed, or closed for nothing
    ("<think>a < b </thin", "", ("a < b </thin", "", "reasoning")),
    ("<think>a \n ", "", ("a", "", "reasoning")),
    ("B\n<think>a", "", ("a", "B\n", "reasoning")),
    ("B\n</think>\n", "", ("", "B\n", "answer")),
    (" \n<thin", "", ("", " \n<thin", "answer")),
    # what only looks alike
    ("<thinner>", "", ("", "<thinner>", "answer")),
    ("The tag `<think>` opens it.", "", ("", "The tag `<think>` opens it.", "answer")),
    ("B\n\n## Thinking\n\nabout it", "", ("", "B\n\n## Thinking\n\nabout it", "answer")),
    ("Here is my plan: rest.", "", ("", "Here is my plan: rest.", "answer")),
    ("", "", ("", "", "before")),
    # markers that go with others
    ("<unused94>thought\nhm\n<unused95>B", "", ("hm", "B", "answer")),
    ("<unused94>hm<unused95>B", "", ("hm", "B", "answer")),
    ("<|begin_of_thought|>a<|end_of_thought|>\n<|begin_of_solution|>\nB<|end_of_solution|>", "", ("a", "B", "answer")),
    ("<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>B<|END_RESPONSE|>", "", ("a", "B", "answer")),
    (
        "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>B<|return|>",
        "",
        ("a", "B", "answer"),
    ),
    ("<|channel|>final<|message|>B", "", ("", "B", "answer")),
    ("## Thinking\n\na\n\n## Final Response\n\nB", "", ("a", "B", "answer")),
    ("Here is my thought process: a Here is my response: B", "", ("a", "B", "answer")),
]


@pytest.mark.parametrize(("text", "prompt_end", "expected"), CASES)
def test_streams_cut_anywhere(text, prompt_end, expected):
    assert split([text], prompt_end) == expected
    assert split(list(text), prompt_end) == expected
    for place in range(len(text)):
        assert split([text[:place], text[place:]], prompt_end) == expected


PARTS = ["<think>", "</think>", "<", "/", "think>", "<unused94>", "<unused95>", "thought", "`", " ", "\n", "a", "b"]


@given(st.lists(st.sampled_from(PARTS), max_size=14), st.sampled_from(["", "<think>\n"]), st.booleans())
def test_pieces_do_not_matter_and_no_word_is_lost(parts, prompt_end, expected):
    text = "".join(parts)
    form = THINK if expected else None
    reasoning, answer, phase = split([text], prompt_end, expected=form)
    assert (reasoning, answer, phase) == split(parts, prompt_end, expected=form)
    assert (reasoning, answer, phase) == split(list(text), prompt_end, expected=form)

    def letters(*texts: str) -> list[str]:
        without = "".join(texts)
        for marker in ("<unused94>thought", "<unused94>", "<unused95>", "<think>", "</think>"):
            without = without.replace(marker, "")
        return sorted(character for character in without if character in "ab`")

    assert letters(reasoning, answer) == letters(text)


def test_a_model_that_is_known_to_reason_shows_nothing_that_may_be_reasoning():
    splitter = ReasoningSplitter(FORMATS, "", THINK)
    assert splitter.feed("A rub, so ") == []
    assert splitter.feed("</think>\n\nB.") == [("A rub, so", True, False), ("B.", False, False)]
    assert splitter.feed(" Done.") == [(" Done.", False, False)]
    assert not splitter.retracted
    plain = ReasoningSplitter(FORMATS, "", THINK)
    assert [*plain.feed("B. Pericarditis"), *plain.end()] == [("B. Pericarditis", False, False)]


def test_an_answer_that_proves_to_be_reasoning_is_retracted():
    splitter = ReasoningSplitter(FORMATS)
    assert splitter.feed("A rub, so ") == [("A rub, so ", False, False)]
    assert splitter.feed("</think>") == []
    assert splitter.feed("B") == [("A rub, so", True, True), ("B", False, False)]
    assert splitter.retracted


def test_many_blanks_are_not_held_back_for_ever():
    splitter = ReasoningSplitter(FORMATS, "<think>")
    assert splitter.feed("a") == [("a", True, False)]
    assert sum(len(splitter.feed(" ")) for _ in range(1000)) >= 10
    assert ReasoningSplitter(FORMATS).feed(" " * 200) == [(" " * 200, False, False)]


def test_a_server_that_dropped_the_control_tokens_of_gpt_oss():
    found = split_reasoning("analysisA rub.assistantfinalB.")
    assert (found.reasoning, found.answer, found.format) == ("A rub.", "B.", "harmony-bare")
    assert split_reasoning("analysis of the case: B").answer == "analysis of the case: B"


def test_a_studys_own_markers_count_everywhere():
    own = OwnMarkers("«notes»", "«/notes»")
    found = split_reasoning("B. «notes»a rub«/notes»", [own])
    assert (found.reasoning, found.answer, found.format) == ("a rub", "B. ", "protocol: «notes»")
    for begin, end in (("", "x"), (" ", "x"), ("x", "x"), ("x", "y" * 201)):
        with pytest.raises(ValueError):
            OwnMarkers(begin, end)


@pytest.mark.parametrize(
    ("answer", "suspects"),
    [
        ("<deep_thinking>a rub</deep_thinking> B", ("<deep_thinking>", "</deep_thinking>")),
        ("<|assistant_thoughts|>a rub", ("<|assistant_thoughts|>",)),
        ("<unused12>B<unused12>", ("<unused12>",)),
        ("[REASONING] a [/REASONING] B", ("[REASONING]", "[/REASONING]")),
        ("**Thought process:** a rub.\n\nB", ("**Thought process:** a rub.",)),
        ("## Thinking out loud\na rub.\n\nB", ("## Thinking out loud",)),
        ("◁plan▷ B", ("◁plan▷",)),
        ("B. The [inner ear] and a <5 mm lesion > 2 cm; p<0.05, x|y. **Reasoning:** a rub. Analysis: fine.", ()),
        ("Think of sepsis. ## Assessment\n<b>B</b><br>", ()),
    ],
)
def test_what_looks_like_a_marker_is_named(answer, suspects):
    assert suspected_markers(answer) == suspects
