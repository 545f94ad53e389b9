"""Constrain answers to a grammar (GBNF), with llama.cpp."""

from __future__ import annotations

import ctypes
from typing import Any

import llama_cpp.llama_cpp as lib
import numpy as np
from numpy.typing import NDArray

CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
"""llama.cpp's `llama_token_data`."""

Candidates = NDArray[np.void]
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
        return len(self.legal(np.array([(token, 0.0, 0.0)], dtype=CANDIDATE))) == 1

    def legal(self, candidates: Candidates) -> Candidates:
        """Return the candidates that may follow. For a whole vocabulary this takes tens of milliseconds."""
        array = as_array(candidates)
        lib.llama_sampler_apply(self._sampler, ctypes.byref(array))
        found: Candidates = candidates[np.isfinite(candidates["logit"])]
        return found

    def accept(self, token: int) -> None:
        """Advance past a token that it allows."""
        lib.llama_sampler_accept(self._sampler, token)

    def close(self) -> None:
        """Free it."""
        if self._sampler is not None:
            lib.llama_sampler_free(self._sampler)
            self._sampler = None


def as_array(candidates: Candidates) -> Any:
    """Return llama.cpp's view of candidates, valid while they exist."""
    data = ctypes.cast(candidates.ctypes.data, ctypes.POINTER(lib.llama_token_data))
    return lib.llama_token_data_array(data=data, size=len(candidates), selected=-1, sorted=False)
