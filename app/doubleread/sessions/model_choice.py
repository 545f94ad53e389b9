"""What can be chosen as the model of an arm, and what is known of a model file before a study is created with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from doubleread.domain.wording import plural, size_text
from doubleread.engine.gguf.chat_templates import IN_FILE
from doubleread.engine.gguf.examine import examine
from doubleread.engine.gguf.inspect import NO_TEMPLATE
from doubleread.engine.gguf.load_trial import try_loading
from doubleread.engine.gguf.places import FoundModel, found_models
from doubleread.engine.templates.families import suggested_family, template_families
from doubleread.errors import DoublereadError


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model file: a line about it, why it cannot be used, what is doubtful, and whether a chat template is needed.

    `suggested` is the template that its vocabulary suggests, `templates` are those in the file beside the default one.
    """

    line: str
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    needs_template: bool = False
    suggested: str = ""
    templates: tuple[str, ...] = ()

    @property
    def asks_template(self) -> bool:
        """Whether somebody should look at the chat template."""
        return self.needs_template or any("chat template" in note for note in self.notes)


def usable_models() -> list[FoundModel]:
    """Return the model files of this machine that can be used, bundled ones first."""
    return [model for model in found_models() if not model.problem]


def model_facts(path: Path) -> ModelFacts:
    """Look at a model file; takes some tenths of a second."""
    try:
        info = examine(path, usable=False)
    except DoublereadError as error:
        return ModelFacts(path.name, (f"{error.happened}; {error.remedy}" if error.remedy else error.happened,))
    size = size_text(info.file_bytes)
    context = f", context {plural(info.context_length, 'token')}" if info.context_length else ""
    line = f"{info.name}: {info.architecture or info.kind}, {info.quantisation}, {size}{context}"
    lacks = not info.has_chat_template and info.kind == "language model"
    trial = try_loading(path) if lacks else None
    family = suggested_family(trial.family_tokens) if trial is not None else None
    return ModelFacts(
        line=line,
        problems=tuple(problem for problem in info.problems if not (lacks and NO_TEMPLATE[1] in problem)),
        notes=() if lacks else info.notes,
        needs_template=lacks,
        suggested=family.name if family is not None else "",
        templates=tuple(IN_FILE + name for name in info.named_templates),
    )


def known_templates() -> Sequence[tuple[str, str]]:
    """Return the names of chat templates that can be chosen, with what they are for."""
    return [(family.name, family.title) for family in template_families().values()]
