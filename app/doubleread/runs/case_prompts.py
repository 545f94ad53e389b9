"""The exact prompt that a model gets for a case, without generating an answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from doubleread.domain.arm import NamedTemplate
from doubleread.domain.case import Case
from doubleread.domain.documents import in_order
from doubleread.domain.study import Protocol
from doubleread.domain.wording import plural, verb
from doubleread.engine.client.protocol import Generate, Sampling
from doubleread.engine.client.settings import LoadSettings
from doubleread.engine.gguf.chat_templates import MODEL_FILE
from doubleread.engine.gguf.model_info import ModelInfo
from doubleread.engine.templates.rendering import RenderedPrompt, render_prompt


@dataclass(frozen=True, slots=True)
class CasePrompt:
    """A case's prompt for a model, and where the chat template comes from."""

    model: ModelInfo
    case: Case
    template_source: str
    prompt: RenderedPrompt

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing about the model, the template and the prompt."""
        count, room = len(self.prompt.tokens), self.prompt.n_ctx
        found = [*self.model.notes]
        if left_out := self.prompt.left_out:
            few = f"{', '.join(left_out[:5])}{', …' if len(left_out) > 5 else ''}"
            found.append(
                f"{len(left_out)} of {plural(len(self.case.documents), 'document')} {verb(len(left_out), 'is', 'are')}"
                f" left out, because the model has room for {room} tokens: {few}"
            )
        if count >= room:
            found.append(f"the prompt has {count} tokens, but the model has room for {room}: run refuses it")
        return tuple(found)


def prompt_of_case(info: ModelInfo, case: Case, protocol: Protocol, template: NamedTemplate | None) -> CasePrompt:
    """Return the prompt by which a run with this protocol asks a model for an answer. Raises ModelFileError."""
    settings = LoadSettings(n_ctx=protocol.n_ctx, reasoning=protocol.reasoning)
    if template is not None:
        settings = settings.replace(chat_template=template.template, template_source=template.source)
    given = in_order(case, protocol.document_order, protocol.decoding.seed)
    asked = Generate(
        "prompt",
        protocol.prompt.messages(given),
        Sampling(**asdict(protocol.decoding)),
        documents=protocol.prompt.document_spans(given),
    )
    source = settings.template_source or MODEL_FILE
    return CasePrompt(info, case, source, render_prompt(info.path, settings, asked))
