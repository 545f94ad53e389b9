"""What reporting guidelines ask for, and how far the study file answers it. What it cannot know is named as missing.

After TRIPOD-LLM (Gallifant et al., Nat Med 2025;31:60-69) and CHART (The CHART Collaborative, 2025). The items are a
selection in our own words, not the checklists themselves, which a paper has to fill in full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from doubleread.domain.wording import plural
from doubleread.sessions.conduct import Conduct, Making
from doubleread.sessions.results import Results
from doubleread.statistics import Estimate

_HIDDEN = "known to the study file, and out of this page while the study is blind"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to report: which guidelines ask for it, what the file says, and what somebody has still to add."""

    asked: str
    guidelines: str
    said: str
    missing: str = ""


def checklist(results: Results, conduct: Conduct) -> tuple[Item, ...]:
    """Return all items, those that are missing too."""
    return tuple(
        Item(asked, guidelines, said, missing or ("" if said else "not in the study file"))
        for asked, guidelines, said, missing in (*_making(results, conduct), *_reading(results, conduct), *_outside())
    )


Entry = tuple[str, str, str, str]


def _making(results: Results, conduct: Conduct) -> Iterator[Entry]:
    named = results.blindness.named
    made = list(zip(results.models, conduct.making, strict=True))
    both, tripod = "TRIPOD-LLM, CHART", "TRIPOD-LLM"
    names = "; ".join(f"{model.name}, sha256 {model.sha256[:16] or 'unknown'}" for model, _ in made)
    yield "Models: name, version, identifier", both, names if named else _HIDDEN, ""
    yield "Dates of the queries", both, _each(results, conduct, _dates) if named else _HIDDEN, ""
    decoding = conduct.protocol.decoding
    yield (
        "Seed, temperature, longest answer",
        tripod,
        f"temperature {decoding.temperature:g}, seed {decoding.seed}, at most {decoding.max_tokens} tokens",
        "",
    )
    prompt = conduct.protocol.prompt
    yield (
        "Prompt and where it comes from",
        both,
        f"template {prompt.name}, printed under Methods; sha256 {prompt.sha256[:16]}",
        "how the prompt was developed",
    )
    imported = sum(making.imported for making in conduct.making)
    asked = "each case in a context of its own, without a memory of others"
    yield (
        "Separate sessions",
        "CHART",
        asked if not imported else "",
        "how the imported answers were made" if imported else "",
    )
    yield "Raw and processed output", tripod, "every answer as it was written, in the appendix and in the file", ""
    yield "Compute: device, threads, time", tripod, _each(results, conduct, _compute) if named else _HIDDEN, ""
    yield "Software", tripod, _each(results, conduct, _software) if named else _HIDDEN, ""


def _reading(results: Results, conduct: Conduct) -> Iterator[Entry]:
    progress, both, tripod = results.progress, "TRIPOD-LLM, CHART", "TRIPOD-LLM"
    sources = "; ".join(f"{source or 'no source given'} ({count})" for source, count in conduct.sources.items())
    yield "Cases: number and source", both, f"{plural(results.cases, 'case')}: {sources}", "how they were chosen"
    settled = sum(model.overall.settled for model in results.models)
    by_a_person = f"; {plural(settled, 'score')} settled by a person" if settled else ""
    yield (
        "Ground truth",
        "CHART",
        f"the key of each case; for diagnoses, what readers say of the answer{by_a_person}",
        "who made the key",
    )
    yield (
        "Sample size",
        "CHART",
        f"{plural(results.cases, 'case')}, {plural(progress.committed, 'committed reading')}",
        "how it was chosen (see doubleread sample-size)",
    )
    read = bool(progress.committed)
    yield "Assessors: number", both, plural(len(progress.readers), "reader") if read else "", ""
    yield "Assessors: qualifications, training", both, "", "not in the study file"
    guideline = conduct.protocol.guideline.strip()
    yield (
        "Instructions to assessors, with examples",
        tripod,
        f"a guideline of {plural(len(guideline.split()), 'word')}, printed under Methods" if guideline else "",
        "",
    )
    yield (
        "Blinding of assessors",
        both,
        "to the models, to the key and to the automatic scores until the commit; sides drawn for each reader and case",
        "",
    )
    share = results.agreement.cases / results.cases if results.cases else 0.0
    yield "Share read twice", tripod, f"{share:.0%} of the cases" if read else "", ""
    yield "Agreement of assessors", tripod, _agreement(results), ""
    yield (
        "Definition of what was marked",
        tripod,
        f"label set {conduct.labels.name}, printed under Methods",
        "",
    )


def _outside() -> Iterator[Entry]:
    for asked, guidelines in (
        ("Title, abstract, aim, and the intended use", "TRIPOD-LLM, CHART"),
        ("Training data of the models, and overlap with the cases", "TRIPOD-LLM"),
        ("Ethics, consent, registration, funding", "TRIPOD-LLM, CHART"),
        ("Availability of data and code", "TRIPOD-LLM, CHART"),
        ("Limits, risks, fairness", "TRIPOD-LLM, CHART"),
    ):
        yield asked, guidelines, "", "to be written by the authors"


def _each(results: Results, conduct: Conduct, said: Callable[[Making], str]) -> str:
    replies = [
        f"{model.name}: {reply}"
        for model, making in zip(results.models, conduct.making, strict=True)
        if (reply := said(making))
    ]
    return "; ".join(replies)


def _dates(making: Making) -> str:
    return f"{making.first_at[:10]} to {making.last_at[:10]}" if making.answers else ""


def _compute(making: Making) -> str:
    parts: Sequence[str] = [
        *(" and ".join(making.said(name)) for name in ("device",) if making.said(name)),
        *(f"{name} {' and '.join(making.said(name))}" for name in ("layers on a GPU", "threads") if making.said(name)),
    ]
    return ", ".join([*parts, f"{making.tokens:,} tokens in {making.seconds:,.0f} s"]) if parts else ""


def _software(making: Making) -> str:
    return ", ".join(
        f"{name} {' and '.join(making.said(name))}" for name in ("llama.cpp", "llama-cpp-python") if making.said(name)
    )


def _agreement(results: Results) -> str:
    found = [
        f"{label.subject}{'' if label.model is None else f', model {label.model + 1}'}: AC1 {label.ac1.value:.2f}"
        for label in results.agreement.labels
        if isinstance(label.ac1, Estimate)
    ]
    return "; ".join(found)
