"""A model that nobody here made: its template, tokens and answers beside llama-cpp-python's own ways."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from doubleread.domain.prompts import Message
from doubleread.engine.client.protocol import Generate, Sampling
from doubleread.engine.gguf.inspect import inspect_gguf
from doubleread.engine.templates.families import suggested_family
from real_model import smollm2

SYSTEM = Message("system", "You are a physician. Answer in one sentence.")
CONVERSATIONS = {
    "question": (Message("user", "What does the heart do?"),),
    "system": (SYSTEM, Message("user", "Which organ makes insulin?")),
    "examples": (
        *(SYSTEM, Message("user", "Which organ makes bile?"), Message("assistant", "The liver.")),
        Message("user", "Which organ makes insulin?"),
    ),
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
