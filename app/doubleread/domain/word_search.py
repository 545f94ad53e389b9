"""Finding words in a text."""

from __future__ import annotations

import re

from doubleread.domain.spans import Span

MOST = 1000
"""More matches are not returned."""


def found_in(text: str, words: str) -> tuple[Span, ...]:
    """Return where words are in a text, in any case, any blanks between them; at most `MOST` places."""
    wanted = r"\s+".join(map(re.escape, words.split()))
    if not wanted:
        return ()
    matches = re.finditer(wanted, text, re.IGNORECASE)
    return tuple(Span(*match.span()) for match, _ in zip(matches, range(MOST), strict=False))
