"""From a question in plain words to a query of the index: no word of it is an operator, and its cost is limited."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence

MOST_WORDS = 2000
"""Different words of a query that are considered."""

MOST_TERMS = 64
"""Words that are searched for, the rarest ones."""

MOST_OCCURRENCES = 15_000
"""Passages that the words searched for may occur in, summed over the words.

Long questions are full of words such as "the" and "patient", which occur nearly everywhere: they cost most and tell
least. The rarest words come first.
"""

_WORD = re.compile(r"\w+")


class QueryWords:
    """Splits a query into words, and each into the terms under which an index with a given tokenizer has it."""

    def __init__(self, tokenizer: str) -> None:
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        self._db.execute(f"CREATE VIRTUAL TABLE words USING fts5(word, tokenize = '{tokenizer}')")
        self._db.execute("CREATE VIRTUAL TABLE terms USING fts5vocab(words, instance)")

    def terms_of(self, query: str) -> dict[str, list[str]]:
        """Return the terms of each different word of a query, in its order. Words without terms are left out."""
        words = list(dict.fromkeys(match[0].lower() for match in _WORD.finditer(query)))[:MOST_WORDS]
        self._db.execute("DELETE FROM words")
        self._db.executemany("INSERT INTO words (rowid, word) VALUES (?, ?)", enumerate(words))
        terms: dict[str, list[str]] = {}
        for number, term in self._db.execute("SELECT doc, term FROM terms ORDER BY doc, offset"):
            terms.setdefault(words[number], []).append(term)
        return terms

    def close(self) -> None:
        """Free its memory."""
        self._db.close()


def match_of(terms: Mapping[str, Sequence[str]], db: sqlite3.Connection) -> str:
    """Return the MATCH expression for the words of a query that occur in a corpus; "" if none does."""
    every = json.dumps(sorted({term for own in terms.values() for term in own}))
    sql = "SELECT term, passages FROM terms WHERE term IN (SELECT value FROM json_each(?))"
    occurs: dict[str, int] = dict(db.execute(sql, [every]))
    # A word of several terms is searched as a phrase, and occurs as often as its rarest term at most.
    counts = {word: min(occurs.get(term, 0) for term in own) for word, own in terms.items()}
    rarest = sorted((word for word, count in counts.items() if count), key=lambda word: counts[word])
    chosen: list[str] = []
    total = 0
    for word in rarest[:MOST_TERMS]:
        total += counts[word]
        if chosen and total > MOST_OCCURRENCES:
            break
        chosen.append(word)
    return " OR ".join(f'"{word}"' for word in chosen)
