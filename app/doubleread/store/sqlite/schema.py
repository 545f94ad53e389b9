"""The tables of a study file, each column with its meaning, and the triggers that protect the records.

The file contains the statements with their comments, so that `sqlite3 STUDY .schema` shows the documentation. Migration
1 makes all of them; every later change is a migration of its own.

Times are ISO 8601 in UTC with milliseconds. Offsets count code points; `end` is exclusive. Columns named JSON contain
JSON text. `meta`, `cases`, `models`, `arms`, `answers` and `events` are what was recorded; `readers`,
`readings`, `annotations`, `sentences`, `criteria`, `blinding_assessments`, `adjudications`, `adjudicated_annotations`
and `score_overrides` are projections of `events`, and can be rebuilt from them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

APPLICATION_ID = 0x44524541
"""Marks a file as a study ("DREA"), in the header of the SQLite file."""

TABLES: dict[str, str] = {
    "meta": """CREATE TABLE meta (
  key TEXT PRIMARY KEY, -- study_id, created_at, protocol, protocol_sha256, secret (of the blinding, hexadecimal)
  value TEXT NOT NULL -- protocol is JSON
) STRICT""",
    "cases": """CREATE TABLE cases (
  id TEXT PRIMARY KEY, -- as in the case file
  position INTEGER NOT NULL UNIQUE, -- place in the study, from 0
  kind TEXT NOT NULL, -- choice, diagnosis, inference, summary, coding, extraction, rubric
  title TEXT NOT NULL,
  text TEXT NOT NULL, -- the vignette; omissions and passages refer to it by offsets
  question TEXT NOT NULL,
  options TEXT NOT NULL, -- JSON object, letter to text, in the order shown; empty unless kind is choice
  key TEXT NOT NULL, -- letter, diagnosis, label, text; JSON array of codes; JSON object of fields
  accept TEXT NOT NULL, -- JSON array of other accepted names of the key
  explanation TEXT NOT NULL, -- shown after the commit
  tags TEXT NOT NULL, -- JSON array; the first one is the specialty
  source TEXT NOT NULL,
  licence TEXT NOT NULL,
  extra TEXT NOT NULL, -- JSON object of the fields that doubleread does not know
  parts TEXT NOT NULL DEFAULT '{}', -- JSON object: documents, criteria, turns, fields, as in the case file
  sha256 TEXT NOT NULL -- of the case's canonical JSON form
) STRICT""",
    "models": """CREATE TABLE models (
  sha256 TEXT PRIMARY KEY, -- of the GGUF file
  name TEXT NOT NULL, -- as the GGUF names itself
  path TEXT NOT NULL, -- current path of the GGUF; the only column that can change
  metadata TEXT NOT NULL -- JSON object, the metadata of the GGUF
) STRICT""",
    "arms": """CREATE TABLE arms (
  id TEXT PRIMARY KEY,
  position INTEGER NOT NULL UNIQUE, -- 0 or 1, used to randomise the sides
  name TEXT NOT NULL,
  role TEXT NOT NULL, -- free text such as general or biomedical
  model_sha256 TEXT REFERENCES models (sha256), -- null if there is no model file
  template_source TEXT, -- family or file of the chat template, or its name in the GGUF; null if the GGUF's own is used
  chat_template TEXT, -- its Jinja source
  adapters TEXT NOT NULL, -- JSON array of LoRA adapters: path, sha256, scale
  prompt TEXT NOT NULL, -- JSON object, what the arm sets differently from the protocol's prompt
  decoding TEXT NOT NULL, -- JSON object, the same for the protocol's decoding
  server TEXT, -- JSON object: url, model, key_variable, concurrency, allow_remote; null if there is no server
  retrieval TEXT -- JSON object: corpus, corpus_sha256, top, method, query, max_words, ...; null without retrieval
) STRICT""",
    "answers": """CREATE TABLE answers (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES cases (id),
  arm_id TEXT NOT NULL REFERENCES arms (id),
  text TEXT NOT NULL, -- never changes; annotations refer to it by offsets
  sha256 TEXT NOT NULL, -- of the text in UTF-8
  started_at TEXT NOT NULL,
  finished_at TEXT NOT NULL,
  finish_reason TEXT NOT NULL, -- stop, length, imported
  manifest TEXT NOT NULL, -- JSON object, how the answer was generated
  reasoning TEXT NOT NULL DEFAULT '', -- what a reasoning model wrote before the answer: never marked or scored
  sample INTEGER NOT NULL DEFAULT 0 CHECK (sample >= 0), -- which of the arm's answers to the case; 0 is the one read
  UNIQUE (case_id, arm_id, sample)
) STRICT""",
    "scores": """CREATE TABLE scores (
  id INTEGER PRIMARY KEY,
  answer_id TEXT NOT NULL REFERENCES answers (id),
  scorer TEXT NOT NULL,
  version TEXT NOT NULL, -- of the scorer
  outcome TEXT NOT NULL, -- correct, incorrect, unparsed, refused, truncated, proposed, measured
  chosen TEXT, -- option's letter, diagnosis, label or codes; null where none was found
  reason TEXT NOT NULL, -- how the scorer decided
  start INTEGER, -- of the evidence in the answer's text
  "end" INTEGER,
  confidence REAL, -- 0 to 1
  rank INTEGER, -- of the key's diagnosis among the answer's, 1 the likeliest
  measures TEXT NOT NULL DEFAULT '{}', -- JSON object, metric to value
  evidence TEXT NOT NULL DEFAULT '[]' -- JSON array of spans of the answer: start, end, value, matches
) STRICT""",
    "readers": """CREATE TABLE readers (
  id TEXT PRIMARY KEY, -- the reader's pseudonym
  withdrawn_at TEXT, -- null while the reader takes part in the study
  withdrawal_reason TEXT NOT NULL DEFAULT '', -- empty while the reader takes part
  registered_at TEXT NOT NULL,
  role TEXT NOT NULL DEFAULT '', -- in the study: reader, adjudicator
  qualification TEXT NOT NULL DEFAULT '' -- such as: internist, 12 years
) STRICT""",
    "readings": """CREATE TABLE readings (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES cases (id),
  reader_id TEXT NOT NULL REFERENCES readers (id),
  answer_a TEXT NOT NULL REFERENCES answers (id), -- the answer on side A
  answer_b TEXT NOT NULL REFERENCES answers (id), -- the answer on side B
  preference TEXT, -- A, B, tie, both bad; null while not given
  preferred_answer_id TEXT REFERENCES answers (id), -- null for tie and both bad
  verdicts TEXT NOT NULL, -- JSON object, side to correct, partly, incorrect, unsure
  verdicts_by_answer TEXT NOT NULL, -- JSON object, the same by answer id
  diagnoses TEXT NOT NULL, -- JSON object, side to true or false: whether the proposed diagnosis matches the key
  diagnoses_by_answer TEXT NOT NULL, -- JSON object, the same by answer id
  outside_field INTEGER NOT NULL, -- 1 where the reader declined the case as outside their field
  active_seconds REAL NOT NULL, -- time spent, without pauses
  corrections TEXT NOT NULL, -- JSON array, the reasons of all corrections after the commit
  label_set TEXT NOT NULL,
  protocol_sha256 TEXT NOT NULL, -- of the protocol under which it was read
  opened_at TEXT NOT NULL,
  updated_at TEXT NOT NULL, -- of the reading's last event
  committed_at TEXT, -- null until committed
  confirmed_inconsistencies TEXT, -- JSON array, their kinds; null where the commit did not ask
  consensus_opened_at TEXT, -- when the reader first saw other readings of the case; null if never
  consensus_closed_at TEXT, -- when the reader was done with the case in the consensus round
  consensus_outcome TEXT, -- kept or revised; null while it is open
  consensus_corrections INTEGER NOT NULL DEFAULT 0, -- of the corrections, those made in the consensus round or later
  repeat INTEGER NOT NULL DEFAULT 0, -- 1 for the second reading of a repeated case
  ratings TEXT NOT NULL DEFAULT '{}', -- JSON object, axis of the protocol to A, tie, B
  ratings_by_answer TEXT NOT NULL DEFAULT '{}', -- JSON object, axis to the better answer's id, or to null for a tie
  scale_ratings TEXT NOT NULL DEFAULT '{}', -- JSON object, scale to an object from side to level, or to null
  scale_ratings_by_answer TEXT NOT NULL DEFAULT '{}', -- JSON object, the same by answer id
  grades TEXT NOT NULL DEFAULT '{}', -- JSON object, side to 0, 2, 3, 4 or 5 (Bond), for a free-text diagnosis
  grades_by_answer TEXT NOT NULL DEFAULT '{}', -- JSON object, the same by answer id
  confidence INTEGER CHECK (confidence BETWEEN 1 AND 5), -- the reader's, 5 is certain; null if not stated
  UNIQUE (reader_id, case_id, repeat)
) STRICT""",
    "annotations": """CREATE TABLE annotations (
  id TEXT PRIMARY KEY,
  reading_id TEXT NOT NULL REFERENCES readings (id),
  case_id TEXT NOT NULL REFERENCES cases (id),
  answer_id TEXT NOT NULL REFERENCES answers (id), -- the answer at fault, also for an omission
  side TEXT NOT NULL CHECK (side IN ('A', 'B')), -- where the reader saw that answer
  label TEXT NOT NULL, -- its name within the reading, such as A1 or o2 (an omission); never changes, never reused
  place TEXT NOT NULL -- the text that the offsets refer to: answer, or for an omission case or document:ID
    CHECK (place IN ('answer', 'case') OR place LIKE 'document:_%'),
  start INTEGER NOT NULL CHECK (start >= 0),
  "end" INTEGER NOT NULL CHECK ("end" > start),
  quote TEXT NOT NULL, -- text[start:end]
  category TEXT NOT NULL,
  severity TEXT NOT NULL,
  basis TEXT, -- contradicted by the case, unsupported by the case, medically false; null where not stated
  harm TEXT,
  certainty TEXT,
  note TEXT NOT NULL,
  passage_start INTEGER, -- the linked passage, as offsets into the text of passage_source
  passage_end INTEGER,
  passage_quote TEXT,
  passage_source TEXT, -- case, document:ID, or retrieved: and the first 16 digits of the retrieved passage's sha256
  passage_relation TEXT, -- contradicts or supports: what the passage does to the annotated words
  marked_at TEXT NOT NULL,
  retracted_at TEXT -- null unless the annotation was retracted
) STRICT""",
    "sentences": """CREATE TABLE sentences (
  reading_id TEXT NOT NULL REFERENCES readings (id),
  case_id TEXT NOT NULL REFERENCES cases (id),
  answer_id TEXT NOT NULL REFERENCES answers (id),
  side TEXT NOT NULL CHECK (side IN ('A', 'B')), -- where the reader saw that answer
  start INTEGER NOT NULL CHECK (start >= 0), -- of the sentence in the answer's text
  "end" INTEGER NOT NULL CHECK ("end" > start),
  quote TEXT NOT NULL, -- text[start:end]
  judgement TEXT NOT NULL, -- supported, unsupported, incorrect, unsure
  segmentation TEXT NOT NULL, -- version of the sentence segmentation
  judged_at TEXT NOT NULL, -- when the current judgement was made
  PRIMARY KEY (reading_id, answer_id, start, "end")
) STRICT""",
    "criteria": """CREATE TABLE criteria (
  reading_id TEXT NOT NULL REFERENCES readings (id),
  case_id TEXT NOT NULL REFERENCES cases (id),
  answer_id TEXT NOT NULL REFERENCES answers (id),
  side TEXT NOT NULL CHECK (side IN ('A', 'B')), -- where the reader saw that answer
  criterion_id TEXT NOT NULL, -- of the rubric in the case's parts
  judgement TEXT NOT NULL, -- met, not met, cannot tell
  start INTEGER, -- of the evidence in the answer's text; null if the reader linked none
  "end" INTEGER,
  quote TEXT, -- text[start:end]
  judged_at TEXT NOT NULL, -- when the current judgement was made
  PRIMARY KEY (reading_id, answer_id, criterion_id)
) STRICT""",
    "adjudications": """CREATE TABLE adjudications (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES cases (id),
  answer_id TEXT REFERENCES answers (id),
  adjudicator_id TEXT NOT NULL,
  subject TEXT NOT NULL, -- what was resolved: annotation, omission, verdict, preference, rating, criterion
  decision TEXT NOT NULL, -- JSON object
  reason TEXT NOT NULL,
  decided_at TEXT NOT NULL,
  adjudication_id TEXT NOT NULL DEFAULT '', -- one adjudicator, one case
  difference_id TEXT NOT NULL DEFAULT '', -- the same on every machine
  readings TEXT NOT NULL DEFAULT '[]', -- JSON array, ids in the order of their numbers
  axis TEXT NOT NULL DEFAULT '', -- of a rating; id of a criterion
  value TEXT, -- committed value: a verdict, the better answer's id, tie, both bad, met, not met, cannot tell
  committed_at TEXT, -- of the last commit; null before it
  resolves INTEGER NOT NULL DEFAULT 0 -- 1 if it resolves the case
) STRICT""",
    "score_overrides": """CREATE TABLE score_overrides (
  id TEXT PRIMARY KEY, -- of the event that decided
  case_id TEXT NOT NULL REFERENCES cases (id),
  answer_id TEXT NOT NULL UNIQUE REFERENCES answers (id),
  answer_sha256 TEXT NOT NULL, -- of the text that was reviewed
  scorer TEXT NOT NULL, -- whose score was reviewed
  version TEXT NOT NULL, -- of that scorer
  scored_outcome TEXT NOT NULL, -- the automatic score at that time
  scored_chosen TEXT, -- its option or label; null if there was none
  outcome TEXT NOT NULL, -- decided: correct, incorrect, refused, unparsed
  chosen TEXT, -- decided option or label; null if there is none
  grade INTEGER, -- decided grade of a diagnosis: 0, 2, 3, 4 or 5 (Bond); null if not graded
  reason TEXT NOT NULL,
  adjudicator_id TEXT NOT NULL,
  decided_at TEXT NOT NULL
) STRICT""",
    "adjudicated_annotations": """CREATE TABLE adjudicated_annotations (
  id TEXT PRIMARY KEY, -- adjudication_id, a colon, and the id of the difference that it resolves
  adjudication_id TEXT NOT NULL, -- the adjudication that resolves the case
  adjudicator_id TEXT NOT NULL,
  case_id TEXT NOT NULL REFERENCES cases (id),
  answer_id TEXT NOT NULL REFERENCES answers (id), -- the answer at fault, also for an omission
  place TEXT NOT NULL -- the text that the offsets refer to: answer, or for an omission case or document:ID
    CHECK (place IN ('answer', 'case') OR place LIKE 'document:_%'),
  start INTEGER NOT NULL CHECK (start >= 0),
  "end" INTEGER NOT NULL CHECK ("end" > start),
  quote TEXT NOT NULL, -- text[start:end]
  category TEXT NOT NULL,
  severity TEXT NOT NULL,
  basis TEXT,
  harm TEXT,
  certainty TEXT,
  note TEXT NOT NULL,
  passage_start INTEGER, -- the linked passage, as offsets into the text of passage_source
  passage_end INTEGER,
  passage_quote TEXT,
  passage_source TEXT, -- case, document:ID, or retrieved: and the first 16 digits of the retrieved passage's sha256
  passage_relation TEXT, -- contradicts or supports: what the passage does to the annotated words
  source TEXT NOT NULL, -- agreed (by all readers), taken (from one), joined (the boundaries of several), own
  annotation_ids TEXT NOT NULL, -- JSON array, the readers' annotations behind it
  label_set TEXT NOT NULL,
  resolved_at TEXT NOT NULL -- time of the commit behind it
) STRICT""",
    "events": """CREATE TABLE events (
  position INTEGER PRIMARY KEY, -- order of arrival in this file
  id TEXT NOT NULL UNIQUE, -- UUID
  device TEXT NOT NULL, -- where it was written; each device has its own chain
  seq INTEGER NOT NULL, -- from 1 for each device; repeated if two copies of a file were written
  at TEXT NOT NULL,
  actor TEXT NOT NULL, -- reader's pseudonym, or the part of the program that acted
  kind TEXT NOT NULL, -- study.created, answer.recorded, annotation.marked, ...
  body TEXT NOT NULL, -- JSON object, sorted keys, no spaces
  prev_hash TEXT NOT NULL, -- hash of the device's previous event, 64 zeros for the first
  hash TEXT NOT NULL, -- sha256 over id, device, seq, at, actor, kind, body and prev_hash
  reading_id TEXT, -- copied from the body for look-ups; null if there is no reading
  UNIQUE (device, seq, hash)
) STRICT""",
    "blinding_assessments": """CREATE TABLE blinding_assessments (
  id TEXT PRIMARY KEY, -- UUID of the event
  reading_id TEXT NOT NULL UNIQUE REFERENCES readings (id),
  about TEXT NOT NULL, -- role of the arm in question
  said TEXT NOT NULL, -- the side the reader named, A or B; no idea; skipped
  answer_id TEXT REFERENCES answers (id), -- the answer on that side; null for no idea and skipped
  assessed_at TEXT NOT NULL
) STRICT""",
    "quarantine": """CREATE TABLE quarantine (
  sha256 TEXT PRIMARY KEY, -- of kind and content, so that each item is kept once
  kind TEXT NOT NULL, -- event, answer
  object_id TEXT NOT NULL, -- id of the event or answer
  content TEXT NOT NULL, -- JSON object, the row as received
  reason TEXT NOT NULL, -- why it does not count
  kept_at TEXT NOT NULL
) STRICT""",
}

_COLUMN = re.compile(r'^ {2}"?(\w+)"? (?:TEXT|INTEGER|REAL)\b', re.MULTILINE)
COLUMNS: Mapping[str, tuple[str, ...]] = {
    table: tuple(_COLUMN.findall(statement)) for table, statement in TABLES.items()
}
"""The columns of each table, in its order."""

INDEXES: dict[str, str] = {
    "events_by_reading": "CREATE INDEX events_by_reading ON events (reading_id, position) WHERE reading_id IS NOT NULL",
    "events_by_kind": "CREATE INDEX events_by_kind ON events (kind, position)",
    "annotations_by_reading": "CREATE INDEX annotations_by_reading ON annotations (reading_id)",
    "annotations_by_answer": "CREATE INDEX annotations_by_answer ON annotations (answer_id)",
    "readings_by_case": "CREATE INDEX readings_by_case ON readings (case_id)",
    "answers_by_arm": "CREATE INDEX answers_by_arm ON answers (arm_id)",
    "scores_by_answer": "CREATE INDEX scores_by_answer ON scores (answer_id)",
}


def _frozen(table: str, same: str, changing: str = "") -> dict[str, str]:
    """Return the triggers that refuse to change, delete or replace a row. `same` finds a row that would be replaced."""
    of = f"OF {changing} " if changing else ""
    return {
        f"{table}_no_update": (
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE {of}ON {table}\n"
            f"BEGIN SELECT RAISE(ABORT, '{table}: what was recorded does not change'); END"
        ),
        f"{table}_no_delete": (
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}\n"
            f"BEGIN SELECT RAISE(ABORT, '{table}: what was recorded is not deleted'); END"
        ),
        f"{table}_no_replace": (
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}\n"
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})\n"
            f"BEGIN SELECT RAISE(ABORT, '{table}: what was recorded is not replaced'); END"
        ),
    }


TRIGGERS: dict[str, str] = {
    **_frozen("meta", "key = NEW.key"),
    **_frozen("cases", "id = NEW.id OR position = NEW.position"),
    **_frozen("models", "sha256 = NEW.sha256", "sha256, name, metadata"),
    **_frozen("arms", "id = NEW.id OR position = NEW.position"),
    **_frozen("answers", "id = NEW.id OR (case_id = NEW.case_id AND arm_id = NEW.arm_id AND sample = NEW.sample)"),
    **_frozen(
        "events",
        "id = NEW.id OR position = NEW.position OR (device = NEW.device AND seq = NEW.seq AND hash = NEW.hash)",
    ),
    **_frozen("quarantine", "sha256 = NEW.sha256"),
}
PROTECTED_TABLES = frozenset({"meta", "cases", "models", "arms", "answers", "events", "quarantine"})
MEANINGS: dict[str, str] = {
    "meta": "Settings of the study, one row for each.",
    "cases": "The cases, as in the case file. Rows never change.",
    "models": "The model files of the arms. Rows never change, except for `path`.",
    "arms": "The two arms that are compared. Rows never change.",
    "answers": "Each arm's answers to each case, as many as the protocol has `samples`. Rows never change.",
    "scores": "Automatic scores. An answer has one row for each scorer that scored it.",
    "readers": "Everyone who reads or adjudicates, under a pseudonym. A projection of `events`.",
    "readings": "One reader's judgement of both answers of one case. A projection of `events`.",
    "annotations": "Marked spans and omissions, retracted ones included. A projection of `events`.",
    "sentences": "Judgements of single sentences. A projection of `events`.",
    "criteria": "Judgements of the criteria of rubrics. A projection of `events`.",
    "adjudications": "What adjudicators decided where readers differ. A projection of `events`.",
    "score_overrides": "A person's decisions in place of automatic scores. A projection of `events`.",
    "adjudicated_annotations": "The annotations of resolved cases. A projection of `events`.",
    "events": "The append-only log. Each entry holds the hash of the entry before it. Rows never change.",
    "blinding_assessments": "Which arm readers believed had written which answer. A projection of `events`.",
    "quarantine": "Entries and answers that arrived with a merge and do not count, with the reason. Rows never change.",
}
"""What each table contains."""
