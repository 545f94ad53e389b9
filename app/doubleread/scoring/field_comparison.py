"""Whether what an answer states for a field is the value of the key."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from doubleread.domain.case import FieldSpec, FieldValue
from doubleread.scoring.plain import fold
from doubleread.scoring.stated_fields import Piece, Stated

_NOT_STATED = re.compile(
    r"(?:|-+|\?+|_+|~|null|nil|none|nan|na|n a|n\.a|unknown|undefined|unspecified|unstated|missing|"
    r"(?:(?:it|this|that|value) )?(?:is |was |were |are )?not (?:\w+ly )?(?:stated|mentioned|reported|specified|given|"
    r"provided|documented|recorded|described|noted|indicated|known|available|applicable|found|present|included|"
    r"disclosed|determined|discussed)"
    r"|none (?:\w+ly )?(?:stated|mentioned|reported|specified|given|provided|documented|recorded|noted|found|listed)"
    r"|no (?:information|mention|data|value|details?)"
    r"(?: (?:is |was )?(?:given|provided|available|stated|found|reported))?"
    r"|not in|(?:cannot|could not) be determined|nicht (?:angegeben|erwähnt|erwahnt|bekannt|genannt)|unbekannt|"
    r"k\.? ?a|keine angaben?|non (?:précisé|precise|mentionné|mentionne|renseigné|renseigne)|no consta|desconocido)"
    r"(?: (?:in|from|by|within) (?:the |this )?(?:\w+ )?(?:text|note|report|document|case|letter|vignette|record|"
    r"passage|summary|transcript|dialogue|information))?"
)
_NO_ITEMS = ("none", "no", "nil", "keine", "aucun", "ninguno", "empty")
_TRUE = ("true", "yes", "y", "ja", "oui", "sí", "si")
_FALSE = ("false", "no", "n", "nein", "non")
_FIRST_WORD = re.compile(r"\s*([^\W\d]+)\s*(?:[.,;:(]|\s[–—-]\s|$)")
_TWO_NAMES = re.compile(r"([^()]+)\(([^()]+)\)\W*")
_WORDS_FOR_NUMBERS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
    )
}
_AROUND = re.compile(r"^(?:[^\w<>≤≥~≈+-]|_)+|[\s.,;:!?\"'“”‘’()\[\]*_`]+$")


def comparable(text: str) -> str:
    """Return a text without what does not matter in a comparison.

    That is case, accents, kinds of dash and quote, hyphens between words, blanks, and punctuation around it.
    """
    folded = fold(unicodedata.normalize("NFKC", text))
    folded = re.sub(r"[‐-―−]", "-", folded)
    folded = re.sub(r"(?<=[^\W_])[-_/](?=[^\W\d_])", " ", folded).replace("_", " ")
    folded = re.sub(r"[’‘`´]", "'", folded)
    return _AROUND.sub("", " ".join(folded.split()))


def is_not_stated(text: str) -> bool:
    """Return whether a text says that the value is not stated: "n/a", "unknown", "not mentioned in the text", "-"."""
    plain = comparable(text.strip(" .\"'()[]<>*"))
    return bool(_NOT_STATED.fullmatch(plain.replace("/", " ")))


# Numbers

_NUMBER = re.compile(
    r"(?P<sign>[-+−]?)(?P<digits>\d{1,3}(?:[,'\u00a0\u202f ]\d{3})+(?![\d])(?:\.\d+)?|\d{1,3}(?:\.\d{3})+,\d+|"
    r"\d+(?:[.,]\d+)?|[.,]\d+)"
    r"(?P<power>[eE][-+]?\d+|\s?[x×*·]\s?10\s?(?:\^|\*\*)?\s?(?P<ten>[-−+]?\d+|[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))?"
)
_LEAD = re.compile(r"(?:about|approximately|approx|ca|circa|around|roughly|~|≈|=|is|was|of|at|:|\.(?!\d)|\s)+\s*", re.I)
# What may follow a number without being another one: units such as 10^9/L, mL/min/1.73 m2, cm³, /24h.
_UNIT_DIGITS = re.compile(
    r"(?:[x×*·]\s?)?10\s?(?:\^|\*\*|[eE])?\s?\d{1,2}\s?/|1[.,]73\s?m|/\s?\d+\s?(?:h|hours?|min|d|days?|mm|m[lL])\b"
    r"|(?<=[a-zA-Zµμ])[23](?![\d.,])|\b[A-Za-z]\d{1,2}\b"
)
_PARENTHESES = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺−", "0123456789-+-")


def number_in(text: str, name: str = "") -> float | None:
    """Return the one number that a text consists of, with or without a unit; None if it is anything else.

    Before the number may be words such as "about", or the field's name. What is in parentheses is not read. A range, a
    limit ("< 5") and a fraction (120/80) are no number. "1,250" is 1250, "9,1" and "0,125" have a decimal comma.
    """
    plain = _PARENTHESES.sub(" ", text).strip().strip("\"'“”*_` ").rstrip(".,; ")
    own = {word for word in re.findall(r"[^\W\d_]+", fold(name)) if word}
    while lead := re.match(r"([^\W\d_]+)[\s:=.]*", plain):
        if fold(lead[1]) in _WORDS_FOR_NUMBERS:
            following = plain[lead.end() :]
            return None if _other_number(following) else float(_WORDS_FOR_NUMBERS[fold(lead[1])])
        if fold(lead[1]) not in own:
            break
        plain = plain[lead.end() :]
    if lead := _LEAD.match(plain):
        plain = plain[lead.end() :]
    match = _NUMBER.match(plain)
    if match is None or _other_number(plain[match.end() :]):
        return None
    return _value(match, plain[match.end() :])


def _other_number(rest: str) -> bool:
    """Return whether another number, or more digits of the same, follow."""
    return bool(re.match(r"[.,:]?\d", rest) or re.search(r"\d", _UNIT_DIGITS.sub(" ", rest)))


def _value(match: re.Match[str], rest: str) -> float:
    digits = match["digits"]
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d+", digits):
        digits = digits.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"(?!0)\d{1,3}(?:[,'\u00a0\u202f ]\d{3})+(?:\.\d+)?", digits):
        digits = re.sub(r"[,'\u00a0\u202f ]", "", digits)
    else:
        digits = digits.replace(",", ".")
    number = float(digits) * (-1 if match["sign"] in ("-", "−") else 1)
    power = match["power"] or ""
    if power[:1] in ("e", "E"):
        return number * 10.0 ** int(power[1:]) if abs(int(power[1:])) < 300 else float("inf")
    # In 5.2 x 10^9/L the power belongs to the unit.
    if power and not rest.lstrip().startswith("/"):
        exponent = int(match["ten"].translate(_POWERS))
        return number * 10.0**exponent if abs(exponent) < 300 else float("inf")
    return number


# Comparison


@dataclass(frozen=True, slots=True)
class Compared:
    """One field's true positives, false positives, false negatives and true negatives.

    `right` says whether the field as a whole is as in the key; `hallucinated` that a value is stated which the key says
    is not. `stated` are the pieces that count as values, each with whether it is in the key.
    """

    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0
    true_negatives: int = 0
    right: bool = False
    hallucinated: bool = False
    stated: tuple[tuple[Piece, bool], ...] = ()


def compare(key: FieldValue, stated: Stated | None, spec: FieldSpec, name: str) -> Compared:
    """Compare what an answer states for a field with the key. `stated` is None if it does not name the field.

    A wrong value is a false positive, and a false negative besides, because the value of the key is missing. In a set
    each item counts. A value that is not stated, and that the key does not have either, is a true negative.
    """
    pieces = () if stated is None else stated.pieces
    contradictory = stated is not None and stated.contradictory
    if spec.compare == "set" and key is not None:
        wanted = key if isinstance(key, tuple) else (_text_of(key),)
        return _compare_sets(wanted, pieces, spec, contradictory=contradictory)
    text = "; ".join(piece.text for piece in pieces)
    if key is None:
        if all(is_not_stated(piece.text) or comparable(piece.text) in _accepted(spec) for piece in pieces):
            return Compared(true_negatives=1, right=True, stated=tuple((piece, True) for piece in pieces))
        return Compared(false_positives=1, hallucinated=True, stated=tuple((piece, False) for piece in pieces))
    matches = bool(pieces) and not contradictory and _same(key, text, spec, name)
    if matches:
        return Compared(true_positives=1, right=True, stated=tuple((piece, True) for piece in pieces))
    if is_not_stated(text):
        return Compared(false_negatives=1, stated=tuple((piece, False) for piece in pieces))
    return Compared(false_positives=1, false_negatives=1, stated=tuple((piece, False) for piece in pieces))


def _accepted(spec: FieldSpec) -> set[str]:
    return {comparable(text) for text in spec.accept}


def _text_of(value: FieldValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "; ".join(value) if isinstance(value, tuple) else str(value)


def _same(key: FieldValue, text: str, spec: FieldSpec, name: str) -> bool:
    accepted = {comparable(_text_of(key)), *_accepted(spec)}
    if comparable(text) in accepted:
        return True
    if _without_name(text, name) in {_without_name(other, name) for other in (_text_of(key), *spec.accept)}:
        return True
    if (both := _TWO_NAMES.fullmatch(text)) and {comparable(part) for part in both.groups()} <= accepted:
        return True
    if isinstance(key, bool):
        first = _FIRST_WORD.match(fold(text))
        return first is not None and first[1] in (_TRUE if key else _FALSE)
    if isinstance(key, int | float) or spec.compare == "numeric":
        wanted = float(key) if isinstance(key, int | float) else number_in(_text_of(key))
        found = number_in(text, name)
        if found is None or wanted is None:
            return False
        # Decimal fractions are not exact: 9.2 - 9.1 is more than 0.1.
        return abs(found - wanted) <= spec.tolerance + 1e-9 * max(abs(found), abs(wanted))
    return any(comparable(text) in words and comparable(_text_of(key)) in words for words in (_TRUE, _FALSE))


def _without_name(text: str, name: str) -> str:
    """Return a text as it is compared, without words of the field's name before it: stage III is III."""
    own = set(comparable(name).split())
    words = comparable(text).split()
    first = next((index for index, word in enumerate(words) if word not in own), 0)
    return " ".join(words[first:])


def _compare_sets(wanted: Sequence[str], pieces: Iterable[Piece], spec: FieldSpec, *, contradictory: bool) -> Compared:
    keys = {comparable(item): item for item in wanted if item.strip()}
    accepted = _accepted(spec)
    whole = [piece for piece in pieces if piece.text]
    if not any(comparable(piece.text) in keys for piece in whole):
        whole = [piece for piece in whole if not is_not_stated(piece.text) and comparable(piece.text) not in _NO_ITEMS]
    items = [item for piece in whole for item in _items(piece, keys)]
    found: dict[str, tuple[Piece, bool]] = {}
    for item in items:
        plain = comparable(item.text)
        if plain and plain not in accepted:
            found.setdefault(plain, (item, plain in keys and not contradictory))
    hits = sum(matches for _, matches in found.values())
    wrong, missed = len(found) - hits, len(keys) - hits
    return Compared(
        true_positives=hits,
        false_positives=wrong,
        false_negatives=missed,
        true_negatives=int(not keys and not found),
        right=not wrong and not missed,
        stated=tuple(found.values()),
    )


def _items(piece: Piece, keys: Iterable[str]) -> list[Piece]:
    """Return the items of a piece: the parts between semicolons, and of each as many as the key does not have whole.

    A part that is no item of the key is taken apart at its commas, and then at "and". That cannot make a match which
    the words do not have: "nausea and vomiting" stays one item where the key has it so.
    """
    found = [piece]
    for separator in (r"\s*(?:;|\n)\s*(?:[-•*]\s+)?", r"\s*,\s*(?:and\s+|und\s+)?", r"\s+(?:and|und|&)\s+"):
        found = [
            part for item in found for part in ([item] if comparable(item.text) in keys else _split(item, separator))
        ]
    return found


def _split(piece: Piece, separator: str) -> list[Piece]:
    """Take a piece apart. Where its text is not as it is written in the answer, all parts keep its place."""
    exact = piece.end - piece.start == len(piece.text)
    parts: list[Piece] = []
    low = 0
    for match in [*re.finditer(separator, piece.text), None]:
        high = match.start() if match else len(piece.text)
        if piece.text[low:high].strip():
            place = (piece.start + low, piece.start + high) if exact else (piece.start, piece.end)
            parts.append(Piece(*place, piece.text[low:high]))
        low = match.end() if match else high
    return parts
