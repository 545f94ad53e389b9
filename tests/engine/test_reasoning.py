"""How a model delimits its reasoning: formats known by template and vocabulary, tokens without text, channels."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import gguf_files
from doubleread.engine.worker.reasoning import Format, SpecialToken, ending, reasoning_format, spellings, splitter

QWEN = "{% if '</think>' in content %}{{ content.split('</think>')[-1] }}{% endif %}{{ '<think>' }}"
HARMONY = "<|start|>{{ role }}<|channel|>analysis<|message|>{{ reasoning }}<|end|><|start|>assistant"
SOLAR = "<|begin|>assistant<|think|>{{ reasoning }}<|end|><|begin|>assistant<|content|>{{ content }}<|end|>"
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
    """Return reasoning, answer and the phase at the end."""
    stream = splitter(form, prompt_end)
    found = [stretch for piece in pieces for stretch in stream.feed(piece)]
    phase = stream.phase
    found += stream.end()
    reasoning, answer = ("".join(item.text for item in found if item.reasoning is wanted) for wanted in (True, False))
    return reasoning, answer, phase


@pytest.mark.parametrize(
    ("template", "tokens", "name"),
    [
        (QWEN, {}, "think"),
        ("{{ content.split('</think>')[-1] }}", {}, "think"),
        ("<thinking>{{ thought }}</thinking>", {}, "thinking"),
        ("{{ '<thought>' }}{% if '</thought>' in content %}{% endif %}", {}, "thought"),
        ("{{ '## Thinking' }}\n{{ '## Final Response' }}", {}, "huatuo"),
        ("<|begin_of_thought|>{{ t }}<|end_of_thought|>", {}, "begin-of-thought"),
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
    assert reasoning_format(gguf_files.CHATML, vocabulary(*spellings())) is None


def test_tokens_that_show_no_text_are_marks_and_their_spelling_is_not():
    tokens = vocabulary("[THINK]", "[/THINK]")
    form = known("'[THINK]' '[/THINK]'", tokens)
    said = stream(form, tokens, ["[THINK]", "The tag [/", "THINK] closes nothing", "[/THINK]", "B"])
    said[1:3] = ["The tag [/THINK] closes nothing"]
    assert split(form, said) == ("The tag [/THINK] closes nothing", "B", "answer")
    assert split(form, ["[THINK]", "spelt out", "[/THINK]", "B"]) == ("spelt out", "B", "answer")
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
    assert said(*analysis, "never ends") == ("never ends", "", "reasoning")
    assert said("<|channel|>", "final ", "<|constrain|>json", "<|message|>", "{}") == ("", "{}", "answer")
    assert said(*final, "B", "<|end|>", "<|start|>", "assistant", *analysis, "more") == ("", "B", "over")
    stray = ("<|channel|>", "commentary to=assistant", *analysis)
    assert said(*stray, "a", *again, *final, "B") == ("a", "B", "answer")


@pytest.mark.parametrize(
    ("prompt_end", "phase"),
    [
        ("<|end|><|start|>assistant", "header"),
        ("<|end|><|start|>assistant<|channel|>analysis<|message|>", "reasoning"),
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
