"""Token labels (BIO) for training detectors of hallucinations: each token of an answer with the category marked."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from doubleread.domain.annotation import ANSWER
from doubleread.domain.wording import plural, verb
from doubleread.exports.by_case import UNREDACTED_ONLY, CaseRows, by_case
from doubleread.exports.columns import Column, ListOf
from doubleread.exports.dictionary import columns_table
from doubleread.exports.exporter import Exporter, Written, text_file
from doubleread.exports.jsonl import write_jsonl
from doubleread.exports.records import Record
from doubleread.exports.source import ExportSource
from doubleread.exports.tokenizers import WORDS, WORDS_RULE, Tokens, tokenizer_named

OUTSIDE = "O"

LABELLED_ANSWERS: Mapping[str, Column] = {
    "text": Column("the answer's full text"),
    "tokens": Column("its tokens", ListOf("text")),
    "token_ids": Column("their ids in the tokenizer's vocabulary; null for the tokenizer `words`", ListOf("integer")),
    "starts": Column("first code point of each token in the text, from 0", ListOf("integer")),
    "ends": Column("first code point after each token", ListOf("integer")),
    "labels": Column("O, B-CATEGORY or I-CATEGORY of each token", ListOf("text")),
    "severities": Column("severity of the annotation behind each label; null for O", ListOf("text")),
    "study_id": Column("id of the study"),
    "case_id": Column("id of the case"),
    "answer_id": Column("id of the answer"),
    "arm_name": Column("name of its arm; a label while the study is blind"),
    "source": Column("reader, or adjudicated: the annotations that resolve the case"),
    "reader_id": Column("pseudonym of the reader, or of the adjudicator"),
    "reading_id": Column("id of the reading, or of the adjudication"),
    "omissions": Column("number of omissions, which no token can show", "integer"),
    "cut_tokens": Column("number of tokens of which an annotation marks only a part", "integer"),
    "overlapping": Column("number of annotations that lost tokens to another one", "integer"),
    "without_token": Column("number of annotations that label no token", "integer"),
    "tokenizer": Column("its name; sha256 of its file"),
    "label_set": Column("label set in force"),
    "protocol_sha256": Column("hash of the protocol under which it was read; whole in manifest.json"),
}

REBUILD = """\
def spans(row):
    found = []
    for label, start, end in zip(row["labels"], row["starts"], row["ends"]):
        if label.startswith("B-"):
            found.append([start, end, label[2:]])
        elif label.startswith("I-"):
            found[-1][1] = end
    return found
"""

_README = """\
# Token labels of a doubleread study

`token-labels.jsonl` has one row per answer and reader, with the labels of the answer's tokens in the scheme BIO (IOB2):
`B-` begins an annotation, `I-` continues it, and `O` is outside of all of them. `labels.json` lists the labels in a
fixed order. The tokenizer is {tokenizer}. Special tokens are not included.

- Only committed readings count; one without annotations has the label O throughout. Repeat readings are left out, and
  readings that were declined as outside the reader's field. Where an adjudication resolves the case, the row of each
  answer holds the adjudicated annotations instead of the readers'. An export with `--reader` has the rows of these
  readers.
- Offsets count Unicode code points of the answer, also where the tokenizer changes the text: in Python,
  `text[start:end]` is the token as the answer has it. White space at the ends of a token is left out of its offsets.
- A token gets a label if an annotation marks at least one of its code points. `cut_tokens` counts the tokens of which
  it marks only a part.
- Where annotations overlap, a token belongs to the most severe one, then to the one that starts first, then to the
  longest. What is left of another one after that begins again with `B-`. `overlapping` counts them.
- {redacted}

Built-in tokenizer {words}

To get the spans back, up to the borders of tokens:

```python
{rebuild}```

## token-labels.jsonl

{columns}
"""


@dataclass(frozen=True, slots=True)
class Labelling:
    """The labels and severities of tokens, and what they cannot hold."""

    labels: tuple[str, ...]
    severities: tuple[str | None, ...]
    cut_tokens: int
    overlapping: int
    without_token: int


def label_tokens(tokens: Tokens, annotations: Iterable[Mapping[str, Any]], severities: Sequence[str]) -> Labelling:
    """Return the labels of tokens by annotations of their text (start, end, category, severity).

    `severities` rise. A token that several annotations mark belongs to the most severe one, then the first, then the
    longest one.
    """
    rank = {name: number for number, name in enumerate(severities)}
    marks = [_Mark(one["start"], one["end"], one["category"], one["severity"]) for one in annotations]
    # The annotation that wins is written last.
    marks.sort(key=lambda mark: (rank.get(mark.severity, -1), -mark.start, mark.end))
    owners: list[int | None] = [None] * len(tokens.starts)
    lost: set[int] = set()
    cut: set[int] = set()
    empty = 0
    for number, mark in enumerate(marks):
        # Empty tokens belong to an annotation only if they lie within it.
        first = bisect_right(tokens.ends, mark.start)
        last = bisect_left(tokens.starts, mark.end)
        empty += first >= last
        for place in range(first, last):
            if (owner := owners[place]) is not None:
                lost.add(owner)
            owners[place] = number
        cut.update(
            place
            for place in {first, last - 1}
            if first <= place < last and (tokens.starts[place] < mark.start or tokens.ends[place] > mark.end)
        )
    labels: list[str] = []
    before: int | None = None
    for owner in owners:
        if owner is None:
            labels.append(OUTSIDE)
        else:
            labels.append(f"{'I' if owner == before else 'B'}-{marks[owner].category}")
        before = owner
    found = tuple(None if owner is None else marks[owner].severity for owner in owners)
    return Labelling(tuple(labels), found, len(cut), len(lost), empty)


@dataclass(frozen=True, slots=True)
class _Mark:
    start: int
    end: int
    category: str
    severity: str


@dataclass(frozen=True, slots=True)
class _Judged:
    """An answer as one reader, or the adjudicator, annotated it."""

    source: str
    by: str
    reading_id: str
    row: Record
    annotations: list[Record]


def _write(source: ExportSource, folder: Path) -> Written:
    tokenizer = tokenizer_named(source.options.tokenizer or WORDS)
    cut_up = lru_cache(maxsize=4)(tokenizer.tokens)
    protocol = source.study.protocol
    severities = tuple(label.name for label in protocol.labels.severities)
    categories = dict.fromkeys(label.name for label in protocol.labels.categories)
    counts: Counter[str] = Counter()
    with text_file(folder / "token-labels.jsonl") as file:
        for rows in by_case(source, "readings", "annotations", "adjudications", "adjudicated_annotations"):
            for answer_id, judged in _judged(source, rows, counts):
                answer = rows.answers[answer_id]
                tokens = cut_up(answer["text"])
                in_answer = [one for one in judged.annotations if one["place"] == ANSWER]
                labelling = label_tokens(tokens, in_answer, severities)
                categories |= dict.fromkeys(one["category"] for one in in_answer)
                record = {
                    "text": answer["text"],
                    "tokens": tokens.texts,
                    "token_ids": tokens.ids,
                    "starts": tokens.starts,
                    "ends": tokens.ends,
                    "labels": labelling.labels,
                    "severities": labelling.severities,
                    "study_id": source.study.study_id,
                    "case_id": rows.case_id,
                    "answer_id": answer_id,
                    "arm_name": answer["arm_name"],
                    "source": judged.source,
                    "reader_id": judged.by,
                    "reading_id": judged.reading_id,
                    "omissions": len(judged.annotations) - len(in_answer),
                    "cut_tokens": labelling.cut_tokens,
                    "overlapping": labelling.overlapping,
                    "without_token": labelling.without_token,
                    "tokenizer": tokenizer.name,
                    "label_set": judged.row.get("label_set", protocol.label_set),
                    "protocol_sha256": judged.row["protocol_sha256"],
                }
                for name in ("cut_tokens", "overlapping", "without_token", "omissions"):
                    counts[name] += record[name]
                counts["rows"] += write_jsonl(file, [record])
    with text_file(folder / "labels.json") as file:
        json.dump([OUTSIDE, *(f"{prefix}-{name}" for name in categories for prefix in "BI")], file, ensure_ascii=False)
        file.write("\n")
    readme = _README.format(
        tokenizer=f"`{tokenizer.name}`",
        words=WORDS_RULE,
        rebuild=REBUILD,
        redacted=UNREDACTED_ONLY,
        columns=columns_table(LABELLED_ANSWERS),
    )
    return Written({"labelled_answers": counts["rows"]}, readme, left_out=tuple(_left_out(counts)))


def _judged(source: ExportSource, rows: CaseRows, counts: Counter[str]) -> Iterator[tuple[str, _Judged]]:
    for answer_id, judged in _all_judged(source, rows, counts):
        if answer_id in rows.redacted:
            counts["redacted"] += 1
        else:
            yield answer_id, judged


def _all_judged(source: ExportSource, rows: CaseRows, counts: Counter[str]) -> Iterator[tuple[str, _Judged]]:
    """Yield every answer of a case with each set of annotations that counts."""
    readings = []
    for row in rows["readings"]:
        if row["committed_at"] is None:
            counts["open"] += 1
        elif row["repeat"]:
            counts["repeats"] += 1
        elif row["outside_field"]:
            counts["declined"] += 1
        else:
            readings.append(row)
    resolving = [] if source.selection.readers else [row for row in rows["adjudications"] if row["resolves"]]
    if resolving:
        counts["adjudicated"] += len(readings)
        row = resolving[0]
        for answer_id in rows.answers:
            own = [one for one in rows["adjudicated_annotations"] if one["answer_id"] == answer_id]
            yield answer_id, _Judged("adjudicated", row["adjudicator_id"], row["adjudication_id"], row, own)
        return
    for row in readings:
        made = [one for one in rows["annotations"] if one["reading_id"] == row["reading_id"] and not one["retracted"]]
        for answer_id in rows.answers:
            own = [one for one in made if one["answer_id"] == answer_id]
            yield answer_id, _Judged("reader", row["reader_id"], row["reading_id"], row, own)


def _left_out(counts: Counter[str]) -> Iterator[str]:
    words = {
        "open": ("reading", "is", "are", "not committed"),
        "repeats": ("repeat reading", "is", "are", "left out"),
        "declined": ("reading", "was", "were", "declined as outside the reader's field"),
        "adjudicated": ("reading", "is", "are", "replaced by the adjudicated annotations"),
        "redacted": ("row", "is", "are", "left out, because words of the answer are redacted"),
        "omissions": ("omission", "has", "have", "no token in the answer"),
        "overlapping": ("annotation", "lost", "lost", "tokens to another one"),
        "without_token": ("annotation", "labels", "label", "no token"),
        "cut_tokens": ("token", "is", "are", "labelled of which an annotation marks only a part"),
    }
    for name, (noun, one, many, rest) in words.items():
        if count := counts[name]:
            yield f"{plural(count, noun)} {verb(count, one, many)} {rest}"


TOKEN_LABELS = Exporter(
    "Token labels (BIO) of the answers, to train detectors of hallucinations",
    _write,
    options=frozenset({"tokenizer"}),
)
