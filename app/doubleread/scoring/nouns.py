"""What "the answer is", "best option:", "most likely diagnosis is" names."""

from __future__ import annotations

import re

from doubleread.scoring import targets
from doubleread.scoring.clauses import hypothetical, rejected
from doubleread.scoring.targets import Target
from doubleread.scoring.tokens import Tokens

_MOST_BETWEEN = 14
_MOST_BEFORE_COLON = 8
_REACH = 70
_LINK = frozenset("IJ:=>")
_STOPS = frozenset(".?\n;ltpqHC")
_NO_HEADING = frozenset("VDCcWNXLGRQdIJh")
_LAST_CLAUSE = re.compile(r"[;T]")
_ANOTHER = re.compile(r"f.{0,4}$|o.{0,2}$|V.{0,2}$|[XNVg]$|[NJ][aSKFs]{1,4}$|L")
_AFTER_ANOTHER = re.compile(r"G[aw]{0,4}[lp]")
_DIRECT = re.compile(r"[aKxFij(|]{0,3}(?P<mention>[lt])|[:|-](?P<signed>[lt])")
_DIRECT_TEXT = re.compile(r"(?P<mention>[pqk])(?=[.\n(,]|$)")
_DIRECT_NAME = re.compile(r"[aZ,:]{0,3}(?:[pl]|q(?=[.,\n]|$))")
_AFTER_DASH = re.compile(r"[NJa(]{0,3}[ltpq]|w{1,4}(?:[.\n(]|$)")
_HEADING_ENDS = re.compile(r"[KSFa]{0,2}\n")
_ONE_ON_THE_LINE = re.compile(
    r"[>:=(-]{0,3}[ltpq](?:[).:=,|(/-]{0,3}a?[pqltw]?[)]?)?[.,)]{0,2}(?:\n|$)|[lt](?:\)|[.:,-]|$)"
)
_NOT_NAMED = frozenset("IDhWYNXL")
_AS_THE_ANSWER = re.compile(r"D[aO(]{0,3}(?P<mention>[ltp])\)?Ba?[KSsF]{0,2}$")
_OF_AN_UNKNOWN_VERB = re.compile(r"w[aF]{0,2}$")


def named_as(tokens: Tokens, index: int) -> Target | None:
    """Return what is named as the answer, the option or the matter that the noun at a token speaks of."""
    tags, tag = tokens.tags, tokens.tags[index]
    low = tokens.sentence_start(index)
    if tag in "AO" and index and tokens.words[index - 1] in tokens.known.as_verb:
        return None
    ahead = _LAST_CLAUSE.split(tags[max(low, index - 9) : index])[-1]
    if pointed_to := _AS_THE_ANSWER.search(tags, low, index):
        at = pointed_to.start("mention")
        return None if rejected(tokens, at) or hypothetical(tokens, low, index) else targets.with_others(tokens, at)
    if _ANOTHER.search(ahead):
        return None
    praised = tag == "A" or any(sign in ahead for sign in "KSF")
    link = _link(tokens, index)
    if link is None:
        joined = tag == "M" and tokens.words[index + 1 : index + 2] == ["to"]
        return _without_link(tokens, index, low, ahead) if tag == "A" or (praised and (tag in "OP" or joined)) else None
    inner = tags[index + 1 : link]
    if not praised and not any(sign in inner for sign in "KSF") and not _needs_no_praise(tokens, index, link, ahead):
        return None
    if tags[link] in ":=>" and not _is_heading(tags, low, index, inner):
        return None
    if "u" in ahead or any(sign in inner for sign in "uQB"):
        return None
    if tag == "M" and _AFTER_ANOTHER.search(tags, low, index):
        return None
    target = behind(tokens, index, link, of_answer=tag != "M")
    if target and tag == "M" and target.letter:
        target = targets.with_those_joined(tokens, target)
    if target is None or (not target.offered and ahead.endswith("j")):
        return None
    return target if tags[link] != "W" or len(target.letters) > 1 else None


def _needs_no_praise(tokens: Tokens, index: int, link: int, ahead: str) -> bool:
    """Return whether a noun names the choice though nothing calls it the best: "Diagnosis: X", "choice: c"."""
    tags, tag = tokens.tags, tokens.tags[index]
    heads = tokens.words[index] in tokens.known.headings
    line_begins = index - tokens.sentence_start(index) <= (2 if tag == "M" else 1)
    if tag == "M" and heads:
        direct = link <= index + 2 and "o" not in ahead and _DIRECT_NAME.match(tags, link + 1) is not None
        return (tags[link] == ":" and line_begins) or (tags[link] == "I" and direct)
    if tag == "O":
        labels = link <= index + 2 and index - tokens.sentence_start(index) <= 2 and "o" not in ahead
        return labels and tags[link] in ":=" and _ONE_ON_THE_LINE.match(tags, link + 1) is not None
    return tag == "P" and tokens.words[link] == "is"


def _is_heading(tags: str, low: int, index: int, inner: str) -> bool:
    """Return whether a colon ends the words "answer", "best option" and the like, and no other announcement."""
    if "Q" in tags[low:index] or tags[index] == "P" or len(inner) > _MOST_BEFORE_COLON:
        return False
    return not any(sign in _NO_HEADING for sign in inner)


def _link(tokens: Tokens, index: int) -> int | None:
    """Return the verb or sign that joins a noun to what it names."""
    tags = tokens.tags
    for at in range(index + 1, min(len(tags), index + _MOST_BETWEEN)):
        sign = tags[at]
        if sign in _LINK or (sign == "W" and tags[at + 1 : at + 2] == "a"):
            return at
        if sign == "-" and _AFTER_DASH.match(tags, at + 1):
            return at
        if sign in _STOPS:
            return None
    return None


def behind(tokens: Tokens, index: int, link: int, *, of_answer: bool) -> Target | None:
    """Return what comes after a verb or sign, on the next line where its own ends there. Questions state nothing."""
    tags = tokens.tags
    start = link + 1
    colon = tags[link] in ":=>-"
    while start < len(tags) and tags[start] in ":=>-I" and start < link + 4:
        colon = colon or tags[start] in ":=>"
        start += 1
    end = tokens.sentence_end(start)
    if end < len(tags) and _says_nothing(tokens, start, end):
        start = end
    if end == start and tags[start : start + 1] in ("\n", "."):
        start = _next_line(tags, start)
        end = tokens.sentence_end(start)
        colon = True
        if heads_a_list(tokens, start):
            return None
    if tags[end : end + 1] == "?" or start >= end:
        return None
    end = min(end, start + _REACH)
    if hypothetical(tokens, tokens.sentence_start(index), end, index):
        return None
    return targets.after(tokens, start, end, of_answer=of_answer, colon=colon, negated=tags[link] == "J")


def _says_nothing(tokens: Tokens, start: int, end: int) -> bool:
    """Return whether a line ends with words such as "therefore" after its verb."""
    return not tokens.tags[start:end].strip("aZ:,-j") and all(
        len(tokens.words[at]) > 1 for at in range(start, end) if tokens.tags[at] == "a"
    )


def _next_line(tags: str, start: int) -> int:
    while start < len(tags) and tags[start] in "\n.->:":
        start += 1
    return start


def heads_a_list(tokens: Tokens, start: int) -> bool:
    """Return whether a line begins a list of options: the next line begins with the next letter."""
    here = tokens.listed_from(start)
    line_end = tokens.tags.find("\n", start)
    if here is None or here > start + 3 or line_end < 0:
        return False
    following = tokens.listed_from(line_end)
    if following is None or tokens.tags[line_end:following].strip("\n-(|k.)"):
        return False
    return ord(tokens.mentions[following].letter) == ord(tokens.mentions[here].letter) + 1


def _without_link(tokens: Tokens, index: int, low: int, ahead: str) -> Target | None:
    """Return what "Answer B", a box or a heading "Answer" names."""
    tags = tokens.tags
    if tokens.words[index] == "boxed" and tags[index + 1 : index + 2] == "(":
        return targets.after(tokens, index + 1, tokens.sentence_end(index), of_answer=True, colon=True)
    direct = _DIRECT.match(tags, index + 1)
    if not direct and tokens.words[index + 1 : index + 2] == ["to"]:
        direct = _DIRECT_TEXT.match(tags, index + 2)
    if direct:
        return _directly(tokens, index, low, direct.start(direct.lastgroup or "mention"))
    return under_heading(tokens, index) if not ahead.strip("aKSF-") and (tags[index] == "A" or ahead) else None


def under_heading(tokens: Tokens, index: int) -> Target | None:
    """Return what the line below a heading such as "Answer" names; `index` is the heading's noun."""
    tags = tokens.tags
    heading = _HEADING_ENDS.match(tags, index + 1)
    if not heading:
        return None
    start = _next_line(tags, heading.end())
    if start >= len(tags) or heads_a_list(tokens, start):
        return None
    return targets.after(tokens, start, tokens.sentence_end(start), of_answer=True)


def _directly(tokens: Tokens, index: int, low: int, mention: int) -> Target | None:
    end = tokens.sentence_end(index)
    if tokens.tags[end : end + 1] == "?" or hypothetical(tokens, low, end, index):
        return None
    if _OF_AN_UNKNOWN_VERB.search(tokens.tags, low, index):
        return None
    if rejected(tokens, mention) and not targets.DENIED_BEHIND.match(tokens.tags, mention + 1):
        return None
    follows = tokens.tags[mention + 1 : mention + 2]
    if follows and follows in _NOT_NAMED:
        return None
    return targets.after(tokens, mention, end, of_answer=True)
