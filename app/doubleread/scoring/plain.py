"""An answer without its mark-up, with the way back: every character knows where it stood in the raw text."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

_ALIKE = str.maketrans(
    {
        **{chr(0xFF21 + index): chr(0x41 + index) for index in range(26)},
        **{chr(0xFF41 + index): chr(0x61 + index) for index in range(26)},
        **{chr(0xFF10 + index): chr(0x30 + index) for index in range(10)},
        "：": ":",
        "（": "(",
        "）": ")",
        "．": ".",
        "，": ",",
        "、": ",",
        "。": ".",
        "；": ";",
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "\u00a0": " ",
        "\u202f": " ",
        "\u3000": " ",
        "\u2028": "\n",
        "\u2029": "\n",
        "\r": " ",
        "【": "(",
        "】": ")",
    }
)
_MARK_UP = re.compile(
    r"\*+|`+|~~|\$+|__+|(?<![^\W_])_(?=\w)|(?<=\w)_(?![^\W_])"
    r"|\\(?:text|mathbf|mathrm|textbf|textit|mathit|emph|bf|rm)(?=\s*\{)"
    r"|\\[()\[\]]|\\(?=[{}$_*#%&])|[\u200b-\u200f\u2060\ufeff\u00ad]"
    r"|^[ \t]*>+[ \t]?|(?<=^)[ \t]*#{1,6}[ \t]+",
    re.MULTILINE,
)
_THINK_OPEN = re.compile(
    r"<\|?(think|thinking|thought|thoughts|reasoning|analysis|scratchpad|begin_of_thought)\|?>", re.I
)
_THINK_CLOSE = re.compile(
    r"</\|?(?:think|thinking|thought|thoughts|reasoning|analysis|scratchpad)\|?>|<\|end_of_thought\|>|"
    r"</?\|channel\|>final",
    re.I,
)
_ECHO = re.compile(r"\A\s*Question\s*:")
_ECHO_END = re.compile(r"^Answer\s*:(?:[ \t]*Let's think step by step\.?)?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Plain:
    """The text to look at and, for each of its characters, the offset of that character in the raw text."""

    text: str
    offsets: tuple[int, ...]

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the raw offsets of a stretch of at least one character."""
        return self.offsets[start], self.offsets[end - 1] + 1

    def plain_offset(self, raw: int) -> int:
        """Return where in the text the first character at or behind a raw offset stands; the length where none does."""
        return bisect_left(self.offsets, raw)


def visible_stretch(raw: str) -> tuple[int, int, bool]:
    """Return (start, end, cut off) of what the model says aloud: after its last closed thought, before an open one.

    "Cut off" says that a thought was opened and never closed.
    """
    start = 0
    for match in _THINK_CLOSE.finditer(raw):
        start = match.end()
    opened = _THINK_OPEN.search(raw, start)
    return (start, opened.start(), True) if opened else (start, len(raw), False)


def without_mark_up(raw: str, start: int = 0, end: int | None = None) -> Plain:
    """Return a stretch of an answer without Markdown and LaTeX signs, wide letters and curly quotes made plain ones."""
    end = len(raw) if end is None else end
    pieces: list[str] = []
    offsets: list[int] = []
    position = start
    text = raw.translate(_ALIKE)
    for match in _MARK_UP.finditer(text, start, end):
        pieces.append(text[position : match.start()])
        offsets.extend(range(position, match.start()))
        position = match.end()
    pieces.append(text[position:end])
    offsets.extend(range(position, end))
    return Plain("".join(pieces), tuple(offsets))


def after_echo(plain: str) -> int:
    """Return where an answer begins that first repeats the prompt ("Question: ... Answer:"); 0 where it does not."""
    if not _ECHO.match(plain):
        return 0
    match = _ECHO_END.search(plain)
    return match.end() if match else 0


_NEXT_QUESTION = re.compile(
    r"^[ \t]*(?:#+[ \t]*)?(?:(?:next )?question(?:[ \t]*\d+)?[ \t]*:|q\d*:|user:|human:|<\|user\|>|"
    r"as for the other questions)",
    re.I | re.M,
)


def next_question(plain: str) -> int:
    """Return where a model that does not stop goes on to a question of its own making; 0 where it does not."""
    match = _NEXT_QUESTION.search(plain, 1)
    return match.start() if match else 0


def sentence_bounds(text: str) -> list[int]:
    """Return the starts of all sentences and lines, ascending, the text's length last.

    A point after a single letter or a number ("B. Sarcoidosis", "1. First") ends no sentence.
    """
    starts = [0]
    for match in _SENTENCE_END.finditer(text):
        if match.end() > starts[-1] and match.end() < len(text):
            starts.append(match.end())
    starts.append(len(text))
    return starts


_SENTENCE_END = re.compile(
    r"\n\s*|(?<![\s(.][A-Za-z0-9])(?<!^[A-Za-z0-9])(?<!\bvs)(?<!\be\.g)(?<!\bi\.e)(?<!\bDr)[.!?][\"')\]]*\s+"
    r"|(?<=\s[A-Z])\.\s+(?=(?:The|This|That|It|If|In|However|So|Note|Option|There|Although|While|But|"
    r"Because|Other|Had|Given|Here)\b)",
    re.MULTILINE,
)


def sentence_of(starts: list[int], offset: int) -> tuple[int, int]:
    """Return the [start, end) of the sentence that holds an offset, given `sentence_bounds`."""
    index = max(bisect_left(starts, offset + 1) - 1, 0)
    return starts[index], starts[min(index + 1, len(starts) - 1)]
