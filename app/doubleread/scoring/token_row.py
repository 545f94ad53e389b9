"""The row of tokens while it is being made: tokens are merged into longer ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import add

from doubleread.scoring.lexicon import Lexicon
from doubleread.scoring.option_text import Mention
from doubleread.scoring.splitting import split
from doubleread.scoring.text_view import TextView


@dataclass(frozen=True, slots=True)
class Merge:
    """Some tokens, from `first` to before `behind`, that become one."""

    first: int
    behind: int
    tag: str
    mention: Mention | None = None


@dataclass(slots=True)
class TokenRow:
    """Words, offsets and tags, one entry a token in each list, and which tokens name an option."""

    view: TextView
    known: Lexicon
    words: list[str]
    starts: list[int]
    ends: list[int]
    tags: list[str]
    mentions: dict[int, Mention] = field(default_factory=dict)

    def merge(self, merges: Sequence[Merge]) -> None:
        """Replace each of some stretches by one token; they ascend and do not overlap."""
        words: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        tags: list[str] = []
        mentions: dict[int, Mention] = {}
        old = sorted(self.mentions.items())
        moved = position = 0

        def keep(low: int, high: int) -> None:
            nonlocal moved
            shift = len(words) - low
            while moved < len(old) and old[moved][0] < high:
                if old[moved][0] >= low:
                    mentions[old[moved][0] + shift] = old[moved][1]
                moved += 1
            words.extend(self.words[low:high])
            starts.extend(self.starts[low:high])
            ends.extend(self.ends[low:high])
            tags.extend(self.tags[low:high])

        for item in merges:
            keep(position, item.first)
            position = item.behind
            if item.mention:
                mentions[len(words)] = item.mention
            words.append("" if item.mention else " ".join(self.words[item.first : item.behind]))
            starts.append(self.starts[item.first])
            ends.append(self.ends[item.behind - 1])
            tags.append(item.tag)
        keep(position, len(self.words))
        self.words, self.starts, self.ends, self.tags, self.mentions = words, starts, ends, tags, mentions


def row_of(view: TextView, known: Lexicon) -> TokenRow:
    """Return the single words and signs of a text, each with its own tag."""
    words, starts = split(view.low, known)
    ends = list(map(add, starts, map(len, words)))
    row = TokenRow(view, known, words, starts, ends, list(map(known.words.__getitem__, words)))
    if not view.text.isascii():
        for index, word in enumerate(words):
            if len(word) <= known.longest_accented:
                row.tags[index] = known.accented.get(view.text[starts[index] : ends[index]].lower(), row.tags[index])
    return row


def phrases(row: TokenRow, taken: set[int]) -> list[Merge]:
    """Return the known phrases of a row, ascending, but for those that touch a token that is taken."""
    words, known = row.words, row.known.phrases
    found = []
    behind = 0
    for index in [at for at, word in enumerate(words[:-1]) if word in known and words[at + 1] in known[word]]:
        if index < behind or index in taken:
            continue
        for phrase, tag in known[words[index]][words[index + 1]]:
            end = index + len(phrase)
            if tuple(words[index:end]) == phrase and taken.isdisjoint(range(index, end)):
                found.append(Merge(index, end, tag))
                behind = end
                break
    return found
