"""The README of an export: the files in the folder and the meaning of every column."""

from __future__ import annotations

from collections.abc import Mapping

from doubleread.exports.blinded import LABELLED, WITHHELD
from doubleread.exports.columns import CASES, TABLES, Column, type_words
from doubleread.exports.source import ExportSource

CONVENTIONS = """\
Offsets count Unicode code points from 0; `start` is inclusive, `end` exclusive: in Python, `text[start:end] == quote`.
Other languages may count differently (JavaScript and Java count UTF-16 units). Line endings inside texts are kept.
Hashes are SHA-256 in hexadecimal. Times are ISO 8601 in UTC; they state when something was recorded, not its order.
Readers are identified by their pseudonyms. Any value may be null.
"""
ABOUT = {
    "annotations": "One row per annotation. Retracted annotations are included: count only `retracted` = false.",
    "sentences": "One row per sentence judgement of a reader. A sentence judgement is not an annotation.",
    "criteria": "One row per criterion of a rubric, answer and reader.",
    "readings": "One row per reading: one reader, one case, both answers. Open readings have no `committed_at`.",
    "adjudications": (
        "One row per decision of an adjudicator, and per verdict, preference, rating and criterion on which the readers"
        " of a resolved case agree. Count only `resolves` = true. The readings are not changed."
    ),
    "adjudicated_annotations": (
        "One row per annotation of a resolved case: those on which its readers agree, and those that the adjudicator"
        " decided. A case with `resolves` = true in `adjudications` and no rows here is resolved without annotations."
    ),
    "answers": "One row per answer, with its primary score.",
    "scores": (
        "One row per score of an answer. `letter-likelihood`, `text-likelihood` and `constrained-letter` are"
        " alternative scorers, which query the model again; `concepts` and `bertscore` measure summaries with a file of"
        " your own. Never mix them with the primary score or with each other."
    ),
    "cases": "One row per case, in exports with case text.",
}
"""What a row of each table is."""

_BLINDED = """\
## This export is blinded

Readings are still due, so nothing in it says which model wrote what:

- {labelled} contain a label such as `blinded 3f2a9c1d0b7e`. Each answer has its own label, the same in every table and
  every blinded export of this study. Results by arm cannot be computed from it.
- {withheld} are null, and `finish_reason` only states whether an answer was truncated.
- Words by which an answer identifies its model are redacted with `\u2588`, one per code point. Offsets, quotes and
  hashes refer to the redacted text.
- Only primary scores are included. The order of the answers to a case is randomised.

It still contains keys, scores and other readers' judgements, so readers who are not done must not see it. Once every
reading is committed, `doubleread export` names the arms. `--unblind REASON` names them earlier, which is logged.
"""
_MANIFEST = """\
## manifest.json

The study's protocol and models, the label set with its definitions, every version of the protocol that was in force
(`protocols`), the readers and their assignments, every branch of the readings that diverged between copies of the study
(`branches`; the tables contain the one that `counts`) and who chose between them, with the reason (`resolutions`), rows
and SHA-256 of each file, and `chain_heads`: the last hash of every chain of the event log. Kept separately from the
study file, they reveal later changes of its log (`doubleread verify --json` prints the current ones).
"""


def columns_table(columns: Mapping[str, Column]) -> str:
    """Return the columns of a table with their types and meanings, in Markdown."""
    rows = [f"| `{name}` | {type_words(column.type)} | {column.about} |" for name, column in columns.items()]
    return "\n".join(["| column | type | meaning |", "|---|---|---|", *rows])


def tables_readme(
    source: ExportSource, suffix: str, about_format: str, *, native_cases: bool = False, file: str = ""
) -> str:
    """Return the README in Markdown: one file with this suffix for each table, or one `file` with all tables.

    `about_format` is a section on the format. `native_cases` says that cases are in their native format.
    """
    parts = ["# Export of a doubleread study\n", CONVENTIONS, *blinded_section(source)]
    if file:
        parts.append(f"`{file}` contains these tables.\n")
    tables = TABLES if native_cases or not source.with_case_text else {**TABLES, "cases": CASES}
    for table, columns in tables.items():
        parts.append(f"## {table}{suffix}\n\n{ABOUT[table]}\n\n{columns_table(columns)}\n")
    if native_cases and source.with_case_text:
        parts.append("## cases.jsonl\n\nThe cases with their keys, in the native format of doubleread.\n")
    parts += [_MANIFEST, about_format]
    return "\n".join(filter(None, parts))


def blinded_section(source: ExportSource) -> tuple[str, ...]:
    """Return the section on what a blinded export withholds; nothing if it is not blinded."""
    if source.blinded is None:
        return ()
    labelled, withheld = (", ".join(f"`{name}`" for name in sorted(names)) for names in (LABELLED, WITHHELD))
    return (_BLINDED.format(labelled=labelled, withheld=withheld),)
