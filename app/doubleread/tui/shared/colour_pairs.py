"""Which colours the program draws on which, read from its style sheets, and how well they can be told apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from doubleread.tui.shared.contrast import (
    BLINDNESS,
    OTHER_CONTRAST,
    TEXT_CONTRAST,
    Blindness,
    Rgb,
    composite,
    contrast,
    difference,
    parse_hex,
    simulated,
)

GROUNDS = ("surface", "panel")
"""What text and borders are drawn on where a style sheet does not say so."""
MARKS = "annotated-text--"
"""How the selectors of marks in a text begin."""
TOLD_APART = 10.0
"""The least difference of two colours that alone tell two meanings apart."""

ON_CURRENT_SENTENCE = ("text-error", "text-warning", "text-muted")
MARKS_TOGETHER = (
    ("found", "echo", "omission", "passage"),
    ("found", "major", "minor", "evidence"),
    ("found", "reader-1", "reader-2", "neutral", "open", "resolved", "passage"),
)
"""Kinds of marks that one text shows together: a case, an answer, a text in an adjudication."""
_RULE = re.compile(r"[{};]|[^{};]+")
_BORDER = re.compile(r"border(?:-(?:top|right|bottom|left))?")


@dataclass(frozen=True, slots=True)
class Rule:
    """The colours and the style of text that a style sheet gives to a selector, and the ground that it lies on."""

    selector: str
    colour: str = ""
    background: str = ""
    borders: tuple[str, ...] = ()
    text_style: frozenset[str] = frozenset()
    beneath: str = ""


@dataclass(frozen=True, order=True, slots=True)
class Pair:
    """A colour on a ground, both as tokens of a theme; `auto` is black or white. `least` is the contrast it needs."""

    colour: str
    ground: str
    least: float = TEXT_CONTRAST


def rules(css: str) -> Iterator[Rule]:
    """Yield the rules of a style sheet, also nested ones, that set a colour."""
    open_rules: list[tuple[str, dict[str, str]]] = []
    words = ""
    for part in _RULE.findall(re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)):
        if part == "{":
            open_rules.append((words, {}))
        elif part in ";}":
            name, colon, value = words.partition(":")
            if colon and open_rules:
                open_rules[-1][1][name.strip()] = value.strip()
            if part == "}":
                yield from _rule(open_rules)
                open_rules.pop()
        words = "" if part in "{};" else part.strip()


def _rule(open_rules: list[tuple[str, dict[str, str]]]) -> Iterator[Rule]:
    values = open_rules[-1][1]
    outer = [_token(around.get("background", "")) for _, around in open_rules[:-1]]
    borders = [
        value.split()[-1] for name, value in values.items()
        if _BORDER.fullmatch(name) or name in ("border-title-color", "border-subtitle-color")
    ]  # fmt: skip
    rule = Rule(
        " ".join(selector for selector, _ in open_rules),
        _token(values.get("color", "")),
        _token(values.get("background", "")),
        tuple(token for token in map(_token, borders) if token),
        frozenset(values.get("text-style", "").split()) - {"none"},
        next((token for token in reversed(outer) if token), ""),
    )
    if rule.colour or rule.background or rule.borders:
        yield rule


def _token(value: str) -> str:
    """Return the token of a colour; an empty string for a colour that is partly transparent, and for none."""
    words = value.split()
    if len(words) != 1:
        return ""
    return words[0].removeprefix("$") if words[0].startswith("$") or words[0] == "auto" else ""


def pairs(sheets: Iterable[str]) -> list[Pair]:
    """Return every pair of colours in some style sheets, with those that Textual itself draws."""
    found = {
        *(Pair(colour, "primary-muted") for colour in ON_CURRENT_SENTENCE),
        *(Pair(f"scrollbar{state}", "scrollbar-background", OTHER_CONTRAST) for state in ("", "-hover", "-active")),
        Pair("input-cursor-foreground", "input-cursor-background"),
        Pair("block-cursor-blurred-foreground", "surface"),
    }
    for rule in (rule for css in sheets for rule in rules(css)):
        grounds = [rule.background or rule.beneath] if rule.background or rule.beneath else GROUNDS
        if rule.colour or rule.background:
            found.update(Pair(rule.colour or "foreground", ground) for ground in grounds)
        for border in rule.borders:
            # A border is drawn on its own ground, its title like text.
            least = OTHER_CONTRAST if border == "border" else TEXT_CONTRAST
            found.update(Pair(border, ground, least) for ground in grounds)
    return sorted(found)


def colour_of(token: str, theme: Mapping[str, str], ground: Rgb | None = None) -> Rgb:
    """Return the colour of a token in a theme, composited on a ground if it is partly transparent."""
    if token == "auto":
        assert ground is not None
        bright = (299 * ground.red + 587 * ground.green + 114 * ground.blue) / 1000
        return Rgb(1, 1, 1) if bright < 0.5 else Rgb(0, 0, 0)
    colour, opacity = parse_hex(theme[token])
    if opacity == 1:
        return colour
    return composite(colour, opacity, ground if ground is not None else colour_of("surface", theme))


def contrast_of(pair: Pair, theme: Mapping[str, str]) -> float:
    """Return the contrast of a pair in a theme, given as its tokens and colours."""
    ground = colour_of(pair.ground, theme)
    return contrast(colour_of(pair.colour, theme, ground), ground)


def marks_alike(css: str, theme: Mapping[str, str]) -> list[tuple[str, str, Blindness | None, float]]:
    """Return the pairs of marks with different meanings that neither their text style nor their colour tells apart.

    `css` is the style sheet of the texts. The blindness is None for people who see all colours.
    """
    looks = {rule.selector.rpartition(MARKS)[2].strip(): rule for rule in rules(css) if MARKS in rule.selector}
    found: list[tuple[str, str, Blindness | None, float]] = []
    for together in MARKS_TOGETHER:
        for one, other in combinations(together, 2):
            if looks[one].text_style != looks[other].text_style:
                continue
            first, second = (colour_of(looks[kind].background, theme) for kind in (one, other))
            for blindness in (None, *BLINDNESS):
                seen = (first, second) if blindness is None else (simulated(c, blindness) for c in (first, second))
                if (apart := difference(*seen)) < TOLD_APART:
                    found.append((one, other, blindness, apart))
    return found
