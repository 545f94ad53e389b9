"""Thinking told apart from answers, text by text: formats, tags cut in two, prompts that begin the thinking."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gguf_files
from doubleread.engine.reasoning import SPELLINGS, Format, SpecialToken, ending, reasoning_format, splitter

QWEN = "{% if '</think>' in content %}{{ content.split('</think>')[-1] }}{% endif %}{{ '<think>' }}"
HARMONY = "<|start|>{{ role }}<|channel|>analysis<|message|>{{ thinking }}<|end|><|start|>assistant"
SOLAR = "<|begin|>assistant<|think|>{{ thinking }}<|end|><|begin|>assistant<|content|>{{ content }}<|end|>"
COHERE = "<|START_THINKING|>{{ plan }}<|END_THINKING|><|START_RESPONSE|>"


def vocabulary(*spellings: str, shown: bool = False) -> dict[str, SpecialToken]:
    return {text: SpecialToken(300 + number, shown) for number, text in enumerate(spellings)}


HARMONY_TOKENS = vocabulary("<|start|>", "<|channel|>", "<|message|>", "<|end|>", shown=True)
SOLAR_TOKENS = vocabulary("<|begin|>", "<|think|>", "<|content|>", "<|end|>", shown=True)


def known(template: str, tokens: dict[str, SpecialToken] | None = None) -> Format:
    form = reasoning_format(template, tokens or {})
    assert form is not None
    return form


def stream(form: Format, tokens: dict[str, SpecialToken], spelt: Sequence[str]) -> list[str]:
    """Turn spellings into what the worker feeds: marks for the format's tokens, text for the rest."""
    return [form.marks.get(tokens[part].id, part) if part in tokens else part for part in spelt]


def split(form: Format, pieces: Sequence[str], prompt_end: str = "") -> tuple[str, str, str]:
    """Return thinking, answer and the phase at the end."""
    stream = splitter(form, prompt_end)
    found = [stretch for piece in pieces for stretch in stream.feed(piece)]
    phase = stream.phase
    found += stream.end()
    thinking, answer = ("".join(text for text, kind in found if kind is wanted) for wanted in (True, False))
    return thinking, answer, phase


@pytest.mark.parametrize(
    ("template", "tokens", "name"),
    [
        (QWEN, {}, "think"),
        ("{{ content.split('</think>')[-1] }}", {}, "think"),
        ("<thinking>{{ thought }}</thinking>", {}, "thinking"),
        ("{% set a, b = '<seed:think>', '</seed:think>' %}", {}, "seed"),
        ("'[THINK]' + block + '[/THINK]'", vocabulary("[THINK]", "[/THINK]"), "mistral"),
        ("<|channel>thought\n{{ t }}<channel|>", vocabulary("<|channel>", "<channel|>"), "gemma"),
        (COHERE, vocabulary("<|START_THINKING|>", "<|END_THINKING|>", "<|START_RESPONSE|>"), "cohere"),
        (COHERE, vocabulary("<|START_THINKING|>", "<|END_THINKING|>", "<|START_TEXT|>"), "cohere-text"),
        (HARMONY, HARMONY_TOKENS, "harmony"),
        (SOLAR, SOLAR_TOKENS, "solar"),
    ],
)
def test_a_format_is_known_by_template_and_vocabulary(template, tokens, name):
    assert known(template, tokens).name == name


@pytest.mark.parametrize("template", [gguf_files.CHATML, HARMONY, SOLAR, COHERE, "Do not say <think>."])
def test_other_models_are_not_known_to_think(template):
    assert reasoning_format(template, {}) is None


def test_a_vocabulary_alone_makes_no_reasoning_model():
    assert reasoning_format(gguf_files.CHATML, vocabulary(*SPELLINGS)) is None


@pytest.mark.parametrize(
    ("text", "prompt_end", "expected"),
    [
        ("<think>\nA rub.\n</think>\n\nB. Pericarditis", "", ("A rub.", "B. Pericarditis", "answer")),
        ("\n<think>A</think>B", "", ("A", "B", "answer")),
        ("A rub.</think>B", "<|im_start|>assistant\n<think>\n", ("A rub.", "B", "answer")),
        ("\n\nB", "<think>\n\n</think>\n\n", ("", "B", "answer")),
        ("  B, plainly.\n", "", ("", "  B, plainly.\n", "answer")),
        ("B. <think>not</think> at the start", "", ("", "B. <think>not</think> at the start", "answer")),
        ("<think>a</think>b <think>c</think> d", "", ("a", "b <think>c</think> d", "answer")),
        ("<think></think>B", "", ("", "B", "answer")),
        ("<think>a < b </thin", "", ("a < b </thin", "", "thinking")),
        ("<think>a \n ", "", ("a", "", "thinking")),
        (" \n<thin", "", ("", " \n<thin", "before")),
        ("<thinner>", "", ("", "<thinner>", "answer")),
        ("", "", ("", "", "before")),
    ],
)
def test_tags_cut_anywhere(text, prompt_end, expected):
    form = known(QWEN)
    assert split(form, [text], prompt_end) == expected
    assert split(form, list(text), prompt_end) == expected
    for place in range(len(text)):
        assert split(form, [text[:place], text[place:]], prompt_end) == expected


@given(st.lists(st.sampled_from(["<think>", "</think>", "<", "/", "think>", " ", "\n", "a", "b"]), max_size=14))
def test_no_character_is_lost_and_pieces_do_not_matter(parts):
    form, text = known(QWEN), "".join(parts)
    thinking, answer, phase = split(form, list(text))
    assert (thinking, answer, phase) == split(form, [text])
    if not text.lstrip().startswith("<think>"):
        assert (thinking, answer) == ("", text)
    elif phase == "thinking":
        assert (thinking, answer) == (text.lstrip()[7:].strip(), "")
    else:
        inner, _, rest = text.lstrip()[7:].partition("</think>")
        assert (thinking, answer) == (inner.strip(), rest.lstrip())


def test_many_blanks_are_not_held_back_for_ever():
    stream = splitter(known(QWEN), "<think>")
    assert stream.feed("a") == [("a", True)]
    seen = [stream.feed(" ") for _ in range(1000)]
    assert sum(len(stretches) for stretches in seen) >= 10
    assert splitter(known(QWEN), "").feed(" " * 200) == [(" " * 200, False)]


def test_tokens_that_show_no_text_are_marks_and_their_spelling_is_not():
    tokens = vocabulary("[THINK]", "[/THINK]")
    form = known("'[THINK]' '[/THINK]'", tokens)
    said = stream(form, tokens, ["[THINK]", "The tag [/", "THINK] closes nothing", "[/THINK]", "B"])
    said[1:3] = ["The tag [/THINK] closes nothing"]
    assert split(form, said) == ("The tag [/THINK] closes nothing", "B", "answer")
    assert split(form, ["[THINK]no[/THINK]"]) == ("", "[THINK]no[/THINK]", "answer")
    assert split(form, stream(form, tokens, ["a", "[/THINK]", "B"]), "[INST]x[/INST][THINK]") == ("a", "B", "answer")


def test_gemmas_opening_is_a_token_and_a_word():
    tokens = vocabulary("<|channel>", "<channel|>")
    form = known("<|channel>thought\n<channel|>", tokens)
    said = stream(form, tokens, ["<|channel>", "thou", "ght\n", "hm\n", "<channel|>", "B"])
    assert split(form, said) == ("hm", "B", "answer")


def test_channels():
    form = known(HARMONY, HARMONY_TOKENS)

    def said(*parts: str) -> tuple[str, str, str]:
        return split(form, stream(form, HARMONY_TOKENS, parts), "<|end|><|start|>assistant")

    analysis = ("<|channel|>", "ana", "lysis", "<|message|>")
    final = ("<|channel|>", "final", "<|message|>")
    again = ("<|end|>", "<|start|>", "assistant")
    assert said(*analysis, "a ", "rub", *again, *final, "B.") == ("a rub", "B.", "answer")
    assert said(*final, "B. <|end|> is a word") == ("", "B. <|end|> is a word", "answer")
    assert said(*analysis, "one", *again, *analysis, "two", *again, *final, "B") == ("one\n\ntwo", "B", "answer")
    assert said(*analysis, "never ends") == ("never ends", "", "thinking")
    assert said("<|channel|>", "final ", "<|constrain|>json", "<|message|>", "{}") == ("", "{}", "answer")
    assert said(*final, "B", "<|end|>", "<|start|>", "assistant", *analysis, "more") == ("", "B", "over")
    stray = ("<|channel|>", "commentary to=assistant", *analysis)
    assert said(*stray, "a", *again, *final, "B") == ("a", "B", "answer")


@pytest.mark.parametrize(
    ("prompt_end", "phase"),
    [
        ("<|end|><|start|>assistant", "header"),
        ("<|end|><|start|>assistant<|channel|>analysis<|message|>", "thinking"),
        ("<|end|><|start|>assistant<|channel|>final<|message|>", "answer"),
        ("", "header"),
    ],
)
def test_a_prompt_may_begin_a_channel(prompt_end, phase):
    assert splitter(known(HARMONY, HARMONY_TOKENS), prompt_end).phase == phase


def test_solar_names_what_follows_by_a_token():
    form = known(SOLAR, SOLAR_TOKENS)
    said = ["<|think|>", "a", "<|end|>", "<|begin|>", "assistant", "<|content|>", "B", "<|end|>", "x"]
    assert split(form, stream(form, SOLAR_TOKENS, said), "<|begin|>assistant") == ("a", "B", "over")


@pytest.mark.parametrize(
    ("template", "tokens", "prompt_end"),
    [
        (QWEN, {}, "<|im_start|>assistant\n"),
        (QWEN, {}, "<|im_start|>assistant\n<think>\n"),
        (QWEN, {}, "<think>\n\n</think>\n\n"),
        (HARMONY, HARMONY_TOKENS, "<|start|>assistant"),
        (HARMONY, HARMONY_TOKENS, "<|start|>assistant<|channel|>analysis<|message|>"),
        (SOLAR, SOLAR_TOKENS, "<|begin|>assistant"),
        (COHERE, vocabulary("<|START_THINKING|>", "<|END_THINKING|>", "<|START_RESPONSE|>"), "<|START_THINKING|>"),
    ],
)
def test_an_ending_leads_to_the_answer_from_everywhere(template, tokens, prompt_end):
    form = known(template, tokens)
    begun = prompt_end + ending(form, splitter(form, prompt_end).phase)
    if form.name == "cohere":
        begun = begun.removesuffix("<|START_RESPONSE|>")
    assert splitter(form, begun).phase == "answer"
