"""Logs of Inspect (github UKGovernmentBEIS/inspect_ai): `.eval`, a zip archive of JSON, and `.json`.

An archive has `header.json` (or `_journal/start.json` if the evaluation did not end) and a file for each sample and
epoch in `samples`; a `.json` log has `eval` and `samples` in one object. A sample has `id`, `epoch`, `input`,
`choices`, `output` (a model's `choices` with `message` and `stop_reason`, `usage`, `time`), `error`, `started_at` and
`completed_at` (EvalSample and ModelOutput of its source). Long texts may be kept once, in `attachments`. Epochs become
samples. Newer versions compress archives with Zstandard.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from doubleread.cases.answers import AnswerLine
from doubleread.cases.choices import by_letter
from doubleread.cases.encodings import decoded
from doubleread.cases.foreign import FieldRefusedError
from doubleread.cases.json_lines import Line, json_type, quoted
from doubleread.cases.log_json import checked, known, log_value, name_in, number_in, part
from doubleread.cases.problems import Problem

_HEADERS = ("header.json", "_journal/start.json")
_SAMPLE = re.compile(r"samples/.+\.json")
_ATTACHMENT = "attachment://"
_FIELDS = (
    *("id", "epoch", "input", "choices", "output", "error"),
    *("started_at", "completed_at", "total_time", "uuid", "limit"),
)
_ZSTANDARD = 93
_LARGEST = 2_000_000_000
_ENDS = {
    "stop": "stop",
    "max_tokens": "length",
    "model_length": "length",
    "length": "length",
    "content_filter": "content_filter",
}
_SAMPLER = ("temperature", "top_p", "top_k", "seed", "max_tokens")


def is_inspect_archive(data: bytes) -> bool:
    """Return whether a file is a zip archive with the parts of a log, or begins like one."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        # The directory of names is at the end of an archive; the first name is also at its start.
        names = [data[30 : 30 + int.from_bytes(data[26:28], "little")].decode("utf-8", "replace")]
    return any(name in _HEADERS or _SAMPLE.fullmatch(name) for name in names)


def inspect_lines(data: bytes, file: str) -> Iterator[AnswerLine]:
    """Yield the answers of a log, which counts its samples from 1."""
    try:
        header, lines = _archive(data, file) if data.startswith(b"PK") else _object(data, file)
    except FieldRefusedError as error:
        yield AnswerLine(0, None, (Problem(file, 0, error.name, str(error), whole=True),))
        return
    choices = [len(_list(part(line.record, "output", "choices"))) for line in lines]
    for line in lines:
        if line.record is None:
            yield AnswerLine(line.number, None, line.problems, line.unit)
            continue
        try:
            yield from list(_answers(line, line.record, header, max(choices)))
        except FieldRefusedError as error:
            shown = str(line.record.get("id", ""))[:100]
            found = Problem(file, line.number, error.name, str(error), shown, unit=line.unit)
            yield AnswerLine(line.number, None, (found,), line.unit)


def _object(data: bytes, file: str) -> tuple[Mapping[str, Any], list[Line]]:
    text, undecodable = decoded(data, file)
    if undecodable:
        raise FieldRefusedError("", undecodable[0].message)
    try:
        log = log_value(text)
    except ValueError as error:
        raise FieldRefusedError("", str(error)) from None
    samples = part(log, "samples")
    if not isinstance(samples, list) or not samples:
        raise FieldRefusedError("samples", "the log has no samples")
    lines = [checked(number, _kept(sample), file, "sample") for number, sample in enumerate(samples, start=1)]
    return {name: log.get(name) for name in ("eval", "plan")}, lines


def _archive(data: bytes, file: str) -> tuple[Mapping[str, Any], list[Line]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {item.filename: item for item in archive.infolist()}
            if sum(item.file_size for item in members.values()) > _LARGEST:
                raise FieldRefusedError("", f"the log is larger than {_LARGEST // 1_000_000_000} GB")
            header: Any = next((_member(archive, data, members[name]) for name in _HEADERS if name in members), {})
            names = sorted(filter(_SAMPLE.fullmatch, members), key=_natural)
            lines = [_sample(archive, data, members[name], number, file) for number, name in enumerate(names, start=1)]
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        if isinstance(error, FieldRefusedError):
            raise
        raise FieldRefusedError("", f"the archive is damaged ({str(error)[:100]}); copy it again") from None
    if not lines:
        raise FieldRefusedError("samples", "the log has no samples")
    return header if isinstance(header, Mapping) else {}, lines


def _natural(name: str) -> list[Any]:
    return [int(one) if one.isdecimal() else one for one in re.split(r"(\d{1,9})", name)]


def _sample(archive: zipfile.ZipFile, data: bytes, item: zipfile.ZipInfo, number: int, file: str) -> Line:
    try:
        return checked(number, _kept(_member(archive, data, item)), file, "sample")
    except ValueError as error:
        name = item.filename.encode("utf-8", "backslashreplace").decode("utf-8")
        return Line(number, None, (Problem(file, number, name, str(error), unit="sample"),), "sample")


def _kept(sample: Any) -> Any:
    """Return a sample without its messages and events, which would fill the memory."""
    if not isinstance(sample, Mapping):
        return sample
    kept = {name: sample[name] for name in _FIELDS if name in sample}
    if _ATTACHMENT in repr((sample.get("input"), sample.get("output"))):
        kept["attachments"] = sample.get("attachments")
    return kept


def _member(archive: zipfile.ZipFile, data: bytes, item: zipfile.ZipInfo) -> Any:
    return log_value(_bytes(archive, data, item).decode("utf-8"))


def _bytes(archive: zipfile.ZipFile, data: bytes, item: zipfile.ZipInfo) -> bytes:
    if item.compress_type != _ZSTANDARD:
        return archive.read(item)
    import pyarrow

    # zipfile cannot decompress it: the data begin after the member's own header, whose lengths may differ.
    start = item.header_offset
    names, extra = (int.from_bytes(data[start + at : start + at + 2], "little") for at in (26, 28))
    begin = start + 30 + names + extra
    compressed = data[begin : begin + item.compress_size]
    try:
        with pyarrow.CompressedInputStream(pyarrow.BufferReader(compressed), "zstd") as stream:
            found: bytes = stream.read(item.file_size)
    except pyarrow.ArrowException as error:
        raise zipfile.BadZipFile(str(error)) from None
    if zlib.crc32(found) != item.CRC:
        raise zipfile.BadZipFile("a checksum is wrong")
    return found


def _answers(line: Line, source: Mapping[str, Any], header: Mapping[str, Any], choices: int) -> Iterator[AnswerLine]:
    sample_id, epoch = source.get("id"), source.get("epoch", 1)
    if not isinstance(sample_id, str | int) or isinstance(sample_id, bool):
        raise FieldRefusedError("id", f"must be a text or a whole number, but is {json_type(sample_id)}")
    if not isinstance(epoch, int) or isinstance(epoch, bool) or epoch < 1:
        raise FieldRefusedError("epoch", f"must be 1 or more, but is {quoted(epoch)}")
    if source.get("error"):
        message = part(source, "error", "message") or "no reason is given"
        raise FieldRefusedError("error", f"the sample failed: {str(message)[:200]}")
    output = source.get("output")
    written = _list(part(output, "choices"))
    if not written:
        error = part(output, "error")
        happened = f": {error[:200]}" if isinstance(error, str) else ""
        raise FieldRefusedError("output.choices", f"is empty, so that there is no answer{happened}")
    attachments = source.get("attachments")
    texts = attachments if isinstance(attachments, Mapping) else {}
    about = _recorded(header, output)
    for position, choice in enumerate(written):
        name = f"output.choices[{position}]"
        text, reasoning = _content(part(choice, "message", "content"), texts, f"{name}.message.content")
        reason = part(choice, "stop_reason")
        named = isinstance(reason, str) and reason != "unknown"
        end = _ENDS.get(reason) if named else None
        yield AnswerLine(
            line.number,
            {
                "case_id": sample_id,
                "text": text,
                "reasoning": reasoning,
                "sample": (epoch - 1) * choices + position,
                **({"finish_reason": end} if end else {}),
                **{ours: source.get(theirs) or "" for ours, theirs in _TIMES.items()},
                **known(
                    task=name_in(header, "eval", "task"),
                    run_id=name_in(header, "eval", "run_id"),
                    uuid=name_in(source, "uuid"),
                    total_seconds=number_in(source, "total_time"),
                    limit=name_in(source, "limit", "type"),
                ),
            },
            unit=line.unit,
            asked=_asked(source.get("input"), texts),
            options=_options(source.get("choices")),
            end_known=end is not None,
            names={"case_id": "id", "text": f"{name}.message.content", **_TIMES},
            recorded={**about, **({"server_finish_reason": reason[:40]} if named and not end else {})},
        )


_TIMES = {"started_at": "started_at", "finished_at": "completed_at"}


def _recorded(header: Mapping[str, Any], output: Any) -> dict[str, Any]:
    usage = part(output, "usage")
    config = part(header, "plan", "config")
    asked = part(header, "eval", "model_generate_config")
    settings = {**(config if isinstance(config, Mapping) else {}), **(asked if isinstance(asked, Mapping) else {})}
    return known(
        server_model=name_in(output, "model") or name_in(header, "eval", "model"),
        prompt_tokens=number_in(usage, "input_tokens"),
        completion_tokens=number_in(usage, "output_tokens"),
        reasoning_tokens=number_in(usage, "reasoning_tokens"),
        generation_seconds=number_in(output, "time"),
        sampler=known(**{name: number_in(settings, name) for name in _SAMPLER}),
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _resolved(text: str, attachments: Mapping[str, Any]) -> str:
    if not text.startswith(_ATTACHMENT):
        return text
    kept = attachments.get(text.removeprefix(_ATTACHMENT))
    return kept if isinstance(kept, str) else text


def _content(content: Any, attachments: Mapping[str, Any], name: str) -> tuple[str, str]:
    """Return the text and the reasoning of a message."""
    if isinstance(content, str):
        return _resolved(content, attachments), ""
    if not isinstance(content, list):
        raise FieldRefusedError(name, f"must be a text or a list of parts, but is {json_type(content)}")
    texts, thoughts = [], []
    for one in content:
        if part(one, "type") == "reasoning":
            thoughts.append(part(one, "reasoning") or part(one, "summary"))
        else:
            texts.append(part(one, "text"))
    return _joined(texts, attachments), _joined(thoughts, attachments)


def _joined(parts: list[Any], attachments: Mapping[str, Any]) -> str:
    return "\n".join(_resolved(text, attachments) for text in parts if isinstance(text, str))


def _asked(given: Any, attachments: Mapping[str, Any]) -> str:
    """Return the question: the input, or the user's messages in it."""
    if isinstance(given, str):
        return _resolved(given, attachments)
    users = [one for one in _list(given) if part(one, "role") == "user"]
    texts = []
    for one in users:
        content = part(one, "content")
        parts = [content] if isinstance(content, str) else [part(item, "text") for item in _list(content)]
        texts += [_resolved(text, attachments) for text in parts if isinstance(text, str)]
    return "\n".join(texts)


def _options(given: Any) -> dict[str, str]:
    texts = _list(given)
    return by_letter(texts, "choices") if 2 <= len(texts) <= 26 and all(isinstance(one, str) for one in texts) else {}
