"""The values that an answer states for the fields of a case, with their places.

Three forms are read, in this order, and the first that states a field counts alone: JSON objects; Markdown tables of
field and value, or with the fields as their heading and one row of values; and lines such as "field: value", also as
bullets, or with the values as bullets below. A sentence in prose states no field. Names of fields are compared without
case, accents, blanks, hyphens and underscores, and with or without what they have in parentheses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from doubleread.scoring.lenient_json import List, Node, Object, Text, objects
from doubleread.scoring.plain import Plain, fold, next_question, visible_stretch, without_mark_up


@dataclass(frozen=True, slots=True)
class Piece:
    """A text in `answer[start:end]`: `text` is without quotes and mark-up."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Stated:
    """What an answer states for one field: one piece, or one for each item if it is `listed`.

    `contradictory` says that one object or table states the field twice and differently.
    """

    pieces: tuple[Piece, ...]
    listed: bool = False
    contradictory: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """The text of each piece."""
        return tuple(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class StatedFields:
    """The fields that an answer states. `form` is "JSON", "table", "lines", or empty if it states none.

    `restated` are the fields that it states more than once, differently; the last statement counts.
    """

    fields: Mapping[str, Stated]
    form: str = ""
    restated: tuple[str, ...] = ()


def stated_fields(answer: str, names: Iterable[str]) -> StatedFields:
    """Return what an answer states for the fields of these names. Never raises.

    Reasoning is not read, nor what follows when a model goes on to a question of its own making.
    """
    known = _known(names)
    start, end, _ = visible_stretch(answer)
    # Asterisks are mark-up, also those of bullets; a hyphen is as long.
    plain = without_mark_up(_STARS.sub(r"\1-", answer), start, end)
    if behind := next_question(fold(plain.text)):
        end = plain.raw_span(behind - 1, behind)[1]
        plain = Plain(plain.text[:behind], plain.starts, plain.raws)
    forms = (
        ("JSON", (_of_object(found, known) for found in objects(answer[start:end]))),
        ("table", (_of_table(table, known) for table in _tables(answer[start:end]))),
    )
    for form, statements in forms:
        if found := _last(form, statements, start):
            return found
    return _last("lines", _of_lines(plain, known), 0) or StatedFields({})


_STARS = re.compile(r"^([ \t]*)\*(?=[ \t])", re.M)


def _known(names: Iterable[str]) -> dict[str, str]:
    """Return the fields by each way to write their names; a way that two fields share is left out."""
    ways: dict[str, set[str]] = {}
    for name in names:
        for way in (_plain_name(name), _plain_name(_without_parentheses(name))):
            ways.setdefault(way, set()).add(name)
    return {way: min(fields) for way, fields in ways.items() if way and len(fields) == 1}


def _plain_name(name: str) -> str:
    return "".join(sign for sign in fold(name) if sign.isalnum())


def _without_parentheses(name: str) -> str:
    return re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", name)


def _field(name: str, known: Mapping[str, str]) -> str | None:
    return known.get(_plain_name(name)) or known.get(_plain_name(_without_parentheses(name)))


def _exactly(name: str, field: str) -> bool:
    """Return whether a label is the field's name, and not that of a variant such as "age (in months)"."""
    return _plain_name(name) in (_plain_name(field), _plain_name(_without_parentheses(field)))


def _last(form: str, statements: Iterable[Mapping[str, Stated]], offset: int) -> StatedFields | None:
    """Return the last statement of each field, its places moved by `offset`; None if there is none."""
    fields: dict[str, Stated] = {}
    restated: dict[str, None] = {}
    for statement in statements:
        for name, stated in statement.items():
            if name in fields and fields[name].texts != stated.texts:
                restated[name] = None
            fields[name] = stated
    if not fields:
        return None
    return StatedFields({name: _moved(stated, offset) for name, stated in fields.items()}, form, tuple(restated))


def _moved(stated: Stated, offset: int) -> Stated:
    pieces = tuple(Piece(piece.start + offset, piece.end + offset, piece.text) for piece in stated.pieces)
    return Stated(pieces, stated.listed, stated.contradictory)


# JSON

_NAMES = ("field", "name", "key", "feature", "variable", "item")
_VALUES = ("value", "answer", "result")
_ITEM_VALUES = (*_VALUES, "name", "text", "term")


def _of_object(found: Object, known: Mapping[str, str]) -> dict[str, Stated]:
    fields: dict[str, Stated] = {}
    pairs = list(_pairs(found, "", known))
    exact = {field for field, _, exactly in pairs if exactly}
    for field, stated, exactly in pairs:
        if field in exact and not exactly:
            continue
        before = fields.get(field)
        contradictory = before is not None and (before.contradictory or before.texts != stated.texts)
        fields[field] = Stated(stated.pieces, stated.listed, contradictory)
    return fields


def _pairs(found: Object, path: str, known: Mapping[str, str]) -> Iterator[tuple[str, Stated, bool]]:
    """Yield the fields of an object and of those inside it, and whether the name is exactly the field's."""
    named = _first_of(found, _NAMES)
    value = _first_of(found, _VALUES)
    if isinstance(named, Text) and value is not None and (field := _field(named.text, known)):
        yield field, _of_node(value), _exactly(named.text, field)
        return
    for name, node in found.pairs:
        whole = f"{path} {name}"
        field = _field(name, known) or _field(whole, known)
        if field is not None:
            yield field, _of_node(node), _exactly(name, field) or _exactly(whole, field)
        else:
            for inner in node.items if isinstance(node, List) else (node,):
                if isinstance(inner, Object):
                    yield from _pairs(inner, whole, known)


def _first_of(found: Object, names: Sequence[str]) -> Node | None:
    by_name = {_plain_name(name): node for name, node in found.pairs}
    return next((by_name[name] for name in names if name in by_name), None)


def _of_node(node: Node, values: Sequence[str] = _VALUES) -> Stated:
    """Return what a value states.

    Of an object, that is what it has under one of the names `values`, or its only value; all its texts otherwise.
    """
    if isinstance(node, Text):
        return Stated((Piece(*node.inside, node.text.strip()),))
    if isinstance(node, List):
        items = (_of_node(item, _ITEM_VALUES) for item in node.items)
        return Stated(tuple(piece for item in items for piece in item.pieces), listed=True)
    value = _first_of(node, values)
    if value is None and len(node.pairs) == 1:
        value = node.pairs[0][1]
    if value is not None:
        return _of_node(value)
    pieces = [piece for _, inner in node.pairs for piece in _of_node(inner).pieces]
    if not pieces:
        return Stated(())
    return Stated((Piece(pieces[0].start, pieces[-1].end, "; ".join(piece.text for piece in pieces)),))


# Tables

_ROW = re.compile(r"^[ \t]*+\|?(?=[^|\n]*\|)[^\n]*$", re.M)
_CELL = re.compile(r"(?:\\.|[^|\\])*")
_RULE = re.compile(r"[\s:|+-]*-[\s:|+-]*")
_VALUE_HEADINGS = ("value", "answer", "result", "finding", "extracted", "extractedvalue")

_Cells = Sequence[Piece]


def _tables(text: str) -> Iterator[list[_Cells]]:
    """Yield the rows of each table, without the rule below the heading."""
    rows: list[_Cells] = []
    behind = -1
    for match in _ROW.finditer(text):
        if rows and match.start() != behind + 1:
            yield rows
            rows = []
        behind = match.end()
        if not _RULE.fullmatch(match.group()):
            rows.append(_cells(match.group(), match.start()))
    if rows:
        yield rows


def _cells(row: str, offset: int) -> list[Piece]:
    low = len(row) - len(row.lstrip(" \t|")) if row.lstrip().startswith("|") else 0
    low = row.index("|") + 1 if low else 0
    cells = []
    while low <= len(row):
        match = _CELL.match(row, low)
        high = match.end() if match else len(row)
        cells.append(_trimmed(row[low:high], offset + low))
        low = high + 1
    return cells[:-1] if row.rstrip().endswith("|") and not cells[-1].text else cells


def _of_table(rows: Sequence[_Cells], known: Mapping[str, str]) -> dict[str, Stated]:
    column = next((index for index, cell in enumerate(rows[0]) if _plain_name(cell.text) in _VALUE_HEADINGS), 1)
    down = _known_pairs(((cells[0], cells[column]) for cells in rows if len(cells) > column), known)
    heading_and_row = len(rows) == 2 and len(rows[0]) == len(rows[1])
    across = _known_pairs(zip(*rows, strict=True), known) if heading_and_row else []
    fields: dict[str, Stated] = {}
    for field, value in across if len(across) > len(down) else down:
        contradictory = field in fields and fields[field].texts != (value.text,)
        fields[field] = Stated((value,), contradictory=contradictory)
    return fields


def _known_pairs(pairs: Iterable[tuple[Piece, ...]], known: Mapping[str, str]) -> list[tuple[str, Piece]]:
    """Return the pairs of field and value; where the value is a field's name too, they are headings."""
    return [
        (field, value) for name, value in pairs if (field := _field(name.text, known)) and not _field(value.text, known)
    ]


# Lines

_BULLET = r"(?:[-•+–·▪◦*]|\(?\d{1,2}[.)])"
_BULLETED = re.compile(rf"[ \t]*+{_BULLET}[ \t]++")
_SEPARATOR = r"(?:[:=]|[-–—→](?=\s)(?<=[ \t].)|->)"
_WORD = re.compile(r"[^\W_]+")


def _of_lines(plain: Plain, known: Mapping[str, str]) -> Iterator[dict[str, Stated]]:
    """Yield each field that stands at the beginning of a line, or after a comma behind another field's value."""
    text = plain.text
    found = list(_labels(text, known))
    exact = {label.field for label in found if label.exact}
    for index, label in enumerate(found):
        if label.field in exact and not label.exact:
            continue
        field, value_start = label.field, label.value_start
        following = found[index + 1].start if index + 1 < len(found) else len(text)
        line_end = text.find("\n", value_start)
        line_end = len(text) if line_end < 0 else line_end
        behind = min(following, line_end)
        piece = _trimmed(text[value_start:behind], value_start)
        if piece.text:
            yield {field: Stated((_in_raw(piece, plain),))}
        elif line_end < following:
            pieces, listed = _below(text, line_end + 1, following)
            if pieces:
                yield {field: Stated(tuple(_in_raw(piece, plain) for piece in pieces), listed)}


@dataclass(frozen=True, slots=True)
class _Label:
    """A field's label: where it begins, where its value begins, and whether it is exactly the field's name."""

    field: str
    start: int
    value_start: int
    exact: bool


def _labels(text: str, known: Mapping[str, str]) -> Iterator[_Label]:
    """Yield each label of a field."""
    if not known:
        return
    names = "|".join(_name_pattern(name) for name in sorted(set(known.values()), key=len, reverse=True))
    quote = r"[\"'“”`]*"
    label = rf"{quote}(?P<name>(?:{names}){quote}[ \t]*+(?:[(\[][^()\[\]\n]{{0,40}}[)\]])?){quote}[ \t]*+"
    first = rf"(?P<first>^[ \t]*+(?:{_BULLET}[ \t]*+)?)"
    later = r"[,;|{][ \t]*+|[ \t]\(?\d{1,2}[.)][ \t]++"
    pattern = re.compile(rf"(?:{first}|{later}){label}(?:{_SEPARATOR}|(?P<alone>$))[ \t]*+", re.M)
    inside_line = False
    end_of_last = 0
    for match in pattern.finditer(fold(text)):
        starts_line = match["first"] is not None
        inside_line = starts_line or (inside_line and "\n" not in text[end_of_last : match.start()])
        if not inside_line or (match["alone"] is not None and not starts_line):
            continue
        end_of_last = match.end()
        if field := _field(match["name"], known):
            yield _Label(field, match.start(), match.end(), _exactly(match["name"], field))


def _name_pattern(name: str) -> str:
    words = _WORD.findall(fold(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", _without_parentheses(name))))
    return r"[ \t_./-]{0,3}".join(map(re.escape, words)) or r"(?!)"


def _below(text: str, start: int, end: int) -> tuple[list[Piece], bool]:
    """Return the bullets below a label that has no value on its line, or the one line there; and which of them."""
    pieces: list[Piece] = []
    at, indent = start, 0
    while at < end:
        line_end = text.find("\n", at, end)
        line_end = end if line_end < 0 else line_end
        bullet = _BULLETED.match(text, at, line_end)
        begin = bullet.end() if bullet else at + len(text[at:line_end]) - len(text[at:line_end].lstrip())
        piece = _trimmed(text[begin:line_end], begin)
        if bullet and piece.text:
            label = _ITEM_LABEL.match(piece.text)
            low = label.end() if label else 0
            pieces.append(Piece(piece.start + low, piece.end, piece.text[low:]))
            indent = begin - at
        elif piece.text and not (pieces and begin - at >= indent):
            # A line that is indented as far as the bullet's text goes on about it.
            return (pieces, True) if pieces else ([piece], False)
        elif pieces and not piece.text:
            break
        at = line_end + 1
    return pieces, True


_ITEM_LABEL = re.compile(r"(?:name|value|item|text)[ \t]*:[ \t]*", re.I)
_OUTSIDE = " \t\r\n*_`"
_QUOTED = ("[]", '""', "''", "“”", "„“", "‘’", "«»")


def _trimmed(text: str, offset: int) -> Piece:
    """Return a text without blanks, quotes and mark-up around it, and without a sign of punctuation behind it."""
    low, high = 0, len(text)
    changed = True
    while changed and low < high:
        before = low, high
        while low < high and text[low] in _OUTSIDE:
            low += 1
        while low < high and text[high - 1] in _OUTSIDE + ",;|":
            high -= 1
        if low < high and text[high - 1] == "." and not text[low:high].endswith(".."):
            high -= 1
        if high - low > 1 and any(text[low] == pair[0] and text[high - 1] == pair[1] for pair in _QUOTED):
            low, high = low + 1, high - 1
        changed = (low, high) != before
    return Piece(offset + low, offset + high, text[low:high])


def _in_raw(piece: Piece, plain: Plain) -> Piece:
    return Piece(*plain.raw_span(piece.start, piece.end), piece.text)
