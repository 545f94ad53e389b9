"""What is called the answer, correct, best or most likely: "(B) is correct", "X is the best next step"."""

from __future__ import annotations

import re

from doubleread.scoring import targets
from doubleread.scoring.clauses import asked, hypothetical, rejected
from doubleread.scoring.nouns import behind
from doubleread.scoring.targets import Target
from doubleread.scoring.tokens import Tokens

_VERDICT = re.compile(r"I[aZuhjFsbx,eg]{0,4}?(?:M?(?=[KSsAO])|(?=M(?:[.,;)\n]|$)))(?P<praise>.)")
_OF_ANSWER = re.compile(r"[SKFsMwa]{0,3}[AO]")
_INVERTED = re.compile(r"I[aO(]{0,3}(?P<mention>[lpt])\)?[aZ]{0,2}K[AO]?(?:[.,;\n]|$)")
_DENIED_AT_THE_END = re.compile(r"[KSsFAOMa]{1,4}I?[JN](?![aOb]*[lpt])")
_FOR_WHOM = re.compile(r"[KSsFAOMa]{1,4}x")
_PRAISE_ENDS = re.compile(r"a{0,2}(?:[.,;:)\n&MOA]|$|j|B)")
_WITHOUT_VERB = re.compile(r"(?:^|[.\n;:Z,-])[aO(]{0,3}(?P<mention>[lpt])\)?(?P<noun>O?)a?$")
_CLAUSE_ENDS = ("", ".", ",", "\n", ";", "a")
_LAST_PART = re.compile(r"[;T,]")
_BEST_WITH = re.compile(r"w?(?:D|x|Y)x?[aj]{0,2}(?!j?D)|x?D[aj]{0,2}")
_JOINS = (" with", " by", " of", " for")
_SUBJECT_OF_BEST = re.compile(r"(?P<mention>[lpt])[)a,]{0,2}$")
_IT_IS = re.compile(r"I{1,2}[aZr(]{0,3}(?P<mention>[ltp])\)?[aI]?(?=[.,;)\nGNBTv&]|$)")
_CLAUSE_BEGINS = re.compile(r"(?:^|[.?\n:;,TZ&])[aju]{0,3}$")
_NAME_ENDS = re.compile(r"[aw]{1,5}(?:[.,\n]|$)")
_FITS_BEST = re.compile(r"[)a,]{0,2}h?D[aj]{0,2}(?:w?x?[aj]?w{0,2})?[aj]?[Ss](?![a]?w)")
_MAKES = re.compile(r"m[aO(]{0,2}(?P<mention>[lpt])\)?a{0,2}[sSK]")
_VERDICT_AGAINST = re.compile(r"a?[Ih]{1,2}a{0,2}(?:[XNLG]|s(?![aO]*D))")


def verdict(tokens: Tokens, index: int, *, of_answer: bool) -> Target | None:
    """Return what comes before "is correct", "is the best option" or, of the matter, "is most likely"."""
    tags = tokens.tags
    inverted = _INVERTED.match(tags, index) if of_answer else None
    if inverted:
        return _inverted(tokens, index, inverted.start("mention"))
    match = _VERDICT.match(tags, index)
    if not match:
        return (remaining(tokens, index) if of_answer else None) or it_is(tokens, index, of_answer=of_answer)
    praise, sign = match.start("praise"), match["praise"]
    if (sign in "KAO" or _OF_ANSWER.match(tags, praise) is not None) != of_answer:
        return None
    if not _is_praise(tokens, index, praise):
        return None
    low, end = tokens.sentence_start(index), tokens.sentence_end(index)
    if tags[end : end + 1] == "?" or any(sign in tags[low:index] for sign in "Qf"):
        return None
    if "N" in tags[max(low, index - 2) : index] or hypothetical(tokens, low, end, index):
        return None
    target = targets.before(tokens, index)
    if target is None and not of_answer and sign != "s":
        return targets.subject_not_offered(tokens, low, index)
    return target


def it_is(tokens: Tokens, index: int, *, of_answer: bool) -> Target | None:
    """Return the letter that "it is B" or, of the matter, the text that "it must be sarcoidosis" names."""
    tags = tokens.tags
    match = _IT_IS.match(tags, index)
    low, end = tokens.sentence_start(index), tokens.sentence_end(index)
    if not match or (match["mention"] == "p") == of_answer or not _CLAUSE_BEGINS.search(tags, max(0, low - 1), index):
        return None
    if tags[end : end + 1] == "?" or any(sign in tags[low:index] for sign in "fQ"):
        return None
    if rejected(tokens, match.start("mention")) or hypothetical(tokens, low, end, index):
        return None
    return targets.with_others(tokens, match.start("mention"))


def _is_praise(tokens: Tokens, index: int, praise: int) -> bool:
    """Return whether a verb's praise is about one option in this case: not "is an option", "is not the answer"."""
    tags, sign = tokens.tags, tokens.tags[praise]
    indefinite = sign == "O" or (sign in "AM" and tokens.words[praise - 1] in tokens.known.indefinite)
    if indefinite and not any(tag in "FKS" for tag in tags[index:praise]):
        return False
    if _DENIED_AT_THE_END.match(tags, praise) or _is_generic(tokens, praise):
        return False
    if sign == "s":
        end = tokens.sentence_end(praise)
        return _PRAISE_ENDS.match(tags, praise + 1) is not None and "T" not in tags[praise:end]
    if sign == "M" and tags[praise - 1] != "a":
        return False
    return sign != "A" or tags[praise + 1 : praise + 2] not in ("l", "t", "p", "I", ":")


def _is_generic(tokens: Tokens, praise: int) -> bool:
    """Return whether praise goes on "for patients with ...", "in most children": not this case is meant."""
    match = _FOR_WHOM.match(tokens.tags, praise)
    return match is not None and match.end() < len(tokens.words) and tokens.words[match.end()] in tokens.known.generic


def _inverted(tokens: Tokens, index: int, mention: int) -> Target | None:
    """Return the option of "therefore is option B correct", with the verb in front as in German."""
    low, end = tokens.sentence_start(index), tokens.sentence_end(index)
    if tokens.tags[end : end + 1] == "?" or hypothetical(tokens, low, end, index) or index == low:
        return None
    return targets.as_target(tokens.mentions[mention])


def remaining(tokens: Tokens, index: int) -> Target | None:
    """Return what comes before "remains", "wins" at the end of a clause."""
    tags = tokens.tags
    if tokens.words[index] not in tokens.known.remaining:
        return None
    low, end = tokens.sentence_start(index), tokens.sentence_end(index)
    if index + 1 < end and tags[index + 1] not in ",;aBx":
        return None
    at = index - 1
    while at >= low and tags[at] in "aI)":
        at -= 1
    if at < low or tags[at] not in "ltp" or rejected(tokens, at):
        return None
    return targets.before(tokens, index)


def praised(tokens: Tokens, index: int) -> Target | None:
    """Return what "Correct is B", "the most likely is B", "B correct", "most consistent with B" names."""
    tags = tokens.tags
    low = tokens.sentence_start(index)
    ahead = _LAST_PART.split(tags[low:index])[-1]
    if ahead.endswith("L"):
        return None
    if without_verb := _without_verb(tokens, index, low):
        return without_verb
    recent = ahead[-8:]
    joined = _BEST_WITH.match(tags, index + 1)
    if any(sign in recent for sign in "JNLXQoHC"):
        return None
    if tags[index] == "S" and joined:
        return _best_with(tokens, index, low, joined.end())
    if not joined and not ahead.endswith("D") and any(sign in recent for sign in "IDltp"):
        return None
    at = index + 1
    while at < len(tags) and at < index + 5 and tags[at] in "KSFsjwax":
        at += 1
    link = tags[at : at + 1]
    if link == "I" or (link == ":" and at <= index + 2 and tags[index] == "K"):
        return behind(tokens, index, at, of_answer=tags[index] == "K")
    return None


def _without_verb(tokens: Tokens, index: int, low: int) -> Target | None:
    """Return the option that is called correct without a verb: "Option B correct"."""
    tags = tokens.tags
    if tags[index] != "K" or tags[index + 1 : index + 2] not in _CLAUSE_ENDS:
        return None
    match = _WITHOUT_VERB.search(tags, max(0, index - 6), index)
    if not match or hypothetical(tokens, low, index, index):
        return None
    at = match.start("mention")
    return None if at in tokens.is_listed and not match["noun"] else targets.as_target(tokens.mentions[at])


def _best_with(tokens: Tokens, index: int, low: int, start: int) -> Target | None:
    """Return what is "most consistent with", or before "best explains"."""
    tags = tokens.tags
    if subject := _SUBJECT_OF_BEST.search(tags, low, index):
        at = subject.start("mention")
        return None if rejected(tokens, at) or asked(tokens, at) else targets.with_others(tokens, at)
    end = tokens.sentence_end(index)
    if tags[end : end + 1] == "?" or hypothetical(tokens, low, end, index):
        return None
    target = targets.after(tokens, start, end, of_answer=False)
    if target is None or target.offered:
        return target
    joins = tags[start - 1] == "x" or tokens.words[index + 1].endswith(_JOINS)
    return target if joins and _NAME_ENDS.match(tags, start) else None


def fits_best(tokens: Tokens, index: int) -> Target | None:
    """Return what comes before "fits best", "explains this best"."""
    tags = tokens.tags
    at = index - 1
    if at < 0 or tags[at] not in "lptq)" or not _FITS_BEST.match(tags, index):
        return None
    while at >= 0 and tags[at] == ")":
        at -= 1
    if at < 0 or tags[at] not in "lptq" or asked(tokens, at) or rejected(tokens, at):
        return None
    if hypothetical(tokens, tokens.sentence_start(index), tokens.sentence_end(index)):
        return None
    return targets.before(tokens, index)


def made_best(tokens: Tokens, index: int) -> Target | None:
    """Return what "makes X the best fit" names."""
    match = _MAKES.match(tokens.tags, index)
    if not match or hypothetical(tokens, tokens.sentence_start(index), tokens.sentence_end(index)):
        return None
    return targets.as_target(tokens.mentions[match.start("mention")])


def only_ones(tokens: Tokens) -> list[int]:
    """Return the options of which a sentence says that only they do something: "only B explains the rub"."""
    tags, words, only = tokens.tags, tokens.words, tokens.known.only
    found = []
    for index in tokens.mentions:
        before = index > 0 and words[index - 1] in only
        beside = index + 1 < len(words) and words[index + 1] in only
        if tags[index] not in "lpt" or not (before or beside):
            continue
        verb = tags[index + 1 + beside : index + 3 + beside].lstrip(")")[:1]
        if before and tags[index - 2 : index - 1] == "D" and verb in ("", ".", ",", "\n"):
            verb = "D"
        if not verb or verb not in "IDYhm" or _VERDICT_AGAINST.match(tags, index + 1):
            continue
        if not rejected(tokens, index) and not asked(tokens, index):
            found.append(index)
    return found
