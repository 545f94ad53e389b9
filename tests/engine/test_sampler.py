"""Tokens are chosen as llama.cpp's own samplers would choose them, although few of them are looked at."""

from __future__ import annotations

import ctypes
from types import SimpleNamespace

import llama_cpp.llama_cpp as lib
import numpy as np
import pytest
from scipy import stats

from doubleread.engine.client.protocol import Sampling
from doubleread.engine.client.settings import LoadSettings
from doubleread.engine.worker.candidates import CANDIDATE, as_array, nucleus
from doubleread.engine.worker.grammar import Grammar
from doubleread.engine.worker.llama import Model
from doubleread.engine.worker.sampler import PENALTY_WINDOW, Sampler
from real_model import smollm2

DRAWS = 400
PROMPT = np.arange(200, dtype=np.int32)
GRAMMARS = (
    'root ::= " "? ("A" | "B" | "C" | "D")',
    "root ::= [ -~]*",
    "root ::= [^é漢a-f]+",
    "root ::= [à-ÿ漢😀]+ [0-9]{2,}",
    'root ::= "yes" | "no" | "not sure" | "<|im_end|>"',
    'root ::= "{" ws "\\"dose\\"" ws ":" ws [0-9]+ "." [0-9]{1,3} "}"\nws ::= [ \\t\\n]*',
    "root ::= .{1,6}",
    'root ::= "\\u00e9"+ | "\\x41\\x7f"',
    'root ::= <[2]> "x" | !<[30]> "y"',
)


@pytest.fixture(scope="module")
def model() -> Model:
    """A real vocabulary; the weights are not read."""
    return Model(str(smollm2()), LoadSettings(), lambda: None, weights=False)


def whole_vocabulary(model: Model) -> np.ndarray:
    return np.arange(model.n_vocab, dtype=np.int32)


@pytest.mark.parametrize("text", GRAMMARS)
def test_a_grammar_allows_the_same_tokens_as_if_asked_about_all(model, text):
    random = np.random.default_rng(1)
    for _ in range(2):
        grammar = Grammar(text, model)
        for _ in range(4):
            allowed = grammar.allowed()
            assert np.array_equal(allowed, grammar.allowed_of(whole_vocabulary(model)))
            if not len(allowed) or model.ends(token := int(random.choice(allowed))):
                break
            grammar.accept(token)
        grammar.close()


def test_few_tokens_are_asked_about_for_a_choice_of_letters(model, monkeypatch):
    asked: list[int] = []
    whole = Grammar.allowed_of
    monkeypatch.setattr(Grammar, "allowed_of", lambda self, tokens: asked.append(len(tokens)) or whole(self, tokens))
    assert len(Grammar(GRAMMARS[0], model).allowed()) >= 8
    assert sum(asked) < model.n_vocab / 20


def spread_logits(n: int, seed: int, width: float) -> np.ndarray:
    return (np.random.default_rng(seed).standard_normal(n) * width).astype(np.float32)


def llama_cpp_choices(sampling: Sampling, model: Model, rows: list[np.ndarray]) -> list[int]:
    """Choose among all tokens with a chain of llama.cpp's samplers alone."""
    chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
    last = (model.n_vocab, PENALTY_WINDOW, sampling.repeat_penalty, 0.0, 0.0)
    lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_penalties(*last))
    if sampling.temperature > 0:
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_top_k(sampling.top_k))
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_top_p(sampling.top_p, 1))
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_min_p(sampling.min_p, 1))
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_temp(sampling.temperature))
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_dist(sampling.seed))
    else:
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_greedy())
    for token in PROMPT[-PENALTY_WINDOW:]:
        lib.llama_sampler_accept(chain, int(token))
    chosen = []
    for logits in rows:
        candidates = np.zeros(len(logits), dtype=CANDIDATE)
        candidates["id"], candidates["logit"] = np.arange(len(logits)), logits
        array = as_array(candidates)
        lib.llama_sampler_apply(chain, ctypes.byref(array))
        chosen.append(int(array.data[array.selected].id))
        lib.llama_sampler_accept(chain, chosen[-1])
    lib.llama_sampler_free(chain)
    return chosen


def own_choices(sampling: Sampling, model: Model, rows: list[np.ndarray]) -> list[int]:
    sampler = Sampler(sampling, model, PROMPT)
    context = SimpleNamespace(logits=lambda index: rows[index].copy())
    chosen = [sampler.sample(context, index) for index in range(len(rows))]
    sampler.close()
    return chosen


@pytest.mark.parametrize(
    "sampling",
    [
        {"temperature": 0.0, "repeat_penalty": 1.3},
        {"temperature": 0.0, "repeat_penalty": 0.7},
        {"min_p": 0.05, "repeat_penalty": 1.3},
        {"min_p": 0.3},
        {"top_p": 0.9},
        {"top_p": 0.5, "min_p": 0.2, "repeat_penalty": 1.1},
        {"top_p": 0.97, "temperature": 2.0},
        {"top_p": 0.0},
    ],
)
def test_without_top_k_the_choices_are_those_of_llama_cpp(model, sampling):
    wanted = Sampling(**{"temperature": 0.8, "top_k": 0, "top_p": 1.0, "seed": 7} | sampling)
    rows = [spread_logits(model.n_vocab, seed, 1.0) for seed in range(40)]
    for row in rows:
        # A few tokens are likely, some of which the prompt has.
        row[150:250] += np.linspace(10, 22, 100, dtype=np.float32)
    assert own_choices(wanted, model, rows) == llama_cpp_choices(wanted, model, rows)


@pytest.mark.parametrize(
    ("width", "top_p"), [(1.0, 0.5), (1.0, 0.99), (3.0, 0.9), (12.0, 0.95), (0.0, 0.3), (0.0, 0.01)]
)
def test_the_nucleus_is_the_smallest_set_of_likeliest_tokens(width, top_p):
    logits = spread_logits(20_000, 2, width)
    kept, is_sorted = nucleus(logits, top_p)
    weights = np.exp(logits.astype(np.float64) - logits.max())
    weights /= weights.sum()
    least = weights[kept].min()
    assert top_p - 1e-6 <= weights[kept].sum() <= top_p + least + 1e-6
    assert is_sorted is (len(kept) <= 1000)
    assert not is_sorted or np.all(np.diff(logits[kept]) <= 0)
    assert len(kept) == len(set(kept.tolist()))
    assert least >= np.delete(weights, kept).max()


@pytest.mark.parametrize("temperature", [0.3, 1.0])
def test_a_draw_among_all_tokens_has_their_probabilities(model, temperature):
    logits = spread_logits(2 * 512 + 100, 3, 1.5)
    sampling = Sampling(temperature=temperature, top_k=0, top_p=1.0, seed=11)
    chosen = own_choices(sampling, model, [logits] * (10 * DRAWS))
    probabilities = np.exp(logits.astype(np.float64) / temperature)
    probabilities /= probabilities.sum()
    # Tokens are taken together until about 20 draws are expected of each group.
    groups = (np.cumsum(probabilities) * 200).astype(int)
    expected = np.bincount(groups, probabilities) * len(chosen)
    seen = np.bincount(groups[chosen], minlength=len(expected))
    kept = expected > 5
    expected, seen = np.append(expected[kept], expected[~kept].sum()), np.append(seen[kept], seen[~kept].sum())
    assert stats.chisquare(seen[expected > 0], expected[expected > 0]).pvalue > 0.01


def test_the_least_temperatures_take_the_likeliest(model):
    logits = spread_logits(5000, 4, 2.0)
    sampling = Sampling(temperature=1e-300, top_k=0, top_p=1.0)
    assert own_choices(sampling, model, [logits]) == [int(logits.argmax())]
