"""A dataset folder that `datasets.load_dataset` reads: Parquet files, and a dataset card as README."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from doubleread.exports.card import Tally, data_card
from doubleread.exports.columns import CASES, TABLES, Column, ColumnType, ListOf, ObjectOf
from doubleread.exports.exporter import Exporter, Written
from doubleread.exports.licences import licences_of
from doubleread.exports.parquet import ABOUT_PARQUET, write_parquet
from doubleread.exports.source import ExportSource

SPLIT = "train"
"""The only split: `load_dataset` calls data without splits so."""

_SIZES = {
    1_000: "n<1K",
    10_000: "1K<n<10K",
    100_000: "10K<n<100K",
    1_000_000: "100K<n<1M",
    10_000_000: "1M<n<10M",
    100_000_000: "10M<n<100M",
}
_TAGS = ("medical", "clinical", "hallucination", "human-evaluation", "doubleread")


def _write(source: ExportSource, folder: Path) -> Written:
    tally = Tally()
    data = folder / "data"
    data.mkdir()
    tables = dict(source.tables())
    if source.with_case_text:
        tables["cases"] = source.case_table()
    rows = {
        name: write_parquet(data / f"{name}.parquet", _columns(name), tally.watch(name, records))
        for name, records in tables.items()
    }
    about = f"## Load it\n\n{_LOAD}\n{ABOUT_PARQUET}"
    return Written(rows, f"---\n{_front_matter(source, rows)}---\n\n{data_card(source, tally)}\n{about}")


_LOAD = """\
```python
from datasets import load_dataset

annotations = load_dataset("path/of/this/folder", "annotations", split="train")
```

Each table with rows is a configuration. "train" is only the name that `datasets` gives to data without splits.
"""


def _front_matter(source: ExportSource, rows: Mapping[str, int]) -> str:
    import yaml

    # `datasets` cannot load a table without rows.
    loadable = [name for name, count in rows.items() if count]
    entries: dict[str, Any] = {
        "pretty_name": source.study.protocol.title,
        **licences_of(source).card,
        "tags": list(_TAGS),
        "size_categories": [size_category(sum(rows.values()))],
        "configs": [
            {
                "config_name": name,
                "data_files": [{"split": SPLIT, "path": f"data/{name}.parquet"}],
                **({"default": True} if name == loadable[0] else {}),
            }
            for name in loadable
        ],
        "dataset_info": [{"config_name": name, "features": features(_columns(name))} for name in loadable],
    }
    return yaml.safe_dump(entries, sort_keys=False, allow_unicode=True)


def size_category(rows: int) -> str:
    """Return the size of a dataset as Hugging Face names it."""
    return next((name for limit, name in _SIZES.items() if rows < limit), "n>100M")


def features(columns: Mapping[str, Column]) -> list[dict[str, Any]]:
    """Return the features of a table as a dataset card lists them."""
    return [{"name": name, **_feature(column.type)} for name, column in columns.items()]


def _feature(type: ColumnType) -> dict[str, Any]:
    if isinstance(type, ListOf):
        item = _feature(type.item)
        return {"list": item.get("dtype", item.get("struct", item))}
    if isinstance(type, ObjectOf):
        return {"struct": [{"name": name, **_feature(field)} for name, field in type.fields.items()]}
    types = {"integer": "int64", "number": "float64", "boolean": "bool", "time": "timestamp[ms, tz=UTC]"}
    return {"dtype": types.get(type, "string")}


def _columns(name: str) -> Mapping[str, Column]:
    return CASES if name == "cases" else TABLES[name]


HUGGING_FACE = Exporter("Hugging Face dataset folder with its card: for `datasets` and repositories", _write)
