"""Whether a LoRA adapter fits a model, by the headers of both files.

`check_adapter` runs `python -m doubleread.engine.gguf.adapters MODEL ADAPTER`. llama.cpp checks the same when it loads
both.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from doubleread.engine.children import answer_parent, read_in_child
from doubleread.engine.gguf.header import Header
from doubleread.engine.gguf.model_file import opened_header
from doubleread.engine.gguf.model_parts import model_files
from doubleread.errors import ModelFileError

NOT_USABLE = "Adapter not usable"
ITS_OWN = "choose the adapter that was trained for this model, converted to GGUF"
_Shape = tuple[int, ...]


def check_adapter(model: str | os.PathLike[str], adapter: str | os.PathLike[str]) -> None:
    """Raise ModelFileError if the headers of the files show that an adapter was made for another model."""
    happened = read_in_child("engine.gguf.adapters", model, str, [os.fspath(adapter)])
    if happened:
        raise ModelFileError(NOT_USABLE, f"{os.path.basename(adapter)} does not fit {model}: {happened}", ITS_OWN)


def _misfit(model: str, adapter: str) -> str:
    """Return why an adapter does not fit a model; empty if it does."""
    files, (header, _) = model_files(model), opened_header(Path(adapter))
    theirs, ours = (str(item.values.get("general.architecture", ""))[:80] for item in (header, files.header))
    if theirs != ours:
        return f"it was made for the architecture {theirs or 'that it does not state'}, and the model is a {ours}"
    happened = _wrong_tensor(header, {tensor.name: tensor.shape for tensor in files.tensors})
    base = header.values.get("general.base_model.0.name")
    return f"{happened}; it was made for {base:.80}" if happened and isinstance(base, str) else happened


def _wrong_tensor(adapter: Header, model: Mapping[str, _Shape]) -> str:
    shapes = {tensor.name: tensor.shape for tensor in adapter.tensors}
    for name, first in shapes.items():
        second = shapes.get(f"{name.removesuffix('.lora_a')}.lora_b")
        if not name.endswith(".lora_a") or second is None:
            continue
        target = name.removesuffix(".lora_a")
        if target not in model:
            return f"it changes {target:.80}, which the model does not have"
        changed = (first[0], *second[1:2])
        if target.endswith("token_embd.weight"):  # llama.cpp wants these two the other way round
            changed = (*second[1:2], *first[1:2])
        if changed != model[target][:2]:
            return f"it changes {target:.80} as {_size(changed)} values, and the model has {_size(model[target])} there"
    return ""


def _size(shape: _Shape) -> str:
    return " x ".join(map(str, shape))


if __name__ == "__main__":
    sys.exit(answer_parent(lambda: _misfit(sys.argv[1], sys.argv[2])))
