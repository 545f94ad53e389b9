"""ReasoningForm models in real workers: llama.cpp runs models whose every token is known beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from gguf import TokenType

import gguf_files
from doubleread.domain.reasoning_markers import OwnMarkers
from doubleread.engine.client.protocol import Failed

NORMAL, CONTROL, DEFINED = TokenType.NORMAL, TokenType.CONTROL, TokenType.USER_DEFINED
TAGS = "{% for m in messages %}{{ m.content }}{% endfor %}{# <think></think> #}<|im_start|>"
OPENED = TAGS + "{{ '<think>\n' }}"
BRACKETS = TAGS.replace("<think></think>", "[THINK][/THINK]")
HARMONY = "{% for m in messages %}<|start|>user<|message|>{{ m.content }}<|end|>{% endfor %}<|start|>assistant"
HARMONY += "{# <|channel|>analysis #}"
TOKENS = {"<|im_start|>": CONTROL, "<|im_end|>": CONTROL}
THINK = {**TOKENS, "<think>": DEFINED, "</think>": DEFINED}
CHANNELS = {
    **dict.fromkeys(("<|start|>", "<|channel|>", "<|message|>", "<|end|>", "<|return|>", "<|call|>"), CONTROL),
    "analysis": NORMAL,
    "assistant": NORMAL,
}


def chain(*tokens: str) -> dict[str, str]:
    return dict(pairwise(tokens))


def model(
    folder: Path, successors: Mapping[str, str], template: str = TAGS, tokens: Mapping[str, TokenType] = THINK, **more
) -> Path:
    eos = "<|return|>" if "<|return|>" in tokens else "<|im_end|>"
    return gguf_files.write_successor_model(
        folder / "model.gguf", successors, template=template, tokens=tokens, eos=eos, **more
    )


def test_reasoning_is_separate_from_the_answer(run, tmp_path):
    said = chain("<|im_start|>", "<think>", "a", "b", "c", "</think>", "\n", "x", "y", "z", "<|im_end|>")
    running = run(model(tmp_path, said))
    running.ask("one", "Q")
    answer = running.answer("one")
    assert (answer.reasoning, answer.text, answer.finish_reason) == ("abc", "xyz", "stop")
    manifest = answer.manifest
    assert manifest["reasoning_format"] == "think"
    assert (manifest["completion_tokens"], manifest["reasoning_tokens"], manifest["answer_tokens"]) == (9, 5, 4)
    assert manifest["reasoning_truncated"] is False
    assert manifest["time_to_first_token_seconds"] <= manifest["time_to_first_answer_seconds"]


def test_a_prompt_that_opens_the_reasoning(run, tmp_path):
    said = chain("\n", "a", "b", "</think>", "x", "y", "<|im_end|>")
    running = run(model(tmp_path, said, OPENED))
    running.ask("one", "Q")
    answer = running.answer("one")
    assert (answer.reasoning, answer.text, answer.finish_reason) == ("ab", "xy", "stop")


def test_tags_made_of_several_tokens(run, tmp_path):
    tokens = {**TOKENS, "<th": NORMAL, "ink>": NORMAL, "</th": NORMAL, "ink>B": NORMAL}
    said = chain("<|im_start|>", "<th", "ink>", "a", "</th", "ink>B", "x", "<|im_end|>")
    running = run(model(tmp_path, said, TAGS, tokens))
    running.ask("one", "Q")
    answer = running.answer("one")
    assert (answer.reasoning, answer.text) == ("a", "Bx")


def test_control_tokens_that_show_no_text(run, tmp_path):
    tokens = {**TOKENS, "[THINK]": CONTROL, "[/THINK]": CONTROL}
    said = chain("<|im_start|>", "[THINK]", "a", "[/THINK]", "x", "<|im_end|>")
    running = run(model(tmp_path, said, BRACKETS, tokens))
    running.ask("one", "Q")
    answer = running.answer("one")
    assert (answer.reasoning, answer.text, answer.manifest["reasoning_format"]) == ("a", "x", "mistral")


SILENT = TAGS.replace("{# <think></think> #}", "")


def test_markers_count_where_the_template_says_nothing_of_them(run, tmp_path):
    said = chain("<|im_start|>", "<think>", "a", "</think>", "x", "<|im_end|>")
    running = run(model(tmp_path, said, SILENT))
    running.ask("one", "Q")
    answer = running.answer("one")
    assert (answer.reasoning, answer.text) == ("a", "x")
    manifest = answer.manifest
    assert (manifest["reasoning_format"], manifest["reasoning_known_from"]) == ("think", "answer")
    assert (manifest["reasoning_tokens"], manifest["answer_tokens"]) == (3, 1)


def test_reasoning_that_only_the_answer_shows_has_a_budget_too(run, tmp_path):
    running = run(model(tmp_path, ENDLESS, SILENT))
    running.ask("one", "Q", max_reasoning_tokens=7, max_tokens=5)
    answer = running.answer("one")
    assert (answer.reasoning, answer.text, answer.manifest["reasoning_truncated"]) == ("ababab", "xy", True)


@pytest.mark.parametrize("kind", [CONTROL, TokenType.UNUSED, DEFINED, NORMAL])
def test_medgemmas_markers_are_tokens_of_any_kind(run, tmp_path, kind):
    tokens = {**TOKENS, "<unused94>": kind, "<unused95>": kind, "thought": NORMAL}
    said = chain("<|im_start|>", "<unused94>", "thought", "\n", "a", "b", "<unused95>", "x", "<|im_end|>")
    running = run(model(tmp_path, said, SILENT, tokens))
    running.ask("one", "Q")
    answer = running.answer("one")
    assert (answer.reasoning, answer.text, answer.manifest["reasoning_format"]) == ("ab", "x", "medgemma")


def test_control_tokens_are_never_dropped(run, tmp_path):
    tokens = {**TOKENS, "<|odd|>": CONTROL, "<unused7>": TokenType.UNUSED}
    said = chain("<|im_start|>", "x", "<|odd|>", "y", "<unused7>", "z", "<|im_end|>")
    running = run(model(tmp_path, said, SILENT, tokens))
    running.ask("one", "Q")
    answer = running.answer("one")
    assert (answer.reasoning, answer.text) == ("", "x<|odd|>y<unused7>z")
    assert answer.manifest["control_tokens"] == {"<|odd|>": 1, "<unused7>": 1}
    assert answer.manifest["suspected_markers"] == ["<|odd|>", "<unused7>"]


def test_an_answer_that_proves_to_be_reasoning_is_retracted(run, tmp_path):
    said = chain("<|im_start|>", "a", "b", "</think>", "x", "<|im_end|>")
    running = run(model(tmp_path, said, SILENT))
    running.ask("one", "Q", priority="interactive")
    answer = running.answer("one")
    assert (answer.reasoning, answer.text, answer.manifest["reasoning_retracted"]) == ("ab", "x", True)
    assert (answer.manifest["reasoning_tokens"], answer.manifest["answer_tokens"]) == (3, 1)
    assert running.chunks("one") == ["x"]


def test_a_model_known_to_reason_shows_nothing_that_may_be_reasoning(run, tmp_path):
    said = chain("<|im_start|>", "a", "b", "</think>", "x", "<|im_end|>")
    running = run(model(tmp_path, said, TAGS))
    running.ask("one", "Q", priority="interactive")
    answer = running.answer("one")
    assert (answer.reasoning, answer.text, answer.manifest["reasoning_retracted"]) == ("ab", "x", False)


def test_reasoning_again_after_the_answer_began(run, tmp_path):
    said = chain("<|im_start|>", "x", "y", "\n", "<think>", "a", "</think>", "z", "<|im_end|>")
    running = run(model(tmp_path, said, SILENT))
    running.ask("one", "Q")
    answer = running.answer("one")
    assert (answer.reasoning, answer.text, answer.finish_reason) == ("a", "xy\nz", "stop")


def test_reasoning_left_open_after_the_answer_is_recorded(run, tmp_path):
    said = chain("<|im_start|>", "x", "\n", "<think>", "a", "<|im_end|>")
    running = run(model(tmp_path, said, SILENT))
    running.ask("one", "Q")
    answer = running.answer("one")
    assert (answer.reasoning, answer.text, answer.finish_reason) == ("a", "x\n", "stop")
    assert answer.manifest["reasoning_unclosed"] is True


def test_markers_of_the_studys_protocol(run, tmp_path):
    said = chain("<|im_start|>", "«", "a", "»", "x", "<|im_end|>")
    tokens = {**TOKENS, "«": NORMAL, "»": NORMAL}
    pieces = {"«": "".join(gguf_files.byte_pieces()[byte] for byte in "«".encode())}
    pieces["»"] = "".join(gguf_files.byte_pieces()[byte] for byte in "»".encode())
    said = {pieces.get(first, first): pieces.get(second, second) for first, second in said.items()}
    tokens = {pieces.get(text, text): kind for text, kind in tokens.items()}
    path = model(tmp_path, said, SILENT, tokens)
    without, running = run(path), run(path, reasoning=(OwnMarkers("«", "»"),))
    without.ask("one", "Q")
    running.ask("one", "Q")
    assert without.answer("one").text == "«a»x"
    answer = running.answer("one")
    assert (answer.reasoning, answer.text, answer.manifest["reasoning_format"]) == ("a", "x", "protocol: «")
    assert answer.manifest["own_reasoning_markers"] == [{"begin": "«", "end": "»"}]


def test_a_grammars_answer_is_left_alone(run, tmp_path):
    said = chain("<|im_start|>", "<think>", "a", "</think>", "x", "<|im_end|>")
    running = run(model(tmp_path, said, SILENT))
    running.ask("one", "Q", grammar='root ::= "<think>a"')
    answer = running.answer("one")
    assert (answer.reasoning, answer.text) == ("", "<think>a")


ENDLESS = chain("<|im_start|>", "<think>", "a", "b", "a") | chain("</think>", "\n", "x", "y", "<|im_end|>")


@pytest.mark.parametrize("penalty", [1.0, 1.01])
@pytest.mark.parametrize("budget", [1, 2, 7, 100])
def test_a_budget_ends_the_reasoning_and_the_answer_follows(run, tmp_path, budget, penalty):
    running = run(model(tmp_path, ENDLESS))
    running.ask("one", "Q", max_reasoning_tokens=budget, repeat_penalty=penalty, max_tokens=5)
    answer = running.answer("one")
    manifest = answer.manifest
    assert (answer.text, answer.finish_reason) == ("xy", "stop")
    assert answer.reasoning == ("ab" * budget)[: budget - 1]
    assert (manifest["reasoning_budget"], manifest["reasoning_truncated"]) == (budget, True)
    # The opening tag is the first of the budget's tokens; "\n</think>\n\n" is forced, of which two are the reasoning's.
    assert manifest["reasoning_tokens"] == budget + 2
    assert manifest["sampler"]["max_reasoning_tokens"] == budget


def test_no_budget_means_no_reasoning(run, tmp_path):
    running = run(model(tmp_path, ENDLESS))
    running.ask("one", "Q", max_reasoning_tokens=0)
    answer = running.answer("one")
    assert (answer.reasoning, answer.text, answer.manifest["reasoning_tokens"]) == ("", "xy", 0)


def test_the_answer_has_its_room_after_any_reasoning(run, tmp_path):
    endless_answer = ENDLESS | chain("x", "y", "x")
    running = run(model(tmp_path, endless_answer), n_ctx=128)
    running.ask("one", "Q" * 40, max_reasoning_tokens=1000, max_tokens=50)
    answer = running.answer("one")
    manifest = answer.manifest
    assert (manifest["answer_tokens"], answer.finish_reason) == (50, "length")
    assert manifest["reasoning_budget"] < 50
    assert manifest["prompt_tokens"] + manifest["completion_tokens"] <= 128


def test_the_reasoning_has_a_quarter_of_the_room_where_the_answer_could_take_it_all(run, tmp_path):
    running = run(model(tmp_path, ENDLESS), n_ctx=128)
    running.ask("one", "Q", max_reasoning_tokens=1000, max_tokens=127)
    assert 24 < running.answer("one").manifest["reasoning_budget"] < 32


def test_reasoning_that_the_model_leaves_open_is_cut_off_and_no_answer(run, tmp_path):
    running = run(model(tmp_path, chain("<|im_start|>", "<think>", "a", "b", "<|im_end|>")))
    running.ask("one", "Q")
    answer = running.answer("one")
    assert (answer.reasoning, answer.text, answer.finish_reason) == ("ab", "", "length")


def test_stop_strings_are_the_answers_alone(run, tmp_path):
    said = chain("<|im_start|>", "<think>", "a", "b", "</think>", "x", "y", "z", "<|im_end|>")
    running = run(model(tmp_path, said))
    running.ask("one", "Q", stop=("b", "yz"))
    answer = running.answer("one")
    assert (answer.reasoning, answer.text, answer.finish_reason) == ("ab", "x", "stop")


HARMONY_SAID = {
    **chain("t", "<|channel|>", "analysis", "<|message|>", "a", "b", "<|end|>", "<|start|>", "assistant"),
    "assistant": "<|channel|>",
    "l": "<|message|>",
}


def test_channels_are_told_apart_and_forced_to_the_final_one(run, tmp_path):
    running = run(model(tmp_path, HARMONY_SAID, HARMONY, CHANNELS))
    running.ask("one", "Q", max_reasoning_tokens=12)
    answer = running.answer("one")
    manifest = answer.manifest
    # After "<|message|>" this model says "ab<|end|>" in every channel; the one after the final channel ends its turn.
    assert (answer.reasoning, answer.text, answer.finish_reason) == ("ab\n\na", "ab", "stop")
    assert manifest["reasoning_format"] == "harmony"
    assert manifest["reasoning_truncated"] is True


def test_no_budget_begins_with_the_final_channel(run, tmp_path):
    running = run(model(tmp_path, HARMONY_SAID, HARMONY, CHANNELS))
    running.ask("one", "Q", max_reasoning_tokens=0)
    answer = running.answer("one")
    assert (answer.reasoning, answer.text, answer.finish_reason) == ("", "ab", "stop")


def test_characters_cut_by_the_budget_are_completed(run, tmp_path):
    bytes_of = gguf_files.byte_pieces()
    first, second = (bytes_of[byte] for byte in "é".encode())
    said = chain("<|im_start|>", "<think>", first, second, first) | chain("</think>", "\n", "x", "<|im_end|>")
    running = run(model(tmp_path, said))
    running.ask("one", "Q", max_reasoning_tokens=2)
    assert running.answer("one").reasoning == "é"


def test_several_answers_think_at_a_time(run, tmp_path):
    running = run(model(tmp_path, ENDLESS), n_slots=4, n_batch=16)
    for budget in range(1, 13):
        running.ask(f"r{budget}", "Q" * budget, max_reasoning_tokens=budget)
    for budget in range(1, 13):
        answer = running.answer(f"r{budget}")
        assert (answer.reasoning, answer.text) == (("ab" * budget)[: budget - 1], "xy")


def test_an_answer_given_up_while_it_thinks(run, tmp_path):
    running = run(model(tmp_path, ENDLESS, context=100_000), n_ctx=100_000)
    running.ask("one", "Q", max_reasoning_tokens=90_000)
    running.wait_for(lambda event: getattr(event, "reasoning", False))
    running.engine.cancel("one")
    answer = running.answer("one")
    assert (answer.text, answer.finish_reason) == ("", "cancelled")
    assert answer.reasoning.startswith("a")


@pytest.mark.parametrize(("bos", "add_bos"), [(None, False), ("<|im_start|>", False), ("<|im_start|>", True)])
def test_models_without_a_bos_and_prompts_longer_than_a_batch(run, tmp_path, bos, add_bos):
    said = chain("<|im_start|>", "<think>", "a", "</think>", "x", "<|im_end|>")
    running = run(model(tmp_path, said, bos=bos, add_bos=add_bos), n_batch=32)
    running.ask("long", "Q" * 300)
    running.ask("too long", "Q" * 600)
    answer, refused = running.answer("long"), running.end_of("too long")
    assert (answer.reasoning, answer.text) == ("a", "x")
    assert answer.manifest["prompt_tokens"] == 301 + add_bos
    assert isinstance(refused, Failed)
    assert f"{601 + add_bos} tokens" in refused.happened
