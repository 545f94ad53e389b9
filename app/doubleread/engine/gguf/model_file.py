"""Open a model file safely, and explain what is wrong with it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from doubleread.engine.gguf.file_pieces import piece_error
from doubleread.engine.gguf.header import Header, HeaderError, read_header
from doubleread.engine.gguf.lookalikes import BEGINNING, refuse_lookalike
from doubleread.errors import ModelFileError

_AGAIN = "download or copy the file again"


def opened_header(place: Path) -> tuple[Header, int]:
    """Return a model file's header and the file's size in bytes. Raises ModelFileError."""
    with _opened(place) as file:
        size = os.fstat(file.fileno()).st_size
        try:
            refuse_lookalike(place, file.read(BEGINNING), size)
            file.seek(0)
            return read_header(file, size), size
        except HeaderError as error:
            raise _explained(place, error) from error
        except ModelFileError as error:
            # A later piece of a file can begin with anything.
            raise piece_error(place, None) or error from error
        except OSError as error:
            raise ModelFileError("Model file not readable", f"{place}: {error.strerror or error}", _AGAIN) from error


def _opened(place: Path) -> BinaryIO:
    try:
        mode = place.stat().st_mode
        if stat.S_ISDIR(mode):
            raise ModelFileError("Not a model file", f"{place} is a folder", "give the .gguf file in it")
        if not stat.S_ISREG(mode):
            raise ModelFileError("Not a model file", f"{place} is not a regular file", "give a .gguf file")
        return place.open("rb")
    except FileNotFoundError:
        raise ModelFileError("Model file not found", f"there is no {place}", "check the name and the folder") from None
    except (OSError, ValueError) as error:
        raise ModelFileError("Model file not readable", f"{place}: {error}", "check its permissions") from error


def _explained(place: Path, error: HeaderError) -> ModelFileError:
    if error.kind == "cut" and (in_pieces := piece_error(place, error.expected)):
        return in_pieces
    titles = {
        "cut": ("Model file cut off", _AGAIN),
        "version": ("GGUF version not supported", "get a newer conversion of the model"),
        "endian": ("GGUF for other machines", "get the usual little-endian conversion"),
        "newer": ("Model file not supported", "update llama-cpp-python, or download the file again"),
    }
    title, remedy = titles.get(error.kind, ("Model file damaged", _AGAIN))
    return ModelFileError(title, f"{place}: {error.happened}", remedy)
