"""A model's chat template, rendered so that a case's text is never taken for the template's own tokens.

The template is rendered once with private marks in place of the messages' contents and once with the contents. If both
agree, the pieces between the marks are exactly the template's, and the rest is the case's. If the template strips
blanks around contents, so does the result. If it changes contents in another way, they are inserted unchanged.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NoReturn

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.parser
from jinja2.exceptions import SecurityError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from doubleread.domain.prompts import Message
from doubleread.engine.worker.time_limit import OutOfTimeError, TimeLimit

RENDER_SECONDS = 2.0
LONGEST_PROMPT = 64 * 1024 * 1024
LONGEST_REPETITION = 1_000_000
FIXED_DATE = datetime(2024, 7, 26, tzinfo=UTC)
"""The date that templates get, so that a study's prompts do not change from one day to the next. It is the date that
Llama 3 templates fall back to."""

ContentForm = Literal["text", "items", "items, system as text"]
CONTENT_FORMS: tuple[ContentForm, ...] = ("text", "items", "items, system as text")
"""A content is a text, or a list of items {type: "text", text}; some templates take a list only from the user."""


class TemplateError(Exception):
    """The template cannot be used: broken, endless, or incompatible with these messages."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a prompt. Only if `from_template` is true may it contain control tokens."""

    text: str
    from_template: bool


class ChatTemplate:
    """A compiled template. Raises TemplateError if it does not compile or cannot render a plain conversation.

    `content_form` is the form in which it takes contents; `takes_system` tells whether it has a system role.
    """

    def __init__(self, source: str, bos: str, eos: str, seconds: float = RENDER_SECONDS) -> None:
        self._seconds = seconds
        self._time = TimeLimit()
        self._names = {"bos_token": bos, "eos_token": eos}
        environment = _Environment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, _Generation])
        environment.filters["tojson"] = _to_json
        environment.globals["raise_exception"] = _raise_exception
        environment.globals["strftime_now"] = FIXED_DATE.strftime
        try:
            self._template = environment.from_string(source)
        except (jinja2.TemplateError, RecursionError, ValueError, OverflowError) as error:
            raise TemplateError(f"the chat template has a mistake: {error}") from error
        self.content_form, self.takes_system = self._understood()

    def parts(self, messages: Sequence[Message]) -> list[Part]:
        """Render a conversation up to the point where the model answers. Raises TemplateError."""
        if not self.takes_system:
            messages = _without_system(messages)
        marks, marked = self._marked(messages)
        plain = self._render([self._turn(item.role, item.content) for item in messages])
        between = _split(marked, marks)
        contents = _fitting(plain, between, [item.content for item in messages])
        parts = [Part(between[0], True)]
        for content, following in zip(contents, between[1:], strict=True):
            parts += [Part(content, False), Part(following, True)]
        return [part for part in parts if part.text]

    def between_turns(self) -> str:
        """Return the template's text between an answer and the user's next message; empty if it refuses these turns."""
        turns = (Message("user", "u"), Message("assistant", "a"), Message("user", "u"))
        try:
            marks, marked = self._marked(turns)
            return _split(marked, marks)[2]
        except TemplateError:
            return ""

    def _understood(self) -> tuple[ContentForm, bool]:
        """Try the forms of contents, with and without a system role."""
        conversations = ((Message("system", "s"), Message("user", "u")), (Message("user", "u"),))
        first_error: TemplateError | None = None
        for messages in conversations:
            for form in CONTENT_FORMS:
                self.content_form = form
                try:
                    marks, marked = self._marked(messages)
                    _split(marked, marks)
                except _EndlessError:
                    raise
                except TemplateError as error:
                    if messages is conversations[-1] and form == "text":
                        first_error = error
                else:
                    return form, len(messages) > 1
        assert first_error is not None
        if isinstance(first_error, _MisplacedError):
            raise TemplateError("the chat template leaves out the user's message")
        raise first_error

    def _turn(self, role: str, content: str) -> dict[str, Any]:
        as_text = self.content_form == "text" or (self.content_form == "items, system as text" and role == "system")
        return {"role": role, "content": content if as_text else [{"type": "text", "text": content}]}

    def _marked(self, messages: Sequence[Message]) -> tuple[list[str], str]:
        marks = [f"mark{secrets.token_hex(12)}end" for _ in messages]
        turns = [self._turn(item.role, mark) for item, mark in zip(messages, marks, strict=True)]
        return marks, self._render(turns)

    def _render(self, messages: list[dict[str, Any]]) -> str:
        def render() -> str:
            error: Exception | None = None
            for more in _VARIABLES:
                try:
                    return self._template.render(
                        messages=messages, add_generation_prompt=True, **{**more, **self._names}
                    )
                except (jinja2.UndefinedError, TypeError) as missing:
                    error = error or missing
            assert error is not None
            raise error

        try:
            text = self._time.run(render, self._seconds)
        except OutOfTimeError as error:
            raise _EndlessError(f"the chat template {error}") from error
        except jinja2.TemplateError as error:
            raise TemplateError(f"the chat template refused the conversation: {error}") from error
        except (
            RecursionError,
            ArithmeticError,
            LookupError,
            TypeError,
            ValueError,
            AttributeError,
        ) as error:
            raise TemplateError(f"the chat template failed: {type(error).__name__}: {error}") from error
        if len(text) > LONGEST_PROMPT:
            raise TemplateError(f"the chat template made a prompt of {len(text):,} characters")
        return text


class _EndlessError(TemplateError):
    """The template does not finish."""


class _MisplacedError(TemplateError):
    """The template omits, repeats or moves a message."""


class _Day(str):
    """The fixed date, for templates that print, format or call it."""

    def strftime(self, form: str) -> str:
        """Return the date in a format."""
        return FIXED_DATE.strftime(form)

    def __call__(self) -> _Day:
        return self


_DAY = _Day(FIXED_DATE.strftime("%d %b %Y"))
_DAY_NAMES = ("date", "today", "now", "current_date", "current_time", "current_datetime", "date_string", "datetime")
# Transformers passes tools and documents as None if there are none. Some templates work only if they are
# undefined, and some use a date or tools under a name of their own.
_NOTHING: Mapping[str, Any] = {"tools": None, "documents": None}
_VARIABLES: tuple[Mapping[str, Any], ...] = (
    _NOTHING,
    {},
    {**_NOTHING, **dict.fromkeys(_DAY_NAMES, _DAY), "functions": ()},
)


class _Generation(jinja2.ext.Extension):
    """Handles `{% generation %}`, which marks what a model is trained on, by keeping its content."""

    def __init__(self, environment: jinja2.Environment) -> None:
        super().__init__(environment)
        self.tags = {"generation"}

    def parse(self, parser: jinja2.parser.Parser) -> list[jinja2.nodes.Node]:
        """Return the nodes between the two tags."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, which also refuses to build huge values."""

    intercepted_binops = frozenset({"*", "**", "%", "<<"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "*":
            sized = next((item for item in (left, right) if isinstance(item, str | list | tuple)), None)
            factor = right if sized is left else left
            if sized is not None and isinstance(factor, int) and len(sized) * factor > LONGEST_REPETITION:
                raise SecurityError("the repetition is too long")
        elif operator == "**" and (abs(right) > 64 or abs(left) > 10**6):
            raise SecurityError("the power is too large")
        elif operator == "%" and isinstance(left, str):
            raise SecurityError("formatting with % is not allowed")
        return super().call_binop(context, operator, left, right)


def _without_system(messages: Sequence[Message]) -> list[Message]:
    """Move system messages into the next user message, for templates without a system role."""
    found: list[Message] = []
    waiting: list[str] = []
    for message in messages:
        if message.role == "system":
            waiting.append(message.content)
        elif message.role == "user" and waiting:
            found.append(Message("user", "\n\n".join([*waiting, message.content])))
            waiting = []
        else:
            found.append(message)
    return [*found, Message("user", "\n\n".join(waiting))] if waiting else found


def _split(marked: str, marks: list[str]) -> list[str]:
    between: list[str] = []
    rest = marked
    for mark in marks:
        if marked.count(mark) != 1 or mark not in rest:
            raise _MisplacedError("the chat template does not render every message once and in order")
        before, _, rest = rest.partition(mark)
        between.append(before)
    return [*between, rest]


def _fitting(plain: str, between: list[str], contents: list[str]) -> list[str]:
    """Return the contents as the template leaves them, whole or stripped; whole if neither explains its text."""
    found: list[str] = []
    position = len(between[0])
    if not plain.startswith(between[0]):
        return contents
    for content, following in zip(contents, between[1:], strict=True):
        for form in (content, content.strip(), content.lstrip(), content.rstrip()):
            end = position + len(form)
            if plain.startswith(form, position) and plain.startswith(following, end):
                found.append(form)
                position = end + len(following)
                break
        else:
            return contents
    return found if position == len(plain) else contents


def _raise_exception(message: object) -> NoReturn:
    raise jinja2.TemplateError(str(message))


def _to_json(value: Any, indent: int | None = None, **_: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=min(indent, 16) if indent else None)
