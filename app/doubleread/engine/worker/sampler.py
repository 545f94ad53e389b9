"""Choose an answer's next token, within its grammar if it has one."""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Iterable
from typing import Any

import llama_cpp.llama_cpp as lib
import numpy as np

from doubleread.engine.client.protocol import Sampling
from doubleread.engine.worker.candidates import (
    BLOCK,
    CANDIDATE,
    Logits,
    Positions,
    as_array,
    block_logits,
    likely,
    nucleus,
)
from doubleread.engine.worker.grammar import Grammar, GrammarError
from doubleread.engine.worker.llama import Context, Model, Tokens

PENALTY_WINDOW = 64


class RepeatPenalty:
    """Makes the last tokens less likely. It computes what llama.cpp's does, but looks only at those tokens."""

    def __init__(self, penalty: float, last: Iterable[int]) -> None:
        self._penalty = np.float32(penalty)
        self._last = deque(last, PENALTY_WINDOW)

    def apply(self, logits: Logits) -> None:
        """Change the logits (n_vocab,) in place."""
        tokens = list(set(self._last))
        found = logits[tokens]
        logits[tokens] = np.where(found <= 0, found * self._penalty, found / self._penalty)

    def accept(self, token: int) -> None:
        """Take in the next token."""
        self._last.append(token)


class Sampler:
    """Chooses the next tokens of one sequence. Temperature 0 needs no chain: the highest logit is taken.

    llama.cpp's samplers look at every token. Without top-k, numpy first drops those that top-p or min-p would drop.
    """

    def __init__(self, sampling: Sampling, model: Model, prompt: Tokens) -> None:
        """Prepare it for the tokens after a prompt. Raises GrammarError."""
        self._sampling = sampling
        self._grammar = Grammar(sampling.grammar, model) if sampling.grammar else None
        self._penalty: RepeatPenalty | None = None
        if sampling.repeat_penalty != 1.0:
            self._penalty = RepeatPenalty(sampling.repeat_penalty, prompt[-PENALTY_WINDOW:].tolist())
        self._chain: Any = _chain(sampling) if sampling.temperature > 0 else None

    def sample(self, context: Context, index: int) -> int:
        """Return the token after the batch's token `index`. The logits there are used up.

        Raises ArithmeticError if they are not numbers, GrammarError if the grammar allows no token.
        """
        logits = context.logits(index)
        if self._penalty is not None:
            self._penalty.apply(logits)
        likeliest = int(logits.argmax())
        if not np.isfinite(logits[likeliest]):
            raise ArithmeticError("the model's output is not a number")
        if self._chain is None:
            token = likeliest
        elif self._sampling.top_k > 0 and self._grammar is None:
            token = int(lib.llama_sampler_sample(self._chain, context.pointer, index))
        else:
            token = self._choose(logits)
        if self._grammar is not None:
            token = self._legal(self._grammar, token, logits)
        self.accept(token)
        return token

    def _legal(self, grammar: Grammar, token: int, logits: Logits) -> int:
        """Return a token chosen without the grammar if it is legal, else choose again among the legal ones."""
        if not grammar.allows(token):
            allowed = grammar.allowed()
            allowed = allowed[np.isfinite(logits[allowed])]
            if not len(allowed):
                raise GrammarError("the grammar reached a point where no token of the model fits")
            token = int(allowed[self._choose(logits[allowed])])
        grammar.accept(token)
        return token

    def _choose(self, logits: Logits) -> int:
        """Return the position of the chosen token in these logits."""
        sampling = self._sampling
        if self._chain is None:
            return int(logits.argmax())
        if sampling.top_k == 0 and sampling.top_p < 1:
            kept, is_sorted = nucleus(logits, sampling.top_p)
            return self._draw(logits, kept, is_sorted=is_sorted)
        if sampling.top_k > 0 or len(logits) <= BLOCK:
            return self._draw(logits, np.arange(len(logits)))
        if sampling.min_p > 0:
            return self._draw(logits, likely(logits, sampling.min_p))
        blocks = block_logits(logits, sampling.temperature)
        block = self._draw(blocks, np.arange(len(blocks)))
        return self._draw(logits, np.arange(block * BLOCK, min((block + 1) * BLOCK, len(logits))))

    def _draw(self, logits: Logits, positions: Positions, *, is_sorted: bool = False) -> int:
        """Let llama.cpp's chain choose among some positions, sorted by logit or not."""
        candidates = np.zeros(len(positions), dtype=CANDIDATE)
        candidates["id"] = positions
        candidates["logit"] = logits[positions]
        array = as_array(candidates, is_sorted=is_sorted)
        lib.llama_sampler_apply(self._chain, ctypes.byref(array))
        return int(array.data[array.selected].id)

    def accept(self, token: int) -> None:
        """Take in a token, chosen or forced. The grammar does not apply to a forced one."""
        if self._penalty is not None:
            self._penalty.accept(token)

    def close(self) -> None:
        """Free the chain and the grammar."""
        if self._chain is not None:
            lib.llama_sampler_free(self._chain)
            self._chain = None
        if self._grammar is not None:
            self._grammar.close()


def _chain(sampling: Sampling) -> Any:
    """Return llama.cpp's samplers. Without top-k, `nucleus` does what top-p would do."""
    chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
    if sampling.top_k > 0:
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_top_k(sampling.top_k))
        if sampling.top_p < 1:
            lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_top_p(sampling.top_p, 1))
    if sampling.min_p > 0:
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_min_p(sampling.min_p, 1))
    lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_temp(sampling.temperature))
    lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_dist(sampling.seed))
    return chain
