"""Preference pairs as TRL reads them (https://huggingface.co/docs/trl/dataset_formats, type "preference")."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doubleread.domain.prompts import Message
from doubleread.exports.by_case import UNREDACTED_ONLY, CaseRows, by_case
from doubleread.exports.columns import Column, ListOf, ObjectOf, Scalar
from doubleread.exports.dictionary import columns_table
from doubleread.exports.exporter import Exporter, Written, counted, text_file
from doubleread.exports.jsonl import write_jsonl
from doubleread.exports.prompts import Prompts
from doubleread.exports.records import Record
from doubleread.exports.source import ExportSource

_REASON: Mapping[str, Scalar] = {
    **dict.fromkeys(("place", "quote", "category", "severity", "basis", "harm", "certainty", "note"), "text"),
    **dict.fromkeys(("start", "end"), "integer"),
}
_MESSAGES = ListOf(ObjectOf({"role": "text", "content": "text"}))
_REASONS = ListOf(ObjectOf(_REASON))

_TEXTS: Mapping[str, Column] = {
    "prompt": Column("messages: what both arms were sent", _MESSAGES),
    "chosen": Column("one assistant message: the preferred answer", _MESSAGES),
    "rejected": Column("one assistant message: the other answer", _MESSAGES),
}
_PLAIN_TEXTS: Mapping[str, Column] = {
    "prompt": Column("the system prompt, a blank line, and the user's turn"),
    "chosen": Column("text of the preferred answer"),
    "rejected": Column("text of the other answer"),
}
_TIE_TEXTS: Mapping[str, Column] = {
    "prompt": Column("as in pairs.jsonl", _MESSAGES),
    "answers": Column("the texts of both answers", ListOf("text")),
    "preference": Column("tie or both bad"),
    "answer_ids": Column("their ids", ListOf("text")),
}
_JUDGED_BY: Mapping[str, Column] = {
    "study_id": Column("id of the study"),
    "case_id": Column("id of the case"),
    "source": Column("reader, or adjudicated: the preference that resolves the case"),
    "reader_id": Column("pseudonym of the reader, or of the adjudicator"),
    "reading_id": Column("id of the reading, or of the adjudication"),
    "protocol_sha256": Column("hash of the protocol under which it was read; whole in manifest.json"),
    "prompt_source": Column(
        "sent: both arms were sent this prompt; protocol: they were sent different ones, or answers were imported, and"
        " this is the protocol's prompt"
    ),
}
_PAIR: Mapping[str, Column] = {
    **_JUDGED_BY,
    "chosen_answer_id": Column("id of the preferred answer"),
    "rejected_answer_id": Column("id of the other answer"),
    "chosen_arm": Column("name of the arm behind it; a label while the study is blind"),
    "rejected_arm": Column("the same for the other answer"),
    "chosen_verdict": Column("correct, partly, incorrect or unsure; null if not given"),
    "rejected_verdict": Column("the same for the other answer"),
    "chosen_annotations": Column("reasons: the annotations of that answer, without retracted ones", _REASONS),
    "rejected_annotations": Column("the same for the other answer", _REASONS),
}
PAIRS: Mapping[str, Column] = {**_TEXTS, **_PAIR}
PLAIN_PAIRS: Mapping[str, Column] = {**_PLAIN_TEXTS, **_PAIR}
TIES: Mapping[str, Column] = {**_TIE_TEXTS, **_JUDGED_BY}

_README = f"""\
# Preference pairs of a doubleread study

For preference training with TRL: a dataset of the type "preference" with an explicit prompt. `pairs.jsonl` is in the
conversational format, `pairs-plain.jsonl` in the standard one. In Python:
`datasets.load_dataset("json", data_files="pairs.jsonl", split="train")`.

- Only committed readings count. A repeat reading is left out. Each reader of a case has a row of their own, unless an
  adjudication resolves the preference: then the case has one row, with `source` = adjudicated, or none if it is
  resolved as a tie. An export with `--reader` has the rows of these readers instead.
- Ties and "both bad" are not pairs. They are in `ties.jsonl`.
- The prompt has no passages that an arm with retrieval was given. The models' reasoning is not part of an answer.
- `pairs-plain.jsonl` leaves out prompts with more than one user turn, which have no standard format.
- Offsets of annotations count Unicode code points from 0: `text[start:end] == quote`, in the case where `place` is not
  `answer`.
- {UNREDACTED_ONLY}

## pairs.jsonl

{columns_table(PAIRS)}

## pairs-plain.jsonl

{columns_table(PLAIN_PAIRS)}

## ties.jsonl

{columns_table(TIES)}
"""


@dataclass(frozen=True, slots=True)
class _Preference:
    """Who prefers what. `better` is an answer's id, "tie" or "both bad". Verdicts and annotations are by answer."""

    source: str
    row: Record
    better: str
    by: str
    reading_id: str
    verdicts: Mapping[str, str | None]
    annotations: Mapping[str, list[Record]]


def _write(source: ExportSource, folder: Path) -> Written:
    prompts = Prompts(source.study)
    counts: Counter[str] = Counter()
    with ExitStack() as stack:
        files = {
            name: stack.enter_context(text_file(folder / f"{name}.jsonl")) for name in ("pairs", "pairs-plain", "ties")
        }
        for rows in by_case(source, "readings", "annotations", "adjudications", "adjudicated_annotations"):
            for name, record in _records(source, rows, prompts, counts):
                counts[name] += write_jsonl(files[name], [record])
    return Written(
        {"pairs": counts["pairs"], "ties": counts["ties"]}, _README, left_out=tuple(counted(counts, _LEFT_OUT))
    )


def _records(
    source: ExportSource, rows: CaseRows, prompts: Prompts, counts: Counter[str]
) -> Iterator[tuple[str, Record]]:
    preferences = list(_preferences(source, rows, counts))
    if not preferences:
        return
    if rows.redacted:
        counts["redacted"] += len(preferences)
        return
    study = source.study
    asked = prompts.shared(source.case(rows.case_id), map(source.answer, rows.answers))
    prompt = [{"role": message.role, "content": message.content} for message in asked.messages]
    for found in preferences:
        judged_by = {
            "study_id": study.study_id,
            "case_id": rows.case_id,
            "source": found.source,
            "reader_id": found.by,
            "reading_id": found.reading_id,
            "protocol_sha256": found.row["protocol_sha256"],
            "prompt_source": asked.source,
        }
        if found.better not in rows.answers:
            texts = [row["text"] for row in rows.answers.values()]
            tie = {"prompt": prompt, "answers": texts, "preference": found.better, "answer_ids": [*rows.answers]}
            yield "ties", tie | judged_by
            continue
        pair = judged_by | _pair(rows, found)
        chosen, rejected = (rows.answers[pair[f"{name}_answer_id"]]["text"] for name in ("chosen", "rejected"))
        yield "pairs", {"prompt": prompt, "chosen": _said(chosen), "rejected": _said(rejected), **pair}
        if (plain := _plain(asked.messages)) is None:
            counts["turns"] += 1
        else:
            yield "pairs-plain", {"prompt": plain, "chosen": chosen, "rejected": rejected, **pair}


def _preferences(source: ExportSource, rows: CaseRows, counts: Counter[str]) -> Iterator[_Preference]:
    """Yield the preferences that count in a case: the adjudicated one, else those of its readers."""
    readings = []
    for row in rows["readings"]:
        if row["committed_at"] is None:
            counts["open"] += 1
        elif row["repeat"]:
            counts["repeats"] += 1
        elif row["preference"] is None:
            counts["without"] += 1
        else:
            readings.append(row)
    adjudicated = [] if source.selection.readers else rows.adjudicated("preference")
    if adjudicated:
        counts["adjudicated"] += len(readings)
        (row,) = adjudicated
        verdicts = {one["answer_id"]: one["value"] for one in rows.adjudicated("verdict")}
        annotations = _by_answer(rows["adjudicated_annotations"])
        by = row["adjudicator_id"]
        yield _Preference("adjudicated", row, row["value"], by, row["adjudication_id"], verdicts, annotations)
        return
    for row in readings:
        own = [one for one in rows["annotations"] if one["reading_id"] == row["reading_id"] and not one["retracted"]]
        verdicts = {row[f"answer_{side}"]: row[f"verdict_{side}"] for side in ("a", "b")}
        better = row["preferred_answer_id"] or row["preference"]
        yield _Preference("reader", row, better, row["reader_id"], row["reading_id"], verdicts, _by_answer(own))


def _by_answer(annotations: Iterable[Record]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for row in annotations:
        found.setdefault(row["answer_id"], []).append({name: row[name] for name in _REASON})
    return found


def _pair(rows: CaseRows, found: _Preference) -> Record:
    (other,) = rows.answers.keys() - {found.better}
    pair: dict[str, Any] = {}
    for name, answer_id in (("chosen", found.better), ("rejected", other)):
        pair |= {
            f"{name}_answer_id": answer_id,
            f"{name}_arm": rows.answers[answer_id]["arm_name"],
            f"{name}_verdict": found.verdicts.get(answer_id),
            f"{name}_annotations": found.annotations.get(answer_id, []),
        }
    return {column: pair[column] for column in _PAIR if column in pair}


def _said(text: str) -> list[Record]:
    return [{"role": "assistant", "content": text}]


def _plain(messages: Sequence[Message]) -> str | None:
    """Return a prompt as one text; None if it is a conversation of several turns."""
    turns = [message for message in messages if message.role != "system"]
    if len(turns) != 1 or messages[-1] is not turns[0]:
        return None
    return "\n\n".join(message.content for message in messages)


_LEFT_OUT = {
    "open": ("open reading", "is", "are", "left out"),
    "repeats": ("repeat reading", "is", "are", "left out"),
    "without": ("reading", "states", "state", "no preference"),
    "adjudicated": ("reading", "is", "are", "replaced by the adjudicated preference"),
    "redacted": ("preference", "is", "are", "left out, because words of the answers are redacted"),
    "turns": ("pair", "is", "are", "not in pairs-plain.jsonl, because the prompt has several turns"),
}


TRL = Exporter(
    "Preference pairs for TRL: prompt, chosen, rejected, with the readers' reasons", _write, needs_case_text=True
)
