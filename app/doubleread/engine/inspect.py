"""What a GGUF file is, read without llama.cpp and without its weights, so that a damaged or hostile file does no harm.

As a program (`python -m doubleread.engine.inspect FILE`) it prints one JSON object: `info`, or `error` with its title,
what happened and what to do. That is how a screen should ask, through `inspect_in_child`.
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from doubleread.engine.gguf_header import Header, HeaderError, read_header
from doubleread.engine.gguf_types import TENSOR_TYPES, file_type_name
from doubleread.engine.model_info import ModelInfo
from doubleread.engine.strict_json import ProtocolError, build, loads
from doubleread.errors import ModelFileError
from doubleread.file_hash import file_sha256
from doubleread.platform import child_options, clean_environment

LONGEST_VALUE = 300
MOST_METADATA = 200
_SPLIT = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$", re.IGNORECASE)
_NOT_GENERATORS = frozenset(
    {
        "clip",
        "bert",
        "nomic-bert",
        "nomic-bert-moe",
        "jina-bert-v2",
        "jina-bert-v3",
        "neo-bert",
        "modern-bert",
        "t5encoder",
    }
)
_CHAT = "choose the instruct or chat version of the model"
_AGAIN = "download or copy the file again"


def inspect_gguf(path: str | os.PathLike[str], *, usable: bool = True) -> ModelInfo:
    """Return what a model file says of itself.

    Raises ModelFileError for a file that is missing, unreadable, cut off, or no GGUF. With `usable`, also for one that
    is sound but cannot answer a chat (a vocabulary without weights, no chat template, an embedding model); without,
    such reasons stand in `ModelInfo.problems`.
    """
    place = Path(path)
    header, size = opened_header(place)
    other_parts(place, header)
    problems = _problems(header)
    if usable and problems:
        title, happened, remedy = problems[0]
        raise ModelFileError(title, f"{place.name}: {happened}", remedy)
    return _info(place, header, size, tuple(f"{happened}; {remedy}" for _, happened, remedy in problems))


def opened_header(place: Path) -> tuple[Header, int]:
    """Return a model file's header and the file's size in bytes. Raises ModelFileError."""
    with _opened(place) as file:
        size = os.fstat(file.fileno()).st_size
        _refuse_lookalikes(place, file.read(1024), size)
        file.seek(0)
        try:
            return read_header(file, size), size
        except HeaderError as error:
            raise _explained(place, error) from error
        except OSError as error:
            raise ModelFileError("Model file not readable", f"{place}: {error.strerror or error}", _AGAIN) from error


def inspect_in_child(path: str | os.PathLike[str], *, usable: bool = True, timeout: float = 30.0) -> ModelInfo:
    """Like `inspect_gguf`, in a process of its own. Raises ModelFileError also where that process fails."""
    more = () if usable else ("--any",)
    info: ModelInfo = read_in_child("doubleread.engine.inspect", path, ModelInfo, more, timeout=timeout)
    return info


def read_in_child(
    module: str, path: str | os.PathLike[str], kind: type[Any], more: Sequence[str] = (), *, timeout: float = 30.0
) -> Any:
    """Run a module as a program on a model file and return the dataclass that it prints as `info`.

    Raises ModelFileError with what it prints as `error`, or where the process fails.
    """
    command = [sys.executable, "-P", "-m", module, os.fspath(path), *more]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=timeout, check=False, env=clean_environment(), **child_options()
        )
        record = loads(done.stdout)
        if "error" in record:
            raise ModelFileError(*map(str, record["error"]))
        return build(kind, record.get("info"))
    except (OSError, subprocess.TimeoutExpired, ProtocolError) as error:
        raise ModelFileError("Model file not readable", f"{path}: reading it failed ({error})", _AGAIN) from error


def sha256_of(path: str | os.PathLike[str]) -> str:
    """Return a model file's SHA-256 in hexadecimal. Raises ModelFileError where it cannot be read."""
    try:
        return file_sha256(path)
    except OSError as error:
        raise ModelFileError("Model file not readable", f"{path}: {error.strerror or error}", _AGAIN) from error


def _opened(place: Path) -> BinaryIO:
    try:
        mode = place.stat().st_mode
        if stat.S_ISDIR(mode):
            raise ModelFileError("Not a model file", f"{place} is a folder", "name the .gguf file in it")
        if not stat.S_ISREG(mode):
            raise ModelFileError("Not a model file", f"{place} is not a plain file", "name a .gguf file")
        return place.open("rb")
    except FileNotFoundError:
        raise ModelFileError("Model file not found", f"there is no {place}", "check the name and the folder") from None
    except (OSError, ValueError) as error:
        raise ModelFileError("Model file not readable", f"{place}: {error}", "check its permissions") from error


def _refuse_lookalikes(place: Path, beginning: bytes, size: int) -> None:
    if size == 0:
        raise ModelFileError("Empty model file", f"{place} has no content", _AGAIN)
    if beginning.startswith(b"GGUF"):
        return
    if beginning.startswith(b"version https://git-lfs.github.com/spec"):
        raise ModelFileError(
            "Model file not downloaded", f"{place} is a Git LFS pointer, not the model", "fetch it with: git lfs pull"
        )
    if beginning.startswith((b"ggml", b"lmgg", b"tjgg", b"fmgg")):
        raise ModelFileError(
            "Model file too old", f"{place} is in a format from before GGUF", "get the model as GGUF, version 2 or 3"
        )
    if beginning[:2] == b"PK" or beginning[8:10] == b'{"':
        kind = "a zip or PyTorch file" if beginning[:2] == b"PK" else "a safetensors file"
        raise ModelFileError("Not a GGUF file", f"{place} is {kind}", "get the model in GGUF format")
    if not any(byte < 9 for byte in beginning):
        raise ModelFileError(
            "Not a GGUF file", f"{place} holds text, perhaps an error page of a download", "download the model again"
        )
    raise ModelFileError("Not a GGUF file", f"{place} does not begin like a GGUF file", "get the model in GGUF format")


def _explained(place: Path, error: HeaderError) -> ModelFileError:
    titles = {
        "cut": ("Model file cut off", _AGAIN),
        "version": ("GGUF version not supported", "get a newer conversion of the model"),
        "endian": ("GGUF for other machines", "get the usual, little-endian, conversion"),
        "newer": ("Model file not supported", "update llama-cpp-python, or download the file again"),
    }
    title, remedy = titles.get(error.kind, ("Model file damaged", _AGAIN))
    return ModelFileError(title, f"{place}: {error.happened}", remedy)


def other_parts(place: Path, header: Header) -> tuple[Path, ...]:
    """Return the further files of a model that is split over several. Raises ModelFileError where one is missing."""
    count = header.values.get("split.count", 0)
    match = _SPLIT.search(place.name)
    if not isinstance(count, int) or count <= 1 or not match:
        return ()
    stem, total = place.name[: match.start()], int(match[2])
    names = [f"{stem}-{index:05d}-of-{total:05d}.gguf" for index in range(1, min(total, 9999) + 1)]
    if missing := [name for name in names if not (place.parent / name).is_file()]:
        shown = ", ".join(missing[:4]) + (f" and {len(missing) - 4} more" if len(missing) > 4 else "")
        raise ModelFileError(
            "Model file incomplete", f"of {total} parts these are missing: {shown}", "put them beside it"
        )
    if int(match[1]) != 1:
        raise ModelFileError(
            "Not the first part", f"{place.name} is part {int(match[1])} of {total}", f"name {names[0]}"
        )
    return tuple(place.parent / name for name in names[1:])


def _problems(header: Header) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    architecture = header.values.get("general.architecture")
    if not isinstance(architecture, str):
        found.append(("Not a language model", "the file does not say what architecture it has", "choose another file"))
    elif architecture in _NOT_GENERATORS:
        found.append(("Not a language model", f"a {architecture} model writes no text", "choose a chat model"))
    if not header.tensors:
        found.append(
            ("Model without weights", "the file holds a vocabulary only", "choose the file with the model's weights")
        )
    if not _has_template(header):
        found.append(("No chat template", "the model does not say how a conversation is written", _CHAT))
    return found


def _has_template(header: Header) -> bool:
    template = header.values.get("tokenizer.chat_template")
    return isinstance(template, str) and bool(template.strip())


def _info(place: Path, header: Header, size: int, problems: tuple[str, ...]) -> ModelInfo:
    architecture = str(header.values.get("general.architecture", ""))[:80]
    length = header.values.get(f"{architecture}.context_length", 0)
    return ModelInfo(
        path=str(place),
        name=str(header.values.get("general.name") or place.stem)[:LONGEST_VALUE],
        architecture=architecture,
        parameters=sum(tensor.values for tensor in header.tensors),
        quantisation=_quantisation(header),
        context_length=length if isinstance(length, int) and not isinstance(length, bool) else 0,
        vocabulary_size=header.arrays.get("tokenizer.ggml.tokens", 0),
        tensor_bytes=sum(tensor.size for tensor in header.tensors),
        file_bytes=size,
        has_chat_template=_has_template(header),
        metadata=_metadata(header, architecture),
        problems=problems,
    )


def _quantisation(header: Header) -> str:
    number = header.values.get("general.file_type")
    if isinstance(number, int) and (name := file_type_name(number)):
        return name
    sizes: Counter[str] = Counter()
    for tensor in header.tensors:
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
    paths = [argument for argument in arguments if argument != "--any"]
    try:
        result: dict[str, Any] = {"info": asdict(inspect_gguf(paths[0], usable="--any" not in arguments))}
    except ModelFileError as error:
        result = {"error": [error.title, error.happened, error.remedy]}
    sys.stdout.write(json.dumps(result, ensure_ascii=True))
    return 0 if "info" in result else 1


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
