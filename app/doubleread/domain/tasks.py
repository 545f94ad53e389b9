"""Preset tasks: what models are asked in a published benchmark, in doubleread's own words."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any

from doubleread.domain.case import Case, CaseKind
from doubleread.domain.documents import documents_text
from doubleread.domain.longhealth import task_tag
from doubleread.domain.prompts import Example, PromptTemplate
from doubleread.domain.study import Decoding, Protocol
from doubleread.errors import InputRefusedError, WrongSettingsError

SHUFFLE_SEED = 1
"""CLUE takes its examples from the data shuffled with this seed."""


@dataclass(frozen=True, slots=True)
class Task:
    """What the models of a study are asked: prompt, decoding, other settings of the protocol, and examples (shots).

    Its cases have the `tag`, if it has one, and come in the `format`. `metrics` are the published ones, in words;
    `source` is the paper and the repository with the date at which it was read; `deviations` say where a study with
    this preset differs from it.
    """

    name: str
    about: str
    kind: CaseKind
    format: str
    source: str
    metrics: str
    deviations: tuple[str, ...]
    prompt: PromptTemplate
    decoding: Decoding
    settings: Mapping[str, Any]
    shots: int = 0
    tag: str = ""

    def applied(self, protocol: Protocol) -> Protocol:
        """Return a protocol with the settings of this task; what readers are asked stays as it is."""
        return replace(protocol, task=self.name, prompt=self.prompt, decoding=self.decoding, **self.settings)

    def as_record(self) -> dict[str, Any]:
        """Return its settings as a protocol file has them."""
        prompt = {name: value for name, value in asdict(self.prompt).items() if name != "examples"}
        decoding = {**asdict(self.decoding), "stop": list(self.decoding.stop)}
        return {"prompt": prompt, "decoding": decoding, **self.settings}

    def unchanged_in(self, protocol: Protocol) -> bool:
        """Return whether a protocol has this task's prompt and decoding, whatever the examples are."""
        prompt = replace(protocol.prompt, name=self.prompt.name, examples=())
        return prompt == self.prompt and protocol.decoding == self.decoding


def examples_and_rest(cases: Sequence[Case], shots: int) -> tuple[tuple[Example, ...], tuple[Case, ...]]:
    """Return examples made of the first `shots` cases, and the other cases, after a shuffle with a fixed seed.

    It is the order of CLUE for the same file. Raises InputRefusedError if the cases can't be examples or none is left.
    """
    kinds = sorted({case.kind for case in cases})
    if len(kinds) > 1 or kinds[:1] in (["rubric"], ["extraction"]):
        raise InputRefusedError(
            "No examples",
            f"cases of kind {' and '.join(kinds)} can't be made examples",
            "use cases of one kind that is neither rubric nor extraction, or give --shots 0",
        )
    if shots >= len(cases):
        raise InputRefusedError(
            "No examples", f"{shots} examples leave none of {len(cases)} cases", "use more cases, or fewer --shots"
        )
    shuffled = list(cases)
    random.Random(SHUFFLE_SEED).shuffle(shuffled)
    return tuple(map(_example, shuffled[:shots])), tuple(shuffled[shots:])


def _example(case: Case) -> Example:
    texts = (documents_text(case.documents), case.text)
    answer = f"{case.key}. {case.options[case.key]}" if case.kind == "choice" else case.key_text
    text = "\n\n".join(filter(None, texts))
    return Example(text=text, question=case.question, answer=answer, options=dict(case.options), kind=case.kind)


_CLUE = "Dada et al. 2024, arXiv 2404.04067; github TIO-IKIM/CLUE, read in November 2026"
_LONGHEALTH = f"Adams et al. 2024, arXiv 2401.14490; as in {_CLUE}"
_OWN_WORDS = "the prompt is worded differently"
_OWN_LIMIT = "the largest number of answer tokens is a choice of doubleread; no published one is known"
_GREEDY = "temperature 0 and a fixed seed, which CLUE leaves to the defaults of vLLM"
_BOTH = "scores are computed without the defects of CLUE's code; the variant clue repeats them"
_LETTER_FORM = (
    "{text}\n\n{question}\n{options}\n\n"
    'Answer in one sentence that begins with "The correct answer is", followed by the letter, a colon and the text of'
    ' the option, such as "The correct answer is C: Acute bronchitis."'
)


def _tasks() -> tuple[Task, ...]:
    return (
        Task(
            name="clue-mednli",
            about="whether one sentence of a record implies or contradicts another (MedNLI)",
            kind="inference",
            format="mednli",
            source=f"Romanov and Shivade 2018; {_CLUE}",
            metrics="accuracy",
            deviations=(_OWN_WORDS, _GREEDY, _BOTH),
            prompt=PromptTemplate(
                name="clue-mednli-1",
                system="You compare sentences from patients' records for clinicians.",
                inference=(
                    "First sentence: {text}\nSecond sentence: {question}\n\n"
                    "Given the first sentence, is the second one an entailment, neutral or a contradiction? Answer with"
                    " one word: entailment, neutral or contradiction."
                ),
            ),
            decoding=Decoding(max_tokens=20),
            settings={"n_ctx": 4096},
            shots=3,
        ),
        Task(
            name="clue-meqsum",
            about="a patient's long message, rewritten as one short question (MeQSum)",
            kind="summary",
            format="meqsum",
            source=f"Ben Abacha and Demner-Fushman 2019; {_CLUE}",
            metrics="ROUGE-1, ROUGE-2 and ROUGE-L (F1, no stemmer), BERTScore with SciBERT",
            deviations=(_OWN_WORDS, _GREEDY, _BOTH, "BERTScore needs a local model folder"),
            prompt=PromptTemplate(
                name="clue-meqsum-1",
                system="You put patients' messages into short questions that keep what the patient wants to know.",
                summary="Message:\n{text}\n\n{question} Write the question only.",
            ),
            decoding=Decoding(max_tokens=512),
            settings={"n_ctx": 8192},
            shots=3,
        ),
        Task(
            name="clue-probsum",
            about="a progress note's list of diagnoses and problems (ProbSum)",
            kind="summary",
            format="probsum",
            source=f"Gao et al. 2023, BioNLP task 1A; {_CLUE}",
            metrics="ROUGE-1, ROUGE-2 and ROUGE-L (F1, no stemmer), BERTScore with SciBERT, F1 of UMLS concepts",
            deviations=(_OWN_WORDS, _GREEDY, _BOTH, "concepts come from a local list, not from scispaCy"),
            prompt=PromptTemplate(
                name="clue-probsum-1",
                system="You read progress notes for physicians and list what the patient was treated for.",
                summary="Progress note:\n{text}\n\n{question} Separate them by commas and write nothing else.",
            ),
            decoding=Decoding(max_tokens=512),
            settings={"n_ctx": 8192},
            shots=3,
        ),
        Task(
            name="clue-medisumqa",
            about="a patient's question, answered from the discharge letter (MeDiSumQA)",
            kind="summary",
            format="medisumqa",
            source=_CLUE,
            metrics="ROUGE-1, ROUGE-2 and ROUGE-L (F1, no stemmer), BERTScore with SciBERT, F1 of UMLS concepts",
            deviations=(_OWN_WORDS, _GREEDY, _BOTH, "concepts come from a local list, not from scispaCy"),
            prompt=PromptTemplate(
                name="clue-medisumqa-1",
                system="You explain discharge letters to patients in plain words.",
                summary=(
                    "Discharge letter:\n{text}\n\nQuestion: {question}\n\nAnswer briefly and from the letter alone. Say"
                    " what a measurement means instead of quoting it. Write the answer only."
                ),
            ),
            decoding=Decoding(max_tokens=512),
            settings={"n_ctx": 16384},
            shots=1,
        ),
        Task(
            name="clue-medisumcode",
            about="a discharge letter's diagnoses as ICD-10-CM codes (MeDiSumCode)",
            kind="coding",
            format="medisumcode",
            source=_CLUE,
            metrics="F1 of exact codes, F1 of their first three characters, proportion of valid codes",
            deviations=(_OWN_WORDS, _GREEDY, _BOTH, "a code that the key has twice counts once"),
            prompt=PromptTemplate(
                name="clue-medisumcode-1",
                system="You code the diagnoses of discharge letters in ICD-10-CM.",
                coding=(
                    "Discharge letter:\n{text}\n\nList the ICD-10-CM codes of all primary and secondary diagnoses,"
                    " separated by commas. Write the codes only."
                ),
            ),
            decoding=Decoding(max_tokens=512),
            settings={"n_ctx": 16384},
            shots=1,
        ),
        *(_long_health(number, about) for number, about in _LONG_HEALTH_TASKS),
        Task(
            name="healthbench",
            about="the next reply in a conversation, judged by criteria (HealthBench)",
            kind="rubric",
            format="healthbench",
            source="Arora et al. 2025, arXiv 2505.08775; github openai/simple-evals, read in November 2026",
            metrics="points of the criteria met, divided by the positive points; the mean is clipped to 0 and 1",
            deviations=(
                _OWN_WORDS,
                "criteria are judged by physicians, not by a model",
                "a fixed seed, which the published code leaves open; temperature and limit are defaults of that code",
            ),
            prompt=PromptTemplate(name="healthbench-1", system="You answer questions about health."),
            decoding=Decoding(temperature=0.5, max_tokens=2048),
            settings={"n_ctx": 8192},
        ),
        Task(
            name="medec",
            about="the sentence of a clinical text with a medical error, and its correction (MEDEC)",
            kind="extraction",
            format="medec",
            source="Ben Abacha et al. 2025, arXiv 2412.19260; github abachaa/MEDEC, read in November 2026",
            metrics="accuracy of the flag, accuracy of the sentence, ROUGE-1, BERTScore and BLEURT of the correction",
            deviations=(
                _OWN_WORDS,
                "the answer is a JSON object instead of one line of text",
                "only corrections of texts with an error have ROUGE-1; BERTScore and BLEURT are not computed",
                _OWN_LIMIT,
            ),
            prompt=PromptTemplate(
                name="medec-1",
                system="You check clinical texts for medical errors.",
                extraction=(
                    "Each sentence of this text begins with its number.\n\n{text}\n\nThe text is correct, or one of its"
                    " sentences has a medical error in a diagnosis, a cause, a treatment, a drug or the management."
                    " Answer with one JSON object that has these fields:\n{fields}"
                ),
            ),
            decoding=Decoding(max_tokens=512),
            settings={"n_ctx": 4096},
        ),
        Task(
            name="aci-bench",
            about="a clinical note, written from the dialogue of a visit (ACI-Bench)",
            kind="summary",
            format="aci-bench",
            source="Yim et al. 2023, Scientific Data 10:586; github wyim/aci-bench, read in November 2026",
            metrics="ROUGE-1, ROUGE-2, ROUGE-L and ROUGE-Lsum (F1), BERTScore, F1 of medical concepts",
            deviations=(
                _OWN_WORDS,
                "one prompt writes the whole note",
                "BERTScore needs a local model folder",
                _OWN_LIMIT,
            ),
            prompt=PromptTemplate(
                name="aci-bench-1",
                system="You write clinical notes from what physician and patient say. You add nothing.",
                summary=(
                    "Dialogue of a visit:\n{text}\n\n{question} Use the headings CHIEF COMPLAINT, HISTORY OF PRESENT"
                    " ILLNESS, REVIEW OF SYSTEMS, PHYSICAL EXAMINATION, RESULTS, and ASSESSMENT AND PLAN, as far as the"
                    " dialogue has something for them."
                ),
            ),
            decoding=Decoding(max_tokens=1024),
            settings={"n_ctx": 8192},
        ),
    )


_LONG_HEALTH_TASKS = (
    (1, "a question about all documents of a patient (LongHealth, task 1)"),
    (2, "the same, with the documents that answer it among other patients' (LongHealth, task 2)"),
    (3, "the same, with other patients' documents only, which do not answer it (LongHealth, task 3)"),
)


def _long_health(number: int, about: str) -> Task:
    return Task(
        name=task_tag(number),
        tag=task_tag(number),
        about=about,
        kind="choice",
        format="longhealth",
        source=_LONGHEALTH,
        metrics="accuracy"
        if number < 3
        else 'proportion of answers "cannot be answered"; any other answer is a hallucination',
        deviations=(
            _OWN_WORDS,
            _GREEDY,
            "the key is found by its whole text; documents are left out whole, and shuffled with recorded seeds",
            "an answer without a letter is unparsed, not incorrect",
        ),
        prompt=PromptTemplate(
            name="longhealth-1",
            system="You answer multiple-choice questions from patients' documents, and from nothing else.",
            choice=_LETTER_FORM,
        ),
        decoding=Decoding(max_tokens=50),
        settings={"n_ctx": 16384, "samples": 5, "document_order": "shuffled"},
    )


TASKS: Mapping[str, Task] = MappingProxyType({task.name: task for task in _tasks()})
"""By name."""


def task_named(name: str) -> Task:
    """Return a preset task. Raises WrongSettingsError, which lists all tasks, for an unknown name."""
    if name not in TASKS:
        raise WrongSettingsError("Unknown task", f'there is no task "{name}"', f"use {', '.join(TASKS)}")
    return TASKS[name]
