"""The texts beside a case's own that annotations can be linked to."""

from __future__ import annotations

import json

from sqlite_utils import Database

from doubleread.domain.annotation import retrieved_source


def text_beside(db: Database, case_id: str, source: str) -> str | None:
    """Return the text of a passage's source other than the case's text, None if the case has no such source.

    It is a passage that an answer of the case was given from a corpus.
    """
    for row in db.execute("SELECT manifest FROM answers WHERE case_id = ? ORDER BY id", [case_id]):
        for passage in json.loads(row["manifest"]).get("retrieval", {}).get("passages", ()):
            if retrieved_source(passage["sha256"]) == source:
                return str(passage["text"])
    return None
