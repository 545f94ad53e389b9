"""Verdicts that commit to no single option offered."""

from __future__ import annotations

from answer_grammar.cases import capital
from answer_grammar.writer import Writer


def either(w: Writer) -> str:
    """Return a sentence that leaves two options open."""
    return w.phrase("either")


def both(w: Writer) -> str:
    """Return a sentence that gives two options."""
    return w.phrase("both")


def several_labelled(w: Writer) -> str:
    """Return a label with two letters behind it."""
    word = w.rng.choice(["and", "or"])
    pair = w.say.word(word).join([w.other, w.second])
    return f"{w.phrase('label')}{w.say.word('colon', ': ')}{pair}"


def unknown(w: Writer) -> str:
    """Return a sentence that does not know."""
    return w.phrase("unknown")


def none_fits(w: Writer) -> str:
    """Return a sentence that no option fits."""
    return w.phrase("none_fits")


def only_rejections(w: Writer) -> str:
    """Return prose that turns down two of the options and says nothing on the others."""
    pair = [w.other, w.second]
    slots = [w.phrase("reject_many", pair), w.phrase("reject_letter")]
    return w.rng.choice(slots)


def letter_not_offered(w: Writer) -> str:
    """Return a commitment to a letter that is not among the options."""
    return w.say.one(w.rng, "letter").replace("{L}", w.case.outside())


def text_not_offered(w: Writer) -> str:
    """Return a labelled answer, or a sentence, with what is not among the options."""
    other = w.rng.choice(w.case.elsewhere)
    slot = f"text_{w.case.asks}"
    if w.rng.random() < 0.5 and slot in w.say.slots:
        return w.say.one(w.rng, slot).format(t=other, T=capital(other))
    return f"{w.phrase('label')}{w.say.word('colon', ': ')}{capital(other)}"


def taken_back(w: Writer) -> str:
    """Return a commitment that is taken back, without another in its place."""
    first = w.say.one(w.rng, "letter").replace("{L}", w.bare(w.other))
    return w.sentences(first, w.phrase("taken_back"))


def refusal(w: Writer) -> str:
    """Return a refusal."""
    return w.phrase("refusal")
