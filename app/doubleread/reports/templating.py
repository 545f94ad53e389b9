"""The environment of the pages' templates. All text is made safe twice: control characters become visible ones, and
markup is escaped.
"""

from __future__ import annotations

from typing import Any

import jinja2
from markupsafe import Markup

from doubleread.domain.display import display_text


def environment() -> jinja2.Environment:
    """Return an environment in which every value is made harmless, and an unknown name is an error."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("doubleread.reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )


def _harmless(value: Any) -> Any:
    return display_text(value) if isinstance(value, str) and not isinstance(value, Markup) else value
