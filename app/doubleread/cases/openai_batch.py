"""The output and error files of OpenAI's Batch API: JSON Lines, one response for each request, in any order.

A line has `custom_id`, `response` with `status_code` and `body`, and `error` (BatchRequestOutput of OpenAI's API
specification). `custom_id` must be the id of a case. The body is a chat completion, a completion, or a response of the
Responses API. Several `choices` of one request become several samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from doubleread.cases.answers import AnswerLine
from doubleread.cases.foreign import FieldRefusedError
from doubleread.cases.json_lines import Line, json_type, quoted
from doubleread.cases.log_json import known, log_lines, name_in, number_in, part
from doubleread.cases.problems import Problem

_BODY = "response.body"
_ENDS = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    "completed": "stop",
    "max_output_tokens": "length",
}
"""Our finish reasons by those of the chat, completions and responses endpoints."""


def openai_batch_lines(data: bytes, file: str) -> Iterator[AnswerLine]:
    """Yield the answers of a batch, one for each choice of each response."""
    for line in log_lines(data, file):
        if line.record is None:
            yield AnswerLine(line.number, None, line.problems, line.unit)
            continue
        try:
            yield from list(_answers(line, line.record))
        except FieldRefusedError as error:
            custom_id = line.record.get("custom_id")
            shown = custom_id if isinstance(custom_id, str) else ""
            found = Problem(file, line.number, error.name, str(error), shown, unit=line.unit)
            yield AnswerLine(line.number, None, (found,), line.unit)


def _answers(line: Line, source: Mapping[str, Any]) -> Iterator[AnswerLine]:
    custom_id = source.get("custom_id")
    if not isinstance(custom_id, str) or not custom_id.strip():
        raise FieldRefusedError("custom_id", "is missing or empty; it must be the id of a case")
    if source.get("error"):
        raise FieldRefusedError("error", f"the request failed: {_reason(source['error'])}")
    status, body = part(source, "response", "status_code"), part(source, "response", "body")
    if status not in (None, 200):
        raise FieldRefusedError("response.status_code", f"is {_number(status)}: {_reason(part(body, 'error'))}")
    if not isinstance(body, Mapping):
        raise FieldRefusedError(_BODY, f"must be an object, but is {json_type(body)}")
    usage = body.get("usage")
    recorded = known(
        server_model=name_in(body, "model"),
        server_system_fingerprint=name_in(body, "system_fingerprint"),
        prompt_tokens=number_in(usage, "prompt_tokens") or number_in(usage, "input_tokens"),
        completion_tokens=number_in(usage, "completion_tokens") or number_in(usage, "output_tokens"),
        reasoning_tokens=number_in(usage, "completion_tokens_details", "reasoning_tokens")
        or number_in(usage, "output_tokens_details", "reasoning_tokens"),
    )
    ids = known(response_id=name_in(body, "id"), request_id=name_in(source, "response", "request_id"))
    created = _time(body.get("created") or body.get("created_at"))
    for sample, (name, answer, reason) in enumerate(_written(body)):
        end = _ENDS.get(reason)
        yield AnswerLine(
            line.number,
            {
                "case_id": custom_id,
                **answer,
                "sample": sample,
                **({"finish_reason": end} if end else {}),
                "finished_at": created,
                **ids,
            },
            unit=line.unit,
            end_known=end is not None,
            names={"case_id": "custom_id", "text": name},
            recorded={**recorded, **({"server_finish_reason": reason[:40]} if reason and not end else {})},
        )


def _written(body: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield the field, the text with its reasoning, and the finish reason of each answer of a response."""
    if isinstance(output := body.get("output"), list):
        yield _of_output(output, body)
        return
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices:
        raise FieldRefusedError(f"{_BODY}.choices", f"must be a list of choices, but is {json_type(choices)}")
    for position, choice in enumerate(choices):
        name = f"{_BODY}.choices[{position}]"
        reason = part(choice, "finish_reason")
        message = part(choice, "message")
        if message is None and isinstance(text := part(choice, "text"), str):
            yield f"{name}.text", {"text": text}, reason if isinstance(reason, str) else ""
            continue
        text = _content(part(message, "content"))
        # A refusal is what the model wrote; it has no content then.
        text = text if text is not None else part(message, "refusal")
        if not isinstance(text, str):
            raise FieldRefusedError(f"{name}.message.content", f"must be a text, but is {json_type(text)}")
        reasoning = part(message, "reasoning_content") or part(message, "reasoning")
        thought = {"reasoning": reasoning} if isinstance(reasoning, str) else {}
        yield f"{name}.message.content", {"text": text, **thought}, reason if isinstance(reason, str) else ""


def _content(content: Any) -> str | None:
    """Return the text of a message, whose content is a text or a list of parts."""
    if isinstance(content, list):
        texts = [part(one, "text") or part(one, "refusal") for one in content]
        return "".join(text for text in texts if isinstance(text, str)) if texts else None
    return content if isinstance(content, str) else None


def _of_output(output: list[Any], body: Mapping[str, Any]) -> tuple[str, dict[str, Any], str]:
    """Return the answer of the Responses API, whose output has messages and summaries of the reasoning."""
    texts = [_content(part(one, "content")) for one in output if part(one, "type") == "message"]
    thoughts = [
        part(summary, "text")
        for one in output
        if part(one, "type") == "reasoning"
        for summary in (part(one, "summary") if isinstance(part(one, "summary"), list) else ())
    ]
    written = [text for text in texts if text is not None]
    if not written:
        raise FieldRefusedError(f"{_BODY}.output", "has no message with a text")
    reasoning = "\n\n".join(text for text in thoughts if isinstance(text, str))
    reason = part(body, "incomplete_details", "reason") or body.get("status")
    answer = {"text": "\n".join(written), **({"reasoning": reasoning} if reasoning else {})}
    return f"{_BODY}.output", answer, reason if isinstance(reason, str) else ""


def _reason(error: Any) -> str:
    """Return what an error object says, cut."""
    message = part(error, "message") or part(error, "code") or error
    return message[:200] if isinstance(message, str) and message.strip() else "no reason is given"


def _number(value: Any) -> str:
    """Return a whole number as it is, or another value as a message quotes it."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else quoted(value)


def _time(seconds: Any) -> str:
    """Return seconds since 1970 as ISO 8601 in UTC; "" for anything else."""
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        return ""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return ""
