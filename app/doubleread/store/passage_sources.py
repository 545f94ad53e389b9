"""The texts beside a case's own that annotations can be linked to."""

from __future__ import annotations

import json

from sqlite_utils import Database

from doubleread.domain.annotation import document_of
from doubleread.domain.retrieval import given_passages


def text_beside(db: Database, case_id: str, source: str) -> str | None:
    """Return the text of a passage's source other than the case's text, None if the case has no such source.

    It is a document of the case, or a passage that an answer of the case was given from a corpus.
    """
    if (document_id := document_of(source)) is not None:
        return _document(db, case_id, document_id)
    for row in db.execute("SELECT manifest FROM answers WHERE case_id = ? ORDER BY id", [case_id]):
        for passage in given_passages(json.loads(row["manifest"])) or ():
            if passage.source == source:
                return passage.text
    return None


def _document(db: Database, case_id: str, document_id: str) -> str | None:
    row = db.execute("SELECT parts FROM cases WHERE id = ?", [case_id]).fetchone()
    documents = json.loads(row["parts"]).get("documents", ()) if row is not None else ()
    return next((str(one["text"]) for one in documents if one["id"] == document_id), None)
