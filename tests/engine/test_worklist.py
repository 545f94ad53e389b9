"""What delimits turns ends an answer, also where the model file does not declare it."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from gguf import TokenType

import gguf_files
from doubleread.engine.worker.chat_template import ChatTemplate
from doubleread.engine.worker.turns import TurnEnds, turn_ends

CONTROL, DEFINED, NORMAL = TokenType.CONTROL, TokenType.USER_DEFINED, TokenType.NORMAL
TURNS = (
    "{% for m in messages %}<|turn|>{{ m.role }}\n{{ m.content }}<|close|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|turn|>assistant\n{% endif %}"
)
PLAIN = (
    "{% for m in messages %}{% if m.role == 'user' %}### Question:\n{{ m.content }}\n\n### Answer:\n"
    "{% else %}{{ m.content }}\n\n{% endif %}{% endfor %}"
)
VICUNA = (
    "{% for m in messages %}{% if m.role == 'user' %}USER: {{ m.content }} ASSISTANT:"
    "{% else %} {{ m.content }}</s>{% endif %}{% endfor %}"
)


def ends(template: str, *tokens: str, exempt: tuple[str, ...] = ()) -> TurnEnds:
    control = {text: number for number, text in enumerate(tokens)}
    pattern = re.compile("|".join(map(re.escape, sorted(tokens, key=len, reverse=True))) or r"(?!)")
    return turn_ends(ChatTemplate(template, "<s>", "</s>").between_turns(), control, pattern, exempt)


@pytest.mark.parametrize(
    ("template", "tokens", "expected"),
    [
        (TURNS, ("<|turn|>", "<|close|>", "<|other|>"), TurnEnds({1: "<|close|>", 0: "<|turn|>"})),
        (TURNS, ("<|turn|>",), TurnEnds({0: "<|turn|>"}, ("<|close|>",))),
        (gguf_files.CHATML, ("<|im_start|>", "<|im_end|>"), TurnEnds({1: "<|im_end|>", 0: "<|im_start|>"})),
        (gguf_files.CHATML, (), TurnEnds({}, ("<|im_end|>", "<|im_start|>"))),
        (PLAIN, (), TurnEnds({}, ("\n### Question:",))),
        (VICUNA, ("</s>",), TurnEnds({0: "</s>"})),
        (VICUNA, (), TurnEnds({}, ("</s>",))),
        (VICUNA.replace("</s>", " "), (), TurnEnds({}, ("USER:",))),
        (gguf_files.NO_SYSTEM, ("<|im_end|>",), TurnEnds({0: "<|im_end|>"}, ("<|im_start|>",))),
        ("{% for m in messages %}{{ m.content }}\n{% endfor %}", (), TurnEnds()),
        (
            "{% if messages | length > 1 %}{{ raise_exception('no') }}{% endif %}{{ messages[0].content }}",
            (),
            TurnEnds(),
        ),
    ],
)
def test_delimiters_follow_from_the_template(template, tokens, expected):
    assert ends(template, *tokens) == expected


def test_what_delimits_reasoning_ends_no_answer():
    template = TURNS.replace("{{ m.content }}", "<|channel|>{{ m.content }}")
    assert ends(template, "<|turn|>", "<|close|>", exempt=("<|turn|>",)) == TurnEnds({1: "<|close|>"}, ("<|channel|>",))


def model(folder, said, template, tokens, eos="<|eos|>"):
    tokens = {**tokens, eos: CONTROL}
    path = folder / "model.gguf"
    return gguf_files.write_successor_model(path, dict(pairwise(said)), template=template, tokens=tokens, eos=eos)


@pytest.mark.parametrize("kind", [CONTROL, DEFINED])
def test_a_token_that_delimits_turns_ends_the_answer(run, tmp_path, kind):
    said = ("\n", "x", "y", "<|close|>", "<|turn|>", "u", "s", "e", "r", "z")
    running = run(model(tmp_path, said, TURNS, {"<|turn|>": kind, "<|close|>": kind}))
    loaded = running.loaded().engine
    assert loaded["turn_end_tokens"] == ["<|close|>", "<|turn|>"]
    running.ask("one", "Q")
    answer = running.answer("one")
    assert (answer.text, answer.finish_reason, answer.manifest["ended_by"]) == ("xy", "stop", "<|close|>")
    assert answer.manifest["control_tokens"] == {}


def test_a_delimiter_that_is_no_token_ends_the_answer_too(run, tmp_path):
    said = ("\n", "x", "<|im_", "end|>", "z")
    running = run(model(tmp_path, said, gguf_files.CHATML, {"<|im_": NORMAL, "end|>": NORMAL}))
    assert running.loaded().engine["turn_end_strings"] == ["<|im_end|>", "<|im_start|>"]
    running.ask("one", "Q", priority="interactive")
    answer = running.answer("one")
    assert (answer.text, answer.finish_reason, answer.manifest["ended_by"]) == ("x", "stop", "<|im_end|>")


def test_a_turn_token_that_begins_a_marker_of_reasoning_ends_nothing(run, tmp_path):
    tokens = {"<|im_start|>": CONTROL, "<|im_end|>": CONTROL, "think": NORMAL, "answer": NORMAL}
    said = ("\n", "<|im_start|>", "think", "a", "b")
    running = run(model(tmp_path, said, gguf_files.CHATML, tokens))
    running.ask("one", "Q")
    assert running.answer("one").reasoning == "ab"
    path = tmp_path / "second"
    path.mkdir()
    running = run(model(path, ("\n", "x", "<|im_start|>", "think", "a"), gguf_files.CHATML, tokens))
    running.ask("one", "Q")
    answer = running.answer("one")
    assert (answer.text, answer.reasoning, answer.manifest["ended_by"]) == ("x", "", "<|im_start|>")


def test_turn_tokens_within_a_marker_of_reasoning_end_nothing_before_the_answer(run, tmp_path):
    """Kimi K3 writes <|open|>think<|sep|> and <|close|>think<|sep|>, and closes its answer by the same token."""
    template = (
        "{% for m in messages %}<|open|>{{ m.role }}<|sep|>{{ m.content }}<|close|>{{ m.role }}<|sep|>{% endfor %}"
        "<|open|>think<|sep|>"
    )
    tokens = {**dict.fromkeys(("<|open|>", "<|close|>", "<|sep|>"), CONTROL), "think": NORMAL}
    running = run(model(tmp_path, ("<|sep|>", "a", "<|close|>", "think", "<|sep|>"), template, tokens))
    running.ask("one", "Q")
    answer = running.answer("one")
    assert (answer.reasoning, answer.text, answer.manifest["ended_by"]) == ("a", "a", "<|close|>")
