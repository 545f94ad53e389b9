"""A vocabulary's tokens by what they begin with, so that a grammar is asked about few of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int32]


class TokenTree:
    """Each token under the longest other token that it begins with.

    Where a text does not fit a grammar, no text fits that begins with it. So the tokens under one that is not allowed
    need not be asked about. A token of incomplete characters has none under it: llama.cpp refuses it more often than
    what it completes to.
    """

    def __init__(self, pieces: Sequence[bytes], ends: Collection[int]) -> None:
        """Sort the tokens by their texts. `ends` are those that end an answer, whatever their text."""
        parents = np.full(len(pieces), -1, dtype=np.int32)
        usable = [token for token, piece in enumerate(pieces) if piece and piece[0] and token not in ends]
        above: list[int] = []
        for token in sorted(usable, key=pieces.__getitem__):
            piece = pieces[token]
            while above and (pieces[above[-1]] == piece or not piece.startswith(pieces[above[-1]])):
                above.pop()
            if above:
                parents[token] = above[-1]
            if _complete(piece):
                above.append(token)
        asked = np.array(sorted([*usable, *ends]), dtype=np.int32)
        by_parent = asked[np.argsort(parents[asked], kind="stable")]
        starts = np.searchsorted(parents[by_parent], np.arange(len(pieces) + 1))
        self._under, self._starts = by_parent, starts
        self._top: Ids = by_parent[: starts[0]]
        ascii_or_end = [token in ends or pieces[token].isascii() for token in self._top.tolist()]
        self._ascii_top: Ids = self._top[np.array(ascii_or_end, dtype=bool)]

    def allowed(self, ask: Callable[[Ids], Ids], *, only_ascii: bool = False) -> Ids:
        """Return all tokens that are allowed, in order. `ask` returns which of some tokens are.

        With `only_ascii`, tokens with other characters are known to be refused.
        """
        found, asked = [], self._ascii_top if only_ascii else self._top
        while len(asked):
            allowed = ask(asked)
            found.append(allowed)
            asked = self._children(allowed)
        return np.sort(np.concatenate(found)) if found else self._top

    def _children(self, tokens: Ids) -> Ids:
        starts, ends = self._starts[tokens], self._starts[tokens + 1]
        counts = ends - starts
        before = np.cumsum(counts) - counts
        children: Ids = self._under[np.arange(counts.sum()) + np.repeat(starts - before, counts)]
        return children


def _complete(piece: bytes) -> bool:
    try:
        piece.decode()
    except UnicodeDecodeError:
        return False
    return True
