"""Find the words by which an answer identifies its model, to redact them until the names may be known.

A redacted text has one `REDACTION_MARK` for every code point of such a word, so that an offset into it is an offset
into the answer. What is redacted: the names of the study's own models, and the families and makers of `model_families`.
A name that is also another word is redacted only in a sentence in which the model speaks of itself ("As Claude, ...",
"I am Phi", "developed by Google", "Llama:" where a line begins), and so is a word that also occurs in the case itself.

While an answer is being written, its reader gets no further than a name that may be beginning: a name that means
nothing else is held back until its end is known, one that needs its sentence until that sentence has ended
(`Redaction.resolved`). So text that was shown never turns out to be a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import PurePath, PurePosixPath

import regex

from doubleread.domain import model_families as families
from doubleread.domain.arm import Arm
from doubleread.domain.case import Case
from doubleread.domain.spans import Span, whole_graphemes

REDACTION_MARK = "\u2588"

_JOINT = "[-_ \\u00a0\\u00ad\\u200b\\u2010-\\u2015]?"
_BEGIN, _END = r"(?<![\p{L}\p{N}\p{M}])", r"(?![\p{L}\p{N}\p{M}])"
_VERSION = r"[-_ \u00a0\u2010-\u2015]?[vV]?\d{1,3}(?:\.\d+)*[bBmMxX]?" + _END
_WORD_BEHIND = r"[-_\u2010-\u2015]\p{L}[\p{L}\p{N}]*" + _END
_TAIL = rf"(?:{_VERSION}|{_WORD_BEHIND})*"
_MAY_GO_ON = regex.compile(r"[-_ .\u00a0\u2010-\u2015]?[vV]?")
_SIZE = (
    rf"{_BEGIN}\d{{1,3}}(?:\.\d+)?[- ]?(?:[bB]|[bB]illion)"
    r"(?=[- ](?:parameters?|(?:large |small )?language model|LLM)\b)"
)
_QUANTISED = rf"{_BEGIN}I?Q\d_(?:K_[SML]|K|0|1|XS|XXS|NL)(?:_\w+)?{_END}"
_PART = regex.compile(r"\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|[\p{Lo}\p{Lm}]+|\p{N}+(?:\.\p{N}+)*")
_TOKEN = regex.compile(r"[\p{L}\p{N}]+(?:\.[\p{L}\p{N}]+)*")
_WORD = regex.compile(r"[\p{L}\p{N}]+")
_ASCII_WORD = re.compile(r"[A-Za-z0-9]+")
"""The same in a text of ASCII characters, several times as fast."""

_BEGINNINGS_KEPT = 50_000
_LOOKAHEAD = 2
"""How many characters after a word tell most names from words that merely begin like one."""

_SUFFIX = regex.compile(r"(?i)v?\d+(?:\.\d+)*[bmk]?|\d+x\d+b|i?q\d\w*|f(?:p)?(?:16|32)|bf16|k|s|m|l|hf")
_SHAPED = regex.compile(r"\p{Ll}\p{Lu}|\p{L}{2}\p{N}|\p{Lu}{2}\p{Ll}")
_LEAST_LETTERS = 5
"""The shortest part of a model's name that is redacted on its own."""

_NAMING = ("general.name", "general.basename", "general.finetune", "general.architecture")
_MAKING = ("general.organization", "general.author", "general.quantized_by")
_BASE_MODEL = regex.compile(r"general\.base_model\.\d+\.(name|organization|author)")

_STOP = regex.compile(r"[.!?\u2026][\"'\u201d\u2019)\]*_]*(?=\s)|\n|[\u3002\uff01\uff1f]")
_ARTICLE = r"(?:an?\s+|the\s+)?"
_QUOTE = "[\"'\u201c\u2018*_]*"
_AS = regex.compile(rf"(?i)(?:^|[^\p{{L}}])as\s+{_ARTICLE}{_QUOTE}$")
_AFTER_AS = regex.compile(r"[\"'\u201d\u2019*_]*\s*[,(]")
_I_AM = regex.compile(
    rf"(?:\b(?:[Ii] am|I['\u2019]m|[Mm]y name is|[Mm]y name['\u2019]s|[Cc]all me|[Ii] was)\s+)"
    rf"(?:{_ARTICLE}(?:(?:AI|language|large|medical|chat|open)\s+)*(?:(?:model|assistant|system|chatbot)[,\s]+)?"
    rf"(?:(?:called|named|known as)\s+)?){_QUOTE}$"
)
_NAMED = regex.compile(
    rf"(?i)(?:model|assistant|chatbot|AI|LLM|system)[,\s]+(?:(?:called|named|known as)\s+|\(){_QUOTE}$"
)
_MADE_BY = regex.compile(
    r"(?i)\b(?:developed|trained|created|built|made|designed|released|provided|fine-?tuned|pre-?trained|powered|"
    rf"maintained|offered|published)\s+(?:by|at)\s+{_ARTICLE}(?:(?:team|researchers|people|engineers)\s+(?:at|of|from)"
    rf"\s+)?{_QUOTE}$"
)
_MADE_FROM = regex.compile(
    rf"(?i)\b(?:based|built|fine-?tuned|derived|distilled|trained|adapted)\s+(?:on|upon|from)\s+{_ARTICLE}"
    rf"(?:\p{{L}}+['\u2019]s\s+)?{_QUOTE}$"
)
_ANSWER_BY = regex.compile(
    rf"(?i)\b(?:answer|answered|response|reply|output|written|generated|produced)\s+(?:by|from|of)\s+{_ARTICLE}{_QUOTE}$"
)
_OF_ITSELF = regex.compile(
    r"\b(?:I|[Mm]e|[Mm]y|AI|LLM|LLMs|[Cc]hatbot|[Aa]ssistant|(?:language|foundation|base|chat|Language) models?)\b"
)
_IS_A_MODEL = regex.compile(
    r"(?i)(?:['\u2019]s)?[-\s]+(?:\p{L}+[-\s]+){0,2}?(?:language model|LLM|chatbot|AI|assistant|model)\b"
)
_IS_A_MAKERS_MODEL = regex.compile(
    r"(?i)(?:['\u2019]s)?[-\s]+(?:\p{L}+[-\s]+){0,2}?(?:language model|LLM|chatbot|AI)\b"
)
_SPEAKS = regex.compile(r"[*_]*\s*:")
_HERE = regex.compile(r"\s+here\b")
_PAUSE = regex.compile(r"[\"'\u201d\u2019*_]*\s*(?:$|[.,:;)!?])")
_SET_OFF = " \t-\u2013\u2014~*_.:()[]#>\u201c\u201d\"'"


class Names:
    """Patterns of names, each tried only at words that begin like the name, and compiled when the first one does."""

    def __init__(self, patterns: Iterable[tuple[str, str]]) -> None:
        """Take pairs of a name's beginning (one or two letters, or "" for a digit) and its pattern."""
        self._patterns: dict[str, list[str]] = {}
        self._begin: dict[str, bool] = {}
        self._no_names: set[str] = set()
        """Words at which no name begins, to pass over the many texts that have no others."""
        self._compiled: dict[str, tuple[regex.Pattern[str], ...]] = {}
        for beginning, pattern in patterns:
            self._patterns.setdefault(beginning, []).append(pattern)

    def found(self, text: str, start: int = 0) -> Iterator[regex.Match[str]]:
        """Yield the names in a text from an offset on, from left to right."""
        last = start
        for offset, word in self._beginning(text, start):
            if offset >= last and (match := self._at(text, offset, word)) is not None:
                last = match.end()
                yield match

    def open_from(self, text: str, start: int) -> int:
        """Return where a name begins whose end is not known yet, or that may be beginning; else the text's length."""
        last = start
        for offset, word in self._beginning(text, start):
            if offset < last:
                continue
            match = self._at(text, offset, word, partial=True)
            if match is not None and (match.partial or _MAY_GO_ON.fullmatch(text, match.end())):
                return match.start()
            if len(word) == 1 and offset + 1 == len(text) and word.casefold() in self._first:
                return offset
            last = match.end() if match else last
        return len(text)

    def _beginning(self, text: str, start: int) -> Iterator[tuple[int, str]]:
        """Yield the words at which a name can begin, with their offsets. Few do, and texts have most in common."""
        words, different = _words(text, start)
        candidates = different - self._no_names
        if not candidates:
            return
        known = self._begin
        for offset, word in words:
            if word not in candidates:
                continue
            begins = known.get(word)
            if begins is None and not (begins := self._learn(word, word)):
                self._no_names.add(word)
            if begins:
                further = text[offset : offset + len(word) + _LOOKAHEAD]
                begins = known.get(further)
                if begins is None:
                    begins = self._learn(further, word)
                if begins:
                    yield offset, word

    def _learn(self, beginning: str, word: str) -> bool:
        """Find out and keep whether a name may begin with the beginning of a text."""
        if len(self._begin) >= _BEGINNINGS_KEPT:
            self._begin.clear()
            self._no_names.clear()
        # A single letter may be the first of a name.
        single = len(beginning) == 1 and beginning.casefold() in self._first
        self._begin[beginning] = found = single or self._at(beginning, 0, word, partial=True) is not None
        return found

    @cached_property
    def _first(self) -> frozenset[str]:
        return frozenset(beginning[:1] for beginning in self._patterns)

    def _at(self, text: str, offset: int, word: str, *, partial: bool = False) -> regex.Match[str] | None:
        key = _key(word)
        patterns = self._compiled.get(key)
        if patterns is None:
            patterns = self._compiled[key] = self._beginning_with(key)
        begun = None
        for pattern in patterns:
            match = pattern.match(text, offset, partial=partial)
            if match is not None and not match.partial:
                return match
            begun = begun or match
        return begun

    def _beginning_with(self, key: str) -> tuple[regex.Pattern[str], ...]:
        found = (self._patterns.get(beginning) for beginning in dict.fromkeys((key, key[:1])))
        return tuple(regex.compile("|".join(patterns), regex.IGNORECASE) for patterns in found if patterns)


# Three lists of names are looked for in each text, one after the other.
@lru_cache(maxsize=4)
def _words(text: str, start: int) -> tuple[Sequence[tuple[int, str]], frozenset[str]]:
    """Return each word from an offset on, with its own, and the different words."""
    found = (_ASCII_WORD if text.isascii() else _WORD).finditer(text, start)
    words = [(word.start(), word[0]) for word in found]
    return words, frozenset([word for _, word in words])


def _key(word: str) -> str:
    first = word[:2]
    return "" if first[0].isdecimal() else first.casefold()


@dataclass(frozen=True, slots=True)
class Redaction:
    """The names to look for. `always` are redacted wherever they occur, `in_context` where the model speaks of itself.

    `own_words` are parts of the study's own models' names, redacted wherever the case does not use the same word;
    `makers` are those of the names in context that are makers', in small letters without blanks.
    """

    always: Names
    own_words: Names
    in_context: Names
    makers: frozenset[str]

    def spans(self, text: str, ordinary: Container[str] = (), start: int = 0) -> tuple[Span, ...]:
        """Return what is to be redacted in a finished text from an offset on at which a sentence begins.

        `ordinary` are words of the case.
        """
        found = [*self._found(text, ordinary, start)]
        last = max((span.end for span in found), default=start)
        begun = self.always.open_from(text, max(last, sentence_start(text, len(text))))
        if _is_unmistakable(text[begun:]):
            # An answer that was cut off in the middle of a name.
            found.append(Span(begun, len(text)))
        return _joined(text, found)

    def redacted(self, text: str, ordinary: Container[str] = ()) -> str:
        """Return a finished text with its names redacted."""
        return redacted(text, self.spans(text, ordinary))

    def resolved(self, text: str, ordinary: Container[str] = (), start: int = 0) -> int:
        """Return how much of a growing text can be shown: up to where something may still turn out to be a name.

        `start` is an offset that this has returned for a shorter form of the text, to begin from. The names before the
        offset returned are those that `spans` finds there, and stay the same however the text goes on.
        """
        sentence = sentence_start(text, start)
        unfinished = _last_stop(text, sentence)
        held = min(self.always.open_from(text, sentence), self.own_words.open_from(text, sentence))
        for match in self.own_words.found(text, unfinished):
            if _bare(match) in ordinary:
                held = min(held, match.start())
        for match in self.in_context.found(text, unfinished):
            held = min(held, match.start())
        return min(held, self.in_context.open_from(text, unfinished))

    def _found(self, text: str, ordinary: Container[str], start: int) -> Iterator[Span]:
        yield from (Span(*match.span()) for match in self.always.found(text, start))
        for match in self.own_words.found(text, start):
            if _bare(match) not in ordinary or _speaks_of_itself(text, match, maker=False):
                yield Span(*match.span())
        for match in self.in_context.found(text, start):
            if _speaks_of_itself(text, match, maker=_squeezed(match[0]) in self.makers):
                yield Span(*match.span())


def redacted(text: str, spans: Iterable[Span]) -> str:
    """Return a text with a `REDACTION_MARK` in place of every code point of the spans."""
    pieces: list[str] = []
    last = 0
    for span in spans:
        pieces += (text[last : span.start], REDACTION_MARK * len(span))
        last = span.end
    return "".join((*pieces, text[last:]))


def redacted_quote(quote: str, start: int, spans: Sequence[Span]) -> str:
    """Return the words at an offset of a text, as shown with the spans redacted."""
    if not spans:
        return quote
    end = start + len(quote)
    inside = [
        Span(max(span.start, start) - start, min(span.end, end) - start)
        for span in spans
        if span.start < end and span.end > start
    ]
    return redacted(quote, inside)


class CaseWords:
    """The words of a case, which are not taken for a part of a model's name. The case is read when one is asked for."""

    def __init__(self, case: Callable[[], Case]) -> None:
        self._case = case

    def __contains__(self, word: object) -> bool:
        return word in self._words

    @cached_property
    def _words(self) -> frozenset[str]:
        return words_of(self._case())


def words_of(case: Case) -> frozenset[str]:
    """Return the words of a case, which are not taken for a part of a model's name."""
    documents = (text for document in case.documents for text in (document.title, document.text))
    turns = (turn.content for turn in case.turns)
    texts = (case.title, case.text, case.question, *case.options.values(), *documents, *turns)
    return frozenset(word.casefold() for text in texts for word in _WORD.findall(text))


@lru_cache(maxsize=8)
def redaction(names: tuple[str, ...] = (), makers: tuple[str, ...] = ()) -> Redaction:
    """Return the redaction of the known families and makers, and these names of the study's own models and makers."""
    always = [(_beginning(name), rf"{_BEGIN}{_spelled(name)}{_TAIL}") for name in families.FAMILIES]
    always += [(_beginning(name), rf"{_BEGIN}{_spelled(name)}{_END}") for name in families.MAKERS]
    always += [
        (_beginning(name), rf"{_BEGIN}{_spelled(name)}{_VERSION}{_TAIL}") for name in families.NAMES_WITH_VERSION
    ]
    always += [("gp", rf"{_BEGIN}{families.VERSIONED}{_TAIL}"), ("", _SIZE), ("iq", _QUANTISED)]
    always += [(f"q{digit}", _QUANTISED) for digit in range(10)]
    known = {_squeezed(name) for name in (*families.NAMES_WITH_VERSION, *families.MAKERS_IN_CONTEXT)}
    words: list[str] = []
    context = list(families.NAMES_WITH_VERSION)
    their_makers = list(families.MAKERS_IN_CONTEXT)
    for name in dict.fromkeys(names):
        whole, parts = _read_name(name)
        if len(whole) > 1 and not all(map(_is_ordinary, whole)):
            always.append((_beginning(whole[0]), rf"{_BEGIN}{_JOINT.join(map(_spelled, whole))}{_TAIL}"))
        for part in parts:
            bare = _squeezed(part)
            if _is_unmistakable(part) and bare not in known:
                always.append((_beginning(part), rf"{_BEGIN}{_spelled(part)}{_TAIL}"))
            elif len(bare) >= _LEAST_LETTERS and not _is_ordinary(part) and bare not in known:
                words.append(part)
            elif len(parts) == 1:
                context.append(part)
    for maker in dict.fromkeys(makers):
        if _is_unmistakable(maker):
            always.append((_beginning(maker), rf"{_BEGIN}{_spelled(maker)}{_TAIL}"))
        elif len(_squeezed(maker)) > 1:
            their_makers.append(maker)
    return Redaction(
        Names(always),
        Names((_beginning(name), rf"{_BEGIN}{_spelled(name)}{_TAIL}{_END}") for name in words),
        Names((_beginning(name), rf"{_BEGIN}{_spelled(name)}{_END}") for name in _longest_first(context, their_makers)),
        frozenset(map(_squeezed, their_makers)),
    )


def redaction_of(arms: Iterable[Arm]) -> Redaction:
    """Return the redaction of the names of these models, and of everybody else's."""
    return redaction(*names_to_redact(arms))


def names_to_redact(arms: Iterable[Arm]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of these models and of their makers, from which `redaction` follows."""
    names: list[str] = []
    makers: list[str] = []
    for arm in arms:
        # What tells two arms with one model apart are ordinary words.
        own = arm.name.removesuffix(f" ({arm.settings_name})")
        names += [own.removesuffix(".gguf"), *(PurePath(adapter.path).stem for adapter in arm.adapters)]
        if arm.server is not None:
            names.append(PurePosixPath(arm.server.model).name)
        if arm.model is None:
            continue
        file = regex.split(r"[/\\]", arm.model.path)[-1].removesuffix(".gguf")
        names += [arm.model.name, file]
        for key, value in arm.model.metadata.items():
            base = _BASE_MODEL.fullmatch(key)
            if key in _NAMING or (base and base[1] == "name"):
                names.append(str(value))
            elif key in _MAKING or base:
                makers.append(str(value))
    return tuple(filter(str.strip, names)), tuple(filter(str.strip, makers))


def _longest_first(*names: Iterable[str]) -> list[str]:
    return sorted({name for listed in names for name in listed}, key=lambda name: (-len(name), name))


def _beginning(name: str) -> str:
    """Return how a word begins that may be the beginning of a name: at most two letters, and "" for a digit."""
    parts = _PART.findall(name)
    first = parts[0] if parts else name
    return "" if first[0].isdecimal() else first[:2].casefold()


def _spelled(name: str) -> str:
    """Return the pattern of a name, whatever joins its parts."""
    return _JOINT.join(map(regex.escape, _PART.findall(name))) or regex.escape(name)


def _read_name(name: str) -> tuple[list[str], list[str]]:
    """Return the tokens of a model's name, and those without its size, version and the like at the end."""
    tokens = _TOKEN.findall(name)
    parts = list(tokens)
    while parts and (_SUFFIX.fullmatch(parts[-1]) or (len(parts) > 1 and _is_ordinary(parts[-1]))):
        parts.pop()
    return tokens, [part for part in parts if not _SUFFIX.fullmatch(part)]


def _squeezed(name: str) -> str:
    return "".join(_WORD.findall(name)).casefold()


def _is_ordinary(part: str) -> bool:
    return part.casefold() in families.ORDINARY_PARTS or _SUFFIX.fullmatch(part) is not None


def _is_unmistakable(name: str) -> bool:
    """Return whether a name has a shape that no other word has, such as "BioMistral" or "Med42"."""
    return len(name) >= _LEAST_LETTERS and _SHAPED.search(name) is not None


def _bare(match: regex.Match[str]) -> str:
    found = _WORD.search(match[0])
    return found[0].casefold() if found else ""


def _joined(text: str, spans: Iterable[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for span in sorted(spans):
        whole = whole_graphemes(text, span.start, span.end)
        if joined and whole.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, whole.end))
        else:
            joined.append(whole)
    return tuple(joined)


def sentence_start(text: str, offset: int) -> int:
    """Return where the sentence that holds an offset begins; for redactions it ends with its stop, or with its line."""
    start = 0
    for stop in _STOP.finditer(text, 0, offset):
        start = stop.end()
    return start


def _last_stop(text: str, start: int) -> int:
    for stop in _STOP.finditer(text, start):
        start = stop.end()
    return start


def _speaks_of_itself(text: str, match: regex.Match[str], *, maker: bool) -> bool:
    """Return whether a name is where a model says who it is."""
    start = sentence_start(text, match.start())
    stop = _STOP.search(text, match.end())
    end = stop.start() if stop else len(text)
    before, after = text[start : match.start()], text[match.end() : end]
    return (
        any(rule(before, after) for rule in _RULES)
        or (match[0] != match[0].casefold() and _begins_line(text, start) and _signs(before, after))
        or bool(match[0] != match[0].casefold() and (_IS_A_MAKERS_MODEL if maker else _IS_A_MODEL).match(after))
    )


def _begins_line(text: str, start: int) -> bool:
    return start == 0 or text[start - 1] == "\n"


def _signs(before: str, after: str) -> bool:
    """Return whether a line begins with the name as a speaker's, or holds nothing else."""
    if before.strip(_SET_OFF):
        return False
    return bool(_SPEAKS.match(after) or _HERE.match(after)) or not after.strip(_SET_OFF)


def _of_itself(before: str, after: str) -> bool:
    return _OF_ITSELF.search(before) is not None or _OF_ITSELF.search(after) is not None


_RULES: tuple[Callable[[str, str], bool], ...] = (
    lambda before, after: bool(_AS.search(before) and _AFTER_AS.match(after)),
    lambda before, _: bool(_I_AM.search(before) or _NAMED.search(before)),
    lambda before, after: bool((_MADE_BY.search(before) or _MADE_FROM.search(before)) and _of_itself(before, after)),
    lambda before, after: bool(_ANSWER_BY.search(before) and _PAUSE.match(after)),
)
