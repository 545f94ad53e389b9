"""Choices made by an answer's form: a letter at its start or end, the only option named, the only one left."""

from __future__ import annotations

import re
from itertools import pairwise

from doubleread.domain.extraction import Method, Reason
from doubleread.scoring import targets
from doubleread.scoring.clauses import asked, hypothetical, rejected
from doubleread.scoring.layouts import all_turned_down_but
from doubleread.scoring.plain import sentence_of
from doubleread.scoring.splitting import SCRIPTS_WITHOUT_CASE
from doubleread.scoring.targets import Target, as_target
from doubleread.scoring.tokens import Tokens

_BEFORE_ALL = re.compile(r"[\n,.(:|=>)k-]*y?(?:a(?=[pl]))?")
_OPENS = re.compile(r"[.):,;(B=\n-]|$")
_OTHERS = re.compile(r"[oXNJQLUG]|AP")
_DISCUSSES = re.compile(r"[VPAg][^\n]{0,8}:\n")
_NONE_FITS = re.compile(r"(?:^|[.?\n,;:Z-])[aZju]{0,3}n(?:a{0,3}[jPOAWIhDY]|[.\n]|$)(?!a{0,2}o)")
_BREAKS_OFF = re.compile(r"[Tv&B,xHWIU:]\n?$")
_PERHAPS = re.compile(r"(?:W[aI]{1,2}|u)[aI]{0,2}$")
_UNFINISHED = frozenset(("the", "a", "an", "of", "to", "be", "der", "die", "das", "le", "la", "el", "il"))
_LOWER = re.compile(r"[\W_]*([a-z])[\W_]*")
_NUMBER = re.compile(r"\W*(?:option |choice )?[(\[#]?(\d{1,2})[)\].]?\W*", re.I)
_NAMED = re.compile(r"[ltp]|(?<=\n)q(?=[.\n]|$)")
_LAST_SENTENCE = re.compile(r"(?<=[^k][.?])[aZ,jI]{0,4}\(?(?P<mention>[lt])[).]*$")
_LINE_OF_ONE = re.compile(r"[-(:>=Z,]*(?:a(?=[pl]))?([ltpq])[).]*")
_SUPPORTS = frozenset("DKSsCcR#m:ZI=>T")
_SUPPORTS_BEHIND = frozenset("DKSsAM")
_OBJECT_OF_UNKNOWN = re.compile(r"w[awxOAj(]{0,3}$")
_LONGEST_NAMED = 8
_CLOSING_LINES = 3
_SHORT_WORDS = 14
_CLOSE_WORDS = 25
_LAST_SENTENCES = 6


def opening(tokens: Tokens) -> Target | None:
    """Return the option that opens the answer, unless the answer goes through the options one by one."""
    tags = tokens.tags
    skipped = _BEFORE_ALL.match(tags)
    first = skipped.end() if skipped else 0
    if first >= len(tags) or tags[first] not in "lptq":
        return None
    mention = tokens.mentions[first]
    behind = tags[first + 1 : first + 3].lstrip(")")[:1]
    if tags[first] in "pq":
        ends = behind in ("", ".", "\n") or (tags[first] == "q" and behind in (",", ";", ":", "B", "-"))
        if tags[first] == "q" and behind == "." and mention.letter in tokens.view.options.numbers:
            ends = tags[first + 2 : first + 3] in ("", "\n")
        if not ends:
            return None
    elif not _OPENS.match(tags, first + 1):
        return None
    if _heads_a_part(tokens, first):
        return None
    is_word = tags[first] == "q" and mention.letter not in tokens.view.options.numbers
    if (
        (not is_word and rejected(tokens, first))
        or asked(tokens, first)
        or (not mention.offered and tags[first] != "l")
    ):
        return None
    if tags[first] == "l" and first in tokens.is_listed and _begins_a_list(tokens, first):
        return None
    return targets.with_others(tokens, first)


def _heads_a_part(tokens: Tokens, first: int) -> bool:
    """Return whether a small letter heads a sentence on one part of the question: "(a) The probability of ..."."""
    mention = tokens.mentions[first]
    if tokens.tags[first] != "l" or not tokens.view.text[mention.start].islower():
        return False
    return tokens.sentence_end(first) - first > _LONGEST_NAMED


def _begins_a_list(tokens: Tokens, first: int) -> bool:
    """Return whether a first line with a letter is the first of a list of options, and not the answer."""
    tags, letter = tokens.tags, tokens.mentions[first].letter
    others = [at for at in tokens.listed if at > first and tokens.mentions[at].letter != letter]
    if not others:
        return False
    following = others[0]
    adjacent = tags.count("\n", first, following) == 1
    onward = ord(tokens.mentions[following].letter) == ord(letter) + 1
    if adjacent:
        return onward or len(others) > 1
    if any(tokens.mentions[at].letter == letter for at in tokens.listed if at > first):
        return False
    is_first = letter == tokens.view.options.letters[0]
    if not (onward and is_first):
        return False
    between = tags[tags.find("\n", first) : following]
    lines = [line for line in between.split("\n")[:-1] if line]
    if lines and (_OTHERS.search(lines[-1]) or lines[-1].endswith((":", "?"))) and len(lines[-1]) <= 12:
        return False
    return not all(rejected(tokens, at) for at in others)


def by_form(tokens: Tokens, cut_off: bool) -> tuple[Target | None, Method, Reason]:
    """Return the option chosen by the answer's form with the method, or why there is none."""
    closing = None if cut_off else _closing(tokens)
    if closing:
        return closing, "closing", ""
    if tokens.view.has_at_most(_SHORT_WORDS):
        target = _short(tokens)
        if target:
            named = {mention.letter for mention in tokens.mentions.values()}
            return target, "only option named" if len(named) < 2 else "only option left", ""
    if cut_off:
        return None, "", "truncated"
    if _NONE_FITS.search(tokens.tags) or "d" in tokens.tags:
        return None, "", "none"
    if tokens.mentions and _breaks_off(tokens):
        return None, "", "truncated"
    return _only_named(tokens)


def _breaks_off(tokens: Tokens) -> bool:
    """Return whether an answer ends in the middle of a sentence."""
    last = tokens.words[-1]
    return last in _UNFINISHED or (_BREAKS_OFF.search(tokens.tags) is not None and not last > SCRIPTS_WITHOUT_CASE)


def _closing(tokens: Tokens) -> Target | None:
    """Return the option that is alone on the last line that names one. The last item of a list is none."""
    tags = tokens.tags.rstrip("\n")
    end = len(tags)
    for _ in range(_CLOSING_LINES):
        start = tags.rfind("\n", 0, end) + 1
        if (match := _LAST_SENTENCE.search(tags, start, end)) and not any(
            start <= at < match.start("mention") for at in tokens.listed
        ):
            at = match.start("mention")
            return None if rejected(tokens, at) else as_target(tokens.mentions[at])
        if start == 0:
            return None
        if (match := _NAMED.search(tags, start, end)) and not hypothetical(tokens, start, end, match.start()):
            return _alone(tokens, start, end)
        end = start - 1
        while end > 0 and tags[end - 1] == "\n":
            end -= 1
    return None


def _alone(tokens: Tokens, start: int, end: int) -> Target | None:
    tags = tokens.tags
    match = _LINE_OF_ONE.fullmatch(tags, start, end)
    if not match:
        return None
    last = match.start(1)
    mention = tokens.mentions[last]
    if not mention.offered:
        return None
    if "Z" in tags[start:last]:
        return as_target(mention)
    if last in _under_headings_of_others(tokens):
        return None
    others = [at for at in tokens.listed if at != last and tokens.mentions[at].letter != mention.letter]
    set_apart = tags[start - 2 : start] == "\n\n"
    above = tags.rfind("\n", 0, max(0, start - 1)) + 1
    goes_on = any(above <= at < start for at in others)
    if others and (goes_on or not set_apart) and not (match[1] in "pq" and not goes_on):
        return None
    follows_a_list = bool(others) and ord(mention.letter) == ord(tokens.mentions[others[-1]].letter) + 1
    if follows_a_list and all(at == last or tokens.mentions[at].letter != mention.letter for at in tokens.listed):
        return None
    bare = tokens.ends[last] <= mention.end + 3
    dangling = bare and match[1] in "lt" and tags[end - 1] in ".)" and "(" not in tags[start:end]
    if dangling and others and not set_apart:
        return None
    return as_target(mention)


def _short(tokens: Tokens) -> Target | None:
    """Return the letter or letters that a very short answer names and does not reject."""
    text, offered = tokens.view.text, tokens.view.options.letters
    alone = _LOWER.fullmatch(text)
    if alone and alone[1].upper() in offered and alone[1] not in tokens.view.options.as_texts:
        return Target((alone[1].upper(),), alone.start(1), alone.end(1), "letter")
    counted = None if tokens.view.options.numbered else _NUMBER.fullmatch(text)
    if counted and 1 <= int(counted[1]) <= len(offered):
        return Target((offered[int(counted[1]) - 1],), counted.start(1), counted.end(1), "number")
    here = [
        at
        for at in sorted(tokens.mentions)
        if tokens.tags[at] in "lt" and _is_point(tokens, at) and not asked(tokens, at)
    ]
    here = here or [at for at in sorted(tokens.mentions) if tokens.mentions[at].letter in tokens.view.options.numbers]
    turned_down = _under_headings_of_others(tokens)
    found = [at for at in here if at not in turned_down and not rejected(tokens, at) and tokens.mentions[at].offered]
    distinct = tuple(dict.fromkeys(tokens.mentions[at].letter for at in found))
    if len(distinct) == 1:
        in_known_words = [at for at in found if not _in_unknown_words(tokens, at)]
        return as_target(tokens.mentions[in_known_words[-1]]) if in_known_words else None
    if not distinct:
        return None
    return Target(distinct, tokens.mentions[found[0]].start, tokens.mentions[found[-1]].end, "letter")


def _is_point(tokens: Tokens, index: int) -> bool:
    """Return whether a letter is what a short sentence is about, and not one of its details ("..., B by 10 %")."""
    ahead = tokens.tags[index - 1 : index] if index else ""
    return ahead != "," or tokens.tags[index + 1 : index + 2] != "x"


def _only_named(tokens: Tokens) -> tuple[Target | None, Method, Reason]:
    """Return the only option named or left anywhere, or the only one of the last sentence that concludes."""
    tags = tokens.tags
    every = [at for at in sorted(tokens.mentions) if tags[at] in "lp" and tokens.mentions[at].offered]
    if not every:
        return _in_other_words(tokens)
    turned_down = _under_headings_of_others(tokens)
    kept = [at for at in every if at not in turned_down and not rejected(tokens, at) and not _doubtful(tokens, at)]
    named = {tokens.mentions[at].letter for at in every}
    distinct = {tokens.mentions[at].letter for at in kept}
    unlisted = {tokens.mentions[at].letter for at in tokens.listed} - distinct
    if kept and all(at in tokens.is_listed for at in kept) and _DISCUSSES.search(tags, 0, kept[0]):
        return None, "", "several" if len(named) > 1 else "none"
    if len(distinct) == 1 and all(_in_unknown_words(tokens, at) for at in kept):
        return None, "", "none"
    if len(distinct) == 1 and len(named) == 1 and not unlisted:
        return as_target(tokens.mentions[kept[-1]]), "only option named", ""
    last = _last_conclusion(tokens, kept)
    if last:
        return last, "conclusion", ""
    if len(distinct) == 1 and not unlisted - {tokens.mentions[at].letter for at in every}:
        return as_target(tokens.mentions[kept[-1]]), "only option left", ""
    left = all_turned_down_but(tokens)
    if left:
        return left, "only option left", ""
    return None, "", "several" if len(distinct) > 1 else "none"


def _in_unknown_words(tokens: Tokens, index: int) -> bool:
    """Return whether only an unknown verb speaks of a letter: it may choose it or reject it."""
    tags = tokens.tags
    if tokens.mentions[index].how != "letter" or index in tokens.is_listed:
        return False
    low, end = tokens.sentence_start(index), tokens.sentence_end(index)
    behind = tags[index + 1 : end].lstrip(")a,")
    if any(sign in _SUPPORTS for sign in tags[low:index]) or any(sign in _SUPPORTS_BEHIND for sign in behind):
        return False
    return _OBJECT_OF_UNKNOWN.search(tags, low, index) is not None or (len(behind) > 1 and behind[0] in "whWYIi")


def _doubtful(tokens: Tokens, index: int) -> bool:
    """Return whether an option is only asked about, supposed, named as a possibility or as an example."""
    low = tokens.sentence_start(index)
    ahead = tokens.tags[low:index]
    if "Q" in ahead or "d" in ahead or _PERHAPS.search(ahead) or _is_example(tokens, index):
        return True
    return asked(tokens, index) or hypothetical(tokens, low, tokens.sentence_end(index), index)


def _is_example(tokens: Tokens, index: int) -> bool:
    """Return whether "such as" or "including" is before an option."""
    before = index - (tokens.tags[index - 1 : index] == "(")
    words = tokens.words[max(0, before - 2) : before]
    return bool(words) and (words[-1] in tokens.known.examples or " ".join(words) in tokens.known.examples)


def _under_headings_of_others(tokens: Tokens) -> set[int]:
    """Return the lettered lines below a heading such as "Why not the others?"."""
    tags = tokens.tags
    found: set[int] = set()
    listed = tokens.is_listed
    position = 0
    under = False
    for line in tags.split("\n"):
        letters = [at for at in range(position, position + len(line)) if at in listed]
        if letters and under:
            found.update(letters)
        elif line and not letters:
            under = (
                len(line) <= 12
                and not line.endswith(".")
                and _OTHERS.search(line) is not None
                and not any(sign in "ltp" for sign in line)
            )
        position += len(line) + 1
    return found


def _in_other_words(tokens: Tokens) -> tuple[Target | None, Method, Reason]:
    if tokens.view.has_at_most(_CLOSE_WORDS) and "?" not in tokens.tags:
        target = targets.close(tokens, 0, len(tokens.tags))
        if target:
            return target, "only option named", ""
    return None, "", "none"


def _last_conclusion(tokens: Tokens, kept: list[int]) -> Target | None:
    view = tokens.view
    spans = list(pairwise(view.bounds))
    by_sentence: dict[int, list[int]] = {}
    for at in kept:
        by_sentence.setdefault(sentence_of(view.bounds, tokens.starts[at])[0], []).append(at)
    for low, high in reversed(spans[-_LAST_SENTENCES:]):
        here = by_sentence.get(low, [])
        stretch = tokens.tags[tokens.index_at(low) : tokens.index_at(high)]
        if here and here[0] in tokens.is_listed:
            continue
        if here and any(sign in stretch for sign in "ZDSR") and "u" not in stretch:
            if len({tokens.mentions[at].letter for at in here}) == 1:
                return as_target(tokens.mentions[here[-1]])
            return None
    return None
