"""A study's settings: what is asked of the models and of the readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from doubleread.domain.answer_scales import INSTRUMENTS, AnswerScale, Instrument, scale_from_record
from doubleread.domain.axes import Axis
from doubleread.domain.documents import DocumentOrder
from doubleread.domain.hashes import json_sha256, text_sha256
from doubleread.domain.labels import CREOLA, LabelSet, label_set_from_record, label_set_named
from doubleread.domain.ordinal_scales import SCALES, OrdinalScale
from doubleread.domain.prompts import PromptTemplate, prompt_from_record
from doubleread.domain.reasoning_markers import OwnMarkers
from doubleread.domain.sentences import SentenceMode
from doubleread.domain.training import TrainingPlan


@dataclass(frozen=True, slots=True)
class Decoding:
    """How the models choose tokens. Temperature 0 takes the likeliest one; `seed` matters only above 0.

    `max_tokens` limits an answer, `max_reasoning_tokens` the reasoning before it, which is never scored and is cut off
    at the limit.
    """

    temperature: float = 0.0
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.0
    repeat_penalty: float = 1.0
    seed: int = 1
    max_tokens: int = 768
    max_reasoning_tokens: int = 2048
    stop: tuple[str, ...] = ()

    def seed_of(self, case_id: str, sample: int = 0) -> int:
        """Return the seed of an answer: different for each case and sample, and the same every time."""
        if self.temperature <= 0:
            return self.seed
        which = f"{case_id}\n{sample}" if sample else case_id
        return int(text_sha256(f"{self.seed} {which}")[:8], 16) % (2**32 - 1)


def decoding_from_record(record: Mapping[str, Any]) -> Decoding:
    """Rebuild what `dataclasses.asdict` or JSON made of it. Raises TypeError if a field is unknown."""
    return Decoding(**{**record, "stop": tuple(record.get("stop", ()))})


Order = Literal["study", "randomised"]
ORDERS: tuple[Order, ...] = ("study", "randomised")
Asking = Literal["never", "end", "each"]
ASKINGS: tuple[Asking, ...] = ("never", "end", "each")
ShowPassages = Literal["never", "after", "blind"]
SHOW_PASSAGES: tuple[ShowPassages, ...] = ("never", "after", "blind")


@dataclass(frozen=True, slots=True)
class Protocol:
    """What all answers and readings of a study have in common. Its hash goes into every reading.

    `n_ctx` is the context size of a model in tokens, prompt and answer together. Each arm answers each case `samples`
    times; readers read the first answer. `document_order` says whether models get the documents of a long case in the
    case's order, or shuffled for each case and sample, by the seed of `decoding`. Until the commit everything that
    could influence a reader is hidden. `reveal_key`, `reveal_scores`, `reveal_reasoning` and `reveal_names` say what
    the commit shows: key and explanation, scores (which reveal the key, and stay hidden with it), the models'
    reasoning, and which model wrote which answer. `show_passages` says when readers see the passages that an answer was
    given from a corpus: after the commit, while they read ("blind": for both answers, so that the one without is
    known), or never. With `redact`, words by which an answer names its model are hidden until names may be shown.

    `blinding_assessment` says when readers are asked which answer is which model's: at the end of their worklist, at
    each commit before it reveals anything, or never. If the commit reveals names, the end is too late to ask.

    `label_set` names the labels of annotations: a built-in set, or the study's `own_labels`. `axes` are rated side by
    side. `answer_scales` name the instruments by which each answer is rated, `own_scales` are the study's own.
    `read_twice` is the proportion of cases that the plan "proportion" assigns to several readers,
    `repeat_proportion` the proportion of each reader's cases that are repeated, unmarked. `order` says whether assigned
    cases come in study order or randomised for each reader. `sentences` says whether readers can also judge sentence by
    sentence: "off", "offered", or "required" of every sentence before the commit. With `consistency`, readers confirm
    or correct contradictions at the commit (see `domain.consistency`). `guideline` is Markdown that a key
    shows. `reasoning` are further pairs of strings by which a model delimits its reasoning. `task` names the preset
    task from which prompt and decoding come, or is empty. `training` says what readers must reach in training cases
    first; None without training. `background` says whether readers are asked for their background. With `consensus`,
    readers may see how the committed readings of a case differ, without names, and revise their own.
    """

    title: str = "Untitled study"
    task: str = ""
    prompt: PromptTemplate = field(default_factory=PromptTemplate)
    decoding: Decoding = field(default_factory=Decoding)
    n_ctx: int = 4096
    samples: int = 1
    document_order: DocumentOrder = "as given"
    label_set: str = CREOLA.name
    own_labels: LabelSet | None = None
    axes: tuple[Axis, ...] = ()
    answer_scales: tuple[str, ...] = ()
    own_scales: tuple[AnswerScale, ...] = ()
    reveal_key: bool = True
    reveal_scores: bool = True
    reveal_reasoning: bool = True
    reveal_names: bool = False
    show_passages: ShowPassages = "after"
    read_twice: float = 1.0
    repeat_proportion: float = 0.0
    order: Order = "randomised"
    sentences: SentenceMode = "offered"
    confidence: bool = False
    consistency: bool = True
    guideline: str = ""
    redact: bool = True
    blinding_assessment: Asking = "end"
    reasoning: tuple[OwnMarkers, ...] = ()
    training: TrainingPlan | None = None
    background: bool = False
    consensus: bool = False

    @property
    def labels(self) -> LabelSet:
        """The labels of annotations. Raises InputRefusedError for a set that this program does not know."""
        if self.own_labels is not None and self.own_labels.name == self.label_set:
            return self.own_labels
        return label_set_named(self.label_set)

    @property
    def scales(self) -> tuple[OrdinalScale, ...]:
        """The ordinal scales on which readers rate each reading."""
        return tuple(scale for scale in SCALES if getattr(self, scale.name))

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """The published instruments by which each answer is rated."""
        return tuple(INSTRUMENTS[name] for name in self.answer_scales)

    @property
    def rated_scales(self) -> tuple[AnswerScale, ...]:
        """The scales on which readers rate each answer."""
        return (*(scale for one in self.instruments for scale in one.scales), *self.own_scales)

    def as_record(self) -> dict[str, Any]:
        """Return the protocol as JSON."""
        return asdict(self)

    @property
    def sha256(self) -> str:
        """Hash of the canonical JSON form, in hexadecimal."""
        return json_sha256(self.as_record())


def protocol_from_record(record: Mapping[str, Any]) -> Protocol:
    """Rebuild a protocol. Raises TypeError if a field is unknown."""
    values = dict(record)
    values["prompt"] = prompt_from_record(values.get("prompt", {}))
    values["decoding"] = decoding_from_record(values.get("decoding", {}))
    if values.get("own_labels") is not None:
        values["own_labels"] = label_set_from_record(values["own_labels"])
        values.setdefault("label_set", values["own_labels"].name)
    values["reasoning"] = tuple(OwnMarkers(**pair) for pair in values.get("reasoning", ()))
    values["axes"] = tuple(Axis(**axis) for axis in values.get("axes", ()))
    values["answer_scales"] = tuple(values.get("answer_scales", ()))
    values["own_scales"] = tuple(map(scale_from_record, values.get("own_scales", ())))
    if values.get("training") is not None:
        values["training"] = TrainingPlan(**values["training"])
    return Protocol(**values)
