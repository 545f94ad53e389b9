"""What the words around an option do with it: reject it, ask about it, or only suppose something."""

from __future__ import annotations

import re

from doubleread.scoring.splitting import SCRIPTS_WITHOUT_CASE
from doubleread.scoring.tokens import Tokens

_JOINED_BEHIND = re.compile(r"\)*(?:,?[&v/]|,)[aOegb(]{0,3}([lptq])")
_JOINED_BEFORE = re.compile(r"([lptq])\)*(?:,?[&v/]|,)[aOegb(]{0,3}$")
_CLAUSE = ".?\n;:TZB"
_TURNED_DOWN_BEFORE = re.compile(
    r"(?:[NGJEnz][awMOPAsSihjKFmkxYRc(I]{0,3}"  # not X, rather than X, without evidence of X
    r"|Na?D[ax]*|Wa?D[ax]{0,2}"  # does not fit X, could suggest X
    r"|N[aw]?[Cc][ajx]{0,2}"  # do not think that X
    r"|X[aOAPI]{0,3}|o[aPOAwI(]{0,3}"  # wrong options X, the other options X
    r"|L[sSawIMOA]{0,4}|U[^D]{0,3}|V[aw]{0,1}"  # less likely are X, although X, considering X
    r"|f[^.?\n;T]{0,5})$"  # my first thought was X
)
_TURNED_DOWN_BEHIND = re.compile(
    r"[),-]*[awhWIOPAiju(xfMebgm]{0,5}?r?"
    r"(?:N(?![aO]*[lpt])|X(?![aOAPMI]{0,3}[lpt])|L|J(?!a*T)|z|G(?=[.,;\nx]|$)|[sK]a?J)"  # X is not, is wrong, less
    r"|[),-]*Da{0,2}[LN]"  # X fits less well
    r"|(?:,?|[awhWIijuxs,]{0,4})T[aju]{0,2}(?:L|X|N(?![aO]*[lpt]))"  # X is possible but less likely
    r"|\)?[awhIO]{0,3}W"  # X might
    r"|[),]*[:-](?:X|z|N(?=[.,;\n]|$)|L)"  # X: wrong
)
_CUT_BEHIND = re.compile(r"[.?\n;B]|&|,[NJ]|T(?![aju]{0,2}[LXN])")
_SO_IS = re.compile(r"[&,]Z[hI][aO(]{0,2}$")
_REACH = 16
_LONGEST_CHAIN = 60


def chain(tokens: Tokens, index: int) -> tuple[int, int]:
    """Return the first and the last token of the options that are named together with one: "A, B and D"."""
    tags = tokens.tags
    first = last = index
    joined = ""
    while match := _JOINED_BEHIND.match(tags, last + 1):
        joined += tags[last + 1 : match.start(1)]
        last = match.start(1)
        if last - index > _LONGEST_CHAIN:
            break
    while match := _JOINED_BEFORE.search(tags, max(0, first - 10), first):
        joined += tags[match.end(1) : first]
        first = match.start(1)
        if index - first > _LONGEST_CHAIN:
            break
    verb = tokens.words[last + 1] if last + 1 < len(tags) else ""
    if first == last or (not set(joined) & set("&v/") and not verb > SCRIPTS_WITHOUT_CASE):
        return index, index
    if verb in tokens.known.singular:
        return (last, last) if index == last else (index, index)
    return first, last


def rejected(tokens: Tokens, index: int) -> bool:
    """Return whether the words around an option reject it: "not X", "rather than X", "X and Y are less likely"."""
    tags = tokens.tags
    first, last = chain(tokens, index)
    low = max(0, first - _REACH)
    low = max(low, *(tags.rfind(sign, low, first) + 1 for sign in _CLAUSE))
    ahead = tags[low:first]
    comma = ahead.rfind(",")
    if comma >= 0 and not (comma + 1 < len(ahead) and ahead[comma + 1] in "v&"):
        ahead = ahead[comma + 1 :]
    down = _TURNED_DOWN_BEFORE.search(ahead)
    if down and not _says_something_else(tokens, index, down[0][0], first - len(down[0])):
        return True
    if (
        _elliptic(tokens, last)
        or _without_its_verb(tokens, first, last)
        or _SO_IS.search(tags, max(0, first - 5), first)
    ):
        return True
    behind = tags[last + 1 : last + 1 + _REACH]
    cut = _CUT_BEHIND.search(behind)
    if cut and cut.start() == 0 and behind[0] not in "T":
        return False
    return _TURNED_DOWN_BEHIND.match(behind[: cut.start()] if cut else behind) is not None


def _without_its_verb(tokens: Tokens, first: int, last: int) -> bool:
    """Return whether an option shares the verb that rejected the one before: "A is excluded by ..., B by ..."."""
    tags = tokens.tags
    if (
        tags[last + 1 : last + 2] != "x"
        or tokens.words[last + 1] not in tokens.known.by
        or tags[first - 1 : first] not in (",", "&", ";")
    ):
        return False
    return any(sign in tags[tokens.sentence_start(first) : first] for sign in "XGN")


def _elliptic(tokens: Tokens, last: int) -> bool:
    """Return whether nothing but "too" is said of an option."""
    at = last + 1
    while tokens.tags[at : at + 1] in (",", ")"):
        at += 1
    if at >= len(tokens.words) or tokens.words[at] not in tokens.known.elliptic:
        return False
    return tokens.tags[at + 1 : at + 2] in ("", ".", "\n", ",", ";")


def _says_something_else(tokens: Tokens, index: int, tag: str, word: int) -> bool:
    """Return whether a word before an option is the option's own "not", or belongs to the words before it."""
    if tag in "NG":
        own = tokens.view.options.words[tokens.mentions[index].letter] if tokens.mentions[index].offered else ()
        denying = tokens.mentions[index].letter in tokens.view.options.denying
        return denying and any(tokens.words[at] in own for at in range(word + 1, index))
    return tag == "X" and tokens.words[word] > SCRIPTS_WITHOUT_CASE


def hypothetical(tokens: Tokens, start: int, end: int, cue: int | None = None) -> bool:
    """Return whether a stretch is hypothetical.

    `cue` is the token of what is stated: an "if" before it makes a condition of it in any mood; one after it does only
    if the verb says what would be.
    """
    tags, words, known = tokens.tags, tokens.words, tokens.known
    if cue is not None and ";" in tags[start:end]:
        start = max(start, tags.rfind(";", start, cue) + 1)
        end = tags.find(";", cue, end) if ";" in tags[cue:end] else end
    conditional = [at for at in range(start, end) if tags[at] in "IWJw" and words[at] in known.conditional]
    if conditional and conditional[0] == start and len(conditional) > 1:
        return True
    condition = tags.find("H", start, end)
    if condition < 0:
        return False
    if conditional:
        return True
    while condition >= 0 and words[condition] in known.weak_if:
        condition = tags.find("H", condition + 1, end)
    return condition >= 0 and cue is not None and condition < cue


def asked(tokens: Tokens, index: int) -> bool:
    """Return whether the sentence of a token is a question."""
    end = tokens.sentence_end(index)
    return tokens.tags[end : end + 1] == "?"
