"""Make foreign text safe for a terminal. All text that we did not write passes through here."""

from __future__ import annotations

import regex

_UNSAFE = regex.compile(r"[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Cf}--\n\u200c]", flags=regex.VERSION1)
_EMOJI_JOINT = regex.compile(r"\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]?\u200d(?=\p{Extended_Pictographic})")
_LETTER_JOINT = regex.compile(r"[\p{L}\p{M}]\u200d")
_JOINER = "\u200d"
_NON_JOINER = "\u200c"


def display_text(raw: str) -> str:
    """Return the text with every control, C1, tab, bidi and invisible format character replaced by a visible one.

    One code point becomes one code point, so offsets into the result are offsets into the raw text. Only the line
    feed stays as it is. A joiner stays between two pictographs, where it makes one emoji of them; after a letter it
    becomes the non-joiner, since terminals and their width tables disagree about what a joiner there takes up.
    """
    if raw.isascii() and raw.isprintable():
        return raw
    return _UNSAFE.sub(_shown, raw)


def display_line(raw: str) -> str:
    """Like `display_text`, for places with one line: line feeds become a visible mark."""
    return display_text(raw).replace("\n", "\u2424")


def _shown(match: regex.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if character == _JOINER:
        text, start = match.string, match.start()
        if _EMOJI_JOINT.match(text, max(start - 1, 0)) or _EMOJI_JOINT.match(text, max(start - 2, 0), start + 2):
            return character
        if start and _LETTER_JOINT.match(text, start - 1):
            return _NON_JOINER
    return "\ufffd"
