"""What a statement names: the words after "the answer is", or before "is the best option"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from doubleread.scoring.clauses import rejected
from doubleread.scoring.option_text import COMMON, Mention
from doubleread.scoring.splitting import SCRIPTS_WITHOUT_CASE
from doubleread.scoring.tokens import Tokens

_FILLING = frozenset("aKSsFAOPMZhu,(:=>-jxf|")
_MORE = re.compile(
    r"[),]*(?:[&v/+b]{1,2}|[,;][&v]|[,;])[aObegjZIxu(:-]{0,3}(?P<mention>[lptq])"
    r"|\)?,?[&v/][aw]{1,5}\((?P<bracketed>[lt])\)"
)
_JOINED_ACTION = re.compile(r"\)?,?&[aw]{1,3}\(?(?P<mention>[lp])")
_NEW_CLAUSE = frozenset("IJDhWYNLXRUT")
_NAMES_ONLY = re.compile(r"[awMkx/&()%+,-]*")
_SIGN_AND_NAME = re.compile(r"[).:]+[-aw]")
_LONGEST_NAME = 90
_LONGEST_BEHIND_COLON = 9
_LONGEST_ELSEWHERE = 7
_LETTERS = re.compile("[lpt]")
DENIED_BEHIND = re.compile(r"[)a]{0,2}(?:I?J|IN)[,a]{0,2}T?(?![KSs])")
_LIST_GOES_ON = re.compile(r"[),]*(?:[&v/,.\n]|$)")
_EXCEPTED = re.compile(r"(?:[EGn]|g[PAOa]{0,2}T|N[aw]?[CcKw][ajx]{0,2})[aO(]{0,3}$")
_JOINED_BEFORE = re.compile(r"([lptq])\)*(?:,?[&v/]|,)(?:[aOe(]{0,2}|[aw]{1,5}\()$")
_SUBJECT = re.compile(r"a?w(?:a?w){0,3}a?")
_PRAISE_OF_THE_MATTER = re.compile(r"Ia{0,2}(?:SF?M|F?MS)")
_AGAINST = re.compile("[NGJXLzn]")
_MOST_NAMED = 12
_MOST_SKIPPED = 16
_REACH = 60


@dataclass(frozen=True, slots=True)
class Target:
    """What a statement names. `letters` has one entry for a choice, more where it leaves the choice open, and none
    where it says that no option fits or names something that is not offered (`offered` is False).

    `how` is as in `Mention`; for what is not offered it is "name" after a colon and "text" elsewhere. Offsets are the
    plain text's.
    """

    letters: tuple[str, ...]
    start: int
    end: int
    how: str
    offered: bool = True
    disagrees: bool = False

    @property
    def letter(self) -> str | None:
        """The one letter named, or None."""
        return self.letters[0] if len(self.letters) == 1 and self.offered else None


def as_target(mention: Mention) -> Target:
    """Return the choice of what is mentioned."""
    return Target(
        (mention.letter,), mention.start, mention.end, mention.how, mention.offered, disagrees=mention.disagrees
    )


def after(
    tokens: Tokens, start: int, end: int, *, of_answer: bool, colon: bool = False, negated: bool = False
) -> Target | None:
    """Return what is in [start, end), after a cue such as "the answer is"; None if nothing is named.

    `of_answer`: the cue asks for a letter, so that a number, a small letter or a short text can be the answer. `colon`:
    the cue ends with a colon, after which a name is alone. `negated`: the cue denies what follows.
    """
    tags = tokens.tags
    position, several = start, False
    limit = min(end, start + _MOST_SKIPPED)
    while position < limit:
        tag = tags[position]
        if tag in "eb":
            several = True
        elif tag in "NJ" and not negated:
            negated = True
        elif tag not in _FILLING and not (tag == "r" and tokens.words[position] == "actually"):
            break
        if of_answer and not negated and (letter := _small_letter(tokens, position)):
            return as_target(letter)
        position += 1
    if position >= end:
        return None
    if negated:
        return _instead(tokens, start, position, end, of_answer=of_answer)
    tag = tags[position]
    if tag == "n" and not _LETTERS.search(tags, position, min(end, position + 4)):
        return Target((), tokens.starts[position], tokens.ends[position], "words")
    if tag in "lptq":
        alone = tokens.ends[position] <= tokens.mentions[position].end + 2
        denied = DENIED_BEHIND.match(tags, position + 1) if alone else None
        if not denied:
            return with_others(tokens, position, several)
        following = after(tokens, denied.end(), end, of_answer=of_answer)
        return following if following and following.letters else None
    if of_answer and (letter := _small_letter(tokens, position) or _number(tokens, position)):
        return as_target(letter)
    found = named(tokens, position, end, several)
    return found or _not_offered(tokens, start, position, end, colon=colon)


def _instead(tokens: Tokens, start: int, position: int, end: int, *, of_answer: bool) -> Target | None:
    """Return what a denial puts in place of what it denies, or the option that is itself a denial."""
    turn = tokens.tags.find("T", position, min(end, position + 20))
    if turn >= 0:
        return after(tokens, turn + 1, end, of_answer=of_answer)
    denying = tokens.view.options.denying
    own = _LETTERS.search(tokens.tags, position + 1, min(end, position + 6)) if denying else None
    if own and tokens.mentions[own.start()].letter in denying:
        return with_others(tokens, own.start())
    meant = close(tokens, start, end) if denying else None
    return meant if meant and meant.letter in denying else None


def _small_letter(tokens: Tokens, index: int) -> Mention | None:
    """Return the option of a small letter that a sign or the line's end follows."""
    word, start, end = tokens.words[index], tokens.starts[index], tokens.ends[index]
    letter = word.upper()
    if (
        len(word) != 1
        or tokens.view.text[start] != word
        or letter not in tokens.view.options.letters
        or letter in tokens.view.options.as_texts
    ):
        return None
    text = tokens.view.text
    behind = text[end : end + 4].lstrip(" \t")
    if behind[:1] in ('"', "'"):
        return Mention(letter, start, end, "letter") if text[start - 1 : start] == behind[0] else None
    if behind[:1] in ("", "\n", ")", "}", "]", "<") or (behind[:1] in ".,:" and not behind[1:].isalnum()):
        return Mention(letter, start, end, "letter")
    return None


def _number(tokens: Tokens, index: int) -> Mention | None:
    """Return the option in the place that a number says, where no option has a number itself."""
    options, word = tokens.view.options, tokens.words[index]
    if (
        tokens.tags[index] != "k"
        or options.numbered
        or not word.isdecimal()
        or not 1 <= int(word) <= len(options.letters)
    ):
        return None
    behind = tokens.tags[index + 1 : index + 2]
    if behind and behind not in ".,;:)\n?":
        return None
    return Mention(options.letters[int(word) - 1], tokens.starts[index], tokens.ends[index], "number")


def with_others(tokens: Tokens, index: int, several: bool = False) -> Target:
    """Return the option at a token, with those that are named beside it as just as good.

    `several`: a word such as "either" says that more than one is meant.
    """
    tags = tokens.tags
    mention = tokens.mentions[index]
    found = [mention]
    last = index
    while len(found) <= _MOST_NAMED and (other := _another(tokens, last)):
        found.append(tokens.mentions[other])
        last = other
    letters = tuple(dict.fromkeys(other.letter for other in found))
    if len(letters) == 1:
        end = tokens.sentence_end(index)
        if several:
            near = [
                at for at in range(index + 1, min(end, index + 12)) if tags[at] in "ltp" and not rejected(tokens, at)
            ]
        else:
            near = [at for at in range(index + 1, end) if tags[at] in "ltp"] if "~" in tags[index:end] else []
        letters = tuple(dict.fromkeys([*letters, *(tokens.mentions[at].letter for at in near)]))
    if len(letters) > 1:
        return Target(letters, mention.start, found[-1].end, mention.how)
    if mention.how == "letter" and not mention.disagrees and _other_text_follows(tokens, index):
        return as_target(replace(mention, disagrees=True))
    return as_target(mention)


def with_those_joined(tokens: Tokens, target: Target) -> Target:
    """Return a choice with an action that "and" joins to it: "call for help and perform an MRI"."""
    at = tokens.index_at(target.start)
    match = _JOINED_ACTION.match(tokens.tags, at + 1) if at in tokens.mentions else None
    if not match or rejected(tokens, match.start("mention")):
        return target
    other = tokens.mentions[match.start("mention")]
    letters = tuple(dict.fromkeys((*target.letters, other.letter)))
    return replace(target, letters=letters, end=other.end) if len(letters) > 1 else target


def _another(tokens: Tokens, last: int) -> int | None:
    """Return the option that "and", "or" or a comma adds to the one at a token, or None."""
    tags, words = tokens.tags, tokens.words
    match = _MORE.match(tags, last + 1)
    if not match:
        return None
    other = match.start(match.lastgroup or "mention")
    joined = tags[last + 1 : other]
    follows = tags[other + 1 : other + 2]
    plural = "&" in joined and other + 1 < len(words) and words[other + 1] not in tokens.known.singular
    if follows and follows in _NEW_CLAUSE and not plural:
        return None
    if rejected(tokens, other) or (tags[other] == "q" and follows and follows not in ".,;)\n"):
        return None
    if set(joined).isdisjoint("&v/+eb"):
        particle = follows == "a" and words[other + 1] > SCRIPTS_WITHOUT_CASE
        if not particle and not _LIST_GOES_ON.match(tags, other + 1):
            return None
        if tags[other] in "pq" and words[max(other - 2, 0)] < SCRIPTS_WITHOUT_CASE:
            return None
    return other


def _other_text_follows(tokens: Tokens, index: int) -> bool:
    """Return whether the line goes on, after a letter and a sign, with another option in other words."""
    if not _SIGN_AND_NAME.match(tokens.tags, index + 1) or tokens.ends[index] > tokens.mentions[index].end + 2:
        return False
    start = index + 2
    end = tokens.tags.find("\n", start)
    end = end if end >= 0 else len(tokens.tags)
    if tokens.ends[end - 1] - tokens.starts[start] > _LONGEST_NAME:
        return False
    beside = tokens.view.close_in(tokens.starts[start], tokens.ends[end - 1])
    return beside is not None and beside.letter != tokens.mentions[index].letter


def named(tokens: Tokens, start: int, end: int, several: bool = False) -> Target | None:
    """Return the option or options that a stretch names without rejecting them, or None."""
    tags = tokens.tags
    end = min(end, start + _REACH)
    for sign in "QH":
        at = tags.find(sign, start, end)
        end = at if at >= 0 else end
    for index in range(start, end):
        if tags[index] in "lp" and not rejected(tokens, index):
            return with_others(tokens, index, several)
    if any(tags[index] in "lp" for index in range(start, end)):
        return None
    return close(tokens, start, end)


def close(tokens: Tokens, start: int, end: int) -> Target | None:
    """Return the one option that a stretch names in other words or misspelt, and does not reject."""
    if start >= end:
        return None
    for match in _AGAINST.finditer(tokens.tags, start, end):
        if tokens.words[match.start()] not in tokens.view.options.all_words:
            return None
    mention = tokens.view.close_in(tokens.starts[start], tokens.ends[end - 1])
    return as_target(mention) if mention else None


def _not_offered(tokens: Tokens, start: int, position: int, end: int, *, colon: bool) -> Target | None:
    """Return the choice of something that no option says, where a stretch is a name and nothing else."""
    tags, options = tokens.tags, tokens.view.options
    comma = tags.find(",", position, end)
    stop = comma if comma >= 0 else end
    if not 0 < stop - position <= (_LONGEST_BEHIND_COLON if colon else _LONGEST_ELSEWHERE):
        return None
    words = tokens.words[position:stop]
    said_about_it = words[0] in tokens.known.unnamed or any(tag in "Ix" for tag in tags[start:position])
    if said_about_it or not _NAMES_ONLY.fullmatch(tags, position, stop):
        return None
    figures = {words[at - position] for at in range(position, stop) if tags[at] == "k"}
    if not (figures and options.numbered and options.all_words.isdisjoint(figures)):
        telling = [word for word in words if len(word) > 2 and word not in COMMON]
        known = sum(word in options.all_words for word in telling)
        if not any(len(word) > 3 for word in telling) or 2 * known > len(telling):
            return None
    return Target((), tokens.starts[position], tokens.ends[stop - 1], "name" if colon else "text", offered=False)


def before(tokens: Tokens, verb: int) -> Target | None:
    """Return what comes before a verb such as the "is" of "is the best option"."""
    tags = tokens.tags
    low = max(tokens.sentence_start(verb), verb - 40)
    low = max(low, *(tags.rfind(sign, low, verb) + 1 for sign in ";TZUB"))
    position = verb - 1
    while position >= low and tags[position] in "a)h,uOA|:-":
        position -= 1
    if position >= low and tags[position] == "j":
        if tokens.words[position] != "which" or position - 2 < low:
            return None
        position -= 1
        while position >= low and tags[position] in "),":
            position -= 1
    if position >= low and tags[position] in "lptq":
        return _before_with_others(tokens, position, low)
    for index in range(position, low - 1, -1):
        if tags[index] in "lp":
            if rejected(tokens, index) or tags[index + 1 : verb].count("w") > 6:
                return None
            return _before_with_others(tokens, index, low)
        if tags[index] in "j,?:JI":
            break
    if any(tags[index] in "lp" for index in range(low, verb)):
        return None
    return close(tokens, low, verb)


def _before_with_others(tokens: Tokens, index: int, low: int) -> Target | None:
    tags = tokens.tags
    found = [tokens.mentions[index]]
    first = index
    while match := _JOINED_BEFORE.search(tags, max(low, first - 10), first):
        alone = not set(tags[match.end(1) : first]) & set("&v/")
        if alone and (len(found) == 1 or tags[match.start(1)] in "pq"):
            break
        first = match.start(1)
        found.append(tokens.mentions[first])
        if len(found) > _MOST_NAMED:
            break
    if _EXCEPTED.search(tags, max(0, first - 5), first):
        return None
    letters = tuple(dict.fromkeys(mention.letter for mention in reversed(found)))
    if len(letters) > 1:
        return Target(letters, found[-1].start, found[0].end, found[0].how)
    return as_target(found[0])


def subject_not_offered(tokens: Tokens, low: int, verb: int) -> Target | None:
    """Return the choice of something that no option says: "Thrombectomy is the treatment of choice"."""
    tags = tokens.tags
    start = low
    while start < verb and tags[start] in "aZ,":
        start += 1
    if not _SUBJECT.fullmatch(tags, start, verb) or not _PRAISE_OF_THE_MATTER.match(tags, verb):
        return None
    words = [word for word in tokens.words[start:verb] if len(word) > 2 and word not in COMMON]
    if not words or any(word in tokens.view.options.all_words or word in tokens.known.unnamed for word in words):
        return None
    return Target((), tokens.starts[start], tokens.ends[verb - 1], "text", offered=False)
