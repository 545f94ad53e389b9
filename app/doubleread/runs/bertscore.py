"""BERTScore by the package bert-score with a model in a local folder; nothing is ever downloaded.

The package is an extra, because it needs PyTorch. It is imported only when a study is scored by it.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from doubleread.domain.score import BERTSCORE, Score
from doubleread.errors import DoublereadError
from doubleread.file_hash import file_sha256
from doubleread.scoring.plain import visible_stretch

VERSION = "1"
BATCH = 32
_AT_ONCE = 256  # pairs whose embeddings are in memory at a time: about 1 GB with a large model
_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
_TWO_POSITIONS_RESERVED = ("roberta", "xlm-roberta", "camembert", "longformer")
_NO_LIMIT = 1_000_000
_OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
_QUIET = {
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "false",
}

Pair = tuple[str, str]
"""An answer and its reference."""


@dataclass(frozen=True, slots=True)
class BertScorer:
    """A loaded model. `longest` is how many tokens of a text it reads; `version` says what scores were made with."""

    scorer: Any
    version: str
    longest: int

    def scores(self, pairs: Sequence[Pair]) -> list[Score]:
        """Return the score of each pair of answer and reference. Texts are embedded in batches, each text once."""
        answers = [_visible(answer) for answer, _ in pairs]
        wanted = [index for index, answer in enumerate(answers) if answer.strip()]
        found: dict[int, tuple[float, float, float]] = {}
        for first in range(0, len(wanted), _AT_ONCE):
            some = wanted[first : first + _AT_ONCE]
            columns = self.scorer.score(
                [answers[index] for index in some], [pairs[index][1] for index in some], batch_size=BATCH
            )
            precision, recall, f1 = (column.tolist() for column in columns)
            found |= dict(zip(some, zip(precision, recall, f1, strict=True), strict=True))
        return [self._score(answers[index], reference, found.get(index)) for index, (_, reference) in enumerate(pairs)]

    def _score(self, answer: str, reference: str, found: tuple[float, float, float] | None) -> Score:
        precision, recall, f1 = found or (0.0, 0.0, 0.0)
        measures = {"bertscore_f1": f1, "bertscore_precision": precision, "bertscore_recall": recall}
        if found is None:
            return Score(BERTSCORE, self.version, "unparsed", None, "empty", measures=measures)
        cut = [whose for whose, text in (("answer", answer), ("reference", reference)) if self._is_cut(text)]
        reason = f"only the first {self.longest} tokens of {' and '.join(cut)} are read" if cut else "texts read whole"
        return Score(BERTSCORE, self.version, "measured", None, reason, measures=measures)

    def _is_cut(self, text: str) -> bool:
        # A token has at least one character.
        return len(text) > self.longest - 2 and len(self.scorer._tokenizer.tokenize(text)) > self.longest - 2


def load_bert_scorer(folder: Path, layers: int | None = None) -> BertScorer:
    """Load the model of a folder in the format of Hugging Face's transformers.

    Without `layers`, the layer is the one that bert-score's authors chose for a model of the folder's name, and the
    last one for any other. Raises DoublereadError.
    """
    folder = folder.expanduser().absolute()
    config = _config(folder)
    files = sorted({file for pattern in _WEIGHTS for file in folder.glob(pattern)})
    if not files:
        raise _refused(
            f"{folder} has no weights (model.safetensors or pytorch_model.bin)", "copy the whole model there"
        )
    if "t5" in str(folder) and "t5" not in str(config.get("model_type", "")):
        # bert-score takes any path with these letters for a T5 model.
        raise _refused(f'the path {folder} contains "t5", which bert-score takes for a T5 model', "rename the folder")
    module = _package()
    known = importlib.import_module("bert_score.utils").model2layers
    depth = int(config.get("num_hidden_layers", config.get("n_layers", config.get("num_layers", 0))))
    layer = layers or known.get(folder.name) or depth
    if not 0 < layer <= depth:
        raise _refused(f"the model has {depth} layers, not {layer}", f"choose one from 1 to {depth}")
    try:
        scorer = module.BERTScorer(model_type=str(folder), num_layers=layer)
    except (OSError, ValueError, RuntimeError, AssertionError, KeyError, ImportError) as error:
        first_line = str(error).strip().split("\n")[0]
        raise _refused(f"{folder} cannot be loaded ({first_line})", "check that it is a complete model") from error
    longest = min(_positions(config), scorer._tokenizer.model_max_length, _NO_LIMIT)
    scorer._tokenizer.model_max_length = longest
    packages = ", ".join(f"{name} {_version_of(name)}" for name in ("bert-score", "transformers"))
    made_with = f"{packages}, {folder.name}, layer {layer}, sha256 {_hash_of([folder / 'config.json', *files])[:16]}"
    return BertScorer(scorer, f"{VERSION} ({made_with})", longest)


def _refused(happened: str, remedy: str) -> DoublereadError:
    return DoublereadError("No BERTScore", happened, remedy)


def _config(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise _refused(f"there is no folder {folder}", "give the folder of a model; nothing is downloaded")
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _refused(f"{folder} has no readable config.json", "give the folder of a model") from error
    return config if isinstance(config, dict) else {}


def _package() -> Any:
    """Import bert-score, so that neither it nor what it imports asks the network for anything."""
    os.environ.update(_OFFLINE)
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        return importlib.import_module("bert_score")
    except ImportError as error:
        remedy = 'install it with: pip install "doubleread[bertscore]"'
        raise _refused(f"the package bert-score cannot be imported ({error})", remedy) from error


def _positions(config: dict[str, Any]) -> int:
    reserved = 2 if config.get("model_type") in _TWO_POSITIONS_RESERVED else 0
    return int(config.get("max_position_embeddings") or _NO_LIMIT) - reserved


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "of unknown version"


def _hash_of(files: Sequence[Path]) -> str:
    whole = hashlib.sha256()
    for name, sha256 in _hashes(files):
        whole.update(f"{name} {sha256}\n".encode())
    return whole.hexdigest()


def _hashes(files: Sequence[Path]) -> Iterator[tuple[str, str]]:
    for file in files:
        try:
            yield file.name, file_sha256(file)
        except OSError as error:
            raise _refused(f"{file} cannot be read ({error.strerror})", "check the file") from error


def _visible(answer: str) -> str:
    start, end, _ = visible_stretch(answer)
    return answer[start:end]
