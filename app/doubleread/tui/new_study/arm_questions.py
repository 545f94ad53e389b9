"""What is asked about the two arms of a new study, and the arms that the answers describe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, cast

from doubleread.domain.case import Case
from doubleread.domain.formatting import short
from doubleread.domain.retrieval import CASE_DOCUMENTS, MOST_PASSAGES, Retrieval
from doubleread.domain.wording import plural
from doubleread.engine.gguf.places import FoundModel
from doubleread.locations import CORPUS_SUFFIX
from doubleread.runs.protocol_arms import ARM_KEYS, LARGEST_SCALE, ArmDraft, ArmKey
from doubleread.sessions.model_choice import ModelFacts, known_templates
from doubleread.tui.shared.fields import (
    ChoiceField,
    Field,
    FormChoice,
    NumberField,
    PathField,
    SwitchField,
    TextField,
    Values,
    refused,
)

FILE, SERVER, EXTERNAL = "\0file", "\0server", "\0external"
"""Ids of the choices of a model, corpus or protocol that is none of those listed."""
_SETTINGS = ("template", "adapter", "scale", "passages", "corpus", "top", "arm_temperature")
"""What can differ between two arms with the same model."""
_PASSAGES = Retrieval(CASE_DOCUMENTS).top

LookUp = Callable[[Path], ModelFacts | None]
"""Returns what is known of a model file by now."""


def model_fields(found: Sequence[FoundModel], facts: LookUp, cases: Iterable[Case] = ()) -> list[Field]:
    """Return the questions about both arms, which answer these cases."""
    models = [FormChoice(str(model.path), model.name, model.place) for model in found]
    others = [
        FormChoice(FILE, "Another GGUF file", "choose it below"),
        FormChoice(SERVER, "A model on a server", "OpenAI-compatible, such as llama-server, vLLM or Ollama"),
        FormChoice(EXTERNAL, "External answers", "you import them later"),
    ]
    documents = any(case.documents for case in cases)
    fields: list[Field] = []
    for place, letter in enumerate(ARM_KEYS):
        first = models[min(place, len(models) - 1)].id if models else FILE
        fields += _model_questions(letter, [*models, *others], first, facts)
        fields += _further_questions(letter, documents=documents)
    return fields


def _model_questions(letter: ArmKey, choices: Sequence[FormChoice], first: str, facts: LookUp) -> list[Field]:
    arm = f"Arm {letter.upper()}"

    def is_kind(kind: str) -> Callable[[Values], bool]:
        return lambda values: values[f"model_{letter}"] == kind

    def asks_template(values: Values) -> bool:
        path = model_path(values, letter)
        known = facts(path) if path is not None else None
        same = model_path(values, "a") == model_path(values, "b") is not None
        return path is not None and (same or (known is not None and known.asks_template))

    def fits(value: str | None, values: Values) -> None:
        path = model_path(values, letter)
        known = facts(path) if path is not None else None
        if known is not None and known.needs_template and not value:
            suggestion = f"; its vocabulary suggests {known.suggested}" if known.suggested else ""
            raise refused(f"this model has no chat template of its own{suggestion}", "choose what its card describes")

    def can_answer(_: Any, values: Values) -> None:
        path = model_path(values, letter)
        known = facts(path) if path is not None else None
        if known is not None and known.problems:
            raise refused(known.problems[0], "choose another model")

    templates = [FormChoice("", "The model's own"), *(FormChoice(*one) for one in known_templates())]
    return [
        ChoiceField(f"model_{letter}", arm, "the model that answers", choices=choices, value=first, check=can_answer),
        PathField(f"file_{letter}", f"{arm}: GGUF file", suffixes=(".gguf",), when=is_kind(FILE), check=can_answer),
        TextField(f"url_{letter}", f"{arm}: server", "such as http://localhost:8080/v1", when=is_kind(SERVER)),
        TextField(f"id_{letter}", f"{arm}: model on the server", "its id there", when=is_kind(SERVER)),
        TextField(f"external_{letter}", f"{arm}: name", "what to call it", when=is_kind(EXTERNAL)),
        ChoiceField(
            f"template_{letter}",
            f"{arm}: chat template",
            "the format of a conversation that the model was trained with",
            choices=templates,
            required=False,
            when=asks_template,
            check=fits,
        ),
        TextField(
            f"role_{letter}",
            f"{arm}: role",
            "such as biomedical or general; readers are asked which is which",
            required=False,
        ),
    ]


def _further_questions(letter: ArmKey, *, documents: bool) -> list[Field]:
    """Return the questions that few arms need: they are asked once somebody wants more settings."""
    arm = f"Arm {letter.upper()}"

    def generates(values: Values) -> bool:
        return bool(values[f"model_{letter}"] != EXTERNAL)

    def more(values: Values) -> bool:
        return bool(values.get(f"more_{letter}"))

    def from_file(values: Values) -> bool:
        return more(values) and model_path(values, letter) is not None

    of_case = [FormChoice(CASE_DOCUMENTS, "the case's documents")] if documents else []
    sources = [FormChoice("", "none"), *of_case, FormChoice(FILE, "a corpus", "such as guidelines")]
    return [
        SwitchField(f"more_{letter}", f"{arm}: more settings", "passages of documents, adapter, temperature",
                    when=generates),
        ChoiceField(f"passages_{letter}", f"{arm}: passages", "text that the model is given with each case (retrieval)",
                    choices=sources, required=False, when=more),
        PathField(f"corpus_{letter}", f"{arm}: corpus", "build one in the list of studies", suffixes=(CORPUS_SUFFIX,),
                  when=lambda values: values.get(f"passages_{letter}") == FILE),
        NumberField(f"top_{letter}", f"{arm}: passages per case", f"empty: {_PASSAGES}", required=False, minimum=1,
                    maximum=MOST_PASSAGES, when=lambda values: bool(values.get(f"passages_{letter}"))),
        PathField(f"adapter_{letter}", f"{arm}: LoRA adapter", "a GGUF file; empty: none", required=False,
                  suffixes=(".gguf",), when=from_file),
        NumberField(f"scale_{letter}", f"{arm}: scale of the adapter", "empty: 1", required=False, whole=False,
                    minimum=-LARGEST_SCALE, maximum=LARGEST_SCALE,
                    when=lambda values: values.get(f"adapter_{letter}") is not None),
        NumberField(f"arm_temperature_{letter}", f"{arm}: temperature", "empty: the protocol's", required=False,
                    whole=False, minimum=0, maximum=10, when=more),
    ]  # fmt: skip


def model_path(values: Values, letter: str) -> Path | None:
    """Return the model file of an arm, if it has one."""
    chosen = values.get(f"model_{letter}")
    if chosen in (None, "", SERVER, EXTERNAL):
        return None
    if chosen == FILE:
        return cast("Path | None", values.get(f"file_{letter}"))
    return Path(chosen)


def arm_draft(values: Values, letter: str) -> ArmDraft:
    """Return an arm as it was described."""
    role = values.get(f"role_{letter}") or ""
    chosen = values[f"model_{letter}"]
    if chosen == EXTERNAL:
        return ArmDraft(model=values[f"external_{letter}"], role=role)
    temperature = values.get(f"arm_temperature_{letter}")
    decoding = {} if temperature is None else {"temperature": temperature}
    retrieval = _retrieval(values, letter)
    if chosen == SERVER:
        server = {"url": values[f"url_{letter}"], "model": values[f"id_{letter}"]}
        return ArmDraft(role=role, decoding=decoding, server=server, retrieval=retrieval)
    return ArmDraft(
        model=str(model_path(values, letter)),
        role=role,
        chat_template=values.get(f"template_{letter}") or "",
        lora=_adapters(values, letter),
        decoding=decoding,
        retrieval=retrieval,
    )


def _retrieval(values: Values, letter: str) -> dict[str, Any]:
    source, top = values.get(f"passages_{letter}"), values.get(f"top_{letter}")
    if not source:
        return {}
    corpus = str(values[f"corpus_{letter}"]) if source == FILE else source
    return {"corpus": corpus, **({} if top is None else {"top": top})}


def _adapters(values: Values, letter: str) -> tuple[str, ...]:
    path, scale = values.get(f"adapter_{letter}"), values.get(f"scale_{letter}")
    return () if path is None else (f"{path}:{1 if scale is None else scale}",)


def arm_words(values: Values, letter: str, facts: LookUp) -> list[str]:
    """Return what is known of an arm, in lines."""
    return [*_model_words(values, letter, facts), *further_words(values, letter)]


def _model_words(values: Values, letter: str, facts: LookUp) -> list[str]:
    chosen = values.get(f"model_{letter}")
    if chosen == SERVER:
        return [f"{values.get(f'id_{letter}') or 'A model'} on {values.get(f'url_{letter}') or 'a server'}"]
    if chosen == EXTERNAL:
        return [f"{values.get(f'external_{letter}') or 'An arm'}: answers to import"]
    path = model_path(values, letter)
    if path is None:
        return ["not chosen yet"]
    known = facts(path)
    if known is None:
        return [path.name, "looking at the file …"]
    lines = [known.line, *(f"✗ {problem}" for problem in known.problems), *known.notes]
    if known.needs_template and not values.get(f"template_{letter}"):
        suggested = f" Its vocabulary suggests {known.suggested}." if known.suggested else ""
        lines.append(f"It has no chat template: choose one.{suggested}")
    return lines


def further_words(values: Values, letter: str) -> list[str]:
    """Return the arm's further settings, a line each."""
    lines = []
    if source := values.get(f"passages_{letter}"):
        best = plural(values.get(f"top_{letter}") or _PASSAGES, "passage")
        corpus = values.get(f"corpus_{letter}")
        of = "the case's documents" if source != FILE else corpus.name if corpus is not None else "a corpus"
        lines.append(f"with the best {best} of {of}")
    if (adapter := values.get(f"adapter_{letter}")) is not None:
        scale = values.get(f"scale_{letter}")
        lines.append(f"with the adapter {adapter.name}" + ("" if scale is None else f", scale {short(scale)}"))
    if (temperature := values.get(f"arm_temperature_{letter}")) is not None:
        lines.append(f"temperature {short(temperature)}")
    return lines


def alike_words(values: Values) -> str:
    """Return what to change if both arms are the same as they are described; "" if they differ."""
    paths = {model_path(values, letter) for letter in ARM_KEYS}
    # What is not chosen is "" in the fields that are shown, and None in the others.
    first, second = (
        [None if values.get(f"{name}_{letter}") == "" else values.get(f"{name}_{letter}") for name in _SETTINGS]
        for letter in ARM_KEYS
    )
    if None in paths or len(paths) > 1 or first != second:
        return ""
    return (
        "✗ Both arms are the same. Choose another model for one of them, other settings, or a protocol file in which"
        " they differ."
    )
