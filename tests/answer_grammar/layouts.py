"""Answers that mark one option in a list of all: tables, check boxes, verdicts line by line, rankings, percentages."""

from __future__ import annotations

from answer_grammar.answer import marked
from answer_grammar.writer import Writer

_SIGNS = {
    "development": (("✅", "❌"), ("✓", "✗"), ("✔️", "❌"), ("☑️", "✖️"), ("🟢", "🔴"), ("✔", "✘")),
    "held-out": (("✔️", "✖️"), ("👍", "👎"), ("⭕", "❌")),
}
_BOXES = {
    "development": (("[x]", "[ ]"), ("☑", "☐"), ("[X]", "[ ]"), ("☒", "☐"), ("(x)", "( )")),
    "held-out": (("[✓]", "[ ]"), ("◉", "○"), ("■", "□")),
}
_POINTERS = {"development": ("✅", "👉", "➡️", "🎯", "✔️"), "held-out": ("👉🏻", "⇒", "⭐")}


def _listed(w: Writer, chosen: str | None) -> list[tuple[str, str]]:
    """Return the letters with their lines, the chosen one's letter marked."""
    named = w.case.kind == "letter" or w.rng.random() < 0.7
    sign = w.rng.choice([".", ")"])
    return [
        (letter, f"{marked(letter) if letter == chosen else letter}{f'{sign} {text}' if named else ''}")
        for letter, text in w.case.options.items()
    ]


def table(w: Writer) -> str:
    """Return a Markdown table that calls one option correct and each other one incorrect."""
    yes, no = w.say.word("correct"), w.say.word("incorrect")
    if w.rng.random() < 0.4:
        yes, no = w.rng.choice(_SIGNS[w.part])
    head = [w.say.word("option"), w.say.word("assessment")]
    rows = [[line, yes if letter == w.letter else no] for letter, line in _listed(w, w.letter)]
    if w.rng.random() < 0.5:
        head.append(w.say.word("explanation"))
        for row, letter in zip(rows, w.case.options, strict=True):
            row.append(w.phrase("for" if letter == w.letter else "against"))
    made = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in made)


def check_boxes(w: Writer) -> str:
    """Return the options with one box ticked."""
    return _boxes(w, {w.letter})


def two_boxes(w: Writer) -> str:
    """Return the options with two boxes ticked."""
    return _boxes(w, {w.other, w.second})


def no_box(w: Writer) -> str:
    """Return the options with no box ticked."""
    return _boxes(w, set())


def _boxes(w: Writer, ticked: set[str | None]) -> str:
    yes, no = w.rng.choice(_BOXES[w.part])
    bullet = "- " if yes.startswith("[") else w.rng.choice(["", "- "])
    return "\n".join(f"{bullet}{yes if letter in ticked else no} {line}" for letter, line in _listed(w, w.letter))


def signs(w: Writer) -> str:
    """Return the options with a tick before or behind one, and a cross at each other one."""
    yes, no = w.rng.choice(_SIGNS[w.part])
    before = w.rng.random() < 0.6
    return "\n".join(
        f"{sign} {line}" if before else f"{line} {sign}"
        for letter, line in _listed(w, w.letter)
        for sign in (yes if letter == w.letter else no,)
    )


def pointed_at(w: Writer) -> str:
    """Return one option with a sign before it."""
    return f"{w.rng.choice(_POINTERS[w.part])} {w.both(w.letter or '', sure=True)}"


def verdicts(w: Writer) -> str:
    """Return the options line by line, one called correct and each other one incorrect."""
    yes, no = w.say.word("correct"), w.say.word("incorrect")
    colon = w.say.word("colon", ": ")
    bold = w.markdown and w.rng.random() < 0.5
    lines = []
    for letter, line in _listed(w, w.letter):
        word = yes if letter == w.letter else no
        lines.append(f"{line}{colon}{f'**{word}**' if bold else word}")
        if w.rng.random() < 0.4:
            lines[-1] += f" – {w.phrase('for' if letter == w.letter else 'against')}"
    return "\n".join(lines)


def ranking(w: Writer) -> str:
    """Return the letters in order under a heading that says which end is the likely one."""
    order = [marked(w.letter or ""), *w.rng.sample(w.others, k=len(w.others))]
    return f"{w.phrase('ranking')}{w.say.word('colon', ': ')}{' > '.join(order)}"


def percentages(w: Writer) -> str:
    """Return a probability for each option; one holds more than half of it."""
    share = w.rng.choice([60, 70, 80])
    rest = (100 - share) // len(w.others)
    return f"{w.phrase('probabilities')}\n" + "\n".join(
        f"{line}: {share if letter == w.letter else rest}%" for letter, line in _listed(w, w.letter)
    )
