"""The checklist items about the arms and their answers. Each function returns None if nothing is recorded."""

from __future__ import annotations

from collections.abc import Callable

from doubleread.domain.formatting import decimal, fraction, percent, whole
from doubleread.domain.wording import plural, verb
from doubleread.reports.facts import SHOWN, Facts, counted, models
from doubleread.results.provenance import DECODING, GGUF, PROMPT, Provenance
from doubleread.statistics import Estimate, Proportion

HIDDEN = "recorded, but omitted from this page while readings are due"


def _each(facts: Facts, said: Callable[[Provenance], str]) -> str | None:
    """Return the statement about each arm; None if there is none."""
    replies = [(name, said(arm)) for name, arm in facts.arms]
    if not any(reply for _, reply in replies):
        return None
    return "; ".join(f"{name}: {reply}" for name, reply in replies if reply) if facts.named else HIDDEN


def _missing(facts: Facts, what: str, recorded: int) -> str:
    """Return the answers for which something is not recorded."""
    missing = facts.methods.answers - recorded
    return f"{what} of {plural(missing, 'answer')}" if missing else ""


def _also(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def arms(facts: Facts) -> str | None:
    """Names, and the model and the hash of each GGUF with which answers were generated."""
    if not facts.named:
        return HIDDEN
    return "; ".join(f"{name}{_model(name, arm)}" for name, arm in facts.arms)


def _model(name: str, arm: Provenance) -> str:
    hashes = [(value[:SHOWN], count) for value, count in arm.values(GGUF)]
    known = models(name, arm, of=arm.answers), f"sha256 {counted(hashes, of=arm.answers)}" if hashes else ""
    return "".join(f", {words}" for words in known if words)


def unknown(facts: Facts) -> str:
    """For how many answers the model file is not recorded."""
    return _missing(facts, "version and identifier of the model", facts.methods.recorded(GGUF))


def dates(facts: Facts) -> str | None:
    """First and last time of generation."""
    return _each(facts, lambda arm: f"{arm.first_at[:10]} to {arm.last_at[:10]}" if arm.dated else "")


def dates_missing(facts: Facts) -> str:
    """Which dates are not recorded; places never are."""
    return _also(_missing(facts, "date", sum(arm.dated for arm in facts.methods.arms)), "city and country")


def decoding(facts: Facts) -> str | None:
    """Settings, from the manifests."""
    return _each(facts, lambda arm: counted(arm.values(DECODING), of=arm.answers))


def decoding_missing(facts: Facts) -> str:
    """For how many answers they are not recorded."""
    return _missing(facts, "settings", facts.methods.recorded(DECODING))


def runs(facts: Facts) -> str | None:
    """One run for each answer that was generated here, and which of several answers to a case count."""
    generated = facts.methods.generated
    if not generated:
        return None
    if (samples := facts.methods.protocol.samples) > 1:
        return (
            f"one run for each of {plural(generated, 'generated answer')}, up to {samples} for each case and arm; the"
            " first one counts, except under Repeated runs"
        )
    return f"one run for each of {plural(generated, 'generated answer')}; nothing was combined"


def runs_missing(facts: Facts) -> str:
    """Whether imported answers were chosen from several runs is not known."""
    imported = facts.methods.imported
    return (
        f"number of runs behind {plural(imported, 'imported answer')}, and how they were combined" if imported else ""
    )


def prompts(facts: Facts) -> str | None:
    """Templates, from the manifests, and the rendered prompts."""
    recorded = facts.methods.recorded(PROMPT)
    if not recorded:
        return None
    names = [template.name for template in facts.methods.prompts.values()]
    named = f"template {', '.join(names)}, printed under Methods" if names else "sha256 of the template"
    rendered = sum(arm.rendered for arm in facts.methods.arms)
    hashes = f"; sha256 of the prompt as sent, for {plural(rendered, 'answer')}" if rendered else ""
    return f"{named} ({plural(recorded, 'answer')}){hashes}"


def prompts_missing(facts: Facts) -> str:
    """For how many answers the prompt is not recorded; its development never is."""
    return _also(_missing(facts, "prompt", facts.methods.recorded(PROMPT)), "how the prompt was developed, and by whom")


def sessions(facts: Facts) -> str | None:
    """Generated answers have a context of their own."""
    rendered = sum(arm.rendered for arm in facts.methods.arms)
    return f"a separate context for each of {plural(rendered, 'generated answer')}" if rendered else None


def sessions_missing(facts: Facts) -> str:
    """How imported answers were requested is not known."""
    imported = facts.methods.imported
    return f"how {plural(imported, 'imported answer')} {verb(imported, 'was', 'were')} requested" if imported else ""


def web(facts: Facts) -> str | None:
    """llama.cpp runs a model without any tool, hence without web access."""
    local = facts.methods.recorded("llama.cpp")
    return f"none for {plural(local, 'answer')} generated by llama.cpp on a local machine" if local else None


def web_missing(facts: Facts) -> str:
    """Whether the models behind other answers had web access is not known."""
    return _missing(facts, "web access", facts.methods.recorded("llama.cpp"))


def output(facts: Facts) -> str | None:
    """The study file keeps every text."""
    if not facts.methods.answers:
        return None
    reasoned = sum(arm.with_reasoning for arm in facts.methods.arms)
    reasoning = f"; the reasoning of {plural(reasoned, 'answer')} is stored separately" if reasoned else ""
    return f"the text of {plural(facts.methods.answers, 'answer')}, unchanged, in the study file{reasoning}"


def scores(facts: Facts) -> str | None:
    """Scorers and their versions."""
    found = facts.methods.scorers
    return "; ".join(f"scorer {name}: {plural(count, 'answer')}" for name, count in found.items()) or None


def score_validity(facts: Facts) -> str | None:
    """How often people confirmed the scorer's proposals."""
    replies = [
        f"{arm.name if facts.named else f'arm {number}'}: {percent(one.agreement.value)}"
        f" {fraction(one.agreement.successes, one.agreement.n)}"
        f"{f', kappa {decimal(one.kappa.value)}' if isinstance(one.kappa, Estimate) else ''}"
        for number, (arm, one) in enumerate(
            zip(facts.results.arms, facts.results.diagnoses.proposals, strict=True), start=1
        )
        if isinstance(one.agreement, Proportion)
    ]
    return f"agreement of proposed diagnoses with people: {'; '.join(replies)}" if replies else None


def score_validity_missing(facts: Facts) -> str:
    """Scores of choices are compared with people only if somebody reviewed them."""
    choices = sum(arm.by_kind["choice"].answered for arm in facts.results.arms)
    return "agreement of the scores of choices with human judgement" if choices else ""


def compute(facts: Facts) -> str | None:
    """Device, layers, threads, tokens and time, from the manifests."""
    return _each(facts, _compute)


def _compute(arm: Provenance) -> str:
    parts = [
        f"{label}{counted(arm.values(entry), of=arm.generated)}"
        for label, entry in (("", "device"), ("layers on a GPU ", "layers on a GPU"), ("threads ", "threads"))
        if arm.values(entry)
    ]
    if arm.timed:
        parts.append(f"{arm.tokens:,} tokens in {whole(arm.seconds)} s ({plural(arm.timed, 'answer')})")
    return ", ".join(parts)


def software(facts: Facts) -> str | None:
    """The versions of llama.cpp."""
    return _each(
        facts,
        lambda arm: ", ".join(
            f"{name} {counted(arm.values(name), of=arm.generated)}"
            for name in ("llama.cpp", "llama-cpp-python")
            if arm.values(name)
        ),
    )
