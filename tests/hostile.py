"""500 strings that try to get at the terminal, the markup parser or the offsets."""

from __future__ import annotations

import itertools

MARK = "777"
"""A parameter that no honest escape sequence of the screen carries; a hostile one that got through shows by it."""

SEQUENCES = (
    f"\x1b[{MARK};31m",
    f"\x1b[{MARK}J",
    f"\x1b]52;c;{MARK}\x07",
    f"\x1b]0;title {MARK}\x1b\\",
    f"\x1b]8;;scheme:{MARK}\x1b\\link\x1b]8;;\x1b\\",
    f"\x1bP{MARK}q\x1b\\",
    f"\x1b_{MARK}\x1b\\",
    f"\x1b[?{MARK}h",
    f"\x9b{MARK};5m",
    f"\x9d52;c;{MARK}\x9c",
    "\x07\x08\x0b\x0c\r\x7f",
    "\x00\x01\x1a\x1f",
    "\x84\x85\x8d\x90\x98",
    "\u202e desrever \u202c",
    "\u2066isolated\u2069\u200f\u061c",
    "\u2028\u2029\ufeff\u00ad",
    "tab\there\tand\tthere",
)
MARKUP = (
    "[/]",
    "[/foo]",
    "[red]red[/red]",
    "[@click=app.quit]click[/]",
    "[@click=app.bell()]bell[/@click]",
    "[[]]",
    "[link=x]y",
    "$text-error {braces} {0} %s",
    "**bold** `code` <b>html</b> &amp;",
    "\\[escaped\\]",
)
SHAPES = (
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 family",
    "\U0001f3f3\ufe0f\u200d\U0001f308 flag \U0001f1e9\U0001f1ea",
    "e\u0301\u0327 a\u0308\u0304 Z\u0351\u036b\u0343\u036a\u0302\u036b",
    "患者は発熱と咳嗽を訴えた。",
    "المريض يعاني من حمى",
    "µg ≥ 38.5 °C ± 0.2",
    "\U000e0041\U000e0042 tags",
    "\ufffd\ufffe",
    "한국어 각 각",
    "ﷺ ﷽ wide",
)
WRAPPERS = ("{}", "before {} after", "{}{}", "fever, {} and cough", "{}\n{}")


def hostile_strings(count: int = 500) -> list[str]:
    """Return `count` different strings; every base string comes in several surroundings."""
    bases = SEQUENCES + MARKUP + SHAPES
    pairs = (f"{first} {second}" for first, second in itertools.product(SEQUENCES, MARKUP + SHAPES))
    made = [wrapper.replace("{}", base) for wrapper in WRAPPERS for base in bases]
    made += ["x" * 10_000, SEQUENCES[0] + "y" * 10_000, "\U0001f468\u200d\U0001f469 " * 2_000, MARKUP[3] * 400]
    strings = list(dict.fromkeys([*made, *pairs]))
    assert len(strings) >= count, len(strings)
    return strings[:count]
