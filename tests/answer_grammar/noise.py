"""What real answers carry besides the answer: thoughts, a further question, odd spaces, an end that is cut off."""

from __future__ import annotations

from answer_grammar import reasoning
from answer_grammar.writer import Writer


def cut_evaluation(w: Writer) -> str:
    """Return an evaluation of the options that breaks off in the middle of one, before anything is chosen."""
    text = reasoning.evaluation(w, open_ended=True)
    letters = list(w.case.options)
    last = w.rng.choice(letters[1:])
    at = text.index(w.item(last)) + len(w.item(last))
    return text[: at + w.rng.randint(2, 12)].rstrip("* \n.。")


def unclosed_thought(w: Writer) -> str:
    """Return a chain of thought that never ends."""
    said = w.sentences(*w.rng.sample(w.case.findings, k=2), w.say.one(w.rng, "hypothetical").format(X=w.other))
    return f"<think>\n{said}"


def add(w: Writer, text: str, place: str, *, commits: bool) -> tuple[str, list[str]]:
    """Return an answer with noise that changes nothing about what it chooses, and the kinds of noise."""
    added: list[str] = []
    if w.rng.random() < 0.06 and not text.startswith("<think>"):
        musing = w.sentences(w.rng.choice(w.case.findings), reasoning.hypothetical(w))
        text = f"<think>\n{musing}\n</think>\n\n{text}"
        added.append("thought")
    if w.say.language == "en" and commits and place in ("anywhere", "first") and w.rng.random() < 0.03:
        listed = "\n".join(f"{letter}. {option}" for letter, option in w.case.options.items())
        asked = f"Question: {w.rng.choice(w.case.findings)} Which option is best?"
        text = f"{asked}\nOptions:\n{listed}\nAnswer: {text}"
        added.append("question again")
    if w.say.language == "en" and commits and place == "anywhere" and w.rng.random() < 0.04:
        listed = "\n".join(f"{letter}. {option}" for letter, option in w.case.options.items())
        asked = "Question: A 34-year-old woman has a rash. What is the diagnosis?"
        text = f"{text}\n\n{asked}\nOptions:\n{listed}\nAnswer: {w.other}"
        added.append("further question")
    if w.rng.random() < 0.05:
        text = text.replace("\n", "\r\n")
        added.append("carriage returns")
    if w.rng.random() < 0.05:
        text = text.replace(" ", "\u00a0")
        added.append("no-break spaces")
    if w.rng.random() < 0.05:
        text = f"\n\n  {text}  \n"
        added.append("outer space")
    if w.rng.random() < 0.03:
        text = f"{text}<|im_end|>" if w.rng.random() < 0.5 else f"{text}</s>"
        added.append("end token")
    return text, added
