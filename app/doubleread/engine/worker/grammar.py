"""An answer's state in its grammar (GBNF), and which tokens may follow."""

from __future__ import annotations

import ctypes
import re
from typing import Any

import llama_cpp.llama_cpp as lib
import numpy as np

from doubleread.engine.worker.candidates import CANDIDATE, as_array
from doubleread.engine.worker.llama import Model, Tokens

_ROOT = b"root"
_NAMES_TOKENS = re.compile("[<!]")
"""How a grammar names tokens, which it then compares by number, not by text."""

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]|\\[xuU]|\[\^|\.")
"""What a grammar needs to allow other characters."""


class GrammarError(ValueError):
    """A grammar cannot be used, or has reached a state in which no token of the model fits."""


class Grammar:
    """One answer's state in its grammar. llama.cpp ends the process on an illegal token, so ask first."""

    def __init__(self, text: str, model: Model) -> None:
        """Parse it. Raises GrammarError."""
        self._sampler: Any = lib.llama_sampler_init_grammar(model.vocab, text.encode(), _ROOT)
        if not self._sampler:
            raise GrammarError(f"the grammar cannot be parsed, or has no rule named root: {text!r:.200}")
        self._model = model
        self._names_tokens = bool(_NAMES_TOKENS.search(text))
        self._only_ascii = not _BEYOND_ASCII.search(text)

    def allows(self, token: int) -> bool:
        """Return whether a token may follow."""
        return len(self.allowed_of(np.array([token], dtype=np.int32))) == 1

    def allowed(self) -> Tokens:
        """Return all tokens that may follow, in order. Tokens are skipped whose beginning is not allowed."""
        if self._names_tokens:
            return self.allowed_of(np.arange(self._model.n_vocab, dtype=np.int32))
        return self._model.token_tree.allowed(self.allowed_of, only_ascii=self._only_ascii)

    def allowed_of(self, tokens: Tokens) -> Tokens:
        """Return which of some tokens may follow. For a whole vocabulary, this takes tens of milliseconds."""
        candidates = np.zeros(len(tokens), dtype=CANDIDATE)
        candidates["id"] = tokens
        array = as_array(candidates)
        lib.llama_sampler_apply(self._sampler, ctypes.byref(array))
        found: Tokens = tokens[np.isfinite(candidates["logit"])]
        return found

    def accept(self, token: int) -> None:
        """Advance past a token that it allows."""
        lib.llama_sampler_accept(self._sampler, token)

    def close(self) -> None:
        """Free it."""
        if self._sampler is not None:
            lib.llama_sampler_free(self._sampler)
            self._sampler = None
