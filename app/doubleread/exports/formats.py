"""The export formats, by their names on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from doubleread.exports.brat import BRAT
from doubleread.exports.exporter import Exporter
from doubleread.exports.huggingface import HUGGING_FACE
from doubleread.exports.inspect_log import INSPECT
from doubleread.exports.label_studio import LABEL_STUDIO
from doubleread.exports.parquet import PARQUET
from doubleread.exports.sqlite import SQLITE
from doubleread.exports.tables import CSV, JSON_LINES
from doubleread.exports.token_labels import TOKEN_LABELS
from doubleread.exports.trl import TRL

EXPORTERS: Mapping[str, Exporter] = MappingProxyType(
    {
        "jsonl": JSON_LINES,
        "csv": CSV,
        "parquet": PARQUET,
        "huggingface": HUGGING_FACE,
        "sqlite": SQLITE,
        "trl": TRL,
        "token-labels": TOKEN_LABELS,
        "inspect": INSPECT,
        "label-studio": LABEL_STUDIO,
        "brat": BRAT,
    }
)
"""By name on the command line."""
