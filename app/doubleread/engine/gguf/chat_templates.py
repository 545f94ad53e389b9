"""The chat templates in a GGUF file: its own, and others that it keeps by name, such as one for tools.

`read_named_template` runs `python -m doubleread.engine.gguf.chat_templates FILE NAME`.
"""

from __future__ import annotations

import os
import sys

from doubleread.engine.children import answer_parent, read_in_child
from doubleread.engine.gguf.header import Header
from doubleread.engine.gguf.model_parts import model_files
from doubleread.errors import ModelFileError

IN_FILE = "gguf:"
"""What a user writes before the name of a template in the model file."""

MODEL_FILE = "model file"
"""The source of the template that a model file uses by default, in manifests."""

_OWN = "tokenizer.chat_template"


def own_template(header: Header) -> str:
    """Return the template that a conversation gets by default; empty if there is none."""
    return _text(header, _OWN)


def named_templates(header: Header) -> dict[str, str]:
    """Return the further templates by their names."""
    keys = [key for key in header.values if key.startswith(f"{_OWN}.") and _text(header, key)]
    return {key.removeprefix(f"{_OWN}."): _text(header, key) for key in keys}


def read_named_template(path: str | os.PathLike[str], name: str) -> str:
    """Return a template that a model file keeps under a name, read and tried in a child process.

    Raises ModelFileError if there is none of that name, or if it cannot be used.
    """
    template: str = read_in_child("engine.gguf.chat_templates", path, str, [name])
    return template


def _text(header: Header, key: str) -> str:
    template = header.values.get(key)
    return template if isinstance(template, str) and template.strip() else ""


def _usable_template(path: str, name: str) -> str:
    from doubleread.engine.worker.chat_template import ChatTemplate, TemplateError  # jinja2 takes long to import

    found = named_templates(model_files(path).header)
    if name not in found:
        known = f"it has {', '.join(IN_FILE + other for other in found)}" if found else "it has no named template"
        remedy = "give one of these names" if found else "omit the option to use the file's own template"
        happened = f"{path} has no chat template {IN_FILE}{name}; {known}"
        raise ModelFileError("Chat template not found", happened, remedy)
    try:
        ChatTemplate(found[name], "<s>", "</s>")
    except TemplateError as error:
        happened = f"{path}: {IN_FILE}{name}: {error}"
        raise ModelFileError("Chat template not usable", happened, "choose another template") from error
    return found[name]


if __name__ == "__main__":
    sys.exit(answer_parent(lambda: _usable_template(sys.argv[1], sys.argv[2])))
