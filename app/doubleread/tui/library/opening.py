"""The form that opens a study file in any folder."""

from __future__ import annotations

from doubleread.locations import STUDY_SUFFIX
from doubleread.tui.shared.fields import PathField, Values
from doubleread.tui.shared.forms import Form, FormResult, Work


def open_file_form() -> Form:
    """Return the form."""
    field = PathField("study", "Study file", f"its name ends with {STUDY_SUFFIX}", suffixes=(STUDY_SUFFIX,))
    about = "Open a study in any folder. It then stays in the list of studies."
    return Form("Open a study file", about, [field], _opened, "open")


def _opened(values: Values, work: Work) -> FormResult:
    del work
    return FormResult(then=lambda app: app.open_file(values["study"]))
