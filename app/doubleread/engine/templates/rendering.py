"""The exact prompt of an answer, with its tokens, written in a child process by what writes a worker's prompts.

`render_prompt` runs `python -m doubleread.engine.templates.rendering FILE`. The model's weights are not loaded.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from doubleread.domain.hashes import text_sha256
from doubleread.engine.children import answer_parent, read_in_child
from doubleread.engine.client.protocol import Generate, Load, decode_request, encode
from doubleread.engine.client.settings import LoadSettings
from doubleread.errors import ModelFileError

if TYPE_CHECKING:
    from doubleread.engine.worker.llama import Model


@dataclass(frozen=True, slots=True)
class PromptToken:
    """A token of a prompt: its id, its text, and whether it is a control token, which no text of a case becomes.

    Bytes that are only part of a character are written with a backslash, an x and two hexadecimal digits each.
    """

    id: int
    text: str
    control: bool


@dataclass(frozen=True, slots=True)
class RenderedPrompt:
    """A prompt as a worker writes it, and what stands about it in the answer's manifest.

    `n_ctx` is how many tokens prompt and answer can have together. `turn_ends` end the answer, as well as the
    protocol's stop strings and the model's own end of a text. `left_out` are the ids of the documents for which there
    is no room.
    """

    text: str
    sha256: str
    tokens: tuple[PromptToken, ...]
    template_sha256: str
    n_ctx: int
    turn_ends: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def render_prompt(
    path: str | os.PathLike[str], settings: LoadSettings, request: Generate, timeout: float = 120.0
) -> RenderedPrompt:
    """Return the prompt of a request to a worker with these settings. Raises ModelFileError."""
    given = encode(Load.of(os.fspath(path), settings)) + encode(request)
    rendered: RenderedPrompt = read_in_child(
        "engine.templates.rendering", path, RenderedPrompt, given=given, timeout=timeout
    )
    return rendered


def _rendered(requests: BinaryIO) -> RenderedPrompt:
    from doubleread.engine.fitting import TooLongError
    from doubleread.engine.worker import llama
    from doubleread.engine.worker.chat_template import TemplateError
    from doubleread.engine.worker.prompting import answer_prompt, context_length, fitted_prompt, prompt_writer

    load, asked = decode_request(requests.readline()), decode_request(requests.readline())
    assert isinstance(load, Load)
    assert isinstance(asked, Generate)
    log = llama.Log()
    try:
        model = llama.Model(load.path, load, lambda: None, weights=False)
        writer, reasoning = prompt_writer(model, load)
        n_ctx = context_length(model, load)
        found = fitted_prompt(asked, n_ctx, writer, reasoning)
        prompt, _ = answer_prompt(found.prompt, asked.sampling, n_ctx, writer, reasoning)
    except TemplateError as error:
        raise ModelFileError("Chat template not usable", f"{load.path}: {error}", "choose another template") from error
    except (RuntimeError, MemoryError) as error:
        raise ModelFileError("Model not loaded", f"{load.path}: {log.errors() or error}") from error
    except TooLongError as error:
        raise ModelFileError(
            "Documents too long", str(error), "raise n_ctx in the protocol if the model allows it"
        ) from error
    except ValueError as error:
        raise ModelFileError("Prompt not usable", f"{load.path}: {error}", "shorten the case or the prompt") from error
    control = {token for token, *_ in model.control_tokens().values()}
    return RenderedPrompt(
        prompt.text,
        text_sha256(prompt.text),
        tuple(_token(model, token, control) for token in prompt.tokens.tolist()),
        text_sha256(writer.template),
        n_ctx,
        writer.turn_ends.all_strings,
        found.left_out,
    )


def _token(model: Model, token: int, control: set[int]) -> PromptToken:
    if token in control:
        return PromptToken(token, model.token_text(token), True)
    return PromptToken(token, model.piece(token).decode("utf-8", "backslashreplace"), False)


def _main() -> None:
    os.environ["GGML_NO_BACKTRACE"] = "1"
    from doubleread.engine.worker.fatal_exit import leave
    from doubleread.platform import forbid_core_dumps

    forbid_core_dumps()
    # llama.cpp writes to the log as long as the process lives.
    leave(answer_parent(lambda: _rendered(sys.stdin.buffer)))


if __name__ == "__main__":
    _main()
