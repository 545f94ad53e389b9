"""Logs for Inspect (https://inspect.aisi.org.uk/eval-logs.html), one for each arm, in its format `.eval`.

Such a log is a ZIP archive of JSON: `header.json` (the evaluation, its plan, results and times), `summaries.json` (a
short form of each sample), and `samples/ID_epoch_N.json`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from doubleread import __version__
from doubleread.domain.annotation import PASSAGE_FIELDS
from doubleread.domain.answer import Answer
from doubleread.domain.arm import Arm
from doubleread.domain.case import Case
from doubleread.domain.hashes import json_sha256
from doubleread.domain.wording import plural, verb
from doubleread.exports.by_case import CaseRows, by_case
from doubleread.exports.exporter import Exporter, Written
from doubleread.exports.prompts import Prompts
from doubleread.exports.records import Record
from doubleread.exports.source import ExportSource
from doubleread.store.log.clock import now

_VERSION = 2
_SHORT = 1024
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the archive, so that equal studies give equal logs."""

CORRECT, PARTIAL, INCORRECT, NO_ANSWER, UNSCORED = "C", "P", "I", "N", math.nan
"""Values of scores as Inspect has them. NaN is left out of its metrics."""

_VALUES: Mapping[str, str] = {"correct": CORRECT, "partly": PARTIAL, "incorrect": INCORRECT}
_NUMBERS: Mapping[Any, float] = {CORRECT: 1.0, PARTIAL: 0.5, INCORRECT: 0.0, NO_ANSWER: 0.0}
"""What these values count in Inspect's accuracy."""

_NO_ANSWER = frozenset({"unparsed", "refused", "truncated"})
_REASONS: Mapping[str, str] = {"unparsed": "invalid_response_format", "refused": "refusal"}
_STOPS: Mapping[str, str] = {"stop": "stop", "length": "max_tokens"}

_ANNOTATION = (
    *(
        "annotation_id",
        "adjudicated_annotation_id",
        "reader_id",
        "adjudicator_id",
        "reading_id",
        "place",
        "start",
        "end",
    ),
    *("quote", "category", "severity", "basis", "harm", "certainty", "note", "source"),
    *(f"passage_{name}" for name in sorted(PASSAGE_FIELDS)),
)

_README = """\
# Logs of a doubleread study for Inspect

One log for each arm, in Inspect's format `.eval` (version 2). `inspect view` shows them;
`inspect_ai.log.read_eval_log`, and `evals_df` and `samples_df` of `inspect_ai.analysis`, read them.

| in the log | from the study |
|---|---|
| sample | an answer; its `id` is the case's, its epoch the number of the sample, from 1 |
| input | the messages that the arm was sent, with retrieved passages; for imported answers those of the protocol |
| target, choices | the answer key; the options in the order shown |
| output | the answer, after the model's reasoning |
| score named like the scorer | what the answer counts as, after overrides: C, I, or N if it is unparsed, refused or \
truncated. The reason, the evidence, the scorer's own outcome and the override are in its explanation and metadata |
| further scores of scorers | alternative scorers, as in the table `scores` |
| score `reader ID` | that reader's verdict: C, P (partly) or I, with the preference in its metadata |
| score `adjudicated` | the verdict that resolves the case |
| metadata of a sample | annotations of committed readings, and adjudicated ones |

A score without a value (NaN, which Inspect leaves out of its metrics) is pending, disputed, or a reader's "unsure"; its
`reason` says which. Measures of summaries, codes and fields are scores with several values. Answers without a score
have none.

The one metric of the header is `accuracy` by Inspect's definition: the mean of C = 1, P = 0.5, I = N = 0. The study's
results, with intervals and paired differences, are those of `doubleread results`. The study was not run by Inspect: the
log has no events, and no solver but `doubleread`.
"""


class _Log:
    """The log of one arm while it is written."""

    def __init__(self, source: ExportSource, archive: ZipFile, arm: Arm) -> None:
        self._source = source
        self._arm = arm
        self._archive = archive
        self._summaries: list[Record] = []
        self._values: dict[str, list[Any]] = {}
        self._times: list[str] = []
        self._ids: dict[str, None] = {}

    def add(self, sample: Record) -> None:
        self._write(f"samples/{sample['id']}_epoch_{sample['epoch']}.json", sample)
        self._ids[sample["id"]] = None
        self._times += [sample[name] for name in ("started_at", "completed_at") if name in sample]
        for name, score in sample["scores"].items():
            self._values.setdefault(name, []).append(score["value"])
        self._summaries.append(_summary(sample))

    def finish(self) -> None:
        self._write("summaries.json", self._summaries)
        self._write("header.json", self._header())

    def _write(self, name: str, content: Any) -> None:
        entry = ZipInfo(name, _EARLIEST)
        entry.compress_type = ZIP_DEFLATED
        self._archive.writestr(entry, json.dumps(content, ensure_ascii=False))

    def _header(self) -> Record:
        study, arm = self._source.study, self._arm
        protocol = study.protocol
        count = len(self._summaries)
        config: Record = {}
        if not arm.external:
            decoding = arm.decoding_of(protocol)
            config = {name: getattr(decoding, name) for name in ("temperature", "top_p", "top_k", "max_tokens", "seed")}
            config["stop_seqs"] = list(decoding.stop)
        return {
            "version": _VERSION,
            "status": "success",
            "eval": {
                "eval_id": json_sha256([study.study_id, arm.id])[:22],
                "run_id": study.study_id,
                "created": min(self._times, default=now()),
                "task": protocol.title or "doubleread",
                "task_id": study.study_id,
                "dataset": {"name": protocol.title, "samples": len(self._ids), "sample_ids": [*self._ids]},
                "model": arm.name,
                "model_generate_config": config,
                "config": {"epochs": protocol.samples},
                "packages": {"doubleread": __version__},
                "metadata": {
                    "study_id": study.study_id,
                    "protocol_sha256": study.protocol_sha256,
                    "arm": {**arm.summary(), "role": arm.role},
                    "exported_at": now(),
                },
            },
            "plan": {"name": "doubleread", "steps": [{"solver": "doubleread", "params": {}}], "config": config},
            "results": {
                "total_samples": count,
                "completed_samples": count,
                "scores": [_result(name, values) for name, values in self._values.items()],
            },
            "stats": {
                "started_at": min(self._times, default=""),
                "completed_at": max(self._times, default=""),
                "model_usage": {},
            },
        }


def _write(source: ExportSource, folder: Path) -> Written:
    study = source.study
    prompts = Prompts(study)
    rows_written = uncommitted = 0
    with ExitStack() as stack:
        logs: dict[str, _Log] = {}
        for number, arm in enumerate(study.arms(), start=1):
            path = folder / f"{number}-{_file_name(arm.name)}.eval"
            logs[arm.id] = _Log(source, stack.enter_context(ZipFile(path, "w", ZIP_DEFLATED)), arm)
        tables = ("scores", "readings", "annotations", "adjudications", "adjudicated_annotations")
        for rows in by_case(source, *tables):
            case = source.case(rows.case_id)
            uncommitted += sum(row["committed_at"] is None for row in rows["readings"])
            for row in rows["answers"]:
                logs[row["arm_id"]].add(_sample(case, source.answer(row["answer_id"]), row, rows, prompts))
                rows_written += 1
        for log in logs.values():
            log.finish()
    left = f"{plural(uncommitted, 'reading')} {verb(uncommitted, 'is', 'are')} not committed"
    return Written({"samples": rows_written}, _README, left_out=(left,) if uncommitted else ())


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name)[:80]


def _sample(case: Case, answer: Answer, row: Record, rows: CaseRows, prompts: Prompts) -> Record:
    given = prompts.given(case, answer)
    messages: list[Record] = [
        {"role": message.role, "content": message.content, "source": "input"} for message in given.messages
    ]
    content: Any = row["text"]
    if row["reasoning"]:
        content = [{"type": "reasoning", "reasoning": row["reasoning"]}, {"type": "text", "text": row["text"]}]
    said = {"role": "assistant", "content": content, "source": "generate", "model": row["arm_name"]}
    stop = _STOPS.get(row["finish_reason"], "unknown")
    output: Record = {
        "model": row["arm_name"],
        "choices": [{"message": said, "stop_reason": stop}],
        "completion": row["text"],
    }
    if usage := _usage(row["manifest"]):
        output["usage"] = usage
    sample: Record = {
        "id": case.id,
        "epoch": row["sample"] + 1,
        "input": messages,
        "target": list(case.codes)
        if case.kind == "coding"
        else case.key
        if case.kind != "extraction"
        else case.key_text,
        "messages": [*messages, said],
        "output": output,
        "scores": dict(_scores(row, rows)),
        "metadata": {
            "case_kind": case.kind,
            "title": case.title,
            "tags": list(case.tags),
            "source": case.source,
            "licence": case.licence,
            "case_sha256": row["case_sha256"],
            "input_source": given.source,
            "text_sha256": row["text_sha256"],
            "manifest": row["manifest"],
            "annotations": list(_annotations(row, rows["annotations"])),
            "adjudicated_annotations": list(_annotations(row, rows["adjudicated_annotations"])),
        },
        "uuid": row["answer_id"],
    }
    if case.options:
        sample["choices"] = [*case.options.values()]
    if usage:
        sample["model_usage"] = {row["arm_name"]: usage}
    for name, column in (("started_at", "started_at"), ("completed_at", "finished_at")):
        if row[column]:
            sample[name] = row[column]
    return sample


def _usage(manifest: Mapping[str, Any]) -> Record:
    given, made = manifest.get("prompt_tokens"), manifest.get("completion_tokens")
    if given is None or made is None:
        return {}
    return {"input_tokens": given, "output_tokens": made, "total_tokens": given + made}


def _scores(row: Record, rows: CaseRows) -> Iterator[tuple[str, Record]]:
    for score in rows["scores"]:
        if score["answer_id"] == row["answer_id"]:
            yield score["scorer"], _scored(score, row if score["primary"] else None)
    if row["sample"] != 0:
        return
    answer_id = row["answer_id"]
    for reading in rows["readings"]:
        side = "a" if reading["answer_a"] == answer_id else "b"
        verdict = reading[f"verdict_{side}"]
        if reading["committed_at"] is None or verdict is None:
            continue
        preferred = reading["preference"]
        if reading["preferred_answer_id"] is not None:
            preferred = "this answer" if reading["preferred_answer_id"] == answer_id else "the other answer"
        name = f"reader {reading['reader_id']}" + (" again" if reading["repeat"] else "")
        yield name, _verdict(verdict, reading_id=reading["reading_id"], preference=preferred)
    for decision in rows.adjudicated("verdict"):
        if decision["answer_id"] == answer_id:
            yield (
                "adjudicated",
                _verdict(
                    decision["value"],
                    adjudication_id=decision["adjudication_id"],
                    adjudicator_id=decision["adjudicator_id"],
                ),
            )


def _scored(score: Record, answer: Record | None) -> Record:
    """Return a scorer's score. That of the primary scorer has the value that the `answer` counts as."""
    counts_as = score["outcome"] if answer is None else answer["status"]
    metadata: Record = {
        "outcome": score["outcome"],
        "counts_as": counts_as,
        "scorer_version": score["scorer_version"],
        "confidence": score["score_confidence"],
        "rank": score["score_rank"],
        "start": score["score_start"],
        "end": score["score_end"],
        "evidence": score["score_evidence"],
        "measures": score["score_measures"],
    }
    chosen, explanation = score["chosen"], score["score_reason"]
    if answer is not None and answer["override_outcome"] is not None:
        names = ("outcome", "chosen", "grade", "by", "reason", "at")
        metadata["override"] = {name: answer[f"override_{name}"] for name in names}
        chosen = answer["override_chosen"] or chosen
    value: Any
    if counts_as == "measured":
        value = dict(score["score_measures"])
    elif counts_as in _NO_ANSWER:
        value = NO_ANSWER
    else:
        value = _VALUES.get(counts_as, UNSCORED)
    made = {"value": value, "answer": chosen, "explanation": explanation, "metadata": metadata}
    if counts_as in _NO_ANSWER or value is UNSCORED:
        made["reason"] = _REASONS.get(counts_as, counts_as)
    return made


def _verdict(verdict: str, **metadata: Any) -> Record:
    made: Record = {"value": _VALUES.get(verdict, UNSCORED), "metadata": {"verdict": verdict, **metadata}}
    return made if verdict in _VALUES else {**made, "reason": verdict}


def _annotations(row: Record, annotations: Iterable[Record]) -> Iterator[Record]:
    for one in annotations:
        counts = not one.get("retracted") and (one.get("committed_at") or "adjudication_id" in one)
        if one["answer_id"] == row["answer_id"] and row["sample"] == 0 and counts:
            yield {name: one[name] for name in _ANNOTATION if name in one}


def _result(name: str, values: list[Any]) -> Record:
    """Return a score in the header: how many samples have it, and the accuracy if it has single values."""
    scored = [value for value in values if value is not UNSCORED]
    made: Record = {
        "name": name,
        "scorer": name,
        "scored_samples": len(scored),
        "unscored_samples": len(values) - len(scored),
        "metrics": {},
    }
    if scored and all(isinstance(value, str) for value in scored):
        mean = sum(_NUMBERS[value] for value in scored) / len(scored)
        made["metrics"] = {"accuracy": {"name": "accuracy", "value": mean}}
    return made


def _summary(sample: Record) -> Record:
    """Return a sample's short form, with long texts cut off."""
    short: Record = {name: sample[name] for name in ("id", "epoch", "uuid")}
    short |= {name: sample[name] for name in ("started_at", "completed_at") if name in sample}
    short["input"] = sample["input"][-1]["content"][:_SHORT]
    target = sample["target"]
    short["target"] = target[:_SHORT] if isinstance(target, str) else target
    short["scores"] = {
        name: {key: score[key] for key in ("value", "answer") if score.get(key) is not None}
        for name, score in sample["scores"].items()
    }
    return {**short, "completed": True, "message_count": len(sample["messages"])}


INSPECT = Exporter("Logs of Inspect (.eval), one for each arm", _write, needs_case_text=True, needs_names=True)
