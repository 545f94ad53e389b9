"""llama.cpp's C functions as typed Python. With `sampler`, the only caller of llama_cpp.

Its conventions (-1 for "none", pointers, byte buffers) do not leave these modules.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import llama_cpp
import llama_cpp.llama_cpp as lib
import numpy as np
from numpy.typing import NDArray

from doubleread.engine.client.settings import LoadSettings
from doubleread.engine.worker.load_log import LoadLog
from doubleread.engine.worker.token_tree import TokenTree

Tokens = NDArray[np.int32]
State = NDArray[np.uint8]

KV_TYPES = {"f32": 0, "f16": 1, "q4_0": 2, "q4_1": 3, "q5_0": 6, "q5_1": 7, "q8_0": 8, "bf16": 30}
FLASH_ATTENTION = {"auto": -1, "off": 0, "on": 1}
_CONTROL = 1 << 3
_DEFINED = 1 << 4
_UNKNOWN = 1 << 0
_LSTRIP = 1 << 7
_RSTRIP = 1 << 8
_LIKE_CONTROL = re.compile(r"<\|\S+\|>")
_SPLIT_NONE = 0
_GGML_ERROR = 4
_STREAMS, _COUNTS = 8, 12
"""Where a state has the number of its streams, behind a mark and the sequence; the streams follow."""
_ONE_STREAM = np.array([1], dtype="<u4").view(np.uint8)
_PROMPT_STEP = 64
"""Least number of tokens in a step that counts as processing prompts."""
_FADING = 0.9
_POOLING = {1: "mean", 2: "first token", 3: "last token"}


class Log:
    """llama.cpp's log, which goes to this process's standard error; the last errors are kept.

    llama.cpp calls this object as long as the process lives, so it must live as long.
    """

    def __init__(self) -> None:
        self.load = LoadLog()
        self._errors: deque[str] = deque(maxlen=20)
        self._callback = lib.llama_log_callback(self._take)
        lib.llama_log_set(self._callback, ctypes.c_void_p(0))

    def errors(self) -> str:
        """Return the last errors as one line for the user."""
        return "; ".join(self._errors)

    def _take(self, level: int, text: bytes, _: Any) -> None:
        line = text.decode("utf-8", "replace")
        if level == _GGML_ERROR and line.strip():
            self._errors.append(line.strip())
        self.load.read(line)
        if level != 1 or not line.startswith(("llama_model_loader: - kv", ".")):
            os.write(2, text)


class Model:
    """A loaded model with its vocabulary. `progress` is called while it loads and must not raise.

    Without `weights` it cannot compute, but llama.cpp reports how much memory it would take.
    """

    def __init__(
        self, path: str, settings: LoadSettings, progress: Callable[[], None], *, weights: bool = True
    ) -> None:
        """Load the model. Raises MemoryError or RuntimeError; the log says why."""
        params = lib.llama_model_default_params()
        params.n_gpu_layers = settings.gpu_layers
        if settings.gpu_layers == 0:
            # Without a device of its own, no GPU gets buffers or a part of a long prompt.
            params.split_mode, params.main_gpu = _SPLIT_NONE, -1
        elif settings.main_gpu >= 0:
            params.split_mode, params.main_gpu = _SPLIT_NONE, settings.main_gpu
        if not weights:
            params.no_alloc, params.load_mode = True, lib.LLAMA_LOAD_MODE_NONE

        def _on_progress(_: float, __: Any) -> bool:
            progress()
            return True

        self._progress = lib.llama_progress_callback(_on_progress)
        params.progress_callback = self._progress
        self.pointer: Any = lib.llama_model_load_from_file(os.fsencode(path), params)
        if not self.pointer:
            raise RuntimeError("the model could not be loaded")
        self.vocab: Any = lib.llama_model_get_vocab(self.pointer)
        self.n_vocab = int(lib.llama_vocab_n_tokens(self.vocab))
        self.n_layer = int(lib.llama_model_n_layer(self.pointer))
        self.n_ctx_train = int(lib.llama_model_n_ctx_train(self.pointer))
        self.recurrent = bool(lib.llama_model_is_recurrent(self.pointer) or lib.llama_model_is_hybrid(self.pointer))
        self.has_encoder = bool(lib.llama_model_has_encoder(self.pointer))
        self.is_diffusion = bool(lib.llama_model_is_diffusion(self.pointer))
        self.window = int(lib.llama_model_n_swa(self.pointer))
        self.bos = int(lib.llama_vocab_bos(self.vocab))
        self.add_bos = bool(lib.llama_vocab_get_add_bos(self.vocab)) and self.bos >= 0
        self._pieces: dict[int, bytes] = {}

    @property
    def chat_template(self) -> str:
        """The chat template in the file; empty if there is none."""
        found = lib.llama_model_chat_template(self.pointer, None)
        return bytes(found).decode("utf-8", "replace") if found else ""

    def token_text(self, token: int) -> str:
        """Return how the vocabulary spells a token; empty for none (-1)."""
        if not 0 <= token < self.n_vocab:
            return ""
        return bytes(lib.llama_vocab_get_text(self.vocab, token)).decode("utf-8", "replace")

    @property
    def eos(self) -> int:
        """The token that ends a text, or -1."""
        return int(lib.llama_vocab_eos(self.vocab))

    def control_tokens(self) -> dict[str, tuple[int, bool, bool]]:
        """Return the tokens that no text may become: spelling -> (id, strips blanks before, strips blanks after).

        They include tokens that look like control tokens, such as `<|start|>`, but are marked as plain ones.
        """
        attributes = lib.llama_vocab_get_attr
        found: dict[str, tuple[int, bool, bool]] = {}
        for token in range(self.n_vocab):
            bits = int(attributes(self.vocab, token))
            if not bits & (_CONTROL | _UNKNOWN | _DEFINED):
                continue
            text = self.token_text(token)
            if text and (not bits & _DEFINED or _LIKE_CONTROL.fullmatch(text)):
                found[text] = (token, bool(bits & _LSTRIP), bool(bits & _RSTRIP))
        return found

    def token(self, spelling: str) -> int | None:
        """Return the token for a whole spelling, control tokens included, or None."""
        data = spelling.encode()
        tokens = np.empty(len(data) + 16, dtype=np.int32)
        pointer = tokens.ctypes.data_as(lib.llama_token_p)
        count = int(lib.llama_tokenize(self.vocab, data, len(data), pointer, len(tokens), False, True))
        return int(tokens[0]) if count == 1 else None

    def tokenize(self, text: str, *, special: bool = False) -> Tokens:
        """Tokenise plain text. No part of it becomes a control token.

        Nothing is added, or with `special` what the model expects around a text.
        """
        data = text.encode("utf-8", "replace")
        room = len(data) + 16
        tokens = np.empty(room, dtype=np.int32)
        pointer = tokens.ctypes.data_as(lib.llama_token_p)
        count = int(lib.llama_tokenize(self.vocab, data, len(data), pointer, room, special, False))
        if count < 0:
            tokens = np.empty(-count, dtype=np.int32)
            pointer = tokens.ctypes.data_as(lib.llama_token_p)
            count = int(lib.llama_tokenize(self.vocab, data, len(data), pointer, -count, special, False))
        if count < 0:
            raise ValueError("the text could not be tokenised")
        return tokens[:count].copy()

    def piece(self, token: int) -> bytes:
        """Return the bytes that a token adds to a text; none for control tokens."""
        piece = self._pieces.get(token)
        if piece is None:
            piece = self._pieces[token] = self._piece(token, control=False)
        return piece

    def _piece(self, token: int, *, control: bool) -> bytes:
        buffer = ctypes.create_string_buffer(64)
        count = int(lib.llama_token_to_piece(self.vocab, token, buffer, 64, 0, control))
        if count < 0:
            buffer = ctypes.create_string_buffer(-count)
            count = int(lib.llama_token_to_piece(self.vocab, token, buffer, -count, 0, control))
        return buffer.raw[: max(count, 0)]

    @cached_property
    def token_tree(self) -> TokenTree:
        """The vocabulary as a grammar reads it: control tokens by their spellings. It takes about a second to make."""
        tokens = range(self.n_vocab)
        pieces = [self._piece(token, control=True) for token in tokens]
        return TokenTree(pieces, {token for token in tokens if self.ends(token)})

    def ends(self, token: int) -> bool:
        """Return whether the model ends its turn with this token."""
        return bool(lib.llama_vocab_is_eog(self.vocab, token))


class Batch:
    """A batch of at most `capacity` tokens in numpy's memory, so that slices can fill it."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.size = 0
        self._token = np.zeros(capacity, dtype=np.int32)
        self._position = np.zeros(capacity, dtype=np.int32)
        self._sequence = np.zeros(capacity, dtype=np.int32)
        self._ones = np.ones(capacity, dtype=np.int32)
        self._output = np.zeros(capacity, dtype=np.int8)
        start = self._sequence.ctypes.data
        self._pointers = np.arange(start, start + 4 * capacity, 4, dtype=np.uintp)
        raw = lib.llama_batch()
        raw.token = ctypes.cast(self._token.ctypes.data, ctypes.POINTER(ctypes.c_int32))
        raw.pos = ctypes.cast(self._position.ctypes.data, ctypes.POINTER(ctypes.c_int32))
        raw.n_seq_id = ctypes.cast(self._ones.ctypes.data, ctypes.POINTER(ctypes.c_int32))
        raw.seq_id = ctypes.cast(self._pointers.ctypes.data, ctypes.POINTER(ctypes.POINTER(ctypes.c_int32)))
        raw.logits = ctypes.cast(self._output.ctypes.data, ctypes.POINTER(ctypes.c_int8))
        self.raw = raw

    def clear(self) -> None:
        """Remove all tokens."""
        self.size = 0

    def output_all(self) -> None:
        """Compute an output for every token."""
        self._output[: self.size] = 1

    def add(self, tokens: Tokens, first_position: int, sequence: int, *, output: bool) -> int:
        """Add tokens of a sequence at consecutive positions. With `output`, compute logits for the last one.

        Return the index of the last one, which its logits are asked by.
        """
        start, end = self.size, self.size + len(tokens)
        self._token[start:end] = tokens
        self._position[start:end] = np.arange(first_position, first_position + len(tokens), dtype=np.int32)
        self._sequence[start:end] = sequence
        self._output[start:end] = 0
        self._output[end - 1] = output
        self.size = end
        return end - 1


class EmbeddingContext:
    """What computes vectors of texts: at most `n_tokens` tokens of at most `n_texts` texts in one step.

    `pooling` is how a text's vectors become one: as the model states, or by their mean where it states nothing.
    """

    def __init__(self, model: Model, n_tokens: int, n_texts: int, n_threads: int) -> None:
        """Allocate it. Raises MemoryError, and RuntimeError for a reranker."""
        params = lib.llama_context_default_params()
        # An encoder needs a whole text in one step.
        params.n_ctx = params.n_batch = params.n_ubatch = n_tokens
        params.n_seq_max = n_texts
        params.n_threads = params.n_threads_batch = n_threads
        params.embeddings = True
        params.kv_unified = True
        params.no_perf = True
        params.pooling_type = lib.LLAMA_POOLING_TYPE_UNSPECIFIED
        self.pointer: Any = lib.llama_init_from_model(model.pointer, params)
        if self.pointer and int(lib.llama_pooling_type(self.pointer)) == lib.LLAMA_POOLING_TYPE_NONE:
            lib.llama_free(self.pointer)
            params.pooling_type = lib.LLAMA_POOLING_TYPE_MEAN
            self.pointer = lib.llama_init_from_model(model.pointer, params)
        if not self.pointer:
            raise MemoryError("the context could not be created")
        pooling = int(lib.llama_pooling_type(self.pointer))
        if pooling not in _POOLING:
            raise RuntimeError("it is a reranker, which has no vectors")
        self.pooling = _POOLING[pooling]
        self.dimensions = int(lib.llama_model_n_embd_out(model.pointer))
        self._memory: Any = lib.llama_get_memory(self.pointer)

    def vectors(self, texts: Sequence[Tokens]) -> NDArray[np.float32]:
        """Return the vectors (n, dimensions) of texts that fit into one step, each of length 1."""
        batch = Batch(sum(map(len, texts)))
        for number, tokens in enumerate(texts):
            batch.add(tokens, 0, number, output=True)
        batch.output_all()
        if self._memory:
            lib.llama_memory_clear(self._memory, True)
        batch.raw.n_tokens = batch.size
        if code := int(lib.llama_decode(self.pointer, batch.raw)):
            raise ArithmeticError(f"the model gave no vectors (llama.cpp returned {code})")
        found = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for number in range(len(texts)):
            pointer = lib.llama_get_embeddings_seq(self.pointer, number)
            if not pointer:
                raise ArithmeticError("the model gave no vectors")
            found[number] = np.ctypeslib.as_array(pointer, shape=(self.dimensions,))
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or (lengths == 0).any():
            raise ArithmeticError("the model gave vectors that are not numbers")
        normalised: NDArray[np.float32] = (found / lengths).astype("<f4")
        return normalised


class Pace:
    """How long the tokens of prompts take, from the steps so far; recent ones count more. None before the first."""

    def __init__(self) -> None:
        self._tokens = self._seconds = 0.0

    def add(self, tokens: int, seconds: float) -> None:
        """Take in a step."""
        self._tokens = self._tokens * _FADING + tokens
        self._seconds = self._seconds * _FADING + seconds

    @property
    def seconds(self) -> float | None:
        """The seconds that a token takes."""
        return self._seconds / self._tokens if self._tokens else None


class Context:
    """A model's working memory for `n_sequences` sequences of at most `n_ctx` tokens.

    If `unified`, they share one pool of `n_cells` cells; else each has cells of its own and does not compute attention
    over the others' cells. If `shares`, a sequence can take over the beginning of another. `window` is how many tokens
    a sliding window has, or 0. `pace` is how fast prompts are processed.
    """

    def __init__(self, model: Model, load: LoadSettings, n_ctx: int, n_threads: int, n_threads_batch: int) -> None:
        """Allocate it. Raises MemoryError."""
        self.unified = load.kv_unified
        self.n_sequences = load.n_slots + load.kv_unified
        params = lib.llama_context_default_params()
        params.n_ctx = max(load.n_cells, n_ctx) if load.n_cells and load.kv_unified else n_ctx * load.n_slots
        params.n_batch = load.n_batch
        params.n_ubatch = load.ubatch
        params.n_seq_max = self.n_sequences
        params.n_outputs_max = self.n_sequences
        params.kv_unified = load.kv_unified
        params.swa_full = False
        params.n_threads = n_threads
        params.n_threads_batch = n_threads_batch
        params.flash_attn_type = FLASH_ATTENTION[load.flash_attention]
        params.type_k = params.type_v = KV_TYPES[load.kv_type]
        params.no_perf = True
        self.pointer: Any = lib.llama_init_from_model(model.pointer, params)
        if not self.pointer:
            raise MemoryError("the context could not be created")
        self._memory: Any = lib.llama_get_memory(self.pointer)
        self._n_vocab = model.n_vocab
        self.shares = not model.recurrent
        self._recurrent = model.recurrent
        self._has_encoder = model.has_encoder
        self.window = model.window
        self.n_ctx = n_ctx
        self.n_cells = int(lib.llama_n_ctx(self.pointer))
        self.n_batch = int(lib.llama_n_batch(self.pointer))
        self.n_ubatch = int(lib.llama_n_ubatch(self.pointer))
        self.n_ctx_seq = int(lib.llama_n_ctx_seq(self.pointer))
        self.pace = Pace()
        self._copying: set[int] = set()
        self._abort: Any = None

    def on_abort(self, question: Callable[[], bool]) -> None:
        """Call `question` between the operations of a CPU step; True aborts the step (`decode` then returns 2)."""

        def _asked(_: Any) -> bool:
            return question()

        self._abort = lib.ggml_abort_callback(_asked)
        lib.llama_set_abort_callback(self.pointer, self._abort, ctypes.c_void_p(0))

    def decode(self, batch: Batch) -> int:
        """Process a batch. Return 0 when done, 1 if memory is full, 2 when aborted, below 0 for an error."""
        batch.raw.n_tokens = batch.size
        started = time.perf_counter()
        result = int(lib.llama_decode(self.pointer, batch.raw))
        self._copying.clear()
        if not result and batch.size >= min(_PROMPT_STEP, self.n_batch):
            self.pace.add(batch.size, time.perf_counter() - started)
        return result

    def logits(self, index: int) -> NDArray[np.float32]:
        """Return a view (n_vocab,) of the logits after the batch's token `index`, valid until the next decode."""
        pointer = lib.llama_get_logits_ith(self.pointer, index)
        if not pointer:
            raise ArithmeticError("the model gave no output")
        view: NDArray[np.float32] = np.ctypeslib.as_array(pointer, shape=(self._n_vocab,))
        return view

    def forget(self, sequence: int, start: int = 0) -> bool:
        """Forget a sequence from position `start` on. Return False if the model cannot forget a part."""
        return bool(lib.llama_memory_seq_rm(self._memory, sequence, start if start else -1, -1))

    def length(self, sequence: int) -> int:
        """Return how many tokens of a sequence are in memory."""
        return int(lib.llama_memory_seq_pos_max(self._memory, sequence)) + 1

    def can_keep(self, sequence: int, count: int) -> bool:
        """Return whether a sequence can continue after its first `count` tokens, without the later ones.

        A recurrent model cannot go back; a sliding window must still contain what the next token attends to.
        """
        first = int(lib.llama_memory_seq_pos_min(self._memory, sequence))
        return not self._recurrent and 0 <= first <= max(count - self.window if self.window else 0, 0)

    def copy(self, source: int, target: int, count: int) -> None:
        """Let an empty sequence take over the first `count` tokens of another.

        In one pool, both have the same cells. Else the cells are copied before the next step, some megabytes per
        thousand tokens, and llama.cpp copies only whole sequences.
        """
        if self.unified:
            lib.llama_memory_seq_cp(self._memory, source, target, 0, count)
        else:
            lib.llama_memory_seq_cp(self._memory, source, target, -1, -1)
            lib.llama_memory_seq_rm(self._memory, target, count, -1)
            self._copying |= {source, target}

    def move(self, source: int, target: int) -> None:
        """Move all of a sequence to an empty one."""
        lib.llama_memory_seq_cp(self._memory, source, target, -1, -1)
        lib.llama_memory_seq_rm(self._memory, source, -1, -1)
        self._copying |= {source, target}

    def forget_all(self) -> None:
        """Forget every sequence."""
        lib.llama_memory_clear(self._memory, True)

    @property
    def restores(self) -> bool:
        """Whether `restore` brings back all that a sequence's next token depends on."""
        return not self._recurrent and not self._has_encoder

    def settled(self, sequence: int) -> bool:
        """Return whether a sequence has all its cells, and none are copied before the next step."""
        return sequence not in self._copying

    @property
    def state_streams(self) -> int:
        """How many streams a state must have been written with to be restored here; 1 if that does not matter."""
        return 1 if self.unified or not self.window else self.n_sequences

    def first_in_state(self, sequence: int) -> int:
        """Return the first token of a sequence that its state has everywhere: of a window, the last ones alone."""
        last = self.length(sequence) - self.window if self.window else 0
        return max(int(lib.llama_memory_seq_pos_min(self._memory, sequence)), last, 0)

    def state_size(self, sequence: int) -> int:
        """Return the size of a sequence's state in bytes."""
        return int(lib.llama_state_seq_get_size(self.pointer, sequence))

    def state(self, sequence: int) -> State:
        """Return the state of a sequence. Raises MemoryError."""
        data: State = np.empty(self.state_size(sequence), dtype=np.uint8)
        if int(lib.llama_state_seq_get_data(self.pointer, _pointer(data), len(data), sequence)) != len(data):
            raise MemoryError("llama.cpp wrote no state")
        if self.unified or self.window:
            return data
        # Of the streams, one for each sequence, all but its own are empty: each is a count of 0 cells.
        counts = data[_COUNTS : _COUNTS + 4 * self.n_sequences].view("<u4")
        before = 4 * int(np.flatnonzero(counts)[0])
        after = 4 * (self.n_sequences - 1) - before
        data[before : before + _COUNTS] = np.concatenate([data[:_STREAMS], _ONE_STREAM])
        return data[before : len(data) - after]

    def restore(self, sequence: int, state: State, tokens: int) -> bool:
        """Replace a sequence by the first `tokens` of a state, with room for `state_padding` bytes at its end.

        Return False, with an empty sequence, if there is no room or if the state is not one of this context.
        """
        if self.state_padding:
            state[_STREAMS:_COUNTS] = np.array([self.n_sequences], dtype="<u4").view(np.uint8)
            state[len(state) - self.state_padding :] = 0
        done = int(lib.llama_state_seq_set_data(self.pointer, _pointer(state), len(state), sequence))
        if done == len(state) and self.forget(sequence, tokens) and self.length(sequence) == tokens:
            # The next token looks back over the window, which includes itself.
            first = int(lib.llama_memory_seq_pos_min(self._memory, sequence))
            if first <= max(tokens - self.window + 1 if self.window else 0, 0):
                return True
        self.forget(sequence)
        return False

    @property
    def state_padding(self) -> int:
        """How many bytes `restore` needs behind a state."""
        return 0 if self.unified or self.window else 4 * (self.n_sequences - 1)


def _pointer(data: State) -> Any:
    return data.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))


def build_info() -> dict[str, str]:
    """Return the versions of the binding and of llama.cpp, and the processor features in use."""
    return {
        "llama_cpp_python": str(llama_cpp.__version__),
        "llama_cpp": bytes(lib.llama_version()).decode("ascii", "replace"),
        "system_info": bytes(lib.llama_print_system_info()).decode("utf-8", "replace").strip(" |"),
    }


def devices() -> list[dict[str, Any]]:
    """Return the devices of llama.cpp: name, description, kind ("cpu", "gpu", ...), free and total bytes."""
    base = _ggml_library()
    if base is None:
        return []
    kinds = ("cpu", "gpu", "igpu", "accel", "meta")
    found: list[dict[str, Any]] = []
    for index in range(int(base.ggml_backend_dev_count())):
        device = base.ggml_backend_dev_get(index)
        free, total = ctypes.c_size_t(0), ctypes.c_size_t(0)
        base.ggml_backend_dev_memory(device, ctypes.byref(free), ctypes.byref(total))
        kind = int(base.ggml_backend_dev_type(device))
        found.append(
            {
                "name": bytes(base.ggml_backend_dev_name(device)).decode("utf-8", "replace"),
                "description": bytes(base.ggml_backend_dev_description(device)).decode("utf-8", "replace"),
                "kind": kinds[kind] if 0 <= kind < len(kinds) else "other",
                "free_bytes": free.value,
                "total_bytes": total.value,
            }
        )
    return found


class _Pair:
    """Two libraries as one: the registry of devices is in one, their properties in the other."""

    def __init__(self, libraries: list[ctypes.CDLL]) -> None:
        self._libraries = libraries

    def __getattr__(self, name: str) -> Any:
        for library in self._libraries:
            if hasattr(library, name):
                return getattr(library, name)
        raise AttributeError(name)


def _ggml_library() -> Any:
    folder = os.path.join(os.path.dirname(llama_cpp.__file__), "lib")
    suffix = {"win32": "dll", "darwin": "dylib"}.get(sys.platform, "so")
    prefix = "" if sys.platform == "win32" else "lib"
    try:
        pair = _Pair([ctypes.CDLL(os.path.join(folder, f"{prefix}{name}.{suffix}")) for name in ("ggml", "ggml-base")])
        pointer = ctypes.c_void_p
        for name, arguments, result in (
            ("ggml_backend_dev_count", [], ctypes.c_size_t),
            ("ggml_backend_dev_get", [ctypes.c_size_t], pointer),
            ("ggml_backend_dev_name", [pointer], ctypes.c_char_p),
            ("ggml_backend_dev_description", [pointer], ctypes.c_char_p),
            ("ggml_backend_dev_type", [pointer], ctypes.c_int),
            ("ggml_backend_dev_memory", [pointer, pointer, pointer], None),
        ):
            function = getattr(pair, name)
            function.argtypes, function.restype = arguments, result
    except (OSError, AttributeError):
        return None
    return pair
