"""The methods paragraph about the answers: which cases, which arms, and how the answers were generated."""

from __future__ import annotations

from collections import Counter
from typing import Any

from doubleread.domain.statements import Statement, listed
from doubleread.domain.tasks import TASKS
from doubleread.domain.wording import plural, verb
from doubleread.reports.facts import SHOWN, Facts, counted, days, each, models
from doubleread.results.provenance import DECODING, GGUF, PROMPT, Provenance


def _cases(facts: Facts) -> str:
    kinds = listed(f"{count:,} of kind {kind}" for kind, count in facts.methods.kinds.items())
    return f"{plural(facts.results.cases, 'case')} ({kinds})"


def _answered(facts: Facts) -> str | None:
    if any(arm.answered < arm.cases for arm in facts.results.arms):
        return None
    return f"Two arms answered the same {_cases(facts)}."


def _partly_answered(facts: Facts) -> str | None:
    first, second = (arm.answered for arm in facts.results.arms)
    if not facts.methods.answers or first == second == facts.results.cases:
        return None
    said = (
        each((arm.name, arm.answered) for arm in facts.results.arms)
        if facts.named
        else f"{min(first, second):,} and {max(first, second):,}"
    )
    return f"The study has {_cases(facts)} and two arms; answers so far: {said}."


def _unanswered(facts: Facts) -> str | None:
    return None if facts.methods.answers else f"The study has {_cases(facts)} and two arms; no answer is recorded."


def _samples(facts: Facts) -> str | None:
    samples = facts.methods.protocol.samples
    if samples == 1 or facts.methods.answers < 2 * samples * facts.results.cases:
        return None
    seeds = ", with recorded seeds" if all(arm.seeded == arm.answers for arm in facts.methods.arms) else ""
    return f"Each arm answered each case {samples} times{seeds}; readers read the first answer."


def _fewer_samples(facts: Facts) -> str | None:
    samples, answers = facts.methods.protocol.samples, facts.methods.answers
    if samples == 1 or _samples(facts) or not answers:
        return None
    wanted = 2 * samples * facts.results.cases
    return (
        f"The protocol asks each arm for {samples} answers to each case, of which readers read the first;"
        f" {answers:,} of {wanted:,} answers are recorded."
    )


def _documents(facts: Facts) -> str | None:
    given = facts.results.documents
    if not (answers := sum(one.answers for one in given)):
        return None
    order = (
        ", shuffled differently for each case and sample by the recorded seed"
        if facts.methods.protocol.document_order == "shuffled"
        else ""
    )
    documents = sum(one.documents for one in given)
    left = sum(one.left_out for one in given)
    said = "; none was left out"
    if left:
        cut = sum(one.cut for one in given)
        said = (
            f"; in {cut:,} of them, documents were left out because the context had no room"
            f" ({left:,} of {plural(documents, 'document')} in all)"
        )
    return f"{plural(answers, 'answer')} had the documents of the case in the prompt{order}{said}."


def _estimated_lengths(facts: Facts) -> str | None:
    estimated = sum(one.estimated for one in facts.results.documents)
    if not estimated:
        return None
    answers = plural(estimated, "answer")
    return f"For {answers}, the length of the prompt was estimated, because the server has no tokenizer."


def _skipped(facts: Facts) -> str | None:
    skipped = facts.methods.skipped_lines
    if not skipped:
        return None
    return f"{plural(skipped, 'line')} of the case files {'was' if skipped == 1 else 'were'} skipped because of errors."


def _unnamed(facts: Facts) -> str | None:
    if facts.named:
        return None
    return "The arms are not named in this report, since readings are still due."


def _generated(facts: Facts) -> str | None:
    if not facts.named:
        return None
    sentences = [_arm(name, arm) for name, arm in facts.arms if arm.generated]
    return " ".join(sentences) or None


def _arm(name: str, arm: Provenance) -> str:
    parts = list(filter(None, [models(name, arm, of=arm.generated)]))
    parts += [
        label + counted(((value[:SHOWN], count) for value, count in arm.values(entry)), of=arm.generated)
        for label, entry in (("", "quantisation"), ("sha256 ", GGUF), ("llama.cpp ", "llama.cpp"))
        if arm.values(entry)
    ]
    if devices := arm.values("device"):
        parts.append(f"on {counted(devices, of=arm.generated)}")
    described = f" ({', '.join(parts)})" if parts else ""
    return f"{name}{described} generated {plural(arm.generated, 'answer')}."


def _differences(facts: Facts) -> str | None:
    if not facts.methods.differences:
        return None
    differ = [_difference(name, values, named=facts.named) for name, values in facts.methods.differences.items()]
    return f"The arms differ in {listed(differ)}."


def _difference(name: str, values: tuple[Any, Any], *, named: bool) -> str:
    table, _, setting = name.rpartition(".")
    words = f"{setting.replace('_', ' ')} of the prompt" if table == "prompt" else setting.replace("_", " ")
    short = all(isinstance(value, int | float) for value in values)
    return f"{words} ({values[0]} and {values[1]})" if named and short else words


def _dates(facts: Facts) -> str | None:
    dated = [arm for arm in facts.methods.arms if arm.dated]
    if not dated:
        return None
    when = days(min(arm.first_at for arm in dated), max(arm.last_at for arm in dated))
    count = sum(arm.dated for arm in dated)
    return f"{plural(count, 'answer')} {verb(count, 'was', 'were')} generated {when}."


def _undated(facts: Facts) -> str | None:
    return _not_recorded(facts, "date of generation", sum(arm.dated for arm in facts.methods.arms))


def _not_recorded(facts: Facts, what: str, recorded: int) -> str | None:
    """Return for how many answers something is not recorded; None if it is recorded for all."""
    missing = facts.methods.answers - recorded
    if not missing:
        return None
    of = "any answer" if not recorded else f"{missing:,} of {plural(facts.methods.answers, 'answer')}"
    return f"The {what} is not recorded for {of}."


def _imported(facts: Facts) -> str | None:
    imported = facts.methods.imported
    if not imported:
        return None
    if not facts.named:
        return f"{plural(imported, 'answer')} {'was' if imported == 1 else 'were'} imported."
    said = "; ".join(
        f"{plural(arm.imported, 'answer')} of {name}{_from(arm)}" for name, arm in facts.arms if arm.imported
    )
    return f"Imported from files: {said}."


def _from(arm: Provenance) -> str:
    files = [name for name in arm.files if name]
    return f" from {listed(files)}" if files else ""


def _all(facts: Facts, entry: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for arm in facts.methods.arms:
        found.update(dict(arm.values(entry)))
    return found


def _decoding(facts: Facts) -> str | None:
    values = _all(facts, DECODING)
    # Settings that differ between the arms could tell a reader which is which.
    if not values or (not facts.named and len(values) > 1):
        return None
    greedy = all(value.startswith(("temperature 0,", "temperature 0.0,")) for value in values)
    how = " (greedy decoding)" if greedy else ""
    return f"Decoding settings: {counted(values.most_common(), of=facts.methods.answers)}{how}."


def _decoding_not_recorded(facts: Facts) -> str | None:
    what = "decoding configuration (temperature, seed, token limit)"
    return _not_recorded(facts, what, facts.methods.recorded(DECODING))


def _prompt(facts: Facts) -> str | None:
    values = _all(facts, PROMPT)
    if not values or (not facts.named and len(values) > 1):
        return None
    names = facts.methods.prompts
    said = [
        (f"{names[value].name}, sha256 {value[:SHOWN]}" if value in names else f"sha256 {value[:SHOWN]}", count)
        for value, count in values.most_common()
    ]
    return f"Prompt template: {counted(said, of=facts.methods.answers)}."


def _task(facts: Facts) -> str | None:
    protocol = facts.methods.protocol
    if not protocol.task or not facts.methods.generated:
        return None
    task = TASKS[protocol.task]
    examples = len(protocol.prompt.examples)
    said = f"Prompt and decoding follow the preset task {task.name} ({task.source})"
    said += f", with {plural(examples, 'solved example')} in the prompt" if examples else ""
    changed = "" if task.unchanged_in(protocol) else " The study changed the preset's prompt or decoding."
    return f"{said}.{changed} The preset deviates from its source: {'; '.join(task.deviations)}."


def _prompt_not_recorded(facts: Facts) -> str | None:
    return _not_recorded(facts, "prompt", facts.methods.recorded(PROMPT))


def _retrieval(facts: Facts) -> str | None:
    pairs = zip(facts.results.arms, facts.methods.retrievals, strict=True)
    with_it = [(arm.name, retrieval) for arm, retrieval in pairs if retrieval is not None]
    if not with_it:
        return None
    if not facts.named:
        both = len({str(retrieval.settings) for _, retrieval in with_it}) == 1 and len(with_it) == 2
        arms = "Both arms were" if both else "At least one arm was"
        return f"{arms} given passages with each case (retrieval-augmented generation)."
    shown = _SHOWN_WHEN[facts.methods.protocol.show_passages]
    given = " ".join(
        f"{name} was given {retrieval.words} with each case, at most {retrieval.max_words:,} words together,"
        f" {_HOW_FOUND[retrieval.method]}; the query was the case's {retrieval.query.replace('+', ' and ')}."
        for name, retrieval in with_it
    )
    return f"{given} {shown}"


_SHOWN_WHEN = {
    "never": "The protocol does not show readers the passages.",
    "after": "The protocol shows readers the passages after the commit.",
    "blind": "The protocol shows readers both answers' passages while they read.",
}
_HOW_FOUND = {
    "bm25": "ranked by BM25",
    "hybrid": "ranked by BM25 and by the similarity of embeddings, fused by reciprocal rank (k = 60)",
}


def _separate(facts: Facts) -> str | None:
    rendered = sum(arm.rendered for arm in facts.methods.arms)
    if not rendered:
        return None
    which = f"Each of the {rendered:,} generated answers" if rendered > 1 else "The generated answer"
    return f"{which} was requested in a separate context, which contained one case and no earlier answer."


def _truncated(facts: Facts) -> str | None:
    truncated = sum(arm.truncated for arm in facts.methods.arms)
    if not truncated:
        return None
    return f"{plural(truncated, 'answer')} ended at the token limit."


def _reasoning(facts: Facts) -> str | None:
    reasoned = sum(arm.with_reasoning for arm in facts.methods.arms)
    if not reasoned:
        return None
    return f"{plural(reasoned, 'answer')} came with reasoning, which is stored separately and not scored."


def _drift(facts: Facts) -> str | None:
    if not facts.named or not facts.several_configurations:
        return None
    return "The configuration differs within an arm; the table below counts the answers by configuration."


ANSWERS: tuple[Statement[Facts], ...] = (
    Statement("answered", _answered),
    Statement("partly-answered", _partly_answered),
    Statement("unanswered", _unanswered),
    Statement("samples", _samples),
    Statement("fewer-samples", _fewer_samples),
    Statement("documents", _documents),
    Statement("estimated-lengths", _estimated_lengths),
    Statement("skipped-lines", _skipped),
    Statement("arms-unnamed", _unnamed),
    Statement("arms-generated", _generated),
    Statement("arms-differ", _differences),
    Statement("dates", _dates),
    Statement("dates-not-recorded", _undated),
    Statement("imported", _imported),
    Statement("decoding", _decoding),
    Statement("decoding-not-recorded", _decoding_not_recorded),
    Statement("prompt", _prompt),
    Statement("task", _task),
    Statement("prompt-not-recorded", _prompt_not_recorded),
    Statement("retrieval", _retrieval),
    Statement("separate-contexts", _separate),
    Statement("truncated", _truncated),
    Statement("reasoning", _reasoning),
    Statement("configuration-drift", _drift),
)
