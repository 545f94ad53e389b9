"""Find the case that a log means by the question that it asked, and check that a named case asks the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from doubleread.cases.questions import FALLBACK_QUESTION, split_question
from doubleread.domain.case import Case


class AskedCases:
    """The questions of a study's cases, compared without differences in blanks."""

    def __init__(self, cases: Iterable[Case]) -> None:
        self._cases = {case.id: case for case in cases}
        self._by_words: dict[str, list[str]] = defaultdict(list)
        for case in self._cases.values():
            for words in _ways(case):
                self._by_words[words].append(case.id)

    def meant(self, asked: str) -> list[str]:
        """Return the ids of the cases that ask exactly this: more than one if it is not unique."""
        found: list[str] = []
        for words in dict.fromkeys((_plain(asked), _plain(" ".join(split_question(asked))))):
            several = self._by_words.get(words, [])
            if len(several) == 1:
                return several
            found = found or several
        return found

    def differs(self, case_id: str, asked: str, options: Mapping[str, str]) -> str:
        """Return how a case differs from what was asked, "" if it doesn't: its question, or its options' letters."""
        case = self._cases[case_id]
        words, text, question = _plain(asked), _plain(case.text), _plain(case.question)
        # Many cases may ask "What is the most likely diagnosis?", which then says nothing.
        of_its_own = [one for one in (text, question) if len(self._by_words.get(one, ())) == 1]
        contains = any(one in words for one in of_its_own) or (text in words and question in words)
        if words and not contains and not any(words in one for one in _ways(case)):
            return "has another question"
        if options and case.options:
            given = {letter: _plain(text) for letter, text in options.items()}
            if any(given.get(letter) != _plain(text) for letter, text in case.options.items()):
                return "has other options, or has them in another order"
        return ""


def _plain(text: str) -> str:
    return " ".join(text.split())


def _ways(case: Case) -> set[str]:
    """Return the ways in which a case can have been asked."""
    asked = (case.text, f"{case.text} {case.question}", f"{case.question} {case.text}")
    own = case.question if case.question != FALLBACK_QUESTION else ""
    return {words for words in map(_plain, (*asked, own)) if words}
