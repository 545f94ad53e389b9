"""The vocabulary of a made model: another GGUF's, or one of bytes, padded to the wanted size."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from doubleread.bench.gguf_writing import entry
from doubleread.engine.gguf.header import Header, HeaderError, read_header
from doubleread.errors import ModelFileError

TOKENS = "tokenizer.ggml.tokens"
KINDS = "tokenizer.ggml.token_type"
TEMPLATE = "tokenizer.chat_template"
_NORMAL, _CONTROL = 1, 3

_CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_LLAMA_3 = (
    "{% for message in messages %}<|start_header_id|>{{ message['role'] }}<|end_header_id|>\n\n"
    "{{ message['content'] }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
_PHI_3 = (
    "{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
_PLAIN = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)
_TEMPLATES = (
    (("<|im_start|>", "<|im_end|>"), _CHATML),
    (("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"), _LLAMA_3),
    (("<|user|>", "<|assistant|>", "<|end|>"), _PHI_3),
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A vocabulary's GGUF entries, and its size.

    `silent` are the tokens that a made model must never generate: control tokens, those that end an answer, and parts
    of a character. So its answers are text and have the wanted length.
    """

    entries: tuple[bytes, ...]
    size: int
    silent: tuple[int, ...]


def byte_vocabulary(size: int) -> Vocabulary:
    """Return a vocabulary of the 256 bytes, ChatML's control tokens, and made-up words up to `size` tokens.

    Text is tokenised byte by byte, except for one pair; only the model uses the words.
    """
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    pieces = _byte_pieces()
    tokens = [*pieces, *special, "th"]
    tokens += [f"Ġw{number:x}" for number in range(size - len(tokens))]
    kinds = [_NORMAL] * 256 + [_CONTROL] * len(special)
    kinds += [_NORMAL] * (len(tokens) - len(kinds))
    end, turn_end = 256, 258
    entries = (
        entry("tokenizer.ggml.model", "gpt2"),
        entry("tokenizer.ggml.pre", "gpt-2"),
        entry(TOKENS, tokens),
        entry(KINDS, kinds),
        entry("tokenizer.ggml.merges", ["t h"]),
        entry("tokenizer.ggml.bos_token_id", end),
        entry("tokenizer.ggml.eos_token_id", turn_end),
        entry("tokenizer.ggml.add_bos_token", False),
        entry(TEMPLATE, _CHATML),
    )
    return Vocabulary(entries, len(tokens), tuple(_silent(tokens, kinds, bytewise=True)))


def copied_vocabulary(path: str | os.PathLike[str]) -> Vocabulary:
    """Return another GGUF's vocabulary, with a chat template if it has none. Raises ModelFileError."""
    place = Path(path)
    try:
        with place.open("rb") as file:
            found = read_header(file, os.fstat(file.fileno()).st_size)
            raw = {key: _bytes_of(file.fileno(), found, key) for key in found.places if key.startswith("tokenizer.")}
    except OSError as error:
        reason = f"{place}: {error.strerror or error}"
        raise ModelFileError("Vocabulary not readable", reason, "check the name and the folder") from error
    except HeaderError as error:
        raise ModelFileError("Vocabulary not readable", f"{place}: {error.happened}", "choose another GGUF") from error
    model = found.values.get("tokenizer.ggml.model")
    if TOKENS not in raw or model not in ("llama", "gpt2"):
        happened = f"{place} has {'no vocabulary' if TOKENS not in raw else f'a vocabulary of the kind {model!r:.40}'}"
        raise ModelFileError("Vocabulary not usable", happened, "choose one of the kind llama or gpt2, such as Llama's")
    tokens = [piece.decode("utf-8", "replace") for piece in _strings(raw[TOKENS], TOKENS)]
    kinds = _numbers(raw[KINDS], KINDS) if KINDS in raw else [_NORMAL] * len(tokens)
    entries = list(raw.values())
    if not str(found.values.get(TEMPLATE, "")).strip():
        entries = [data for key, data in raw.items() if key != TEMPLATE] + [entry(TEMPLATE, _template(set(tokens)))]
    return Vocabulary(tuple(entries), len(tokens), tuple(_silent(tokens, kinds, bytewise=model == "gpt2")))


def _template(tokens: set[str]) -> str:
    return next((template for wanted, template in _TEMPLATES if tokens.issuperset(wanted)), _PLAIN)


def _silent(tokens: list[str], kinds: list[int], *, bytewise: bool) -> Iterator[int]:
    to_byte = {character: byte for byte, character in enumerate(_byte_pieces())}
    for number, (token, kind) in enumerate(zip(tokens, kinds, strict=True)):
        if kind != _NORMAL or not token or (token.startswith("<") and token.endswith(">")):
            yield number
        elif bytewise:
            try:
                bytes(to_byte[character] for character in token).decode("utf-8")
            except (KeyError, UnicodeDecodeError):
                yield number


def _byte_pieces() -> list[str]:
    """Return the 256 characters that stand for bytes in byte-level vocabularies, by byte value."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]


def _bytes_of(descriptor: int, found: Header, key: str) -> bytes:
    start, end = found.places[key]
    os.lseek(descriptor, start, os.SEEK_SET)
    parts: list[bytes] = []
    while start < end:
        part = os.read(descriptor, end - start)
        if not part:
            raise OSError("it became shorter while it was read")
        parts.append(part)
        start += len(part)
    return b"".join(parts)


def _strings(raw: bytes, key: str) -> Iterator[bytes]:
    """Yield the texts of an entry that is a list of texts."""
    position, count = _list_start(raw, key)
    for _ in range(count):
        (length,) = struct.unpack_from("<Q", raw, position)
        yield raw[position + 8 : position + 8 + length]
        position += 8 + length


def _numbers(raw: bytes, key: str) -> list[int]:
    """Return the numbers of an entry that is a list of 32-bit ones."""
    position, count = _list_start(raw, key)
    return list(struct.unpack_from(f"<{count}i", raw, position))


def _list_start(raw: bytes, key: str) -> tuple[int, int]:
    position = 8 + len(key.encode("utf-8")) + 4
    _, count = struct.unpack_from("<IQ", raw, position)
    return position + 12, count
