"""An answer as a row of tokens with one tag each: words, signs, letters of options, texts of options."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import accumulate
from operator import add, methodcaller

from doubleread.scoring.lexicon import ASCII_TOKEN, JOINER, TOKEN, Lexicon, lexicon
from doubleread.scoring.option_text import WORD, Mention
from doubleread.scoring.text_view import TextView

_ABBREVIATIONS = (("e.g.", "eg  "), ("i.e.", "ie  "), (" vs.", " vs "), (" dr.", " dr "), ("approx.", "approx "))
_WITHOUT_BLANKS = methodcaller("rstrip", " \t\r\f\v\u00a0\u2002\u2003\u2009")
_QUOTES = frozenset("\"'`*_\\#")
_LOOKALIKE = {
    **dict(zip("АВЕСНІЈ", "ABECHIJ", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΓΔ", "ABEZHICD", strict=True)),
    **dict(zip("أابجده", "AABCDE", strict=True)),
}
_SINGLE = frozenset("abcdefghijklmnopqrstuvwxyz") | frozenset(letter.lower() for letter in _LOOKALIKE) | frozenset("бгдж")
_CYRILLIC_ORDER = dict(zip("АБВГДЕЖЗ", "ABCDEFGH", strict=True))
_ELISIONS = frozenset("l d c j n s m t qu dell nell all sull un quest dall".split())
_ENDINGS = frozenset("dir dır dur dür tir tır tur tür yi yı ye ya nin nın i ı e a de da den dan si sı".split())
_HANGUL = re.compile("[\uac00-\ud7af]")
_SUFFIXED = ("secene", "sikki", "sıkk", "şıkk")
_RANGE = ("to", "through", "bis", "a")
_UNITS_BEFORE = "°º′″%µ$€£#@~^"
_GENUS = re.compile(r"\.[ ](?=[a-z]{4})[a-z]*(?:us|um|is|i|ae|ns|es|ile|a|er)\b")
_CHAIN = re.compile(r"t(?:[)(]*[,/&vi+|-]{1,2}[aObe(]*t)*")
_NOT_BEFORE = frozenset("wMKSsFpqkX")
_NOT_BEHIND = frozenset("wMKSsFLkpqP")
_LINE_START = re.compile(r"(?:^|\n)(?:[-|yzk.,+:>)]|\(w?\)){0,5}\(?$")
_LETTER_THEN_TEXT = re.compile(r"(?:\([lt]\)|[lt])([.:=>|)-]{1,2}|,|)(\(?)a?([pq])\)?")
_LETTER_THEN_LETTER = re.compile(r"(?:\([lt]\)|[lt])[.:=>|)-]{1,2}\(?([ltwaivq&h])\)?")
_TEXT_THEN_LETTER = re.compile(r"[pq][,-]?(?:\(O?[lt]\)|O[lt])")
_OPTION_LETTER = re.compile(r"(?<![KSFsM])O[lt]")
_ENDS_NAME = frozenset(".,;\n)(:-?&v|")
_BEFORE_SHORT = frozenset("\n.:,(>=|I-)ltZ")
_CUES = ("I", "W", ":", "R", "C")
_AFTER_SHORT = frozenset(".,;\n)(:-?|/=>B&vT")


@dataclass(slots=True)
class Tokens:
    """The tokens of an answer, one entry a token in each list; `tags` has one character a token.

    `mentions` says which option a token of tag "l", "t", "p", "q" or "k" names. `listed` are the tokens that are an
    option's letter at the beginning of a line. Offsets are the plain text's.
    """

    view: TextView
    words: list[str]
    starts: list[int]
    ends: list[int]
    tags: str
    mentions: dict[int, Mention]
    listed: tuple[int, ...]
    known: Lexicon

    def index_at(self, offset: int) -> int:
        """Return the first token that begins at or behind an offset."""
        return bisect_left(self.starts, offset)

    def sentence_end(self, index: int) -> int:
        """Return the first sign at or behind a token that ends a sentence or a line; the number of tokens if none."""
        tags = self.tags
        return min((at for sign in ".?\n" if (at := tags.find(sign, index)) >= 0), default=len(tags))

    def sentence_start(self, index: int) -> int:
        """Return the first token of the sentence or line that holds a token."""
        tags = self.tags
        return max(tags.rfind(".", 0, index), tags.rfind("?", 0, index), tags.rfind("\n", 0, index)) + 1


def tokens_of(view: TextView) -> Tokens:
    """Return the tokens of a text with the options that it names."""
    return _Builder(view, lexicon()).built()


@dataclass(slots=True)
class _Merged:
    """Some tokens, from `first` to before `behind`, that become one."""

    first: int
    behind: int
    tag: str
    mention: Mention | None = None


def _joined_to(character: str) -> bool:
    """Say whether a bracket behind a character belongs to it, as in "P(A)"."""
    return character.isalnum() and character < "\u3040"


class _Builder:
    def __init__(self, view: TextView, known: Lexicon) -> None:
        self.view, self.known = view, known
        self.words: list[str] = []
        self.starts: list[int] = []
        self.tags: list[str] = []
        self.mentions: dict[int, Mention] = {}
        self.ends: list[int] = []

    def built(self) -> Tokens:
        low = self.view.low
        self._split(low)
        if "'" in low:
            self._split_words(lambda word: "'" in word, self._at_apostrophe)
        if not low.isascii():
            self._split_words(lambda word: word > "\u3040", self._wide)
        self.ends = list(map(add, self.starts, map(len, self.words)))
        self.tags = list(map(self.known.words.__getitem__, self.words))
        if not self.view.text.isascii():
            self._look_at_accents()
        texts = self._texts()
        self._merge(sorted([*texts, *self._phrases(texts)], key=lambda merged: merged.first))
        listed = self._letters()
        self._join_letters()
        tags = self._only_free_letters("".join(self.tags))
        return self._joined(tags, listed)

    def _split(self, low: str) -> None:
        if "." in low:
            for written, instead in _ABBREVIATIONS:
                if written in low:
                    low = low.replace(written, instead)
        if _HANGUL.search(low):
            for written in self.known.spaced:
                if written in low:
                    low = low.replace(written, written.replace(" ", JOINER))
        blank = len(low) - len(low.lstrip(" \t\r\f\v\u00a0"))
        pieces = (ASCII_TOKEN if low.isascii() else TOKEN).findall(low)
        self.words = list(map(_WITHOUT_BLANKS, pieces))
        self.starts = list(accumulate(map(len, pieces), initial=blank))[:-1]
        if any(quote in low for quote in _QUOTES):
            kept = [at for at, word in enumerate(self.words) if word not in _QUOTES]
            self.words = [self.words[at] for at in kept]
            self.starts = [self.starts[at] for at in kept]

    def _split_words(self, wanted: Callable[[str], bool], parts: Callable[[str], Iterable[tuple[int, int]]]) -> None:
        words, starts = [], []
        for word, start in zip(self.words, self.starts, strict=True):
            if wanted(word):
                for low, high in parts(word):
                    words.append(word[low:high])
                    starts.append(start + low)
            else:
                words.append(word)
                starts.append(start)
        self.words, self.starts = words, starts

    def _at_apostrophe(self, word: str) -> list[tuple[int, int]]:
        if word in self.known.single or word in self.known.phrases:
            return [(0, len(word))]
        cut = word.index("'")
        before, behind = word[:cut], word[cut + 1 :]
        if behind in _ENDINGS or (behind == "s" and cut > 1):
            return [(0, cut)]
        if before in _ELISIONS and len(behind) > 1:
            return [(0, cut + 1), (cut + 1, len(word))]
        return [(0, len(word))]

    def _wide(self, word: str) -> list[tuple[int, int]]:
        found, position = [], 0
        for match in self.known.wide_words.finditer(word):
            if match.start() > position:
                found.append((position, match.start()))
            found.append(match.span())
            position = match.end()
        if position < len(word):
            found.append((position, len(word)))
        return found

    def _look_at_accents(self) -> None:
        for index, word in enumerate(self.words):
            if len(word) <= 2:
                tag = self.known.accented.get(self.view.text[self.starts[index] : self.ends[index]].lower())
                if tag:
                    self.tags[index] = tag

    def _texts(self) -> list[_Merged]:
        found = []
        low = self.view.low
        for mention in self.view.exact:
            first = bisect_right(self.starts, mention.start) - 1
            behind = bisect_left(self.starts, mention.end)
            goes_on = low[mention.end : mention.end + 2]
            if first < 0 or behind <= first or (goes_on[:1] == "-" and goes_on[1:].isalpha()):
                continue
            tag = "q" if mention.letter in self.view.options.short else "p"
            if tag == "q" and not (self._accents_agree(mention) and self._stands_alone(mention, first, behind)):
                continue
            if self.starts[first] < mention.start:
                self._cut(first, behind, mention)
                behind += behind == first + 1
                first += 1
            if low[mention.end : mention.end + 1] == "%" and behind < len(self.tags):
                behind += 1
            found.append(_Merged(first, behind, tag, mention))
        return found

    def _cut(self, first: int, behind: int, mention: Mention) -> None:
        """Cut the token in which an option's text begins in two: "A-Sarcoidosis"."""
        kept = self.view.low[self.starts[first] : mention.start].rstrip("-' ")
        self.words[first], self.ends[first] = kept, self.starts[first] + len(kept)
        self.tags[first] = self.known.words[kept] if kept else ","
        if behind == first + 1:
            self.words.insert(behind, "")
            self.starts.insert(behind, mention.start)
            self.ends.insert(behind, mention.end)
            self.tags.insert(behind, "p")

    def _stands_alone(self, mention: Mention, first: int, behind: int) -> bool:
        """Say whether a sign or a reason follows a short text: "No." and "no because", but not "no evidence"."""
        if mention.letter in self.view.options.numbers:
            return True
        if self.words[first] > "\u3040" and (
            self.starts[first] < mention.start
            or self.ends[behind - 1] > mention.end
            or (first and self.tags[first - 1] not in _BEFORE_SHORT)
        ):
            return False
        if behind >= len(self.tags):
            return True
        return self.tags[behind] in _AFTER_SHORT or (self.tags[behind] == "a" and self.words[behind] > "\u3040")

    def _accents_agree(self, mention: Mention) -> bool:
        """Say whether a short text has the option's accents: Spanish "si" is not the option "Sí"."""
        wanted = self.view.options.texts[mention.letter]
        if wanted.isascii():
            return True
        written = self.view.text[mention.start : mention.end].casefold()
        return written == wanted.strip(" .").casefold()

    def _phrases(self, texts: list[_Merged]) -> list[_Merged]:
        words, phrases = self.words, self.known.phrases
        taken = {index for merged in texts for index in range(merged.first, merged.behind)}
        found = []
        behind = 0
        for index in [at for at, word in enumerate(words[:-1]) if word in phrases and words[at + 1] in phrases[word]]:
            if index < behind or index in taken:
                continue
            for phrase, tag in phrases[words[index]][words[index + 1]]:
                end = index + len(phrase)
                if tuple(words[index:end]) == phrase and taken.isdisjoint(range(index, end)):
                    found.append(_Merged(index, end, tag))
                    behind = end
                    break
        return found

    def _merge(self, merged: list[_Merged]) -> None:
        """Put one token in the place of each of some stretches, which ascend and do not overlap."""
        words: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        tags: list[str] = []
        mentions: dict[int, Mention] = {}
        old = sorted(self.mentions.items())
        moved = 0
        position = 0

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

        for item in merged:
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

    def _letters(self) -> set[int]:
        """Tag the letters; return those at the beginning of a line. Bare ones get "t" and are looked at again."""
        listed = set()
        text = self.view.text
        for index in [at for at, word in enumerate(self.words) if word in _SINGLE]:
            start, end = self.starts[index], self.ends[index]
            lowercase = text[start].islower()
            if lowercase and text[end : end + 1] not in (")", "]", ".", ":") and self.tags[index - 1] not in "OP":
                continue
            letter = self._letter_at(index)
            pronoun = text[start] == "I" and "I" not in self.view.options.letters and self.tags[index - 1] not in "OP"
            if letter is None or pronoun:
                continue
            before = "".join(self.tags[max(0, index - 8) : index])
            tag = self._set_off(index, before, start, end)
            if lowercase and (tag != "l" or letter not in self.view.options.letters):
                continue
            if not tag or (text[end : end + 1] == "." and self._is_genus(index, letter, end)):
                self.tags[index] = "w"
                continue
            if tag == "l" and _LINE_START.search(before) and (index < 8 or "\n" in before):
                listed.add(index)
            self.tags[index] = tag
            offered = letter in self.view.options.letters
            as_text = None if offered or lowercase else self.view.options.letter_as_text.get(text[start])
            self.mentions[index] = (
                Mention(as_text, start, end, "exact") if as_text else Mention(letter, start, end, "letter", offered=offered)
            )
        return listed

    def _join_letters(self) -> None:
        """Make conjunctions of small words that are such only between two options: Dutch "A of B", Polish "A i B"."""
        words, tags, last = self.words, self.tags, len(self.words) - 1
        for before in self.mentions:
            index = before + 1
            while index < last and tags[index] == ")":
                index += 1
            tag = self.known.between.get(words[index]) if index < last else None
            if tag is None or index in self.mentions:
                continue
            behind = index + 1
            while behind < last and tags[behind] in "(aO" and behind not in self.mentions:
                behind += 1
            of_range = words[index] in _RANGE and (before == 0 or tags[before - 1] not in "OPx")
            if behind in self.mentions and not of_range:
                tags[index] = tag

    def _letter_at(self, index: int) -> str | None:
        character = self.view.text[self.starts[index]]
        if character.isascii():
            return character.upper()
        if character in _CYRILLIC_ORDER and self.view.cyrillic_order:
            return _CYRILLIC_ORDER[character]
        return _LOOKALIKE.get(character)

    def _set_off(self, index: int, before: str, start: int, end: int) -> str:
        """Return "l" for a letter that signs or words set off, "t" for a bare one, "" for a part of something else."""
        text = self.view.text
        ahead, behind = text[start - 1 : start], text[end : end + 1]
        further = text[start - 2 : start - 1] if start > 1 else ""
        if ahead and ((ahead in ".&'" and further.isalnum()) or ahead in _UNITS_BEFORE):
            return ""
        if ahead == "/" and further.isalnum() and text[start - 3 : start - 2].isalnum():
            return ""
        if behind and behind in ".&'" and text[end + 1 : end + 2].isalnum():
            ending = WORD.match(self.view.low, end + 1)
            if behind != "'" or not ending or ending[0] not in _ENDINGS:
                return ""
        if ahead and ahead in "([" and behind and behind in ")]":
            return "" if _joined_to(further) else "l"
        if ahead and ahead in "(|[" and _joined_to(further):
            return ""
        if before[-1:] in ("O", "P"):
            return "l"
        following = self.tags[index + 1] if index + 1 < len(self.tags) else "\n"
        if _LINE_START.search(before) and (index < 8 or "\n" in before) and following in ".):-|=>/y,z":
            spaced = text[end + 1 : end + 2]
            if following != "," and (behind not in ".:" or not spaced.isalnum()):
                return "l"
        if behind == ")" and "(" not in text[max(0, start - 40) : start]:
            return "l"
        return "t"

    def _is_genus(self, index: int, letter: str, end: int) -> bool:
        if not _GENUS.match(self.view.text, end) or index + 2 >= len(self.tags):
            return False
        named = self.mentions.get(index + 2)
        if named:
            return False
        if self.tags[index + 2] not in "wM":
            return False
        line_end = self.view.text.find("\n", end)
        close = self.view.close_in(end, len(self.view.text) if line_end < 0 else line_end)
        return close is None or close.letter != letter

    def _only_free_letters(self, tags: str) -> str:
        """Make words of bare letters that belong to their neighbours: "vitamin C", "A patient", "B cells"."""
        if "t" not in tags:
            return tags
        pieces, position = [], 0
        for match in _CHAIN.finditer(tags):
            start, end = match.span()
            before, behind = tags[start - 1 : start], tags[end : end + 1]
            last = self.mentions[end - 1].letter
            free = before not in _NOT_BEFORE
            own = behind == "p" and self.mentions[end].letter == last
            free = free and (behind not in _NOT_BEHIND or own or (behind in "KSp" and last not in "AI"))
            if last == "A" and behind == "K" and tags[end + 1 : end + 2] in ("", ".", ",", "\n", ";"):
                free = before not in _NOT_BEFORE
            if last == "A" and behind and behind in "OAP" and not self.words[end].startswith(_SUFFIXED):
                free = False
            if last == "I" and behind and behind in "ChWIaiNDw":
                free = False
            free = free or (
                behind == "k" and tags[end + 1 : end + 2] in ("%", ".", ")") and before not in _NOT_BEFORE
            )
            kept = match[0]
            cue = before in _CUES or (before == "a" and tags[start - 2 : start - 1] in _CUES)
            if not free and cue and kept.count("t") > 2:
                free = True
            if not free:
                only_last = before not in _NOT_BEFORE and kept.count("t") > 1 and not set(kept) & set("&v/+")
                begin = end - 1 if only_last else start
                kept = kept[: begin - start] + kept[begin - start :].replace("t", "i" if last == "I" else "w")
                for index in range(begin, end):
                    self.mentions.pop(index, None)
            pieces += [tags[position:start], kept]
            position = end
        return "".join(pieces) + tags[position:]

    def _joined(self, tags: str, listed: set[int]) -> Tokens:
        """Make one token of an option's letter and its text, and of "option B"."""
        merged: list[_Merged] = []
        if "l" in tags or "t" in tags:
            merged = self._pairs(tags)
        self.tags = list(tags)
        if merged:
            letters = {self.mentions[index].start for index in listed if index in self.mentions}
            letters |= {
                item.mention.start
                for item in merged
                if item.mention and tags[item.first] in "pq" and _LINE_START.search(tags[max(0, item.first - 8) : item.first])
                and (item.first < 8 or "\n" in tags[item.first - 8 : item.first]) and tags[item.behind : item.behind + 1] in (":", "-")
            }
            self._merge(merged)
            listed = {index for index, mention in self.mentions.items() if mention.start in letters}
        return Tokens(
            self.view,
            self.words,
            self.starts,
            self.ends,
            "".join(self.tags),
            self.mentions,
            tuple(sorted(index for index in listed if self.tags[index] == "l")),
            self.known,
        )

    def _pairs(self, tags: str) -> list[_Merged]:
        found: list[_Merged] = []
        for match in _LETTER_THEN_TEXT.finditer(tags):
            letter = next(at for at in range(match.start(), match.end()) if tags[at] in "lt")
            merged = self._pair(tags, match.start(), match.end(), letter, match.start(3), bool(match[1] or match[2] or match[0][0] == "("), match[1] == ",")
            if merged:
                found.append(merged)
        for match in _TEXT_THEN_LETTER.finditer(tags):
            letter = match.end() - (2 if tags[match.end() - 1] == ")" else 1)
            merged = self._pair(tags, match.start(), match.end(), letter, match.start(), True, False, ends=False)
            if merged:
                found.append(merged)
        for match in _LETTER_THEN_LETTER.finditer(tags):
            merged = self._letter_and_its_letter(tags, match)
            if merged:
                found.append(merged)
        found += [
            _Merged(match.start(), match.end(), "l", self.mentions[match.end() - 1])
            for match in _OPTION_LETTER.finditer(tags)
        ]
        found.sort(key=lambda merged: (merged.first, -merged.behind))
        kept: list[_Merged] = []
        for merged in found:
            if not kept or merged.first >= kept[-1].behind:
                kept.append(merged)
        return kept

    def _letter_and_its_letter(self, tags: str, match: re.Match[str]) -> _Merged | None:
        """Join an option's letter with its text where the text is a letter itself: "A) S"."""
        letter = next(at for at in range(match.start(), match.end()) if tags[at] in "lt")
        beside = match.start(1)
        written = self.view.text[self.starts[beside] : self.ends[beside]]
        named = self.mentions[letter]
        if self.view.options.single_letters.get(named.letter) != written:
            return None
        return _Merged(match.start(), match.end(), "l", named)

    def _pair(
        self, tags: str, first: int, behind: int, letter: int, text: int, signed: bool, comma: bool, ends: bool = True
    ) -> _Merged | None:
        named, beside = self.mentions[letter], self.mentions[text]
        following = tags[behind : behind + 1]
        if tags[text] == "q" and following and following not in _ENDS_NAME:
            return None
        if named.letter == beside.letter:
            return _Merged(first, behind, "l", named)
        if not signed or comma or not named.offered or (ends and following and following not in _ENDS_NAME):
            return None
        other = self.view.options.words[beside.letter]
        if other == self.view.options.words[named.letter][: len(other)]:
            return _Merged(first, behind, "l", named)
        return _Merged(first, behind, "l", replace(named, disagrees=True))
