"""What is chosen without a noun: "I choose B", "that leaves B", "all but B", "so B", "she should receive X"."""

from __future__ import annotations

import re

from doubleread.scoring import targets
from doubleread.scoring.clauses import asked, hypothetical, rejected
from doubleread.scoring.nouns import behind, heads_a_list, under_heading
from doubleread.scoring.splitting import SCRIPTS_WITHOUT_CASE
from doubleread.scoring.targets import Target
from doubleread.scoring.tokens import Tokens
from doubleread.scoring.verdicts import remaining

_REACH = 70
_REACH_OF_REST = 14
_NEAR = 40
_CHOOSER = re.compile(r"i[aWhZFSuIC&,wN]{0,6}$")
_OBJECT_FIRST = re.compile(r"(?P<mention>[lptq])[)aO]{0,3}$")
_ORDER = re.compile(r"(?:^|[.?\n:;])[aZ-]{0,2}$")
_EVERYTHING_BUT = re.compile(r"[goPn][aPAOo]{0,3}[XIaN,D]{0,4}[ET][aO(]{0,3}(?P<mention>[lpt])")
_BUT_EVERYTHING = re.compile(r"E?[aO(]{0,2}(?P<mention>[lpt])[)aIx,]{0,3}E?[aIxO,]{0,3}[goPVOb]")
_ASKS_FOR_ONE = re.compile(r"[IDRYhNWSsKC]a{0,2}w?a?$|[IhWYNX][^.]{0,3}$|M[a-zA-Z]{0,2}$")
_SO = re.compile(r"Z,?a?(?P<mention>[lt])\)?(?=[.\n]|$)")
_SO_NAME = re.compile(r"Z,?[aw]{1,5}(?=[.\n]|$)")
_THE_ONE = ("aj", "j", "aO", "O")
_CONTRAST = re.compile(r"(?:^|[.?\n:;])[ajI-]{0,3}[NJ][aO(]{0,3}[ltp]\)?,?$")
_IN_ITS_PLACE = re.compile(r"T[aOI(]{0,3}(?P<mention>[ltp])")
_DIRECTLY_NAMED = frozenset(("think", "believe", "say", "suspect", "propose", "conclude", "mark", "arrive at"))


def chosen(tokens: Tokens, index: int) -> Target | None:
    """Return what "I choose" or an order to choose names."""
    tags, word = tokens.tags, tokens.words[index]
    low, end = tokens.sentence_start(index), tokens.sentence_end(index)
    if "H" in tags[low:index] or tags[end : end + 1] == "?":
        return None
    verb_last = word > SCRIPTS_WITHOUT_CASE or word in tokens.known.verb_last
    if verb_last and (match := _OBJECT_FIRST.search(tags, max(low, index - 6), index)):
        return targets.with_others(tokens, match.start("mention"))
    if not _somebody_chooses(tokens, index, low):
        return None
    if tags[index] == "c" and tags[low:index].strip("-a") == "" and (below := under_heading(tokens, index)):
        return below
    if tags[index + 1 : index + 2] == "I" and tags[low:index].startswith(_THE_ONE):
        return behind(tokens, index, index + 1, of_answer=True)
    start = index + 1 + (tags[index + 1 : index + 2] in (":", "i"))
    target = targets.after(tokens, start, min(end, start + _REACH), of_answer=True)
    if target is None or (not target.offered and target.how in ("text", "name")):
        return None
    return None if word in _DIRECTLY_NAMED and tokens.starts[index] + _NEAR < target.start else target


def _somebody_chooses(tokens: Tokens, index: int, low: int) -> bool:
    """Return whether "I" or "we" choose, the verb says so itself, or a line begins with the order to choose."""
    tags = tokens.tags
    ahead = tags[max(low, index - 8) : index]
    if tags[index] == "c":
        return ahead[-1:] not in ("N", "o")
    chooser = _CHOOSER.search(ahead)
    if chooser:
        return "N" not in chooser[0]
    ordered = tokens.words[index] in tokens.known.orders and _ORDER.search(tags, max(0, index - 3), index)
    return tags[index + 1 : index + 2] == "i" or bool(ordered)


def left(tokens: Tokens, index: int) -> Target | None:
    """Return what "that leaves" names, or what comes before "remains"."""
    low, end = tokens.sentence_start(index), tokens.sentence_end(index)
    if hypothetical(tokens, low, end, index) or tokens.tags[end : end + 1] == "?":
        return None
    target = targets.after(tokens, index + 1, min(end, index + _REACH_OF_REST), of_answer=True)
    if target is None:
        return remaining(tokens, index)
    return target if target.letters or target.offered else None


def all_but(tokens: Tokens, index: int) -> Target | None:
    """Return the one that "every option except C" leaves, where the sentence rejects the others."""
    tags = tokens.tags
    low, end = tokens.sentence_start(index), tokens.sentence_end(index)
    match = _EVERYTHING_BUT.search(tags, max(low, index - 8), min(end, index + 6))
    match = match or _BUT_EVERYTHING.search(tags, max(low, index - 3), min(end, index + 8))
    if not match or not ("E" in match[0] or (match[0][0] in "gn" and "T" in match[0])):
        return None
    if not any(sign in tags[low:end] for sign in "XGNLzn") or asked(tokens, index):
        return None
    return targets.after(tokens, match.start("mention"), min(end, match.end() + 8), of_answer=True)


def contrasted(tokens: Tokens, index: int) -> Target | None:
    """Return what "not A, but B" puts in the place of A; else what "all but B" leaves."""
    low = tokens.sentence_start(index)
    match = _IN_ITS_PLACE.match(tokens.tags, index)
    if not match or not _CONTRAST.search(tokens.tags, max(0, low - 1), index):
        return all_but(tokens, index)
    if asked(tokens, index) or hypothetical(tokens, low, tokens.sentence_end(index)):
        return None
    return targets.with_others(tokens, match.start("mention"))


def tied(tokens: Tokens, index: int) -> Target | None:
    """Return the options between which an answer cannot decide."""
    low, end = tokens.sentence_start(index), tokens.sentence_end(index)
    found = [tokens.mentions[at] for at in range(low, end) if tokens.tags[at] in "ltp"]
    letters = tuple(dict.fromkeys(mention.letter for mention in found))
    return Target(letters, found[0].start, found[-1].end, found[0].how) if len(letters) > 1 else None


def line_below(tokens: Tokens, index: int) -> Target | None:
    """Return the line of one option below a line such as "She should receive:", unless it begins a list."""
    tags = tokens.tags
    heading = tags[tokens.sentence_start(index) : index]
    if not _ASKS_FOR_ONE.search(heading) or any(sign in heading for sign in "VPoHiAu"):
        return None
    if "Q" in heading and not heading.endswith("I"):
        return None
    at = index + 1
    while at < len(tags) and tags[at] in "\n->":
        at += 1
    if at >= len(tags) or tags[at] not in "lp" or tags[at + 1 : at + 2] not in ("", "\n", "."):
        return None
    if heads_a_list(tokens, at) or rejected(tokens, at):
        return None
    later = tokens.listed_from(at + 1)
    letter = tokens.mentions[at].letter
    in_order = later is not None and ord(tokens.mentions[later].letter) == ord(letter) + 1
    if in_order and letter == tokens.view.options.letters[0]:
        return None
    return targets.as_target(tokens.mentions[at])


def so(tokens: Tokens, index: int) -> Target | None:
    """Return what "so B." names, or a sentence such as "Hence pericardiocentesis."."""
    few = _SO_NAME.match(tokens.tags, index)
    if few and index == tokens.sentence_start(index):
        return targets.close(tokens, index + 1, few.end())
    match = _SO.match(tokens.tags, index)
    if not match or rejected(tokens, match.start("mention")):
        return None
    return targets.with_others(tokens, match.start("mention"))


def prescribed(tokens: Tokens, index: int) -> Target | None:
    """Return what "she should receive" names."""
    low, end = tokens.sentence_start(index), tokens.sentence_end(index)
    if tokens.tags[end : end + 1] == "?" or "N" in tokens.tags[max(low, index - 3) : index]:
        return None
    if hypothetical(tokens, low, end, index):
        return None
    target = targets.after(tokens, index + 1, end, of_answer=False)
    return target if target and target.letters else None
