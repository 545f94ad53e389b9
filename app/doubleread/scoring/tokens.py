"""An answer as a row of tokens with one tag each: words, signs, letters of options, texts of options."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property

from doubleread.scoring.lexicon import Lexicon, lexicon
from doubleread.scoring.option_pairs import join_pairs
from doubleread.scoring.option_text import Mention
from doubleread.scoring.option_tokens import free_letters, join_letters, set_off_together, tag_letters, texts
from doubleread.scoring.text_view import TextView
from doubleread.scoring.token_row import phrases, row_of

_STOP = re.compile(r"[.?\n]")
_FAR = 90


@dataclass
class Tokens:
    """The tokens of an answer, one entry a token in each list; `tags` has one character a token.

    What the tags mean is said in `lexicon.TAGS`. `mentions` says which option a token of tag "l", "t", "p" or "q"
    names. `listed` are the letters at the beginning of a line, ascending. Offsets are the plain text's.
    """

    view: TextView
    known: Lexicon
    words: list[str]
    starts: list[int]
    ends: list[int]
    tags: str
    mentions: dict[int, Mention]
    listed: tuple[int, ...]

    @cached_property
    def is_listed(self) -> frozenset[int]:
        """The letters at the beginning of a line."""
        return frozenset(self.listed)

    @cached_property
    def stops(self) -> list[int]:
        """The signs that end a sentence or a line, ascending."""
        return [match.start() for match in _STOP.finditer(self.tags)]

    def index_at(self, offset: int) -> int:
        """Return the first token that begins at or after an offset."""
        return bisect_left(self.starts, offset)

    def listed_from(self, index: int) -> int | None:
        """Return the first letter at the beginning of a line that is at or after a token, or None."""
        at = bisect_left(self.listed, index)
        return self.listed[at] if at < len(self.listed) else None

    def sentence_end(self, index: int) -> int:
        """Return the first sign at or after a token that ends its sentence or line; at most some dozen tokens on."""
        at = bisect_left(self.stops, index)
        end = self.stops[at] if at < len(self.stops) else len(self.tags)
        return min(end, index + _FAR)

    def sentence_start(self, index: int) -> int:
        """Return the first token of the sentence or line that holds a token; at most some dozen tokens back."""
        at = bisect_left(self.stops, index)
        return max(self.stops[at - 1] + 1 if at else 0, index - _FAR)


def tokens_of(view: TextView) -> Tokens:
    """Return the tokens of a text with the options that it names."""
    known = lexicon()
    row = row_of(view, known)
    named = texts(row)
    taken = {index for merge in named for index in range(merge.first, merge.behind)}
    row.merge(sorted([*named, *phrases(row, taken)], key=lambda merge: merge.first))
    listed = tag_letters(row)
    join_letters(row)
    free_letters(row)
    set_off_together(row)
    listed = join_pairs(row, listed)
    tags = "".join(row.tags)
    in_order = tuple(sorted(index for index in listed if tags[index] == "l"))
    return Tokens(view, known, row.words, row.starts, row.ends, tags, row.mentions, in_order)
