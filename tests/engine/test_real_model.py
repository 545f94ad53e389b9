"""A model that nobody here made: its template, tokens and answers beside llama-cpp-python's own ways."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from doubleread.domain.prompts import Message
from doubleread.engine.client.protocol import Generate, Sampling
from doubleread.engine.client.settings import LoadSettings
from doubleread.engine.gguf.chat_templates import own_template
from doubleread.engine.gguf.examine import examine
from doubleread.engine.gguf.inspect import inspect_gguf
from doubleread.engine.gguf.model_file import opened_header
from doubleread.engine.templates.families import suggested_family, template_families
from doubleread.engine.templates.rendering import render_prompt
from doubleread.errors import ModelFileError
from real_model import smollm2

SYSTEM = Message("system", "You are a physician. Answer in one sentence.")
CONVERSATIONS = {
    "question": (Message("user", "What does the heart do?"),),
    "system": (SYSTEM, Message("user", "Which organ makes insulin?")),
    "examples": (
        *(SYSTEM, Message("user", "Which organ makes bile?"), Message("assistant", "The liver.")),
        Message("user", "Which organ makes insulin?"),
    ),
    "characters": (Message("user", "38,5 °C → β-Blocker?\n\t肺炎 👩‍⚕️ naïve\u00a0x   \r\n 1234567890 I'm\u200bfine"),),
}
BESIDE = """
import json, sys
from llama_cpp import Llama
from llama_cpp.llama_chat_format import Jinja2ChatFormatter
llama = Llama(sys.argv[1], n_ctx=512, n_threads=1, n_threads_batch=1, flash_attn=False, verbose=False)
template = llama.metadata["tokenizer.chat_template"]
formatter = Jinja2ChatFormatter(template, eos_token="<|im_end|>", bos_token="<|im_start|>")
answers = []
for messages in json.loads(sys.stdin.read()):
    prompt = formatter(messages=messages).prompt
    tokens = llama.tokenize(prompt.encode(), add_bos=False, special=True)
    said = llama.create_completion(tokens, max_tokens=24, temperature=0.0, repeat_penalty=1.0)
    answers.append({"prompt": prompt, "tokens": tokens, "text": said["choices"][0]["text"],
                    "finish_reason": said["choices"][0]["finish_reason"]})
vocabulary = [llama.detokenize([token], special=True).decode("utf-8", "replace") for token in range(64)]
print(json.dumps({"answers": answers, "vocabulary": vocabulary}))
"""


SHOTS = """\
Which organ makes bile?
Answer: The liver

Question: Which organ pumps blood?
Answer: The heart

Question: Which organ makes insulin?"""
OPENED = "{# </think> #}{{ '<think>\\n' }}"
"""What a template ends with whose prompts begin the reasoning."""


@pytest.fixture(scope="module")
def beside() -> dict[str, Any]:
    """What llama-cpp-python's own class makes of the same file and conversations, in a process of its own."""
    asked = [[{"role": item.role, "content": item.content} for item in chat] for chat in CONVERSATIONS.values()]
    command = [sys.executable, "-c", BESIDE, str(smollm2())]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=120)
    return json.loads(done.stdout)


def test_the_file_is_recognised_for_what_it_is():
    found = inspect_gguf(smollm2())
    assert (found.architecture, found.quantisation, found.context_length) == ("llama", "Q4_1", 8192)
    assert (found.kind, found.problems, found.has_chat_template) == ("language model", (), True)
    assert found.vocabulary_size == 49152


def test_its_vocabulary_suggests_the_family_of_its_own_template(beside):
    family = suggested_family(beside["vocabulary"])
    assert family is not None
    assert family.name == "chatml"


@pytest.mark.parametrize("conversation", CONVERSATIONS)
def test_every_token_of_a_prompt_is_that_of_llama_cpp_python(beside, conversation):
    expected = beside["answers"][list(CONVERSATIONS).index(conversation)]
    prompt = render_prompt(smollm2(), LoadSettings(), Generate("one", CONVERSATIONS[conversation]))
    assert prompt.text == expected["prompt"]
    assert [token.id for token in prompt.tokens] == expected["tokens"]


def test_a_file_that_lost_its_template_answers_the_same_in_the_family_that_its_vocabulary_suggests(tmp_path, run):
    lost = tmp_path / "lost.gguf"
    lost.write_bytes(smollm2().read_bytes().replace(b"tokenizer.chat_template", b"tokenizer.chat_tem-late", 1))
    with pytest.raises(ModelFileError, match="suggests the chat template chatml"):
        examine(lost)
    template = template_families()["chatml"].template
    answers = []
    for running in (run(smollm2()), run(lost, chat_template=template, template_source="chatml")):
        running.engine.generate(Generate("one", CONVERSATIONS["examples"], Sampling(max_tokens=8), "batch"))
        answers.append(running.answer("one"))
    assert answers[0].text == answers[1].text != ""
    assert answers[0].manifest["prompt_sha256"] == answers[1].manifest["prompt_sha256"]
    assert answers[0].manifest["template_sha256"] != answers[1].manifest["template_sha256"]


def test_a_text_that_is_continued_ends_before_the_next_question(run):
    running = run(smollm2(), chat_template=template_families()["none"].template, template_source="none")
    running.ask("one", SHOTS, max_tokens=24)
    answer = running.answer("one")
    assert (answer.finish_reason, answer.manifest["ended_by"]) == ("stop", "\nQuestion:")
    assert 0 < len(answer.text.strip().splitlines()[0]) < 40


@pytest.mark.parametrize("budget", [0, 9])
def test_reasoning_in_tags_of_several_tokens_is_cut_off_and_an_answer_follows(run, budget):
    template = own_template(opened_header(smollm2())[0]) + OPENED
    running = run(smollm2(), chat_template=template, template_source="opened")
    asked = Sampling(max_tokens=8, max_reasoning_tokens=budget)
    running.engine.generate(Generate("one", CONVERSATIONS["system"], asked, "batch"))
    answer = running.answer("one")
    manifest = answer.manifest
    prompt = render_prompt(
        smollm2(), LoadSettings(chat_template=template), Generate("one", CONVERSATIONS["system"], asked)
    )
    assert prompt.sha256 == manifest["prompt_sha256"]
    assert prompt.text.endswith("<think>\n" if budget else "<think>\n\n</think>\n\n")
    assert manifest["reasoning_format"] == "think"
    assert bool(answer.reasoning.strip()) == manifest["reasoning_truncated"] == (budget > 0)
    assert answer.text.strip()
    assert "think>" not in answer.text + answer.reasoning
    assert manifest["answer_tokens"] <= 8


def test_prompts_and_greedy_answers_are_those_of_llama_cpp_python(beside, run):
    running = run(smollm2(), flash_attention="off")
    running.loaded()
    for name, messages in CONVERSATIONS.items():
        running.engine.generate(Generate(name, messages, Sampling(max_tokens=24, temperature=0.0), "batch"))
    for name, expected in zip(CONVERSATIONS, beside["answers"], strict=True):
        answer = running.answer(name)
        assert answer.manifest["prompt_tokens"] == len(expected["tokens"])
        assert answer.text == expected["text"]
        assert answer.manifest["finish_reason"] == expected["finish_reason"]
