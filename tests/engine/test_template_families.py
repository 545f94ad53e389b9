"""The named chat templates: each against its published format, most of them against llama.cpp's own renderer."""

from __future__ import annotations

import ctypes
import re
from itertools import pairwise

import gguf
import llama_cpp
import pytest

import gguf_files
from doubleread.domain.hashes import text_sha256
from doubleread.domain.prompts import Message
from doubleread.engine.client.protocol import Failed, Generate, Loaded
from doubleread.engine.client.settings import LoadSettings
from doubleread.engine.templates.families import suggested_family, template_families
from doubleread.engine.templates.rendering import render_prompt
from doubleread.engine.worker.chat_template import ChatTemplate
from doubleread.engine.worker.turns import turn_ends

SYSTEM = Message("system", "You are a physician.")
USER = Message("user", "Why does he cough?")
ANSWER = Message("assistant", "Asthma.")
AGAIN = Message("user", "Are you sure?")
CONVERSATIONS = {
    "question": (USER,),
    "system and question": (SYSTEM, USER),
    "examples": (USER, ANSWER, AGAIN),
    "system and examples": (SYSTEM, USER, ANSWER, AGAIN),
}
# By family: the name of llama.cpp's renderer, the beginning and the end of the text, which it leaves to its caller.
LLAMA_CPP = {
    "llama-4": ("llama4", "<s>", "</s>"),
    "llama-3": ("llama3", "<s>", "</s>"),
    "phi-4": ("phi4", "", "</s>"),
    "chatml": ("chatml", "", "</s>"),
    "gemma": ("gemma", "<s>", "</s>"),
    "phi-3": ("phi3", "<s>", "</s>"),
    "command-r": ("command-r", "<s>", "</s>"),
    "granite": ("granite", "", "</s>"),
    "deepseek-3": ("deepseek3", "<s>", "</s>"),
    "mistral-v7-tekken": ("mistral-v7-tekken", "<s>", "</s>"),
    "mistral-v3": ("mistral-v3", "<s>", "</s>"),
    "mistral-v3-tekken": ("mistral-v3-tekken", "<s>", "</s>"),
    "mistral-v1": ("mistral-v1", "<s>", "</s>"),
    "vicuna": ("vicuna", "<s>", "</s>"),
    "zephyr": ("zephyr", "", "<|endoftext|>"),
    "openchat": ("openchat", "<s>", "</s>"),
}
# What llama.cpp cannot render, or renders otherwise than its publisher says: the text of a whole conversation.
PUBLISHED = {
    # Meta's reference code and tokenizer_config.json of Llama-2-7b-chat-hf: a space on both sides of an answer.
    "llama-2": (
        "<s>[INST] <<SYS>>\nYou are a physician.\n<</SYS>>\n\nWhy does he cough? [/INST] Asthma. </s>"
        "<s>[INST] Are you sure? [/INST]"
    ),
    # train.py of stanford_alpaca, with a system prompt instead of its opening words.
    "alpaca": (
        "<s>You are a physician.\n\n### Instruction:\nWhy does he cough?\n\n### Response:\nAsthma.</s>\n\n"
        "### Instruction:\nAre you sure?\n\n### Response:\n"
    ),
    # Ours: what a base model continues.
    "none": (
        "You are a physician.\n\nQuestion: Why does he cough?\nAnswer: Asthma.\n\nQuestion: Are you sure?\nAnswer:"
    ),
    # The model card of epfl-llm/meditron-70b.
    "meditron": (
        "<s><|im_start|>system\nYou are a physician.<|im_end|>\n<|im_start|>question\nWhy does he cough?<|im_end|>\n"
        "<|im_start|>answer\nAsthma.<|im_end|>\n<|im_start|>question\nAre you sure?<|im_end|>\n<|im_start|>answer\n"
    ),
}


def rendered(family: str, messages: tuple[Message, ...], eos: str = "</s>") -> str:
    parts = ChatTemplate(template_families()[family].template, "<s>", eos).parts(messages)
    return "".join(part.text for part in parts)


def of_llama_cpp(name: str, messages: tuple[Message, ...]) -> str:
    turns = (llama_cpp.llama_chat_message * len(messages))()
    for turn, message in zip(turns, messages, strict=True):
        turn.role, turn.content = message.role.encode(), message.content.encode()
    text = ctypes.create_string_buffer(10_000)
    size = llama_cpp.llama_chat_apply_template(name.encode(), turns, len(messages), True, text, len(text))
    assert size > 0
    return text.raw[:size].decode()


def test_every_family_is_compared_with_what_was_published():
    assert LLAMA_CPP.keys() | PUBLISHED.keys() == template_families().keys()
    assert not LLAMA_CPP.keys() & PUBLISHED.keys()


@pytest.mark.parametrize("conversation", CONVERSATIONS.values(), ids=CONVERSATIONS)
@pytest.mark.parametrize("family", LLAMA_CPP)
def test_a_family_renders_as_llama_cpp_does(family, conversation):
    name, bos, eos = LLAMA_CPP[family]
    assert rendered(family, conversation, eos) == bos + of_llama_cpp(name, conversation)


@pytest.mark.parametrize("family", PUBLISHED)
def test_a_family_renders_as_it_was_published(family):
    assert rendered(family, CONVERSATIONS["system and examples"]) == PUBLISHED[family]


def test_alpaca_opens_with_its_own_words_where_there_is_no_system_prompt():
    assert rendered("alpaca", (USER,)) == (
        "<s>Below is an instruction that describes a task. Write a response that appropriately completes the request."
        "\n\n### Instruction:\nWhy does he cough?\n\n### Response:\n"
    )


@pytest.mark.parametrize("family", [family for family in template_families().values() if family.tokens])
def test_a_vocabulary_with_its_control_tokens_suggests_a_family(family):
    assert suggested_family([*family.tokens, "the", "fever"]) == family
    assert suggested_family([*sorted(family.tokens)[1:], "the"]) != family


def test_a_vocabulary_without_control_tokens_suggests_nothing():
    assert suggested_family(["<s>", "</s>", "the"]) is None


@pytest.mark.parametrize("family", template_families())
def test_a_model_without_a_template_gets_the_prompt_of_the_family_and_ends_with_its_turn(family, tmp_path, run):
    template = template_families()[family].template
    prompt = rendered(family, (USER,))
    delimiter = turn_delimiter(template)
    control = delimiter.startswith("<")
    written = (delimiter,) if control else (delimiter[0], delimiter[1:])
    kind = gguf.TokenType.CONTROL if control else gguf.TokenType.NORMAL
    path = gguf_files.write_successor_model(
        tmp_path / "base.gguf",
        dict(pairwise((prompt[-1], "x", "y", *written, "z"))),
        template=None,
        tokens={"<s>": gguf.TokenType.CONTROL, "</s>": gguf.TokenType.CONTROL} | dict.fromkeys(written[-1:], kind),
        eos="</s>",
        bos="<s>",
    )
    failed = run(path).wait_for(lambda event: isinstance(event, Failed | Loaded))
    assert (failed.title, failed.request_id) == ("No chat template", None)

    running = run(path, chat_template=template, template_source=family)
    running.loaded()
    running.ask("one", USER.content)
    answer = running.answer("one")
    assert (answer.text, answer.finish_reason) == ("xy", "stop")
    assert answer.manifest["template_source"] == family
    assert answer.manifest["template_sha256"] == text_sha256(template)
    assert answer.manifest["prompt_sha256"] == text_sha256(prompt)


@pytest.mark.parametrize("add_bos", [True, False])
def test_a_text_to_continue_begins_as_the_vocabulary_says(add_bos, tmp_path):
    path = gguf_files.write_llama(tmp_path / "base.gguf", template=None, add_bos=add_bos)
    settings = LoadSettings(chat_template=template_families()["none"].template)
    prompt = render_prompt(path, settings, Generate("one", (USER,)))
    assert prompt.text == "Question: Why does he cough?\nAnswer:"
    assert [token.text for token in prompt.tokens if token.control] == ["<s>"] * add_bos


def turn_delimiter(template: str) -> str:
    """What comes between an answer and the next question, up to where an answer must have ended."""
    between = ChatTemplate(template, "<s>", "</s>").between_turns()
    return turn_ends(between, {}, re.compile("(?!)")).strings[0]
