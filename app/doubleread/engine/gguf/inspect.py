"""Read a GGUF file's metadata without llama.cpp or its weights, so that a damaged or hostile file does no harm.

Screens should use `inspect_in_child`, which runs `python -m doubleread.engine.gguf.inspect FILE`.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from doubleread.engine.children import answer_parent, read_in_child
from doubleread.engine.gguf.chat_templates import named_templates, own_template
from doubleread.engine.gguf.header import Header, Tensor
from doubleread.engine.gguf.model_info import FilePart, ModelInfo
from doubleread.engine.gguf.model_kind import kind_of
from doubleread.engine.gguf.model_parts import ModelFiles, model_files
from doubleread.engine.gguf.model_shape import shape_of
from doubleread.engine.gguf.types import TENSOR_TYPES, file_type_name
from doubleread.errors import ModelFileError

LONGEST_VALUE = 300
MOST_METADATA = 200
SHORTEST_CONTEXT = 64
LONGEST_CONTEXT = 2**27
MOST_NAMED_TEMPLATES = 50
NO_TEMPLATE = (
    "No chat template",
    "the model does not define the format of a conversation",
    "name the format (doubleread models templates), or choose the instruct version of the model",
)
_WORKING = "choose another conversion of the model, with a working chat template"

Problem = tuple[str, str, str]
"""Title, what happened, what to do."""


def inspect_gguf(path: str | os.PathLike[str], *, usable: bool = True, needs_template: bool = True) -> ModelInfo:
    """Return the metadata of a model file, or of all parts of a split model.

    Raises ModelFileError for a file that is missing, unreadable, truncated or no GGUF. With `usable`, also for a sound
    file that cannot answer a chat (only a vocabulary, no chat template, an embedding model); without,
    `ModelInfo.problems` gives such reasons. Without `needs_template`, the file's own template does not matter.
    """
    files = model_files(path)
    tensors = files.tensors
    problems, notes = _problems(files.header, tensors)
    if needs_template and not problems:
        _check_template(files.header, problems, notes)
    if usable and problems:
        title, happened, remedy = problems[0]
        raise ModelFileError(title, f"{files.parts[0].path.name}: {happened}", remedy)
    return _info(files, tensors, problems, notes)


def inspect_in_child(
    path: str | os.PathLike[str], *, usable: bool = True, needs_template: bool = True, timeout: float = 30.0
) -> ModelInfo:
    """Like `inspect_gguf`, in a child process. Also raises ModelFileError if that process fails."""
    more = [name for name, wanted in (("--any", not usable), ("--no-template", not needs_template)) if wanted]
    info: ModelInfo = read_in_child("engine.gguf.inspect", path, ModelInfo, more, timeout=timeout)
    return info


def _problems(header: Header, tensors: list[Tensor]) -> tuple[list[Problem], list[str]]:
    """Return why the model cannot answer a chat, and other notes."""
    found: list[Problem] = []
    notes: list[str] = []
    kind = kind_of(header, tensors)
    if kind.remedy:
        return [("Not a language model", kind.happened, kind.remedy)], notes
    if not tensors:
        found.append(
            ("Model without weights", "the file contains only a vocabulary", "choose the file with the model's weights")
        )
    if tensors and not found:
        try:
            shape_of(header, tensors, "")
        except ModelFileError as error:
            found.append((error.title, error.happened.lstrip(": "), error.remedy))
    length = _context_length(header)
    if 0 < length < SHORTEST_CONTEXT:
        found.append(
            (
                "Model not usable",
                f"its context of {length} tokens is too short for any case",
                "choose another conversion",
            )
        )
    elif length > LONGEST_CONTEXT:
        notes.append(f"its stated context of {length:,} tokens is not credible; the protocol's n_ctx is used")
    return found, notes


def _check_template(header: Header, found: list[Problem], notes: list[str]) -> None:
    """Render a conversation; the spelling of the first and last token does not matter for that."""
    own = own_template(header)
    if not own:
        found.append(NO_TEMPLATE)
        return
    from doubleread.engine.worker.chat_template import (  # jinja2 takes as long to import as everything else
        ChatTemplate,
        TemplateError,
    )

    try:
        template = ChatTemplate(own, "<s>", "</s>")
    except TemplateError as error:
        found.append(("Chat template not usable", str(error), _WORKING))
        return
    if not template.takes_system:
        notes.append("its chat template has no system role; the system prompt is put before the user's message")
    if template.content_form != "text":
        notes.append(f"its chat template expects contents as {template.content_form}")


def _architecture(header: Header) -> str:
    return str(header.values.get("general.architecture", ""))[:80]


def _context_length(header: Header) -> int:
    length = header.values.get(f"{_architecture(header)}.context_length", 0)
    return length if isinstance(length, int) and not isinstance(length, bool) and length > 0 else 0


def _info(files: ModelFiles, tensors: list[Tensor], problems: Sequence[Problem], notes: Sequence[str]) -> ModelInfo:
    header = files.header
    kind = kind_of(header, tensors)
    parts = tuple(FilePart(part.path.name, part.size) for part in files.parts) if len(files.parts) > 1 else ()
    return ModelInfo(
        path=str(files.parts[0].path),
        name=str(header.values.get("general.name") or files.parts[0].path.stem)[:LONGEST_VALUE],
        architecture=_architecture(header),
        parameters=sum(tensor.values for tensor in tensors),
        quantisation=_quantisation(header, tensors),
        context_length=_context_length(header),
        vocabulary_size=header.arrays.get("tokenizer.ggml.tokens", 0),
        tensor_bytes=sum(tensor.size for tensor in tensors),
        file_bytes=files.size,
        has_chat_template=bool(own_template(header)),
        metadata=_metadata(header, _architecture(header)),
        problems=tuple(f"{happened}; {remedy}" for _, happened, remedy in problems),
        kind=kind.name if tensors or kind.remedy else "vocabulary",
        parts=parts,
        notes=tuple(notes),
        named_templates=tuple(named_templates(header))[:MOST_NAMED_TEMPLATES],
    )


def _quantisation(header: Header, tensors: Sequence[Tensor]) -> str:
    number = header.values.get("general.file_type")
    if isinstance(number, int) and (name := file_type_name(number)):
        return name
    sizes: Counter[str] = Counter()
    for tensor in tensors:
        sizes[TENSOR_TYPES[tensor.type][0]] += tensor.size
    return sizes.most_common(1)[0][0] if sizes else "none"


def _metadata(header: Header, architecture: str) -> dict[str, Any]:
    wanted = ("general.", f"{architecture}.", "tokenizer.ggml.", "split.")
    shown: dict[str, Any] = {}
    for key, value in header.values.items():
        if not key.startswith(wanted) or len(shown) >= MOST_METADATA:
            continue
        if isinstance(value, float) and not -1e300 < value < 1e300:
            value = str(value)
        if isinstance(value, str) and len(value) > LONGEST_VALUE:
            value = value[: LONGEST_VALUE - 1] + "…"
        shown[key[:120]] = value
    return shown


def _main(arguments: list[str]) -> int:
    path = next(argument for argument in arguments if argument not in ("--any", "--no-template"))
    usable, needs_template = "--any" not in arguments, "--no-template" not in arguments
    return answer_parent(lambda: inspect_gguf(path, usable=usable, needs_template=needs_template))


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
