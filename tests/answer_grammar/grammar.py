"""Composes whole answers: a form, a language, options of some kind, what stands around the verdict, and noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from answer_grammar import abstentions, commitments, layouts, noise, reasoning, records
from answer_grammar.answer import Abstention, GeneratedAnswer, without_marks
from answer_grammar.cases import OptionCase, draw_case
from answer_grammar.phrases import LANGUAGES, Part, phrases
from answer_grammar.writer import Writer

PARTS: tuple[Part, ...] = ("development", "held-out")
_ENGLISH = 0.4


@dataclass(frozen=True, slots=True)
class Form:
    """A way to give an answer. `abstains` says why it chooses nothing, where it does.

    `place` says where it is written: "anywhere" in the reasoning, "first" with an explanation behind it, "last", or
    "alone". `leans` says whether the reasoning around it may speak for and against options. `suits` says to which cases
    it can be given.
    """

    write: Callable[[Writer], str]
    weight: int
    place: str = "anywhere"
    abstains: Abstention | None = None
    leans: bool = True
    suits: Callable[[OptionCase], bool] = lambda case: True


def _any_text(case: OptionCase) -> bool:
    return not case.only_by_letter


def _letters_are_plain(case: OptionCase) -> bool:
    return case.kind != "letter"


def _four_plain(case: OptionCase) -> bool:
    return case.kind not in ("letter", "lettered", "all of the above", "none of the above") and len(case.options) >= 4


def _four_words(case: OptionCase) -> bool:
    return _four_plain(case) and case.kind != "number"


def _separate(case: OptionCase) -> bool:
    return not case.entangled


def _separate_letters(case: OptionCase) -> bool:
    return case.kind != "letter" and not case.entangled


def _has_elsewhere(case: OptionCase) -> bool:
    return bool(case.elsewhere) and _four_plain(case)


def _first_line(w: Writer) -> str:
    letter = w.letter or ""
    kinds = [w.both]
    if w.case.kind != "letter":
        kinds += [w.bare]
    if not w.case.only_by_letter:
        kinds += [w.named]
    return w.rng.choice(kinds)(letter, True)


FORMS: dict[str, Form] = {
    "letter": Form(commitments.by_letter, 14, suits=_letters_are_plain),
    "letter and text": Form(commitments.by_letter_and_text, 12),
    "text": Form(commitments.by_text, 12, suits=_any_text),
    "label": Form(commitments.by_label, 10),
    "announced": Form(commitments.announced, 5),
    "box": Form(commitments.in_a_box, 4),
    "elimination": Form(commitments.by_elimination, 7, suits=_separate_letters),
    "changed": Form(commitments.changed, 6, suits=_letters_are_plain, leans=False),
    "first line": Form(_first_line, 9, "first"),
    "last line": Form(_first_line, 6, "last"),
    "whole answer": Form(_first_line, 5, "alone"),
    "JSON": Form(records.as_json, 6, "alone"),
    "XML": Form(records.as_xml, 3, "alone"),
    "YAML": Form(records.as_yaml, 2, "alone"),
    "table": Form(layouts.table, 4, "last", suits=_separate),
    "check boxes": Form(layouts.check_boxes, 3, "alone", suits=_separate),
    "signs": Form(layouts.signs, 3, "alone", suits=_separate),
    "pointer": Form(layouts.pointed_at, 2, "first"),
    "option by option": Form(layouts.verdicts, 5, "last", suits=_separate),
    "ranking": Form(layouts.ranking, 2, "alone", suits=_four_plain),
    "percentages": Form(layouts.percentages, 2, "alone", suits=_four_words),
    "either": Form(abstentions.either, 4, abstains="several", leans=False, suits=_four_plain),
    "both": Form(abstentions.both, 3, abstains="several", leans=False, suits=_four_plain),
    "two labelled": Form(abstentions.several_labelled, 2, abstains="several", leans=False, suits=_four_plain),
    "two boxes": Form(layouts.two_boxes, 1, "alone", "several", leans=False, suits=_four_plain),
    "JSON with two": Form(records.json_with_two, 1, "alone", "several", leans=False, suits=_four_plain),
    "does not know": Form(abstentions.unknown, 3, abstains="none", leans=False, suits=_four_plain),
    "none fits": Form(abstentions.none_fits, 2, abstains="none", leans=False, suits=_four_plain),
    "only rejections": Form(abstentions.only_rejections, 3, "alone", "none", leans=False, suits=_four_plain),
    "only a list": Form(reasoning.option_list, 2, "alone", "none", leans=False, suits=_four_plain),
    "no box": Form(layouts.no_box, 1, "alone", "none", leans=False, suits=_four_plain),
    "JSON null": Form(records.json_without_answer, 1, "alone", "none", leans=False, suits=_four_plain),
    "letter not offered": Form(
        abstentions.letter_not_offered, 3, abstains="not offered", leans=False, suits=_four_plain
    ),
    "text not offered": Form(
        abstentions.text_not_offered, 4, abstains="not offered", leans=False, suits=_has_elsewhere
    ),
    "taken back": Form(abstentions.taken_back, 4, abstains="retracted", leans=False, suits=_four_plain),
    "refusal": Form(abstentions.refusal, 3, "alone", "refused", leans=False),
    "cut off": Form(noise.cut_evaluation, 4, "alone", "truncated", leans=False, suits=_four_plain),
    "cut off in thought": Form(noise.unclosed_thought, 2, "alone", "truncated", leans=False, suits=_four_plain),
}


def generate(seed: int, index: int, part: Part = "development") -> GeneratedAnswer:
    """Return the answer with this number of a seed. Each is independent of the others."""
    rng = Random(f"{part} {seed} {index}")
    names, weights = list(FORMS), [form.weight for form in FORMS.values()]
    while True:
        language = "en" if rng.random() < _ENGLISH else rng.choice([name for name in LANGUAGES if name != "en"])
        name = rng.choices(names, weights)[0]
        form = FORMS[name]
        say = phrases(language, part)
        options_in = "en" if form.abstains is None and name in _WITH_FOREIGN and rng.random() < 0.15 else language
        case = draw_case(rng, say, options_in)
        if form.suits(case):
            break
    letter = None if form.abstains else rng.choice(list(case.options))
    w = Writer(rng, say, part, case, letter, markdown=rng.random() < 0.5)
    body = _composed(w, form)
    text, added = noise.add(w, body, form.place, commits=letter is not None)
    plain, spans = without_marks(text)
    cut = form.abstains == "truncated" and rng.random() < 0.7
    return GeneratedAnswer(
        plain,
        dict(case.options),
        letter,
        form.abstains,
        spans,
        name,
        language,
        case.kind,
        tuple(dict.fromkeys([*w.noise, *added])),
        "length" if cut else "stop",
    )


_WITH_FOREIGN = frozenset({"letter", "letter and text", "label", "box", "first line", "JSON"})


def _composed(w: Writer, form: Form) -> str:
    verdict = form.write(w)
    if form.place == "alone":
        return verdict
    before = _reasoning(w, form) if form.place != "first" else []
    behind: list[str] = []
    if form.place == "first" or (form.place == "anywhere" and form.leans and w.rng.random() < 0.3):
        behind = _explanation(w) if form.abstains is None else []
        if form.place == "anywhere" and w.rng.random() < 0.7:
            before = []
    if w.rng.random() < 0.25:
        behind.append(w.phrase("closing") if w.rng.random() < 0.8 or form.abstains else reasoning.hypothetical(w))
    if form.leans and w.letter and w.case.kind != "letter" and w.rng.random() < 0.08:
        behind.append(commitments.by_letter(w))
        w.noise.append("said twice")
    if form.place == "anywhere":
        verdict = _dressed(w, verdict)
    if before and w.markdown and w.rng.random() < 0.15:
        before.append(w.heading(w.phrase("conclusion_heading")))
    alone = verdict.startswith((">", "-", "#", "* ", "✅", "🔹", "➡"))
    if (
        form.place == "anywhere"
        and before
        and not alone
        and "\n" not in "".join([*before[-1:], verdict])
        and w.rng.random() < 0.5
    ):
        verdict = w.sentences(before.pop(), verdict) if not before[-1].startswith(("#", "*")) else verdict
    if form.place == "last":
        return "\n\n".join([*before, verdict, *behind])
    return w.lines(*before, verdict, *behind)


_DRESS = {
    "development": ("**{}**", "> {}", "- {}", "### {}", "✅ {}"),
    "held-out": ("*{}*", "***{}***", "* {}", "#### {}", "🔹 {}", "➡️ {}"),
}


def _dressed(w: Writer, verdict: str) -> str:
    """Return a verdict as it is, without its full stop, or as a whole in bold, quoted, as an item or a heading."""
    if "\n" in verdict:
        return verdict
    stop = w.say.word("stop", ".")
    if verdict.endswith(stop) and w.rng.random() < 0.12:
        verdict = verdict.removesuffix(stop)
    if w.markdown and not any(sign in verdict for sign in "*_`#>") and w.rng.random() < 0.2:
        return w.rng.choice(_DRESS[w.part]).format(verdict)
    return verdict


def _reasoning(w: Writer, form: Form) -> list[str]:
    pieces: list[str] = []
    if w.rng.random() < 0.4:
        pieces.append(w.phrase("lead_in"))
    if w.rng.random() < 0.15:
        pieces.append(w.phrase("false_refusal"))
    if w.rng.random() < 0.6:
        pieces.append(reasoning.findings(w))
    roll = w.rng.random()
    if roll < 0.3:
        pieces.append(reasoning.evaluation(w, open_ended=not form.leans or w.rng.random() < 0.5))
    elif roll < 0.36:
        pieces.append(reasoning.option_list(w))
    elif roll < 0.6 and form.leans:
        pieces.append(reasoning.rejections(w))
    if form.leans and w.case.kind != "letter" and w.rng.random() < 0.08:
        pieces.append(w.phrase("first_impression"))
    if form.leans and w.rng.random() < 0.06:
        pieces.append(reasoning.hypothetical(w))
    return [piece for piece in pieces if piece]


def _explanation(w: Writer) -> list[str]:
    pieces: list[str] = []
    if w.rng.random() < 0.7:
        label = w.say.word("explanation")
        said = reasoning.findings(w)
        pieces.append(f"{w.heading(label)}\n{said}" if w.rng.random() < 0.5 else said)
    if w.rng.random() < 0.5:
        pieces.append(reasoning.why_not(w))
    elif w.rng.random() < 0.3:
        pieces.append(reasoning.rejections(w))
    return pieces
