"""The works and programs that a study's methods name, as BibTeX. Only what is known for certain is stated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from doubleread import __version__
from doubleread.deposit.latex import escaped
from doubleread.domain.answer_scales import INSTRUMENTS
from doubleread.domain.tasks import TASKS
from doubleread.reports.facts import Facts


@dataclass(frozen=True, slots=True)
class Work:
    """One entry of a bibliography. Titles are text; they are escaped when they are written."""

    key: str
    title: str
    kind: str = "misc"
    fields: Mapping[str, str] = field(default_factory=dict)

    def bibtex(self) -> str:
        """Return it as BibTeX."""
        lines = [f"  title = {{{{{_text(self.title)}}}}}"]
        lines += [f"  {name} = {{{_value(name, value)}}}" for name, value in self.fields.items()]
        return f"@{self.kind}{{{self.key},\n" + ",\n".join(lines) + "\n}\n"


def _value(name: str, value: str) -> str:
    return value if name in ("doi", "author") else _text(value)


def _text(words: str) -> str:
    return escaped(words).replace("{-}", "-")


_GUIDELINES = (
    Work(
        "tripod-llm",
        "The TRIPOD-LLM reporting guideline for studies using large language models",
        "article",
        {
            "author": "Gallifant, Jack and others",
            "journal": "Nature Medicine",
            "year": "2025",
            "volume": "31",
            "pages": "60--69",
            "doi": "10.1038/s41591-024-03425-5",
        },
    ),
    Work(
        "chart",
        "Reporting guideline for chatbot health advice studies: the Chatbot Assessment Reporting Tool (CHART)"
        " statement",
        "article",
        {
            "author": "{The CHART Collaborative}",
            "journal": "BMJ Medicine",
            "year": "2025",
            "volume": "4",
            "pages": "e001632",
            "doi": "10.1136/bmjmed-2025-001632",
        },
    ),
    Work(
        "mi-clear-llm",
        "Minimum Reporting Items for Clear Evaluation of Accuracy Reports of Large Language Models in Healthcare"
        " (MI-CLEAR-LLM)",
        "article",
        {
            "author": "Park, Seong Ho and others",
            "journal": "Korean Journal of Radiology",
            "year": "2024",
            "volume": "25",
            "pages": "865--868",
            "note": "PMC11444851",
        },
    ),
)
_LABEL_SETS = {
    "creola-1": Work(
        "asgari-2025",
        "A framework to assess clinical safety and hallucination rates of LLMs for medical text summarisation",
        "article",
        {
            "author": "Asgari, Elham and others",
            "journal": "npj Digital Medicine",
            "year": "2025",
            "volume": "8",
            "pages": "274",
        },
    ),
    "hegselmann-1": Work(
        "hegselmann-2024",
        "A data-centric approach to generate faithful and high quality patient summaries with large language models",
        "misc",
        {"author": "Hegselmann, Stefan and others", "year": "2024", "note": "arXiv 2402.15422"},
    ),
}


def works(facts: Facts) -> tuple[Work, ...]:
    """Return the programs with their versions, the guidelines, and what label sets, scales and prompts follow."""
    protocol = facts.methods.protocol
    found = [Work("doubleread", "doubleread", "misc", {"note": f"Computer program, version {__version__}"})]
    for program in ("llama.cpp", "llama-cpp-python"):
        versions = sorted({value for arm in facts.methods.arms for value, _ in arm.values(program)})
        if versions:
            known = f"Computer program, version {', '.join(versions)}" if facts.named else "Computer program"
            found.append(Work(_key(program), program, "misc", {"note": known}))
    found += _GUIDELINES
    found += [_LABEL_SETS[name] for name in facts.methods.readings.label_sets if name in _LABEL_SETS]
    found += [
        Work(_key(name), INSTRUMENTS[name].name, "misc", {"note": INSTRUMENTS[name].source})
        for name in protocol.answer_scales
    ]
    if protocol.task:
        task = TASKS[protocol.task]
        found.append(Work(_key(f"task {task.name}"), f"Prompts of {task.name}", "misc", {"note": task.source}))
    return tuple(found)


def bibtex(facts: Facts) -> str:
    """Return the file of references."""
    return "\n".join(work.bibtex() for work in works(facts))


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
