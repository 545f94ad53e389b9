"""Choose an answer's next token, within its grammar (GBNF) if it has one."""

from __future__ import annotations

import ctypes
from typing import Any

import llama_cpp.llama_cpp as lib
import numpy as np
from numpy.typing import NDArray

from doubleread.engine.client.protocol import Sampling
from doubleread.engine.worker.llama import Context, Model, Tokens

PENALTY_WINDOW = 64
_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
"""llama.cpp's `llama_token_data`."""

_Candidates = NDArray[np.void]
_ROOT = b"root"


class GrammarError(ValueError):
    """A grammar cannot be used, or has reached a state in which no token of the model fits."""


class Grammar:
    """One answer's state in its grammar. llama.cpp ends the process on an illegal token, so ask first."""

    def __init__(self, text: str, vocabulary: Any) -> None:
        """Parse it. Raises GrammarError."""
        self._sampler: Any = lib.llama_sampler_init_grammar(vocabulary, text.encode(), _ROOT)
        if not self._sampler:
            raise GrammarError(f"the grammar cannot be parsed, or has no rule named root: {text!r:.200}")

    def allows(self, token: int) -> bool:
        """Return whether a token may follow."""
        return len(self.legal(np.array([(token, 0.0, 0.0)], dtype=_CANDIDATE))) == 1

    def legal(self, candidates: _Candidates) -> _Candidates:
        """Return the candidates that may follow. For a whole vocabulary this takes tens of milliseconds."""
        array = _as_array(candidates)
        lib.llama_sampler_apply(self._sampler, ctypes.byref(array))
        found: _Candidates = candidates[np.isfinite(candidates["logit"])]
        return found

    def accept(self, token: int) -> None:
        """Advance past a token that it allows."""
        lib.llama_sampler_accept(self._sampler, token)

    def close(self) -> None:
        """Free it."""
        if self._sampler is not None:
            lib.llama_sampler_free(self._sampler)
            self._sampler = None


class Sampler:
    """Chooses the next tokens of one sequence. Temperature 0 needs no chain: the highest logit is taken."""

    def __init__(self, sampling: Sampling, model: Model, prompt: Tokens) -> None:
        """Prepare it for the tokens after a prompt. Raises GrammarError."""
        self._chain: Any = None
        self._grammar = Grammar(sampling.grammar, model.vocab) if sampling.grammar else None
        penalised = sampling.repeat_penalty != 1.0
        if sampling.temperature <= 0 and not penalised:
            return
        self._chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        if penalised:
            repeat = lib.llama_sampler_init_penalties(model.n_vocab, PENALTY_WINDOW, sampling.repeat_penalty, 0.0, 0.0)
            lib.llama_sampler_chain_add(self._chain, repeat)
        if sampling.temperature > 0:
            if sampling.top_k > 0:
                lib.llama_sampler_chain_add(self._chain, lib.llama_sampler_init_top_k(sampling.top_k))
            if sampling.top_p < 1:
                lib.llama_sampler_chain_add(self._chain, lib.llama_sampler_init_top_p(sampling.top_p, 1))
            if sampling.min_p > 0:
                lib.llama_sampler_chain_add(self._chain, lib.llama_sampler_init_min_p(sampling.min_p, 1))
            lib.llama_sampler_chain_add(self._chain, lib.llama_sampler_init_temp(sampling.temperature))
            lib.llama_sampler_chain_add(self._chain, lib.llama_sampler_init_dist(sampling.seed))
        else:
            lib.llama_sampler_chain_add(self._chain, lib.llama_sampler_init_greedy())
        for token in prompt[-PENALTY_WINDOW:]:
            lib.llama_sampler_accept(self._chain, int(token))

    def sample(self, context: Context, index: int) -> int:
        """Return the token after the batch's token `index`.

        Raises ArithmeticError if the logits are not numbers, GrammarError if the grammar allows no token.
        """
        logits = context.logits(index)
        likeliest = int(logits.argmax())
        if not np.isfinite(logits[likeliest]):
            raise ArithmeticError("the model's output is not a number")
        if self._grammar is not None:
            return self._sample_legal(self._grammar, logits)
        if self._chain is None:
            return likeliest
        return int(lib.llama_sampler_sample(self._chain, context.pointer, index))

    def _sample_legal(self, grammar: Grammar, logits: NDArray[np.float32]) -> int:
        """Choose a token without the grammar; only if it is illegal, choose again among the legal ones."""
        token = self._choose(_candidates(logits))
        if not grammar.allows(token):
            legal = grammar.legal(_candidates(logits))
            if not len(legal):
                raise GrammarError("the grammar reached a point where no token of the model fits")
            token = self._choose(legal)
        grammar.accept(token)
        self.accept(token)
        return token

    def _choose(self, candidates: _Candidates) -> int:
        if self._chain is None:
            return int(candidates["id"][candidates["logit"].argmax()])
        array = _as_array(candidates)
        lib.llama_sampler_apply(self._chain, ctypes.byref(array))
        return int(array.data[array.selected].id)

    def accept(self, token: int) -> None:
        """Take in a token that was forced, not chosen; the grammar does not apply to it."""
        if self._chain is not None:
            lib.llama_sampler_accept(self._chain, token)

    def close(self) -> None:
        """Free the chain and the grammar."""
        if self._chain is not None:
            lib.llama_sampler_free(self._chain)
            self._chain = None
        if self._grammar is not None:
            self._grammar.close()


def _candidates(logits: NDArray[np.float32]) -> _Candidates:
    candidates = np.zeros(len(logits), dtype=_CANDIDATE)
    candidates["id"] = np.arange(len(logits), dtype=np.int32)
    candidates["logit"] = logits
    return candidates


def _as_array(candidates: _Candidates) -> Any:
    """Return llama.cpp's view of candidates, valid while they exist."""
    data = ctypes.cast(candidates.ctypes.data, ctypes.POINTER(lib.llama_token_data))
    return lib.llama_token_data_array(data=data, size=len(candidates), selected=-1, sorted=False)
