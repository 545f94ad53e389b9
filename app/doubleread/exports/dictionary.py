"""The README of an export: what lies in the folder, and what every column means."""

from __future__ import annotations

from doubleread.exports.blinded import LABELLED, WITHHELD
from doubleread.exports.columns import TABLES

_CONVENTIONS = """\
Offsets count Unicode code points from 0, `start` included, `end` not: in Python, `text[start:end] == quote`. Other
languages may count otherwise (JavaScript and Java count UTF-16 units). Line ends inside texts are kept as they were.
Hashes are SHA-256 in hexadecimal. Times are ISO 8601 in UTC and say when something was written, not in which order.
Readers stand under their pseudonyms.
"""
ABOUT = {
    "annotations": "One row for each span that a reader marked. Retracted ones stay: count only `retracted` = false.",
    "sentences": "One row for each sentence that a reader judged. A judged sentence is not an annotation.",
    "readings": "One row for each reading: one reader, one case, both answers. Open readings have no `committed_at`.",
    "adjudications": (
        "One row for each decision of an adjudicator, and for each verdict, preference and rating on which the readers"
        " of a resolved case agree. Count only `resolves` = true. The readings stay as they were."
    ),
    "adjudicated_annotations": (
        "One row for each annotation of a resolved case: what its readers agree on, and what came of the adjudicator's"
        " decisions. A case without rows here is resolved without annotations where `adjudications` has rows of it with"
        " `resolves` = true."
    ),
    "answers": "One row for each answer of a model, with the score that was read from it.",
    "scores": (
        "One row for each score of an answer. `letter-likelihood`, `text-likelihood` and `constrained-letter` are"
        " alternative scorers, which ask the model once more; never mix them with the primary score or one another."
    ),
}
_CSV = """\
## About CSV

UTF-8 with a byte order mark, fields after RFC 4180, empty where there is no value. A spreadsheet takes a cell that
begins with `=`, `+`, `-`, `@`, a tab or a line end for a formula; such a cell got an apostrophe (`'`) in front. {cells}
For work with programs take the JSON Lines export, which changes nothing.
"""
_BLINDED = """\
## This export is blinded

Readings are still due, so nothing in it tells which model wrote what:

- {labelled} hold a label such as `blinded 3f2a9c1d0b7e`. It stands for one answer, is the same in every table and in
  every blinded export of this study, and is shared by no other answer. Figures by model cannot be computed from it.
- {withheld} are {empty}, and `finish_reason` says only whether an answer was cut off.
- Words by which an answer names its model are covered by `\u2588`, one for each code point. Offsets, quotes and hashes
  refer to the text as it stands here.
- Only the scores that were read from the answers are included. Answers of a case are in a drawn order.

It still holds keys, scores and what other readers judged: readers who are not done must not see it. Once every reading
is committed, `doubleread export` names the models. `--unblind REASON` names them before that, and the log says so.
"""
_CELLS = """\
`changed-cells.csv`
names each of them (table, row below the header from 1, id of the row, column): take the apostrophe away there."""
_NO_CELLS = "No cell of this export did."


def readme(format_name: str, *, with_cases: bool, changed: bool, blinded: bool = False) -> str:
    """Return the README in Markdown. `changed` says whether cells of a CSV export got an apostrophe."""
    suffix = f".{format_name}"
    parts = ["# Export of a doubleread study\n", _CONVENTIONS]
    if blinded:
        labelled, withheld = (", ".join(f"`{name}`" for name in sorted(names)) for names in (LABELLED, WITHHELD))
        empty = "empty" if format_name == "csv" else "null"
        parts.append(_BLINDED.format(labelled=labelled, withheld=withheld, empty=empty))
    for table, columns in TABLES.items():
        parts.append(f"## {table}{suffix}\n\n{ABOUT[table]}\n\n| column | meaning |\n|---|---|")
        parts[-1] += "".join(f"\n| `{name}` | {_meaning(text, format_name)} |" for name, text in columns.items()) + "\n"
    if with_cases:
        parts.append("## cases.jsonl\n\nThe cases with their keys, in the native format of doubleread.\n")
    parts.append(
        "## manifest.json\n\nThe study's protocol and models, the label set with its definitions, every"
        " version of the protocol that was in force (`protocols`), the readers and what they were assigned, every"
        " version of the readings that were read in several copies of the study (`versions`; the tables hold the one"
        " that `stands`) and who chose between them, with the reason (`choices`), rows and SHA-256 of each file, and"
        " `chain_heads`: the last hash of every chain of the event log. Kept apart from"
        " the study file, they show whether its log was changed later (`doubleread verify --json` prints the present"
        " ones).\n"
    )
    if format_name == "csv":
        parts.append(_CSV.format(cells=_CELLS if changed else _NO_CELLS))
    return "\n".join(parts)


def _meaning(text: str, format_name: str) -> str:
    if format_name == "csv":
        return text
    return text.replace("; empty ", "; null ").replace("JSON: ", "")
