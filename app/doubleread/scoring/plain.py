"""An answer without its mark-up, mapped back: every character has its offset in the raw text."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

_ALIKE = str.maketrans(
    {
        **{chr(0xFF21 + index): chr(0x41 + index) for index in range(26)},
        **{chr(0xFF41 + index): chr(0x61 + index) for index in range(26)},
        **{chr(0x24B6 + index): chr(0x41 + index) for index in range(26)},
        **{chr(0x24D0 + index): chr(0x61 + index) for index in range(26)},
        **{chr(0x249C + index): chr(0x61 + index) for index in range(26)},
        **{
            chr(first + index): chr(0x41 + index)
            for first in (0x1F110, 0x1F130, 0x1F150, 0x1F170)
            for index in range(26)
        },
        **{
            chr(code): plain
            for code in range(0x1D400, 0x1D800)
            if len(plain := unicodedata.normalize("NFKC", chr(code))) == 1 and plain.isascii()
        },
        **{chr(0xFF10 + index): chr(0x30 + index) for index in range(10)},
        "：": ":",
        "（": "(",
        "）": ")",
        "．": ".",
        "，": ",",
        "、": ",",
        "；": ";",
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "「": '"',
        "」": '"',
        "\u00a0": " ",
        "\u202f": " ",
        "\u3000": " ",
        "\u2028": "\n",
        "\u2029": "\n",
        "\r": " ",
        "【": "(",
        "】": ")",
        "−": "-",
    }
)
# Each pattern begins with one set of characters, which the regex engine skips to quickly; what was before is looked at
# afterwards.
_INLINE = re.compile(
    r"[*`~$_\\<\u200b-\u200f\u2060\ufeff\u00ad\u0300-\u036f\ufe0e\ufe0f\u20e3\u064b-\u0652\u0670\u0640](?:"
    r"(?<=\*)\**|(?<=`)`*|(?<=~)~[^~\n]{1,200}~~|(?<=~)~+|(?<=\$)\$*|(?<=_)_+|(?<=_)(?<![^\W_]_)(?=\w)|(?<=\w_)(?![^\W_])"
    r"|(?<=\\)(?:(?:text|mathbf|mathrm|textbf|textit|mathit|emph|bf|rm)(?=\s*\{)|[()\[\]]|(?=[{}$_*#%&]))"
    r"|(?<=<)(?:/?(?:b|i|u|em|strong|p|br|span|mark|sup|sub)[ ]?/?>|/s>|\|(?:im_end|eot_id|endoftext|end|message)\|>)"
    r"|(?<=[\u200b-\u200f\u2060\ufeff\u00ad\u0300-\u036f\ufe0e\ufe0f\u20e3\u064b-\u0652\u0670\u0640]))"
)
_LINE_START = re.compile(r"^[ \t]*(?:>+[ \t]?|#{1,6}[ \t]+)", re.MULTILINE)
_THINK_WORD = r"(?:think|thinking|thought|thoughts|reasoning|analysis|scratchpad)"
_THINK_OPEN = re.compile(rf"<\|?(?:{_THINK_WORD}|begin_of_thought)\|?>|\[THINK\]", re.I)
_THINK_CLOSE = re.compile(rf"</\|?{_THINK_WORD}\|?>|<\|end_of_thought\|>|\[/THINK\]|</?\|channel\|>final", re.I)
_ECHO = re.compile(r"\s*Question\s*:")
_ECHO_END = re.compile(r"^Answer\s*:(?:[ \t]*Let's think step by step\.?)?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Plain:
    """The text without mark-up and the map back: its stretch from `starts[i]` on is that from `raws[i]` on in the raw
    text.

    `base` is added to an offset first: it is the start of a text that was cut at its front.
    """

    text: str
    starts: tuple[int, ...]
    raws: tuple[int, ...]
    base: int = 0

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the raw offsets of a stretch of at least one character."""
        return self._raw(start), self._raw(end - 1) + 1

    def without_front(self, offset: int) -> Plain:
        """Return the text from an offset on."""
        return Plain(self.text[offset:], self.starts, self.raws, self.base + offset)

    def plain_offset(self, raw: int) -> int:
        """Return the offset in the text of the first character from a raw offset on; the length if there is none."""
        index = max(bisect_right(self.raws, raw) - 1, 0)
        offset = self.starts[index] + max(raw - self.raws[index], 0)
        if index + 1 < len(self.starts):
            offset = min(offset, self.starts[index + 1])
        return min(max(offset - self.base, 0), len(self.text))

    def _raw(self, offset: int) -> int:
        offset += self.base
        index = bisect_right(self.starts, offset) - 1
        return self.raws[index] + offset - self.starts[index]


def visible_stretch(raw: str) -> tuple[int, int, bool]:
    """Return (start, end, cut off) of the answer: after the last closed reasoning, before an open one. "Cut off" says
    that reasoning was opened and never closed.
    """
    if "<" not in raw and "[" not in raw:
        return 0, len(raw), False
    start = 0
    for match in _THINK_CLOSE.finditer(raw):
        start = match.end()
    opened = _THINK_OPEN.search(raw, start)
    return (start, opened.start(), True) if opened else (start, len(raw), False)


def without_mark_up(raw: str, start: int = 0, end: int | None = None) -> Plain:
    """Return a stretch of an answer without Markdown and LaTeX signs and without struck-out words.

    Wide letters and curly quotes are made plain ones.
    """
    text = raw[start:end]
    text = text.replace("\r", " ") if text.isascii() else text.translate(_ALIKE)
    marks = [match.span() for match in _INLINE.finditer(text)]
    if "#" in text or ">" in text:
        marks += [match.span() for match in _LINE_START.finditer(text)]
        marks.sort()
    if not marks:
        return Plain(text, (0,), (start,))
    pieces: list[str] = []
    starts, raws = [0], [start]
    position = length = 0
    for low, high in marks:
        if low > position:
            pieces.append(text[position:low])
            length += low - position
        if high > position:
            position = high
            if starts[-1] == length:
                raws[-1] = start + position
            else:
                starts.append(length)
                raws.append(start + position)
    pieces.append(text[position:])
    return Plain("".join(pieces), tuple(starts), tuple(raws))


class _Folding(dict[int, str]):
    """What each character becomes in `fold`, found when it is first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = character.lower()
        if code < 0x250 or 0x1E00 <= code < 0x1F00:
            folded = unicodedata.normalize("NFD", folded)[:1]
        self[code] = folded if len(folded) == 1 else character
        return self[code]


_FOLDING = _Folding()


_POINTS = re.compile("[\u064b-\u0652\u0670\u0640]")


def without_points(text: str) -> str:
    """Return a text without the signs for Arabic's short vowels and doubled letters, which are rarely written."""
    return text if text.isascii() else _POINTS.sub("", text)


def fold(text: str) -> str:
    """Return a text in lower case, its Latin letters without accents, and exactly as long as before."""
    return text.lower() if text.isascii() else text.translate(_FOLDING)


def after_echo(plain: str) -> int:
    """Return where an answer begins that first repeats the prompt ("Question: ... Answer:"); 0 if it does not."""
    if not _ECHO.match(plain):
        return 0
    match = _ECHO_END.search(plain)
    return match.end() if match else 0


_NEXT_QUESTION = re.compile(
    r"^[ \t]*(?:#+[ \t]*)?(?:(?:next )?question(?:[ \t]*\d+)?[ \t]*:|q\d*:|user:|human:|"
    r"as for the other questions|for (?:the|these|all)[^\n:]{0,20}questions)"
    r"|^[^\n]{0,12}(?:summari[sz]\w+|combin\w+|recap\w*|总结)[^\n.]{0,24}(?:\banswers\b|答案|问题)"
    r"|<\|(?:user|im_start|start_header_id)\|>|<start_of_turn>",
    re.I | re.M,
)
_QUESTION_SIGNS = ("question", "answers", "总结", "\nq", "user", "human", "<|im_start", "<|start_h", "<start_of")


def next_question(low: str) -> int:
    """Return where a model goes on to questions of its own making or sums up their answers; 0 if it does not.

    Takes the folded text.
    """
    if not any(sign in low for sign in _QUESTION_SIGNS):
        return 0
    match = _NEXT_QUESTION.search(low, 1)
    return match.start() if match else 0


def sentence_bounds(text: str) -> list[int]:
    """Return the starts of all sentences and lines, ascending, the text's length last.

    A point after a single letter or a number ("B. Sarcoidosis", "1. First") ends no sentence.
    """
    starts = [0]
    length = len(text)
    for match in _SENTENCE_END.finditer(text):
        end = match.end()
        if starts[-1] < end < length:
            starts.append(end)
    starts.append(length)
    return starts


_SENTENCE_END = re.compile(
    r"[\n.!?。！？](?:(?<=\n)\s*|(?<=[。！？])\s*"
    r"|(?<![\s(.][A-Za-z0-9][.!?])(?<!^[A-Za-z0-9][.!?])(?<!\bvs[.!?])(?<!\be\.g[.!?])(?<!\bi\.e[.!?])(?<!\bDr[.!?])"
    r"[\"')\]]*\s+"
    r"|(?<=\s[A-Z]\.)\s+(?=(?:The|This|That|It|If|In|However|So|Note|Option|There|Although|While|But|"
    r"Because|Other|Had|Given|Here|I|We|My|Wait|Actually|Therefore|Thus|"
    r"She|He|They|As|For|Since|Die|Der|Das|Richtig|Moment|Eine?|La|Le|Les|El|Il|Mais|Pero|Espera)\b))",
    re.MULTILINE,
)


def sentence_of(starts: list[int], offset: int) -> tuple[int, int]:
    """Return the [start, end) of the sentence that holds an offset, given `sentence_bounds`."""
    index = max(bisect_right(starts, offset) - 1, 0)
    return starts[index], starts[min(index + 1, len(starts) - 1)]
