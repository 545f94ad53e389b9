"""Read a protocol from a TOML file, reporting all mistakes at once, and write one with comments."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, NamedTuple

import tomlkit
from tomlkit.items import AoT, Item, Table

from doubleread.domain.answer_scales import INSTRUMENTS
from doubleread.domain.case import KINDS
from doubleread.domain.documents import DOCUMENT_ORDERS
from doubleread.domain.labels import LABEL_SETS
from doubleread.domain.ordinal_scales import SCALES
from doubleread.domain.prompts import PromptTemplate
from doubleread.domain.reasoning_markers import OwnMarkers
from doubleread.domain.sentences import SENTENCE_MODES
from doubleread.domain.study import ASKINGS, ORDERS, SHOW_PASSAGES, Decoding, Protocol, protocol_from_record
from doubleread.domain.tasks import TASKS
from doubleread.domain.training import TRAINING_METRICS, TrainingPlan
from doubleread.engine.client.protocol import Sampling
from doubleread.errors import DoublereadError
from doubleread.runs.protocol_arms import ArmDraft, ArmKey, arm_drafts, arm_mistakes
from doubleread.runs.protocol_labels import axes_mistakes, label_set_mistakes, scales_mistakes

_TABLES = {"prompt": PromptTemplate(), "decoding": Decoding()}
_APART = ("own_labels", "axes", "answer_scales", "own_scales", "reasoning", "arms", "training")
_RANGES: Mapping[str, tuple[float, float]] = {
    "n_ctx": (64, 10_000_000),
    "samples": (1, 100),
    "read_twice": (0, 1),
    "repeat_proportion": (0, 1),
    "training.threshold": (0, 1),
    "training.minimum_cases": (1, 1000),
    "training.hidden_repeats": (0, 1000),
    "decoding.temperature": (0, 10),
    "decoding.top_k": (0, 1_000_000),
    "decoding.top_p": (0, 1),
    "decoding.min_p": (0, 1),
    "decoding.repeat_penalty": (0.01, 10),
    "decoding.seed": (0, 2**32 - 2),
    "decoding.max_tokens": (1, 1_000_000),
    "decoding.max_reasoning_tokens": (0, 1_000_000),
}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "task": ("", *TASKS),
    "document_order": DOCUMENT_ORDERS,
    "order": ORDERS,
    "sentences": SENTENCE_MODES,
    "blinding_assessment": ASKINGS,
    "training.metric": TRAINING_METRICS,
    "show_passages": SHOW_PASSAGES,
}
_MOST_MARKERS = 50
_MARKER_FIELDS = ("begin", "end")
_MOST_EXAMPLES = 50
_EXAMPLE = ("text", "question", "options", "answer", "kind")
_COMMENTS = {
    "task": "The preset task that supplies prompt, decoding and context length if they are not set here.",
    "n_ctx": "Context length in tokens, shared by prompt and answer.",
    "samples": "How often each arm answers each case. Readers read the first answer.",
    "document_order": "Order of a case's documents in prompts: as given, or shuffled differently for each case.",
    "label_set": f"The labels of annotations: {', '.join(LABEL_SETS)}, or the name of [own_labels].",
    "reveal_key": "Shown after the commit: key and explanation, scores, the models' reasoning, the models' names.",
    "show_passages": "When readers see the retrieved passages: after (the commit), blind (while reading) or never.",
    "read_twice": "Proportion of the cases that `doubleread assign --plan proportion` gives to several readers.",
    "repeat_proportion": "Proportion of each reader's cases that are shown a second time, unannounced.",
    "order": "Order of assigned cases: study (the study's) or randomised (for each reader).",
    "sentences": "Readers judge sentence by sentence as well: off, offered, or required before the commit.",
    **{scale.name: f'Ask readers "{scale.question}", {scale.ends}.' for scale in SCALES},
    "consistency": "At the commit, readers correct or confirm judgements that contradict each other.",
    "consensus": "After their own readings, readers see differences without names, and may revise with a reason.",
    "guideline": "Markdown, shown to readers on request.",
    "redact": "Redact words by which an answer identifies its model until the names may be known.",
    "blinding_assessment": "When readers are asked which answer is whose: end (of the worklist), each or never.",
    "background": "Ask readers for their background (specialty, profession, years) when they first open the study.",
    "training": "What readers must reach in training cases first; file names the cases, JSON Lines.",
    "answer_scales": f"Instruments by which readers rate each answer: {', '.join(INSTRUMENTS)}.",
    "own_scales": "Scales of the study's own on which readers rate each answer.",
    "axes": "What the two answers are compared on, besides the preference; each can be a tie.",
}
_PLACEHOLDERS = {
    "prompt.choice": ("{text}", "{question}", "{options}"),
    "prompt.diagnosis": ("{text}", "{question}"),
    "prompt.inference": ("{text}", "{question}"),
    "prompt.summary": ("{text}",),
    "prompt.coding": ("{text}",),
    "prompt.extraction": ("{text}", "{fields}"),
    "prompt.rubric": ("{question}",),
    "prompt.passages": ("{passages}",),
}


class ProtocolFile(NamedTuple):
    """A protocol, and what its file says of the arms and names as the file of training cases."""

    protocol: Protocol
    arms: Mapping[ArmKey, ArmDraft]
    training_file: Path | None = None

    @property
    def sets_arms(self) -> bool:
        """Whether the file says anything of the arms."""
        return any(draft != ArmDraft() for draft in self.arms.values())


def read_protocol(path: str | os.PathLike[str]) -> Protocol:
    """Return the protocol of a TOML file without arms. Raises DoublereadError as `read_protocol_file` does."""
    return read_protocol_file(path).protocol


def read_protocol_file(path: str | os.PathLike[str], task: str = "") -> ProtocolFile:
    """Return what a TOML file says of protocol and arms; what it does not say is as in its `task`, or has its default.

    The top level has the fields of `Protocol`. Tables: [prompt] (name, system, one template for each kind of case),
    [decoding] (temperature, top_k, top_p, min_p, repeat_penalty, seed, max_tokens, max_reasoning_tokens, stop),
    [own_labels] (name, omission and lists of labels: categories, severities, bases, harms, certainties) and the lists
    [[axes]] (name, question), [[own_scales]] (name, question, levels, first, not_applicable, higher_is_better),
    [[reasoning]] (begin, end) and [[prompt.examples]] (text, question, options, answer, kind). [arms.a] and [arms.b]
    set name, role, model, chat_template, lora, tables prompt and decoding of their own, and a table retrieval (corpus,
    top, method, query, max_words). [training] names the file of training cases and what readers must reach in them
    (file, metric, threshold, minimum_cases, hidden_repeats). Raises DoublereadError with every mistake of the file.
    """
    try:
        record = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DoublereadError("No such protocol file", f"{path} does not exist", "check the name") from None
    except OSError as error:
        raise DoublereadError("Protocol not read", f"{path}: {error.strerror}", "check its permissions") from error
    except UnicodeDecodeError as error:
        raise DoublereadError("Protocol not read", f"{path} is not UTF-8", "save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise DoublereadError("Protocol not read", f"{path} is not TOML: {error}", "fix that line") from error
    except RecursionError:
        raise DoublereadError("Protocol not read", f"{path} nests lists or tables too deeply", "flatten them") from None
    record = _with_task(record, task)
    mistakes = list(_mistakes(record))
    if mistakes:
        raise DoublereadError("Protocol refused", f"{path}: {'; '.join(mistakes)}", "fix the file and try again")
    arms = record.pop("arms", {})
    training_file = record.get("training", {}).pop("file", None)
    protocol = protocol_from_record(_numbered(record))
    decodings = {f"arms.{key}.decoding": arm.get("decoding", {}) for key, arm in arms.items()}
    for where, own in {"decoding": {}, **decodings}.items():
        try:
            Sampling(**asdict(protocol.decoding) | own)
        except ValueError as error:
            remedy = "fix the file and try again"
            raise DoublereadError("Protocol refused", f"{path}: {where}: {error}", remedy) from error
    beside = Path(path).parent
    return ProtocolFile(protocol, arm_drafts(arms, beside), beside / training_file if training_file else None)


def protocol_text(protocol: Protocol) -> str:
    """Return a protocol as TOML with comments, which `read_protocol` reads back unchanged."""
    record = {**protocol.as_record(), "redact": protocol.redact, "blinding_assessment": protocol.blinding_assessment}
    if own := record["own_labels"]:
        for label in (own["omission"], *own["bases"], *own["harms"], *own["certainties"]):
            del label["key"]
    document = tomlkit.document()
    items = {name: _toml_item(value) for name, value in record.items() if value is not None}
    for name, item in sorted(items.items(), key=lambda named: isinstance(named[1], Table | AoT)):
        if name in _COMMENTS:
            if isinstance(item, AoT):
                document.add(tomlkit.nl())
            document.add(tomlkit.comment(_COMMENTS[name]))
        document.add(name, item)
    return tomlkit.dumps(document)


def _with_task(record: dict[str, Any], task: str) -> dict[str, Any]:
    """Return a file's record with the settings of its task where it has none."""
    name = record.get("task") or task
    if not isinstance(name, str) or name not in TASKS:
        return record
    both = {**TASKS[name].as_record(), **record, "task": name}
    for table in _TABLES:
        if isinstance(own := record.get(table, {}), Mapping):
            both[table] = {**TASKS[name].as_record()[table], **own}
    return both


def _toml_item(value: Any) -> Item:
    if isinstance(value, str):
        return tomlkit.string(value, multiline="\n" in value and "\r" not in value)
    if isinstance(value, Mapping):
        value = {name: _toml_item(inner) for name, inner in value.items()}
    elif isinstance(value, list | tuple):
        value = [_toml_item(inner) for inner in value]
    item: Item = tomlkit.item(value)
    return item


def _numbered(record: Mapping[str, Any]) -> dict[str, Any]:
    """Number the labels that are not chosen by a letter of their own, as the screen does."""
    own = record.get("own_labels")
    if own is None:
        return dict(record)
    numbered: dict[str, Any] = {
        part: [{**label, "key": str(number)} for number, label in enumerate(own[part], start=1)]
        for part in ("bases", "harms", "certainties")
        if part in own
    }
    if "omission" in own:
        numbered["omission"] = {**own["omission"], "key": "o"}
    return {**record, "own_labels": {**own, **numbered}}


def _mistakes(record: Mapping[str, Any]) -> Iterator[str]:
    yield from label_set_mistakes(record)
    yield from axes_mistakes(record)
    yield from scales_mistakes(record)
    yield from _reasoning_mistakes(record)
    yield from arm_mistakes(record.get("arms", {}))
    yield from _training_mistakes(record)
    if record.get("repeat_proportion", 0) and record.get("reveal_key", True):
        yield "repeat_proportion needs reveal_key = false: a reader who has seen the key reads the case differently"
    for name, value in record.items():
        if name in _APART:
            continue
        if name not in _TABLES:
            yield from _wrong(name, value, Protocol())
        elif not isinstance(value, dict):
            yield f"{name} must be a table, [{name}]"
        else:
            yield from _table_mistakes(name, value)
    yield from _room_mistakes(record, record.get("decoding", {}), "decoding")
    for where, arm in _arms(record):
        for name in _TABLES:
            if isinstance(own := arm.get(name), Mapping):
                yield from (f"{where}.{mistake}" for mistake in _table_mistakes(name, own))
                if name == "decoding":
                    common = record.get("decoding", {})
                    both = {**common, **own} if isinstance(common, Mapping) else own
                    yield from _room_mistakes(record, both, f"{where}.decoding")


def _training_mistakes(record: Mapping[str, Any]) -> Iterator[str]:
    if "training" not in record:
        return
    table = record["training"]
    if not isinstance(table, Mapping):
        yield "training must be a table, [training]"
        return
    for name, value in table.items():
        if name == "file":
            if not isinstance(value, str) or not value.strip():
                yield "training.file must be the name of a file"
        else:
            yield from _wrong(f"training.{name}", value, TrainingPlan())
    if table.get("hidden_repeats", 0) and record.get("reveal_names", False):
        yield "training.hidden_repeats needs reveal_names = false: no arm wrote the answers to training cases"


def _arms(record: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    arms = record.get("arms")
    if isinstance(arms, Mapping):
        yield from ((f"arms.{key}", arm) for key, arm in arms.items() if isinstance(arm, Mapping))


def _table_mistakes(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    for inner, value in table.items():
        if (name, inner) == ("prompt", "examples"):
            yield from _example_mistakes(value)
        else:
            yield from _wrong(f"{name}.{inner}", value, _TABLES[name])


def _example_mistakes(examples: Any) -> Iterator[str]:
    if not isinstance(examples, list) or len(examples) > _MOST_EXAMPLES:
        yield f"prompt.examples must be at most {_MOST_EXAMPLES} tables, [[prompt.examples]]"
        return
    for number, example in enumerate(examples, start=1):
        where = f"prompt.examples, number {number}"
        if not isinstance(example, Mapping):
            yield f"{where} must be a table with {', '.join(_EXAMPLE)}"
            continue
        if unknown := sorted(set(example) - set(_EXAMPLE)):
            yield f"{where}: {unknown[0]} is not known (there are: {', '.join(_EXAMPLE)})"
        for name in ("text", "question", "answer"):
            if not isinstance(example.get(name), str):
                yield f"{where}: {name} must be a text"
        if example.get("kind", "choice") not in KINDS:
            yield f"{where}: kind must be one of {', '.join(KINDS)}"
        options = example.get("options", {})
        if not isinstance(options, Mapping) or not all(isinstance(text, str) for text in options.values()):
            yield f"{where}: options must be a table from letters to texts"


def _room_mistakes(record: Mapping[str, Any], decoding: Any, where: str) -> Iterator[str]:
    n_ctx = record.get("n_ctx", Protocol().n_ctx)
    longest = decoding.get("max_tokens", Decoding().max_tokens) if isinstance(decoding, dict) else 0
    if _is_number(n_ctx) and _is_number(longest) and longest >= n_ctx:
        yield f"{where}.max_tokens ({longest}) must be below n_ctx ({n_ctx}), which also has room for the prompt"
    reasoning = decoding.get("max_reasoning_tokens", 0) if isinstance(decoding, dict) else 0
    if all(map(_is_number, (n_ctx, longest, reasoning))) and reasoning > 0 and longest < n_ctx <= longest + reasoning:
        yield (
            f"{where}.max_tokens ({longest}) and max_reasoning_tokens ({reasoning}) together must be below"
            f" n_ctx ({n_ctx}), which also has room for the prompt"
        )


def _reasoning_mistakes(record: Mapping[str, Any]) -> Iterator[str]:
    pairs = record.get("reasoning", [])
    if not isinstance(pairs, list) or len(pairs) > _MOST_MARKERS:
        yield f"reasoning must be at most {_MOST_MARKERS} tables, [[reasoning]]"
        return
    for number, pair in enumerate(pairs, start=1):
        where = f"reasoning, number {number}"
        if not isinstance(pair, Mapping):
            yield f"{where} must be a table with begin and end"
        elif unknown := sorted(set(pair) - set(_MARKER_FIELDS)):
            yield f"{where}: {unknown[0]} is not known (there are: begin, end)"
        elif wrong := [name for name in _MARKER_FIELDS if not isinstance(pair.get(name), str)]:
            yield f"{where}: {wrong[0]} must be a text"
        else:
            try:
                OwnMarkers(pair["begin"], pair["end"])
            except ValueError as error:
                yield f"{where}: {error}"


def _wrong(name: str, value: Any, defaults: object) -> Iterator[str]:
    attribute = name.rpartition(".")[2]
    known = [field.name for field in fields(type(defaults))]  # type: ignore[arg-type]
    if attribute not in known:
        where = f" in [{name.partition('.')[0]}]" if "." in name else ""
        yield f"{name} is not known (there are{where}: {', '.join(known)})"
        return
    default = getattr(defaults, attribute)
    if isinstance(default, tuple):
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            yield f"{name} must be a list of texts, not {value!r}"
    elif not _is_like(value, default):
        yield f"{name} must be like {default!r}, not {value!r}"
    elif name in _RANGES and not _RANGES[name][0] <= value <= _RANGES[name][1]:
        yield f"{name} must be between {_RANGES[name][0]} and {_RANGES[name][1]}, not {value!r}"
    elif name in _PLACEHOLDERS and (missing := [word for word in _PLACEHOLDERS[name] if word not in value]):
        yield f"{name} must contain {', '.join(missing)}, which the models need to see"
    elif name in _CHOICES and value not in _CHOICES[name]:
        yield f"{name} must be one of {', '.join(filter(None, _CHOICES[name]))}, not {value!r}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_like(value: Any, default: Any) -> bool:
    if isinstance(default, bool):
        return isinstance(value, bool)
    if isinstance(default, float):
        return _is_number(value) and value == value  # NaN cannot be used for decoding
    if isinstance(default, int):
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str)
