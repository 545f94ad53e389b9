"""The arms of a study: what produces one answer to each case."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import PurePath
from typing import Any

from doubleread.domain.case import Case
from doubleread.domain.formatting import short
from doubleread.domain.hashes import text_sha256
from doubleread.domain.model import Model
from doubleread.domain.prompts import Message, PromptTemplate, prompt_from_record
from doubleread.domain.retrieval import Retrieval, RetrievedPassage
from doubleread.domain.server import Server
from doubleread.domain.study import Decoding, Protocol, decoding_from_record
from doubleread.errors import InputRefusedError


@dataclass(frozen=True, slots=True)
class NamedTemplate:
    """A chat template that replaces the model file's own: its Jinja source, and the family or file it comes from."""

    source: str
    template: str


@dataclass(frozen=True, slots=True)
class Adapter:
    """A LoRA adapter: its file, that file's SHA-256, and the factor of its effect (1: as it was trained)."""

    path: str
    sha256: str
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Arm:
    """One of the two arms of a study. Without a model and a server, its answers are external.

    `role` is free text such as "general" or "biomedical". `chat_template` is None where the model's own is used.
    `adapters` change the weights while the model computes. `prompt` and `decoding` hold what the arm sets differently
    from the protocol, as in the protocol's JSON. With `retrieval`, it is given passages of a corpus with each case.
    """

    id: str
    name: str
    role: str = ""
    model: Model | None = None
    chat_template: NamedTemplate | None = None
    adapters: tuple[Adapter, ...] = ()
    prompt: Mapping[str, Any] = field(default_factory=dict)
    decoding: Mapping[str, Any] = field(default_factory=dict)
    server: Server | None = None
    retrieval: Retrieval | None = None

    @property
    def external(self) -> bool:
        """Whether its answers are imported."""
        return self.model is None and self.server is None

    @property
    def model_sha256(self) -> str:
        """The SHA-256 of its model file; "" without one."""
        return self.model.sha256 if self.model is not None else ""

    def messages(
        self, protocol: Protocol, case: Case, passages: Sequence[RetrievedPassage] = ()
    ) -> tuple[Message, ...]:
        """Return the messages for a case, with the passages that it is given."""
        return self.prompt_of(protocol).messages(self.given(case), passages)

    def given(self, case: Case) -> Case:
        """Return a case as the arm is given it: without its documents if it gets the passages that fit of them."""
        return replace(case, documents=()) if self.retrieval is not None and self.retrieval.from_case else case

    def prompt_of(self, protocol: Protocol) -> PromptTemplate:
        """Return its prompt: the protocol's, with what the arm sets itself."""
        return prompt_from_record({**asdict(protocol.prompt), **self.prompt})

    def decoding_of(self, protocol: Protocol) -> Decoding:
        """Return its decoding: the protocol's, with what the arm sets itself."""
        return decoding_from_record({**asdict(protocol.decoding), **self.decoding})

    @property
    def settings_name(self) -> str:
        """What the arm sets itself in words, which tell apart two arms with the same model."""
        template = self.chat_template.source if self.chat_template else ""
        words = ["no chat template" if template == "none" else template] if template else []
        words += [f"{PurePath(adapter.path).stem} x {short(adapter.scale)}" for adapter in self.adapters]
        if self.prompt:
            words.append(f"prompt {self.prompt['name']}" if "name" in self.prompt else "own prompt")
        for name, value in self.decoding.items():
            words.append(f"{name.replace('_', ' ')} {_value_words(value)}")
        if self.retrieval is not None:
            words.append(f"with {self.retrieval.name or self.retrieval.corpus}")
        return ", ".join(words) or "unmodified"

    def summary(self) -> dict[str, Any]:
        """Return what the log says of it when a study is created."""
        entry: dict[str, Any] = {"id": self.id, "name": self.name, "model_sha256": self.model_sha256}
        if self.role:
            entry["role"] = self.role
        if self.chat_template is not None:
            entry["chat_template_sha256"] = text_sha256(self.chat_template.template)
        if self.adapters:
            entry["adapters"] = [{"sha256": adapter.sha256, "scale": adapter.scale} for adapter in self.adapters]
        if self.server is not None:
            entry["server"] = self.server.as_record()
        if self.prompt:
            entry["prompt"] = dict(self.prompt)
        if self.decoding:
            entry["decoding"] = dict(self.decoding)
        if self.retrieval is not None:
            entry["retrieval"] = self.retrieval.as_record()
        return entry


def _value_words(value: Any) -> str:
    if isinstance(value, float):
        return short(value)
    if isinstance(value, list | tuple):
        return " ".join(json.dumps(item, ensure_ascii=False) for item in value)
    return str(value)


Arms = tuple[Arm, Arm]


def arm_differences(arms: Arms, protocol: Protocol) -> dict[str, tuple[Any, Any]]:
    """Return the settings in which two arms differ, by name, each with both values; large values by their hash.

    Names and roles are not settings.
    """
    first, second = (_settings(arm, protocol) for arm in arms)
    return {name: (first[name], second[name]) for name in first if first[name] != second[name]}


def check_samples(arms: Arms, protocol: Protocol, *, with_documents: bool) -> None:
    """Raise InputRefusedError if all answers of an arm to a case would be equal, in both arms.

    `with_documents` says whether any case has documents, whose order varies where the protocol shuffles them.
    """
    varied = (with_documents and protocol.document_order == "shuffled") or any(
        arm.external or arm.decoding_of(protocol).temperature > 0 for arm in arms
    )
    if protocol.samples > 1 and not varied:
        raise InputRefusedError(
            "Protocol refused",
            f"samples is {protocol.samples}, but all answers to a case would be equal, because both arms have"
            " temperature 0",
            "set a temperature above 0 in [decoding] or in one of the arms; set document_order = 'shuffled' if cases"
            " have documents; or set samples = 1",
        )


def _settings(arm: Arm, protocol: Protocol) -> dict[str, Any]:
    prompt = asdict(arm.prompt_of(protocol))
    template = arm.chat_template
    server = arm.server
    return {
        "model": (server.model if server else arm.model_sha256) or f"external: {arm.name}",
        "server": str(server.address) if server else "",
        "chat template": text_sha256(template.template) if template else "",
        "adapters": [(adapter.sha256, adapter.scale) for adapter in arm.adapters],
        "retrieval": arm.retrieval.settings if arm.retrieval else {},
        **{f"prompt.{name}": value for name, value in prompt.items() if name != "name"},
        **{f"decoding.{name}": value for name, value in asdict(arm.decoding_of(protocol)).items()},
    }
