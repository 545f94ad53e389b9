"""Where an answer commits itself: "the answer is", "best next step:", "(B) is correct", "I choose", "that leaves"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from doubleread.scoring import targets
from doubleread.scoring.clauses import asked, hypothetical, rejected
from doubleread.scoring.targets import Target
from doubleread.scoring.tokens import Tokens

_MOST_TRIED = 80
_MOST_BETWEEN = 14
_REACH = 70
_LINK = frozenset("IJ:=>")
_STOPS = frozenset(".?\n;")
_NO_HEADING = frozenset("VDCcWNXLGRVQdIJh")
_DIRECT = re.compile(r"[aKxFij(|]{0,3}([lt])|[:|-]([lt])")
_EXPLICIT = re.compile(r"[AOPKICcRE~]|(?<=i)D|(?<=g)[PAOo]{0,2}T")
_MATTER = re.compile(r"[MSIDm#]|:(?=\n)|j(?=I)|Z")
_VERDICT = re.compile(r"I[aZuhjFsbx,eg]{0,4}?(?:M?(?=[KSsAO])|(?=M(?:[.,;)\n]|$)))(.)")
_VERDICT_OF_ANSWER = re.compile(r"[SKFsMwa]{0,3}[AO]")
_INVERTED = re.compile(r"I[aO(]{0,3}(?P<mention>[lpt])\)?[aZ]?K(?:[.,;\n]|$)")
_DENIED_AT_THE_END = re.compile(r"[KSsFAOMa]{1,4}I?[JN](?![aOb]*[lpt])")
_FOR_WHOM = re.compile(r"[KSsFAOMa]{1,4}x")
_LAST_CLAUSE = re.compile(r"[;T]")
_LAST_PART = re.compile(r"[;T,]")
_SUBJECT_OF_BEST = re.compile(r"(?P<mention>[lpt])[)a,]{0,2}$")
_SO = re.compile(r"Z,?a?(?P<mention>[lt])\)?(?=[.\n]|$)")
_VERDICT_AGAINST = re.compile(r"a?[Ih]{1,2}a{0,2}(?:[XNLG]|s(?![aO]*D))")
_SO_NAME = re.compile(r"Z,?[aw]{1,5}(?=[.\n]|$)")
_WITHOUT_VERB = re.compile(r"(?:^|[.\n;:Z,])[aO(]{0,3}(?P<mention>[lpt])\)?O?a?$")
_PRAISE_ENDS = re.compile(r"[a]{0,2}(?:[.,;:)\n&MOA]|$|j|B|x)")
_FITS_BEST = re.compile(r"[)a,]{0,2}h?D[aj]{0,2}(?:w?x?[aj]?w{0,2})?[aj]?[Ss](?![a]?w)")
_EVERYTHING_BUT = re.compile(r"[goPn][aPAOo]{0,3}[XIaN,D]{0,4}[ET][aO(]{0,3}(?P<mention>[lpt])")
_BUT_EVERYTHING = re.compile(r"E?[aO(]{0,2}(?P<mention>[lpt])[)aIx,]{0,3}E?[aIxO,]{0,3}[goPVOb]")
_CHOOSER = re.compile(r"i[aWhZFSuIC&,wN]{0,6}$")
_CHOOSER_BEHIND = re.compile(r"i")
_OBJECT_FIRST = re.compile(r"(?P<mention>[lptq])[)aO]{0,3}$")
_ORDER = re.compile(r"(?:^|[.?\n:;])[aZ-]{0,2}$")
_MAKES = re.compile(r"ma?(?P<mention>[lpt])\)?a{0,2}[sSK]")
_ASKS_FOR_ONE = re.compile(r"[IDRYhNWSsKC]a{0,2}w?a?$|[IhWYNX][^.]{0,3}$|M[a-zA-Z]{0,2}$")
_BEST_WITH = re.compile(r"w?(?:D|x|Y)x?[aj]{0,2}(?!j?D)|x?D[aj]{0,2}")
_AFTER_DASH = re.compile(r"[NJa(]{0,3}[ltpq]|w{1,4}(?:[.\n(]|$)")
_DIRECT_TEXT = re.compile(r"([pqk])(?=[.\n(,]|$)")
_DIRECT_NAME = re.compile(r"[aZ,:]{0,3}(?:[pl]|q(?=[.,\n]|$))")
_HEADING_ENDS = re.compile(r"[KSFa]{0,2}\n")
_IT_IS = re.compile(r"jI[aZ(]{0,3}(?P<mention>[lt])\)?(?=[.,;)\nGNBTv&]|$)")
_NAME_ENDS = re.compile(r"[aw]{1,5}(?:[.,\n]|$)")
_DIRECTLY_NAMED = frozenset(("think", "believe", "say", "suspect", "propose", "conclude", "mark", "arrive at"))


@dataclass(frozen=True, slots=True)
class Statement:
    """A commitment: the token of its cue and what it names."""

    cue: int
    target: Target
    provisional: bool = False


def explicit(tokens: Tokens) -> Iterator[Statement]:
    """Yield the statements that speak of the answer or an option, the last first; of very many, the last ones."""
    yield from _made(tokens, _EXPLICIT, of_answer=True)


def of_the_matter(tokens: Tokens) -> Iterator[Statement]:
    """Yield the statements that speak of the matter itself ("the next step is", "X is most likely"), the last first."""
    yield from _made(tokens, _MATTER, of_answer=False)


def _made(tokens: Tokens, cues: re.Pattern[str], *, of_answer: bool) -> Iterator[Statement]:
    left = _MOST_TRIED
    hits = [match.start() for match in cues.finditer(tokens.tags)]
    if not of_answer:
        hits = sorted({*hits, *_only_ones(tokens)})
    for index in reversed(hits):
        target = _statement(tokens, index, of_answer=of_answer)
        if target:
            yield Statement(index, target)
            left -= 1
            if not left:
                return


def _statement(tokens: Tokens, index: int, *, of_answer: bool) -> Target | None:
    tag = tokens.tags[index]
    if tag in "AO" or (tag == "P" and of_answer):
        return _noun(tokens, index, tag) if of_answer else None
    if tag == "M":
        return None if of_answer else _noun(tokens, index, tag)
    if tag == "I":
        return _verdict(tokens, index, of_answer=of_answer)
    if tag in "KS":
        return _praised(tokens, index) if (tag == "K") == of_answer else None
    if tag in "Cc" or (tag == "D" and of_answer):
        return _chosen(tokens, index)
    if tag == "R":
        return _left(tokens, index)
    if tag == "~":
        return _tied(tokens, index)
    if tag in "ET":
        return _all_but(tokens, index)
    if tag == "D":
        return _fits_best(tokens, index)
    if tag == "m":
        return _made_best(tokens, index)
    if tag in "lpt":
        return targets.as_target(tokens.mentions[index])
    if tag == "Z":
        return _so(tokens, index)
    if tag == "#":
        return _prescribed(tokens, index)
    if tag == ":":
        return _line_below(tokens, index)
    if tag == "j":
        return _it_is(tokens, index)
    return None


def _noun(tokens: Tokens, index: int, tag: str) -> Target | None:
    """Return what "the answer is", "best option:", "most likely diagnosis is" names."""
    tags = tokens.tags
    low = tokens.sentence_start(index)
    if tag in "AO" and index and tokens.words[index - 1] in tokens.known.as_verb:
        return None
    ahead = _LAST_CLAUSE.split(tags[max(low, index - 9) : index])[-1]
    chosen = tag == "A" or any(sign in ahead for sign in "KSF")
    if "f" in ahead[-5:] or "o" in ahead[-3:] or ahead.endswith(("X", "N", "V", "g")) or "V" in ahead[-3:] or "L" in ahead:
        return None
    link = _link(tokens, index)
    if link is None:
        if tag == "A" or (tag in "OP" and chosen) or (tag == "M" and chosen and tokens.words[index + 1 : index + 2] == ["to"]):
            return _without_link(tokens, index, low, ahead)
        return None
    inner = tags[index + 1 : link]
    if not chosen and not any(sign in inner for sign in "KSF"):
        alone = tag == "M" and tags[link] == ":" and index - low <= 2 and tokens.words[index] in tokens.known.headings
        named = tag == "M" and tags[link] == "I" and link <= index + 2 and tokens.words[index] in tokens.known.headings
        alone = alone or (named and "o" not in ahead and _DIRECT_NAME.match(tags, link + 1) is not None)
        alone = alone or (tag == "O" and link == index + 1 and tags[link] in ":=" and index - low <= 1)
        if not alone and not (tag == "P" and tags[link] == "I" and tokens.words[link] == "is"):
            return None
    if tags[link] in ":=>" and ("Q" in tags[low:index] or tag == "P" or any(sign in _NO_HEADING for sign in inner) or len(inner) > 8):
        return None
    if "u" in ahead or "u" in inner or any(sign in inner for sign in "QB"):
        return None
    target = _behind(tokens, index, link, of_answer=tag != "M", low=low)
    if target is None or (not target.offered and ahead.endswith("j")):
        return None
    return target if tags[link] != "W" or len(target.letters) > 1 else None


def _link(tokens: Tokens, index: int) -> int | None:
    """Return the verb or sign that joins a noun to what it names."""
    tags = tokens.tags
    for at in range(index + 1, min(len(tags), index + _MOST_BETWEEN)):
        sign = tags[at]
        if sign in _LINK or (sign == "W" and tags[at + 1 : at + 2] == "a"):
            return at
        if sign == "-" and _AFTER_DASH.match(tags, at + 1):
            return at
        if sign in _STOPS or sign in "ltpqHC":
            return None
    return None


def _behind(tokens: Tokens, index: int, link: int, *, of_answer: bool, low: int) -> Target | None:
    tags = tokens.tags
    start = link + 1
    colon = tags[link] in ":=>-"
    while start < len(tags) and tags[start] in ":=>-I" and start < link + 4:
        colon = colon or tags[start] in ":=>"
        start += 1
    end = tokens.sentence_end(start)
    if end < len(tags) and not tags[start:end].strip("aZ:,-j") and all(
        len(word) > 1 for word, tag in zip(tokens.words[start:end], tags[start:end], strict=True) if tag == "a"
    ):
        start = end
    if end == start and tags[start : start + 1] in ("\n", "."):
        while start < len(tags) and tags[start] in "\n.->:":
            start += 1
        end = tokens.sentence_end(start)
        if _heads_a_list(tokens, start):
            return None
        colon = True
    if end < len(tags) and tags[end] == "?" or start >= end:
        return None
    end = min(end, start + _REACH)
    if hypothetical(tokens, low, end, index):
        return None
    return targets.after(tokens, start, end, of_answer=of_answer, colon=colon, negated=tags[link] == "J")


def _heads_a_list(tokens: Tokens, start: int) -> bool:
    """Say whether a line begins a list of options: the next line begins with the next letter."""
    listed = tokens.listed
    here = next((at for at in listed if start <= at <= start + 3), None)
    if here is None:
        return False
    line_end = tokens.tags.find("\n", here)
    if line_end < 0:
        return False
    following = next((at for at in listed if at > here), None)
    if following is None or tokens.tags.count("\n", here, following) > 2:
        return False
    return ord(tokens.mentions[following].letter) == ord(tokens.mentions[here].letter) + 1


def _without_link(tokens: Tokens, index: int, low: int, ahead: str) -> Target | None:
    """Return what "Answer B" or a heading "Answer" names."""
    tags = tokens.tags
    if tokens.words[index] == "boxed":
        return targets.after(tokens, index + 1, tokens.sentence_end(index), of_answer=True, colon=True)
    direct = _DIRECT.match(tags, index + 1)
    if not direct and tokens.words[index + 1 : index + 2] == ["to"]:
        direct = _DIRECT_TEXT.match(tags, index + 2)
    if direct:
        at = direct.start(direct.lastindex or 1)
        end = tokens.sentence_end(index)
        if tags[end : end + 1] == "?" or hypothetical(tokens, low, end, index):
            return None
        if rejected(tokens, at) and not targets.DENIED_BEHIND.match(tags, at + 1):
            return None
        follows = tags[at + 1 : at + 2]
        if follows and follows in "IDhWYNXL":
            return None
        return targets.after(tokens, at, end, of_answer=True)
    heading = _HEADING_ENDS.match(tags, index + 1)
    if tags[index] == "A" and heading and not ahead.strip("aKSF-"):
        start = heading.end()
        while start < len(tags) and tags[start] in "\n->:":
            start += 1
        if start < len(tags) and not _heads_a_list(tokens, start):
            return targets.after(tokens, start, tokens.sentence_end(start), of_answer=True)
    return None


def _verdict(tokens: Tokens, index: int, *, of_answer: bool) -> Target | None:
    """Return what stands before "is correct", "is the best option", "is most likely"."""
    tags = tokens.tags
    match = _VERDICT.match(tags, index)
    inverted = _INVERTED.match(tags, index) if of_answer else None
    if inverted:
        return _inverted(tokens, index, inverted.start("mention"))
    if not match:
        if of_answer and tokens.words[index] in tokens.known.remaining:
            return _remaining(tokens, index, tokens.sentence_start(index), tokens.sentence_end(index))
        return None
    praise = match.start(1)
    sign = tags[praise]
    if sign == "O" or (sign in "AM" and tokens.words[praise - 1] in tokens.known.indefinite):
        if not any(tag in "FKS" for tag in tags[index:praise]):
            return None
    strong = sign in "KAO" or bool(_VERDICT_OF_ANSWER.match(tags, praise))
    if strong != of_answer:
        return None
    if _DENIED_AT_THE_END.match(tags, praise) or _is_generic(tokens, praise):
        return None
    if sign == "s" and not _PRAISE_ENDS.match(tags, praise + 1):
        return None
    if sign == "A" and tags[praise + 1 : praise + 2] in ("l", "t", "p", "I", ":"):
        return None
    low, end = tokens.sentence_start(index), tokens.sentence_end(index)
    if tags[end : end + 1] == "?" or "Q" in tags[low:index] or hypothetical(tokens, low, end, index):
        return None
    if "N" in tags[max(low, index - 2) : index] or "f" in tags[low:index]:
        return None
    target = targets.before(tokens, index)
    if target is None and not of_answer | (sign == "s"):
        return targets.subject_not_offered(tokens, low, index)
    return target


def _is_generic(tokens: Tokens, praise: int) -> bool:
    """Say whether praise goes on "for patients with ...", "in most children": not this case is meant."""
    match = _FOR_WHOM.match(tokens.tags, praise)
    return match is not None and tokens.words[match.end() : match.end() + 1] != [] and (
        tokens.words[match.end()] in tokens.known.generic
    )


def _inverted(tokens: Tokens, index: int, mention: int) -> Target | None:
    """Return the option of "therefore is option B correct", with the verb in front as in German."""
    low, end = tokens.sentence_start(index), tokens.sentence_end(index)
    if tokens.tags[end : end + 1] == "?" or hypothetical(tokens, low, end, index) or index == low:
        return None
    return targets.as_target(tokens.mentions[mention])


def _praised(tokens: Tokens, index: int) -> Target | None:
    """Return what "Correct is B", "the most likely is B" names."""
    tags = tokens.tags
    low = tokens.sentence_start(index)
    ahead = _LAST_PART.split(tags[low:index])[-1]
    if ahead.endswith("L"):
        return None
    if tags[index] == "K" and tags[index + 1 : index + 2] in ("", ".", ",", "\n", ";", "a"):
        match = _WITHOUT_VERB.search(tags, max(0, index - 6), index)
        at = match.start("mention") if match else 0
        if match and at not in tokens.is_listed and not hypothetical(tokens, low, index, index):
            return targets.as_target(tokens.mentions[at])
    if any(sign in ahead[-8:] for sign in "JNLXQoHC") or (
        not _BEST_WITH.match(tags, index + 1)
        and not ahead.endswith("D")
        and any(sign in ahead[-8:] for sign in "IDltp")
    ):
        return None
    at = index + 1
    if tags[index] == "S" and (fitting := _BEST_WITH.match(tags, at)):
        if subject := _SUBJECT_OF_BEST.search(tags, low, index):
            at = subject.start("mention")
            return None if rejected(tokens, at) or asked(tokens, at) else targets.with_others(tokens, at)
        end = tokens.sentence_end(index)
        if tags[end : end + 1] == "?" or hypothetical(tokens, low, end, index):
            return None
        target = targets.after(tokens, fitting.end(), end, of_answer=False)
        if target is None or target.offered:
            return target
        passive = tags[fitting.end() - 1] == "x" or tokens.words[at].endswith((" with", " by", " of", " for"))
        return target if passive and _NAME_ENDS.match(tags, fitting.end()) else None
    while at < len(tags) and at < index + 5 and tags[at] in "KSFsjwax":
        at += 1
    if at >= len(tags) or tags[at] not in "I:" or (tags[at] == ":" and at > index + 2):
        return None
    if tags[at] == ":" and tags[index] == "S":
        return None
    return _behind(tokens, index, at, of_answer=tags[index] == "K", low=low)


def _chosen(tokens: Tokens, index: int) -> Target | None:
    """Return what "I choose" or an order to choose names."""
    tags = tokens.tags
    low, end = tokens.sentence_start(index), tokens.sentence_end(index)
    ahead = tags[max(low, index - 8) : index]
    if "H" in tags[low:index] or tags[end : end + 1] == "?":
        return None
    verb_last = tokens.words[index] > "\u3040" or tokens.words[index] in tokens.known.verb_last
    if verb_last and (match := _OBJECT_FIRST.search(tags, max(low, index - 6), index)):
        return targets.with_others(tokens, match.start("mention"))
    if tags[index] in "CD":
        chooser = _CHOOSER.search(ahead) or _CHOOSER_BEHIND.match(tags, index + 1)
        order = tokens.words[index] in tokens.known.orders and _ORDER.search(tags, max(0, index - 3), index)
        if not chooser and not order:
            return None
        if chooser and "N" in chooser[0]:
            return None
    elif ahead[-1:] in ("N", "o"):
        return None
    start = index + 1
    if tags[start : start + 1] in (":", "i"):
        start += 1
    target = targets.after(tokens, start, min(end, start + _REACH), of_answer=True)
    if target is None or not target.offered and target.how in ("text", "name"):
        return None
    if tokens.words[index] in _DIRECTLY_NAMED and tokens.starts[index] + 40 < target.start:
        return None
    return target


def _left(tokens: Tokens, index: int) -> Target | None:
    """Return what "that leaves" names."""
    low, end = tokens.sentence_start(index), tokens.sentence_end(index)
    if hypothetical(tokens, low, end, index) or tokens.tags[end : end + 1] == "?":
        return None
    target = targets.after(tokens, index + 1, min(end, index + 14), of_answer=True)
    if target is None and tokens.words[index] in tokens.known.remaining:
        return _remaining(tokens, index, low, end)
    return target if target and (target.letters or target.offered) else None


def _remaining(tokens: Tokens, index: int, low: int, end: int) -> Target | None:
    """Return what stands before "remains" at the end of a clause."""
    tags = tokens.tags
    if index + 1 < end and tags[index + 1] not in ",;aBx":
        return None
    at = index - 1
    while at >= low and tags[at] in "aI)":
        at -= 1
    if at < low or tags[at] not in "ltp" or rejected(tokens, at):
        return None
    return targets.before(tokens, index)


def _all_but(tokens: Tokens, index: int) -> Target | None:
    """Return the one that "every option except C" leaves, where the rest of the sentence turns the others down."""
    tags = tokens.tags
    low, end = tokens.sentence_start(index), tokens.sentence_end(index)
    match = _EVERYTHING_BUT.search(tags, max(low, index - 8), min(end, index + 6))
    match = match or _BUT_EVERYTHING.search(tags, max(low, index - 3), min(end, index + 8))
    if not match:
        return None
    if "E" not in match[0] and not (match[0][0] in "gn" and "T" in match[0]):
        return None
    around = tags[low:end]
    if not any(sign in around for sign in "XGNLzn") or asked(tokens, index):
        return None
    return targets.after(tokens, match.start("mention"), min(end, match.end() + 8), of_answer=True)


def _fits_best(tokens: Tokens, index: int) -> Target | None:
    """Return what stands before "fits best", "explains this best"."""
    tags = tokens.tags
    start = index - 1
    if start < 0 or tags[start] not in "lptq)" or not _FITS_BEST.match(tags, start + 1):
        return None
    while start >= 0 and tags[start] == ")":
        start -= 1
    if start < 0 or tags[start] not in "lptq":
        return None
    low, end = tokens.sentence_start(index), tokens.sentence_end(index)
    if tags[end : end + 1] == "?" or hypothetical(tokens, low, end) or rejected(tokens, start):
        return None
    return targets.before(tokens, index)


def _made_best(tokens: Tokens, index: int) -> Target | None:
    """Return what "makes X the best fit" names."""
    match = _MAKES.match(tokens.tags, index)
    if not match or hypothetical(tokens, tokens.sentence_start(index), tokens.sentence_end(index)):
        return None
    return targets.as_target(tokens.mentions[match.start("mention")])


def _line_below(tokens: Tokens, index: int) -> Target | None:
    """Return the lettered line below a line such as "She should receive:", unless it begins a list."""
    tags = tokens.tags
    heading = tags[tokens.sentence_start(index) : index]
    if not _ASKS_FOR_ONE.search(heading) or any(sign in heading for sign in "VPoHiAu"):
        return None
    if "Q" in heading and not heading.endswith("I"):
        return None
    at = index + 1
    while at < len(tags) and tags[at] in "\n->":
        at += 1
    if at >= len(tags) or tags[at] not in "lp" or tags[at + 1 : at + 2] not in ("", "\n", ".") or _heads_a_list(tokens, at) or rejected(tokens, at):
        return None
    later = [other for other in tokens.listed if other > at]
    in_order = bool(later) and ord(tokens.mentions[later[0]].letter) == ord(tokens.mentions[at].letter) + 1
    if in_order and tokens.mentions[at].letter == tokens.view.options.letters[0]:
        return None
    return targets.as_target(tokens.mentions[at])


def _tied(tokens: Tokens, index: int) -> Target | None:
    """Return the options between which an answer cannot decide."""
    low, end = tokens.sentence_start(index), tokens.sentence_end(index)
    found = [tokens.mentions[at] for at in range(low, end) if tokens.tags[at] in "ltp"]
    letters = tuple(dict.fromkeys(mention.letter for mention in found))
    return Target(letters, found[0].start, found[-1].end, found[0].how) if len(letters) > 1 else None


def _it_is(tokens: Tokens, index: int) -> Target | None:
    """Return what "it is B" names."""
    tags = tokens.tags
    match = _IT_IS.match(tags, index)
    low, end = tokens.sentence_start(index), tokens.sentence_end(index)
    if not match or tags[end : end + 1] == "?" or "f" in tags[low:index] or "Q" in tags[low:index]:
        return None
    if rejected(tokens, match.start("mention")) or hypothetical(tokens, low, end, index):
        return None
    return targets.with_others(tokens, match.start("mention"))


def _prescribed(tokens: Tokens, index: int) -> Target | None:
    """Return what "she should receive" names."""
    low, end = tokens.sentence_start(index), tokens.sentence_end(index)
    if tokens.tags[end : end + 1] == "?" or "N" in tokens.tags[max(low, index - 3) : index]:
        return None
    if hypothetical(tokens, low, end, index):
        return None
    target = targets.after(tokens, index + 1, end, of_answer=False)
    return target if target and target.letters else None


def _so(tokens: Tokens, index: int) -> Target | None:
    """Return what "so B." names."""
    match = _SO.match(tokens.tags, index)
    few = _SO_NAME.match(tokens.tags, index)
    if few and index == tokens.sentence_start(index):
        return targets.close(tokens, index + 1, few.end())
    if not match or rejected(tokens, match.start("mention")):
        return None
    return targets.with_others(tokens, match.start("mention"))


def _only_ones(tokens: Tokens) -> list[int]:
    """Return the options of which a sentence says that only they do something: "only B explains the rub"."""
    tags, words, only = tokens.tags, tokens.words, tokens.known.only
    found = []
    for index in tokens.mentions:
        before = words[index - 1] in only if index else False
        behind = words[index + 1] in only if index + 1 < len(words) else False
        after = tags[index + 1 + behind : index + 2 + behind].lstrip(")")
        if (
            (before or behind)
            and tags[index] in "lpt"
            and after
            and after in "IDYhm"
            and not rejected(tokens, index)
            and not asked(tokens, index)
            and not _VERDICT_AGAINST.match(tags, index + 1)
        ):
            found.append(index)
    return found
