"""Sentences that commit to one option."""

from __future__ import annotations

from collections.abc import Callable

from answer_grammar.answer import marked
from answer_grammar.writer import Writer


def by_letter(w: Writer) -> str:
    """Return a sentence with the letter."""
    return w.phrase("letter")


def by_letter_and_text(w: Writer) -> str:
    """Return a sentence with the letter and the option's text."""
    return w.phrase("letter_text")


def by_text(w: Writer) -> str:
    """Return a sentence with the option's text alone."""
    slot = f"text_{w.case.asks}"
    if "above" in w.case.kind or slot not in w.say.slots:
        slot = "text_any"
    return w.phrase(slot)


def by_label(w: Writer) -> str:
    """Return a label with the letter, the letter and the text, or the text behind it."""
    colon = w.say.word("colon", ": ")
    label = w.phrase("label")
    if w.say.language != "tr" and w.rng.random() < 0.1:
        label = label.upper()
    kinds: list[Callable[[str, bool], str]] = [w.both]
    if w.case.kind != "letter":
        kinds += [w.bare]
    if not w.case.only_by_letter:
        kinds += [w.named]
    said = w.rng.choice(kinds)(w.letter or "", True)
    if not w.markdown:
        return f"{label}{colon}{said}"
    layouts = {
        "development": (
            "**{label}{mark}** {said}",
            "### {label}\n{said}",
            "**{label}**{colon}{said}",
            "{label}{colon}{said}",
            "__{label}__{colon}{said}",
            "## {label}\n\n{said}",
            "> {label}{colon}{said}",
            "* {label}{colon}{said}",
        ),
        "held-out": (
            "- **{label}**{colon}{said}",
            "**{label}**\n\n{said}",
            "*{label}{mark}* {said}",
            "{label} => {said}",
        ),
    }
    return w.rng.choice(layouts[w.part]).format(label=label, colon=colon, mark=colon.rstrip(), said=said)


def announced(w: Writer) -> str:
    """Return a sentence that ends in a colon, and the option on a line of its own."""
    said = w.both(w.letter or "", True)
    return f"{w.phrase('announcement')}{w.say.word('colon', ': ').rstrip()}{w.rng.choice([chr(10), chr(10) * 2])}{said}"


def in_a_box(w: Writer) -> str:
    """Return a LaTeX box."""
    letter = marked(w.letter or "")
    inside = {
        "development": (
            letter,
            f"\\text{{{letter}}}",
            f"\\textbf{{{letter}}}",
            f"\\text{{({letter})}}",
            f"\\mathrm{{{letter}}}",
            f"\\mathbf{{{letter}}}",
            f"({letter})",
            f"\\text{{{letter}.}}",
            f"\\textbf{{({letter})}}",
        ),
        "held-out": (
            f"\\textsf{{{letter}}}",
            f"\\text{{Option {letter}}}",
            f"\\textbf{{{letter}.}}",
            f"\\mathsf{{{letter}}}",
        ),
    }
    body = w.rng.choice(inside[w.part])
    if (w.rng.random() < 0.25 or w.case.kind == "letter") and "%" not in w.case.inline[w.letter or ""]:
        body = f"\\text{{{letter}. {w.case.options[w.letter or '']}}}"
    around = w.rng.choice(
        ["$\\boxed{{{}}}$", "\\boxed{{{}}}", "$$\\boxed{{{}}}$$", "\\[\\boxed{{{}}}\\]", "\\(\\boxed{{{}}}\\)"]
    )
    return around.format(body)


def by_elimination(w: Writer) -> str:
    """Return a sentence that turns others down and keeps one."""
    slots = ["except", "not_but", "reject_so"]
    if len(w.others) < 6:
        slots.append("remains")
    return w.phrase(w.rng.choice(slots))


def changed(w: Writer) -> str:
    """Return a commitment to another option, a second thought, and the commitment that counts."""
    first = w.say.one(w.rng, "letter").replace("{L}", w.bare(w.other))
    if w.rng.random() < 0.5:
        return w.sentences(first, w.phrase("instead"))
    again = by_letter_and_text(w) if w.rng.random() < 0.5 else by_letter(w)
    return w.rng.choice([w.sentences, w.lines])(first, w.phrase("second_thought"), again)
