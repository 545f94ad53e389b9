"""What an answer says before and behind its commitment. None of it commits to an option."""

from __future__ import annotations

from answer_grammar.writer import Writer


def findings(w: Writer) -> str:
    """Return some findings of the case, as prose or as a list."""
    some = w.rng.sample(w.case.findings, k=min(len(w.case.findings), w.rng.randint(1, 4)))
    match w.rng.randrange(4):
        case 0 if len(some) > 1:
            return "\n".join(f"{number}. {finding}" for number, finding in enumerate(some, start=1))
        case 1 if len(some) > 1:
            return "\n".join(f"- {finding}" for finding in some)
        case _:
            return w.sentences(*some)


def evaluation(w: Writer, *, open_ended: bool = False) -> str:
    """Return the options one by one with a remark on each, under a heading.

    The remark speaks for the option that the answer commits to, and against the others; `open_ended` remarks take no
    side.
    """
    heading = w.phrase("heading")
    if w.markdown and w.rng.random() < 0.4:
        heading = w.heading(heading)
    colon = w.say.word("colon", ": ")
    lines = []
    for letter in w.case.options:
        side = "neutral" if open_ended or w.case.entangled else "for" if letter == w.letter else "against"
        remark = w.phrase(side) + w.say.word("stop", ".")
        lines.append((letter, remark))
    bullet = w.rng.choice(["", "- ", "* "]) if w.markdown else w.rng.choice(["", "- "])
    bold = w.markdown and w.rng.random() < 0.6
    written = [
        f"{bullet}**{w.item(letter)}**{colon}{remark}" if bold else f"{bullet}{w.item(letter)}{colon}{remark}"
        for letter, remark in lines
    ]
    gap = "\n\n" if w.rng.random() < 0.3 and not bullet else "\n"
    return f"{heading}\n{w.rng.choice(['', chr(10)])}{gap.join(written)}"


def option_list(w: Writer) -> str:
    """Return the options under a heading, without a remark."""
    return f"{w.phrase('heading')}\n" + "\n".join(w.item(letter) for letter in w.case.options)


def rejections(w: Writer) -> str:
    """Return prose that turns down options which the answer does not commit to."""
    if w.case.kind == "letter" or w.case.entangled:
        return ""
    by_text = not w.case.only_by_letter and w.case.asks != "step" and w.other_is_named
    if by_text and w.rng.random() < 0.5:
        return w.phrase("reject_text")
    if len(w.others) > 2 and w.rng.random() < 0.4:
        return w.phrase("reject_many", sorted(w.rng.sample(w.others, k=2)))
    return w.phrase("reject_letter")


def why_not(w: Writer) -> str:
    """Return the other options with what speaks against each, under a heading."""
    if w.case.entangled:
        return ""
    colon = w.say.word("colon", ": ")
    named = w.rng.random() < 0.6 or w.case.kind == "letter"
    bullet = w.rng.choice(["- ", "- ", ""])
    lines = [
        f"{bullet}{w.item(letter) if named else letter + ')'}{colon if named else ' '}{w.phrase('against')}"
        f"{w.say.word('stop', '.')}"
        for letter in w.others
    ]
    return f"{w.heading(w.phrase('why_not'))}\n" + "\n".join(lines)


def hypothetical(w: Writer) -> str:
    """Return a sentence on what the answer would have been in another case."""
    return "" if w.case.kind == "letter" else w.phrase("hypothetical")
