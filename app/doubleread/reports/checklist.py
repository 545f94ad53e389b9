"""What reporting guidelines ask for, and how far the study file answers it. What it cannot know is named as missing.

After TRIPOD-LLM (Gallifant et al., Nat Med 2025;31:60-69, doi 10.1038/s41591-024-03425-5) and CHART (The CHART
Collaborative, BMJ Med 2025;4:e001632, doi 10.1136/bmjmed-2025-001632). The items are a selection in our own words, with
their numbers, not the checklists themselves, which a paper has to fill in full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from doubleread.domain.formatting import decimal, percent, short, whole
from doubleread.domain.wording import plural
from doubleread.sessions.conduct import Conduct, Making
from doubleread.sessions.results import Results
from doubleread.statistics import Estimate

_HIDDEN = "known to the study file, and out of this page while the study is blind"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to report: which items of the guidelines ask for it, what the file says, and what is still to be added.

    `guidelines` is such as "TRIPOD-LLM 6a; CHART 3a, 6b".
    """

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
    names = "; ".join(f"{model.name}, sha256 {model.sha256[:16] or 'unknown'}" for model, _ in made)
    yield "Models: name, version, identifier", "TRIPOD-LLM 6a; CHART 3a", names if named else _HIDDEN, ""
    yield (
        "Dates and places of the queries",
        "TRIPOD-LLM 6a; CHART 6b",
        _each(results, conduct, _dates) if named else _HIDDEN,
        "city and country",
    )
    decoding = conduct.protocol.decoding
    yield (
        "Seed, temperature, longest answer",
        "TRIPOD-LLM 6c",
        f"temperature {short(decoding.temperature)}, seed {decoding.seed}, at most {decoding.max_tokens} tokens",
        "",
    )
    prompt = conduct.protocol.prompt
    yield (
        "Prompt and where it comes from",
        "TRIPOD-LLM 9a; CHART 5a, 5b",
        f"template {prompt.name}, printed under Methods; sha256 {prompt.sha256[:16]}",
        "how the prompt was developed, and by whom",
    )
    imported = sum(making.imported for making in conduct.making)
    asked = "each case in a context of its own, without a memory of others"
    yield (
        "Separate sessions",
        "CHART 6c",
        asked if not imported else "",
        "how the imported answers were made" if imported else "",
    )
    yield (
        "Raw and processed output",
        "TRIPOD-LLM 6d; CHART 6d",
        "every answer as it was written, in the appendix and in the file",
        "",
    )
    compute = _each(results, conduct, _compute) if named else _HIDDEN
    yield "Compute: device, threads, time", "TRIPOD-LLM 12", compute, ""
    software = _each(results, conduct, _software) if named else _HIDDEN
    yield "Way of access: software on a machine of one's own", "CHART 6a", software, ""


def _reading(results: Results, conduct: Conduct) -> Iterator[Entry]:
    progress = results.progress
    sources = "; ".join(f"{source or 'no source given'} ({count})" for source, count in conduct.sources.items())
    yield (
        "Cases: number and source",
        "TRIPOD-LLM 5a, 5b",
        f"{plural(results.cases, 'case')}: {sources}",
        "how they were chosen",
    )
    settled = sum(model.overall.settled for model in results.models)
    by_a_person = f"; {plural(settled, 'score')} settled by a person" if settled else ""
    yield (
        "Ground truth",
        "TRIPOD-LLM 7c; CHART 7a",
        f"the key of each case; for diagnoses, what readers say of the answer{by_a_person}",
        "who made the key",
    )
    yield (
        "Sample size",
        "CHART 8",
        f"{plural(results.cases, 'case')}, {plural(progress.committed, 'committed reading')}",
        "how it was chosen (see doubleread sample-size)",
    )
    read = bool(progress.committed)
    readers = plural(len(progress.readers), "reader") if read else ""
    yield "Assessors: number", "TRIPOD-LLM 8b; CHART 7b", readers, ""
    described = "; ".join(f"{reader}: {words}" for reader, words in conduct.qualifications.items())
    lacking = len(progress.readers) - len(conduct.qualifications)
    yield (
        "Assessors: qualifications, training",
        "TRIPOD-LLM 7d, 8c; CHART 7b",
        described,
        f"not stated for {plural(lacking, 'reader')}" if described and lacking > 0 else "",
    )
    guideline = conduct.protocol.guideline.strip()
    yield (
        "Instructions to assessors, with examples",
        "TRIPOD-LLM 7d, 8a",
        f"a guideline of {plural(len(guideline.split()), 'word')}, printed under Methods" if guideline else "",
        "",
    )
    yield (
        "Blinding of assessors",
        "CHART 7b",
        "to the models, to the key and to the automatic scores until the commit; sides drawn for each reader and case",
        "",
    )
    share = results.agreement.cases / results.cases if results.cases else 0.0
    yield "Share read twice", "TRIPOD-LLM 8b", f"{percent(share, 0)} of the cases" if read else "", ""
    yield "Agreement of assessors", "TRIPOD-LLM 7d, 8c", _agreement(results), ""
    yield (
        "What was marked and measured",
        "TRIPOD-LLM 7a, 8a",
        f"label set {conduct.labels.name}, printed under Methods",
        "",
    )
    yield (
        "Comparison of the models, and statistics",
        "TRIPOD-LLM 7e; CHART 9a",
        "printed under Methods",
        "which comparisons were planned beforehand",
    )


def _outside() -> Iterator[Entry]:
    for asked, guidelines in (
        ("Title, abstract, aim, and the intended use", "TRIPOD-LLM 1-4, 19d; CHART 1, 2"),
        ("Models: open or proprietary; base, tuned, fine-tuned", "TRIPOD-LLM 6b; CHART 3b, 4a"),
        ("Training data of the models, and overlap with the cases", "TRIPOD-LLM 5a"),
        ("Ethics, consent, registration, protocol", "TRIPOD-LLM 13, 14c, 14d; CHART 12c, 12d"),
        ("Funding and interests", "TRIPOD-LLM 14a, 14b; CHART 12a, 12b"),
        ("Availability of data and code", "TRIPOD-LLM 14e, 14f; CHART 12e"),
        ("Involvement of patients and the public", "TRIPOD-LLM 15; CHART 5a, 7b"),
        ("Interpretation, limits, risks, fairness", "TRIPOD-LLM 19a, 19b; CHART 11"),
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
    return ", ".join([*parts, f"{making.tokens:,} tokens in {whole(making.seconds)} s"]) if parts else ""


def _software(making: Making) -> str:
    return ", ".join(
        f"{name} {' and '.join(making.said(name))}" for name in ("llama.cpp", "llama-cpp-python") if making.said(name)
    )


def _agreement(results: Results) -> str:
    found = [
        f"{label.subject}{'' if label.model is None else f', model {label.model + 1}'}: AC1 {decimal(label.ac1.value)}"
        for label in results.agreement.labels
        if isinstance(label.ac1, Estimate)
    ]
    if results.self_agreement:
        found.append(f"readers with themselves in {plural(results.self_agreement[0].cases, 'case')}, see Agreement")
    return "; ".join(found)
