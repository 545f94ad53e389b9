"""Label Studio: a task for each answer, with what each reader marked in it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from doubleread.domain.annotation import ANSWER
from doubleread.domain.labels import LabelSet
from doubleread.exports.by_case import CaseRows, by_case
from doubleread.exports.exporter import Exporter, Written, counted, text_file
from doubleread.exports.records import Record
from doubleread.exports.source import ExportSource

TASKS = "tasks.json"
CONFIG = "labeling-config.xml"
_RATED = ("severity", "basis", "harm", "certainty")
_README = f"""\
# Annotations of a doubleread study for Label Studio

`{TASKS}` has one task for each answer, and in it one annotation for each reader who read the answer. `{CONFIG}` is the
labeling interface: paste it into the settings of a project before you import the tasks.

- `data.text` is the answer's full text. `data.answer_id` leads back to the study; the arm is not named, so that people
  who annotate in Label Studio stay blind.
- `start` and `end` count Unicode code points, as Label Studio does; `end` is exclusive: in Python,
  `text[start:end] == value["text"]`. Old versions counted UTF-16 units.
- The reader is under `reader` of an annotation and under `meta` of each region. `completed_by` is missing, because
  Label Studio refuses people whom it does not know: there, the annotations belong to the person who imports them.
- Severity, basis, harm and certainty are choices about a region, the note is a text area about it.
- Omissions mark the case and not the answer, and are left out. So are verdicts, preferences, ratings, sentences,
  criteria and links to passages: Label Studio has no place for them. The formats jsonl and csv contain them.

`doubleread import-annotations STUDY FILE` reads a JSON export of the project, and these tasks.
"""


def _write(source: ExportSource, folder: Path) -> Written:
    counts: Counter[str] = Counter()
    texts = {case.id: case.text for case in source.cases()} if source.with_case_text else {}
    with text_file(folder / TASKS) as file:
        file.write("[")
        for rows in by_case(source, "readings", "annotations"):
            for answer in rows.answers.values():
                task = _task(rows, answer, texts.get(rows.case_id), counts)
                file.write(f"{',' if counts['tasks'] else ''}\n{json.dumps(task, ensure_ascii=False)}")
                counts["tasks"] += 1
        file.write("\n]\n")
    with text_file(folder / CONFIG) as file:
        file.write(labeling_config(source.study.protocol.labels, with_case=source.with_case_text))
    rows_written = {"tasks": counts["tasks"], "annotations": counts["annotations"]}
    return Written(rows_written, _README, left_out=tuple(counted(counts, LEFT_OUT)))


LEFT_OUT = {
    "omissions": ("omission", "marks", "mark", "no words of an answer"),
    "passages": ("linked passage", "is", "are", "left out"),
    "retracted": ("retracted annotation", "is", "are", "left out"),
}
"""What the formats of annotation tools cannot contain."""


def in_answer(rows: CaseRows, reading_id: str, answer_id: str, counts: Counter[str]) -> list[Record]:
    """Return what a reader marked in an answer, and count what of it the formats of annotation tools cannot contain."""
    found = []
    for row in rows["annotations"]:
        if (row["reading_id"], row["answer_id"]) != (reading_id, answer_id):
            continue
        if row["retracted"]:
            counts["retracted"] += 1
        elif row["place"] != ANSWER:
            counts["omissions"] += 1
        else:
            counts["passages"] += row["passage_source"] is not None
            found.append(row)
    return found


def _task(rows: CaseRows, answer: Record, case_text: str | None, counts: Counter[str]) -> Record:
    made = []
    for reading in rows["readings"]:
        marked = in_answer(rows, reading["reading_id"], answer["answer_id"], counts)
        counts["annotations"] += len(marked)
        who = {"reader": reading["reader_id"], **({"repeat": 1} if reading["repeat"] else {})}
        results = [result for one in marked for result in _results(one, who)]
        made.append({**who, "reading_id": reading["reading_id"], "result": results})
    about = {name: answer[name] for name in ("answer_id", "case_id", "text_sha256")}
    case = {} if case_text is None else {"case": case_text}
    # The converter of Label Studio's SDK needs the id.
    return {"id": counts["tasks"] + 1, "data": {"text": answer["text"], **about, **case}, "annotations": made}


def _results(row: Record, who: Record) -> Iterator[Record]:
    """Yield the results of one region: its label, and each of its ratings."""
    place = {"start": row["start"], "end": row["end"], "text": row["quote"]}
    region = {"id": row["annotation_id"], "to_name": "text"}
    yield {
        **region,
        "from_name": "label",
        "type": "labels",
        "value": {**place, "labels": [row["category"]]},
        "meta": who,
    }
    for name in _RATED:
        if row[name] is not None:
            value = {**place, "choices": [row[name]]}
            yield {**region, "from_name": name, "type": "choices", "value": value}
    if row["note"]:
        value = {**place, "text": [row["note"]]}
        yield {**region, "from_name": "note", "type": "textarea", "value": value}


def labeling_config(labels: LabelSet, *, with_case: bool = False) -> str:
    """Return the labeling interface of a project, as XML."""
    lines = ["<View>"]
    if with_case:
        lines += ['  <Header value="Case"/>', '  <Text name="case" value="$case"/>', '  <Header value="Answer"/>']
    lines += ['  <Text name="text" value="$text" granularity="symbol"/>', '  <Labels name="label" toName="text">']
    lines += [f"    <Label value={_attribute(label.name)}/>" for label in labels.categories]
    lines.append("  </Labels>")
    for name in _RATED:
        if choices := labels.ratings(name):
            needed = ' required="true"' if name == "severity" else ""
            lines.append(f'  <Choices name="{name}" toName="text" perRegion="true" choice="single"{needed}>')
            lines += [f"    <Choice value={_attribute(label.name)}/>" for label in choices]
            lines.append("  </Choices>")
    lines += ['  <TextArea name="note" toName="text" perRegion="true"/>', "</View>", ""]
    return "\n".join(lines)


def _attribute(value: Any) -> str:
    return quoteattr(str(value))


LABEL_STUDIO = Exporter("Tasks for Label Studio, one per answer, with each reader's annotations", _write)
