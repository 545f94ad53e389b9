"""Answers that are laid out: JSON and tags, a verdict for each option, check boxes, rankings, percentages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from doubleread.scoring import targets
from doubleread.scoring.clauses import rejected
from doubleread.scoring.statements import Statement
from doubleread.scoring.targets import Target
from doubleread.scoring.tokens import Tokens

_FENCED = re.compile(r"\s*(?:json|xml|yaml|python)?\s*(?:[{\[]|<\w+>)", re.I)
_FIELD = re.compile(r"[\"']([^\"'\n:{}]{1,40})[\"']\s*:\s*|^[ \t]*-?[ \t]*(\w+[_-]\w+)[ \t]*[:=][ \t]*", re.M)
_TAG = re.compile(r"<([\w-]{2,24})((?:\s+[\w-]+\s*=\s*[\"'][^\"'>]*[\"'])*)\s*(/?)>")
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*[\"']([^\"']*)[\"']")
_VALUE_ENDS = re.compile(r"[}\n]|\"(?=\s*[,}\n])|'(?=\s*[,}\n])|$")
_LIST_ENDS = re.compile(r"\]|$")
_ANSWER_KEY = re.compile(
    r"answer|choice|chosen|option|prediction|predicted|letter|select|response|diagnos|final|best|verdict|antwort|losung|"
    r"reponse|respuesta|risposta|resposta|odpowied|svar|cevap|jawaban|ответ|答案|选项|答え|正解|回答|정답|result|output"
)
_OTHER_KEY = re.compile(
    r"alternativ|other|options|choices|wrong|incorrect|reject|exclu|expla|reason|rational|distract|consider|differ|"
    r"confid|second|why|question|all|eliminat|discard|not_|least|analysis|comment|note|justif|thought|unlikely|probab"
)
_FIRST_OF_KEYS = re.compile(
    r"final|answer|best|correct|chosen|selected|antwort|reponse|respuesta|risposta|resposta|ответ|答|정답"
)
_VERDICT = re.compile(
    r"[:=|>()\-.,]*(?:[awjIZhbuOA|:xFP-]{0,3}?)(?:(?P<no>N|X|L|z|J|W|G)|(?P<yes>y|K|S|D|A(?=$|[-.,;|])))"
)
_SAYS_NOT = re.compile(r"[aw]{0,2}[NLJ]")
_BOX = re.compile(r"(?:\[([xX✓✔✗ ]?)\]|\(([xX✓✔•* ]?)\)|([☐☑☒○●◉◯□■▢]))[ \t]*(?:[Oo]ption[ \t]*)?[(\[]?\Z")
_CAMEL_CASE_FIELD = re.compile(r"^[ \t]*-?[ \t]*([a-z]+(?:[A-Z][a-z]+)+)[ \t]*[:=][ \t]*", re.M)
_TICKED = frozenset("xX✓✔•*☑●◉■")
_CROSSED = "☒"
_CLAUSE_ENDS = ("", ",", ".", ")", "\n", "/", ";")
_ASCENDING = re.compile(r"(?<![^\s(])[A-Z](?:\s*<\s*[A-Z])+(?!\w)")
_ENUMERATED = re.compile(r"[^\n]{0,4}?:?\n?\(?(?P<first>[ltp])\)?(?:[,;>]\(?[ltp]\)?)+")
_PERCENT = re.compile(r"\)?(?:[-:=|>(,]{1,2}k(%?)|k(%))")
_RANK = re.compile(r"[ltp](?:\)?[>≻][(]?[ltp])+")
_PLACE = re.compile(r"k[.):]?\(?[ltp]")
_RANKED = re.compile(r"rank|most to least|order of (?:decreasing )?(?:likelihood|probability)|descending")
_RANKED_UPWARDS = re.compile(r"least to most|ascending|increasing")
_MOST_ITEMS = 400
_MOST_OF_VERDICT = 14


def is_record(tokens: Tokens) -> bool:
    """Return whether an answer begins as a form for machines."""
    return _FENCED.match(tokens.view.text) is not None


def recorded(tokens: Tokens) -> Statement | None:
    """Return the answer that a field of JSON or YAML or an XML tag gives; the plainest key counts, then the last."""
    low = tokens.view.low
    best: tuple[bool, Statement] | None = None
    if '":' in low or "':" in low or '" :' in low or "' :" in low or "_" in low or "=" in low:
        for match in _FIELD.finditer(low):
            key = match[1] or match[2]
            if _ANSWER_KEY.search(key) and not _OTHER_KEY.search(key):
                best = _better(best, key, _value(tokens, match.end()))
    if ":" in low or "=" in low:
        for match in _CAMEL_CASE_FIELD.finditer(tokens.view.text):
            key = match[1].lower()
            if _ANSWER_KEY.search(key) and not _OTHER_KEY.search(key):
                best = _better(best, key, _value(tokens, match.end()))
    if "<" in low:
        for match in _TAG.finditer(low):
            best = _better(best, match[1], _tagged(tokens, match))
    return best[1] if best else None


def _better(
    best: tuple[bool, Statement] | None, key: str, statement: Statement | None
) -> tuple[bool, Statement] | None:
    if statement is None:
        return best
    plain = _FIRST_OF_KEYS.search(key) is not None
    return best if best and best[0] and not plain else (plain, statement)


def _value(tokens: Tokens, start: int) -> Statement | None:
    low = tokens.view.low
    opened = low[start : start + 1]
    if opened == "{":
        return None
    if low.startswith(("null", "none"), start):
        return Statement(tokens.index_at(start), Target((), start, start + 4, "words"))
    if opened == "[":
        end = _LIST_ENDS.search(low, start, start + 400)
        stop = tokens.index_at(end.start() if end else start + 400)
        first = tokens.index_at(start)
        found = [
            tokens.mentions[at] for at in range(first, stop) if tokens.tags[at] in "ltpqk" and at in tokens.mentions
        ]
        letters = tuple(dict.fromkeys(mention.letter for mention in found))
        if len(letters) > 1:
            return Statement(first, Target(letters, found[0].start, found[-1].end, found[0].how))
        return Statement(first, targets.as_target(found[0])) if found else None
    quoted = opened and opened in "\"'"
    ends = _VALUE_ENDS.search(low, start + bool(quoted), start + 400)
    stop = ends.start() if ends else start + 400
    return _within(tokens, start, stop)


def _within(tokens: Tokens, start: int, stop: int) -> Statement | None:
    first, end = tokens.index_at(start), tokens.index_at(stop)
    if first >= end:
        return None
    target = targets.after(tokens, first, end, of_answer=True, colon=True)
    return Statement(first, target) if target else None


def _tagged(tokens: Tokens, match: re.Match[str]) -> Statement | None:
    """Return what an XML tag such as <answer>C</answer> or <option id="C" correct="true"/> names."""
    key, attributes, empty = match[1], dict(_ATTRIBUTE.findall(match[2])), match[3]
    if not _ANSWER_KEY.search(key) or _OTHER_KEY.search(key):
        return None
    if (
        key == "option"
        and attributes
        and not {"true", "yes", "1"}
        & {attributes.get(name, "") for name in ("correct", "selected", "chosen", "answer")}
    ):
        return None
    for name in ("letter", "id", "value", "label", "option", "choice"):
        if attributes.get(name, "").upper() in tokens.view.options.letters:
            at = tokens.view.low.index(attributes[name], match.start(2))
            return Statement(tokens.index_at(at), Target((attributes[name].upper(),), at, at + 1, "letter"))
    if empty:
        return None
    end = tokens.view.low.find("</", match.end(), match.end() + 400)
    return _within(tokens, match.end(), end if end >= 0 else match.end() + 60)


@dataclass(frozen=True, slots=True)
class _Item:
    index: int
    letter: str
    verdict: bool | None
    boxed: bool


def one_by_one(tokens: Tokens) -> Target | None:
    """Return the one option called true where others are called false; several where marks call more than one true."""
    items = list(_items(tokens))
    if len({item.letter for item in items}) < 2:
        return None
    last = {item.letter: item for item in items if item.verdict is not None}
    if any(item.boxed for item in items):
        last = {letter: item for letter, item in last.items() if item.boxed}
        if last and not any(item.verdict for item in last.values()):
            first = tokens.mentions[items[0].index]
            return Target((), first.start, first.end, "letter")
    true = [item for item in last.values() if item.verdict]
    false = [item for item in last.values() if not item.verdict]
    if len(true) == 1 and false:
        return targets.as_target(tokens.mentions[true[0].index])
    if len(true) > 1 and all(item.boxed for item in true) and len(false) + len(true) == len(last):
        first, final = tokens.mentions[true[0].index], tokens.mentions[true[-1].index]
        return Target(tuple(item.letter for item in true), first.start, final.end, "letter")
    return None


def all_turned_down_but(tokens: Tokens) -> Target | None:
    """Return the one option of a list without a word against it, where every other option is rejected."""
    items = list(_items(tokens))
    against = {item.letter for item in items if item.verdict is False}
    left = [letter for letter in tokens.view.options.letters if letter not in against]
    if len(left) != 1 or len(against) < 2:
        return None
    own = [item for item in items if item.letter == left[0] and not rejected(tokens, item.index)]
    return targets.as_target(tokens.mentions[own[-1].index]) if own else None


def _items(tokens: Tokens) -> Iterator[_Item]:
    """Yield what is said of each option that is a label, in the answer's order."""
    tags = tokens.tags
    labels = [at for at in sorted(tokens.mentions) if tags[at] in "lt"]
    labels = [at for at in labels if _is_label(tokens, at) or _box_before(tokens, at)][:_MOST_ITEMS]
    ticked = _TICKED if "☑" in tokens.view.text else _TICKED | {_CROSSED}
    for number, at in enumerate(labels):
        letter = tokens.mentions[at].letter
        if letter not in tokens.view.options.letters:
            continue
        line_end = tags.find("\n", at)
        stop = labels[number + 1] if number + 1 < len(labels) else len(tags)
        stop = min(stop, line_end if line_end >= 0 else stop, at + _MOST_OF_VERDICT)
        box = _box_before(tokens, at)
        mark = _mark_before(tags, at) or _marks(tags[at + 1 : stop])[-1:]
        if box:
            yield _Item(at, letter, (box[1] or box[2] or box[3] or " ") in ticked, True)
        elif mark:
            yield _Item(at, letter, mark == "y", True)
        else:
            yield _Item(at, letter, _verdict(tokens, at, tags[at + 1 : stop]), False)


def _marks(tags: str) -> str:
    return "".join(sign for sign in tags if sign in "yz")


def _mark_before(tags: str, index: int) -> str:
    """Return the tick or cross before a letter, in a line where marks precede letters."""
    before = tags[index - 1 : index] if index else ""
    if not before or before not in "yz":
        return ""
    line = tags[tags.rfind("\n", 0, index) + 1 : index]
    behind_another = any(sign in "lt" for sign in line) and line.lstrip("-(|.,k")[:1] in ("l", "t")
    return "" if behind_another else before


def _verdict(tokens: Tokens, index: int, segment: str) -> bool | None:
    """Return whether the words after a label call its option true or false; None if they do neither."""
    found = _VERDICT.match(segment)
    if not found:
        return None
    if found["yes"]:
        return not _SAYS_NOT.match(segment, found.end())
    alone = segment[found.end() : found.end() + 1] in _CLAUSE_ENDS
    return None if index not in tokens.is_listed and found["no"] == "N" and not alone else False


def _box_before(tokens: Tokens, index: int) -> re.Match[str] | None:
    """Return the check box before a letter."""
    return _BOX.search(tokens.view.text[max(0, tokens.starts[index] - 16) : tokens.mentions[index].start])


def _is_label(tokens: Tokens, index: int) -> bool:
    tags = tokens.tags
    if index in tokens.is_listed:
        return True
    behind = tags[index + 1 : index + 2]
    before = tags[index - 1 : index] if index else ""
    if behind and behind in ":=" and before in ("", "\n", ",", "/", ";", "|", "(", ".", "-"):
        return True
    return (behind != "" and behind in "yz") or (before != "" and before in "yz")


def ranked(tokens: Tokens) -> Target | None:
    """Return the first of a ranking ("C > A > B"), or the option of the highest percentage."""
    tags = tokens.tags
    found = None
    for match in _RANK.finditer(tags):
        letters = [at for at in range(match.start(), match.end()) if tags[at] in "ltp"]
        if len({tokens.mentions[at].letter for at in letters}) == len(letters) >= 2:
            found = letters
    if found:
        return targets.as_target(tokens.mentions[found[0]])
    return _announced_ranking(tokens) or _ascending(tokens) or _likeliest(tokens)


def _ascending(tokens: Tokens) -> Target | None:
    """Return the last of "A < B < C"."""
    text = tokens.view.text
    match = _ASCENDING.search(text) if "<" in text else None
    if not match or match[0][-1] not in tokens.view.options.letters:
        return None
    return Target((match[0][-1],), match.end() - 1, match.end(), "letter")


def _announced_ranking(tokens: Tokens) -> Target | None:
    """Return the first of a list that a word such as "ranking" announces; the last where it ascends."""
    announced = _RANKED.search(tokens.view.low)
    if not announced:
        return None
    upwards = _RANKED_UPWARDS.search(tokens.view.low) is not None
    listed = _ENUMERATED.match(tokens.tags, tokens.index_at(announced.end()))
    if listed:
        at = listed.start("first")
        if upwards:
            at = max(index for index in range(at, listed.end()) if tokens.tags[index] in "ltp")
        return targets.as_target(tokens.mentions[at])
    places = [
        (tokens.words[match.start()], match.end() - 1)
        for match in _PLACE.finditer(tokens.tags, tokens.index_at(announced.end()))
    ]
    if len(places) < 2 or [number for number, _ in places] != [str(at + 1) for at in range(len(places))]:
        return None
    return targets.as_target(tokens.mentions[places[-1 if upwards else 0][1]])


def _likeliest(tokens: Tokens) -> Target | None:
    tags = tokens.tags
    weights: dict[str, float] = {}
    where: dict[str, int] = {}
    percent = False
    for at, mention in tokens.mentions.items():
        if tags[at] in "lt" and mention.offered:
            match = _PERCENT.match(tags, at + 1)
            if match:
                sign = match[1] or match[2] or ""
                number = match.end() - 1 - len(sign)
                try:
                    weights[mention.letter] = float(tokens.words[number].replace(",", "."))
                except ValueError:
                    return None
                where[mention.letter] = at
                percent = percent or bool(sign)
    total = sum(weights.values())
    if len(weights) < 2 or not (85 <= total <= 115 if percent else 0.85 <= total <= 1.15):
        return None
    order = sorted(weights.values())
    if order[-1] == order[-2]:
        return None
    letter = max(weights, key=lambda name: weights[name])
    return targets.as_target(tokens.mentions[where[letter]])
