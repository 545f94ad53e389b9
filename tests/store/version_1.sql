BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'doubleread','m001_first_schema','2026-11-24 14:12:16.806492+00:00');
CREATE TABLE answers (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES cases (id),
  model_id TEXT NOT NULL REFERENCES models (id),
  text TEXT NOT NULL, -- never changes; findings have offsets into it
  sha256 TEXT NOT NULL, -- of the text in UTF-8
  started_at TEXT NOT NULL,
  finished_at TEXT NOT NULL,
  finish_reason TEXT NOT NULL, -- stop, length, imported
  manifest TEXT NOT NULL, -- JSON object, how the answer came about
  UNIQUE (case_id, model_id)
) STRICT;
INSERT INTO "answers" VALUES('case-0/m-general','case-0','m-general','General: B. Acute pericarditis, because of the heart murmur 🫀 in case-0. No fever was noted.','1666442f5253a5260b5517b9c5ddba12e0b0f6090480886efe96dafd3132c4f9','2026-01-01T10:00:00.000Z','2026-01-01T10:00:05.000Z','stop','{"model":{"sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},"tokens":17}');
INSERT INTO "answers" VALUES('case-0/m-biomedical','case-0','m-biomedical','Biomedical: B. Acute pericarditis, because of the heart murmur 🫀 in case-0. No fever was noted.','b3a67cf39954fb75b14273643b7c5c771eada374a4cc852dde04ad59ae4e7489','2026-01-01T10:00:00.000Z','2026-01-01T10:00:05.000Z','stop','{"model":{"sha256":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"},"tokens":17}');
CREATE TABLE arbitrations (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES cases (id),
  answer_id TEXT REFERENCES answers (id),
  arbiter_id TEXT NOT NULL,
  subject TEXT NOT NULL, -- what was settled: finding, verdict, preference, score
  decision TEXT NOT NULL, -- JSON object
  reason TEXT NOT NULL,
  decided_at TEXT NOT NULL
) STRICT;
CREATE TABLE cases (
  id TEXT PRIMARY KEY, -- as in the case pack
  position INTEGER NOT NULL UNIQUE, -- place in the study, from 0
  kind TEXT NOT NULL, -- choice, diagnosis
  title TEXT NOT NULL,
  text TEXT NOT NULL, -- the vignette; omissions and passages have offsets into it
  question TEXT NOT NULL,
  options TEXT NOT NULL, -- JSON object, letter to text, in the order shown; empty unless kind is choice
  key TEXT NOT NULL, -- letter of the right option, or the right diagnosis
  accept TEXT NOT NULL, -- JSON array of further names of the key
  explanation TEXT NOT NULL, -- shown after the commit
  tags TEXT NOT NULL, -- JSON array; the first one is the specialty
  source TEXT NOT NULL,
  licence TEXT NOT NULL,
  extra TEXT NOT NULL, -- JSON object of the fields that doubleread does not know
  sha256 TEXT NOT NULL -- of the case's canonical JSON form
) STRICT;
INSERT INTO "cases" VALUES('case-0',0,'choice','Chest pain 0','Case 0. A 54-year-old woman with chest pain 👩‍⚕️ and a pericardial rub; naïve to treatment.','What is the diagnosis?','{"B":"Acute pericarditis","A":"Angina"}','B','["pericarditis"]','','["cardiology","acute"]','','','{"difficulty":{"level":2},"ünknown":[1,null]}','874e5ab5998e2d0001d0c7ba365eec58a7a2c73ddb5b112b81d73f1026282022');
CREATE TABLE events (
  position INTEGER PRIMARY KEY, -- order of arrival in this file
  id TEXT NOT NULL UNIQUE, -- UUID
  device TEXT NOT NULL, -- where it was written; each device has a chain of its own
  seq INTEGER NOT NULL, -- from 1 for each device
  at TEXT NOT NULL,
  actor TEXT NOT NULL, -- reader's pseudonym, or the program's part that acted
  kind TEXT NOT NULL, -- study.created, answer.recorded, finding.marked, ...
  body TEXT NOT NULL, -- JSON object, sorted keys, no blanks
  prev_hash TEXT NOT NULL, -- hash of the device's event before, 64 zeros for the first
  hash TEXT NOT NULL, -- sha256 over id, device, seq, at, actor, kind, body and prev_hash
  reading_id TEXT, -- the one in the body, for look-ups; null for what is not a reading's
  UNIQUE (device, seq)
) STRICT;
INSERT INTO "events" VALUES(1,'0eb4e997-7ec5-468e-bad9-fd1a2cc1e916','device-1',1,'2026-11-24T14:12:16.807Z','doubleread','study.created','{"cases":1,"cases_sha256":"0a6fc29a5befdde634592648e351ec0ed96f43225b1126a34c7f5d884a566660","models":[{"id":"m-general","name":"General","sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},{"id":"m-biomedical","name":"Biomedical","sha256":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}],"protocol_sha256":"bc8054cab69156318e4c91ccad1fdaa704041aec0cf12ed947ea4363f1e7ab7d","secret_sha256":"4df322bf923bdd43ac9070fbfd4f84ef9e91adff5945f28eef167844678dba6b","study_id":"ab8550e1-a062-4b7c-a395-69941b752fb0"}','0000000000000000000000000000000000000000000000000000000000000000','08fcb06880618ab41237d58dce784cccc3fd71f732ff2105eea5ae5d0581fa1f',NULL);
INSERT INTO "events" VALUES(2,'f2004a03-8f50-4c80-8e52-3044c57cb0d7','device-1',2,'2026-11-24T14:12:16.850Z','doubleread','answer.recorded','{"answer_id":"case-0/m-general","case_id":"case-0","manifest_sha256":"02fa84717c43b7f9920f3dac6734067be2b64946cef04a514712e9121dfd377a","model_id":"m-general","sha256":"1666442f5253a5260b5517b9c5ddba12e0b0f6090480886efe96dafd3132c4f9"}','08fcb06880618ab41237d58dce784cccc3fd71f732ff2105eea5ae5d0581fa1f','1fff693103a62baf23ce630fe3f9ec1959d91df8de902decbba93d8b1ef699a2',NULL);
INSERT INTO "events" VALUES(3,'be40fea8-d0e0-416f-aac7-2d6767ef2fd3','device-1',3,'2026-11-24T14:12:16.883Z','doubleread','answer.recorded','{"answer_id":"case-0/m-biomedical","case_id":"case-0","manifest_sha256":"07a6c6242dbda0326ffa1b5c508e83a950bf296dc41225f4a4da70f65c1974a8","model_id":"m-biomedical","sha256":"b3a67cf39954fb75b14273643b7c5c771eada374a4cc852dde04ad59ae4e7489"}','1fff693103a62baf23ce630fe3f9ec1959d91df8de902decbba93d8b1ef699a2','cedaaee8428f07bd36a671e100fd0e2451feb98f8772bc44cfc8196903fc367d',NULL);
INSERT INTO "events" VALUES(4,'762f8cf6-5c25-4a75-bb39-498e16119632','device-1',4,'2026-11-24T14:12:16.911Z','R-01','reader.registered','{"reader_id":"R-01"}','cedaaee8428f07bd36a671e100fd0e2451feb98f8772bc44cfc8196903fc367d','312764af8702ea5c6180b39012e4043cb15a6ae6de7b2946197a1bc4413d4de8',NULL);
INSERT INTO "events" VALUES(5,'67c3d759-51a8-4fda-bc67-c3713ab718a2','device-1',5,'2026-11-24T14:12:16.947Z','R-01','reading.opened','{"answer_ids":{"A":"case-0/m-general","B":"case-0/m-biomedical"},"case_id":"case-0","label_set":"creola-1","protocol_sha256":"bc8054cab69156318e4c91ccad1fdaa704041aec0cf12ed947ea4363f1e7ab7d","reader_id":"R-01","reading_id":"reading-R-01-case-0"}','312764af8702ea5c6180b39012e4043cb15a6ae6de7b2946197a1bc4413d4de8','2cbf7dabeec52b187f0566c9463c05dfbf4c7e4e2afd7a76824415ada6cd5deb','reading-R-01-case-0');
INSERT INTO "events" VALUES(6,'03a1099b-2f2e-400c-abfc-2331aa87daff','device-1',6,'2026-11-24T14:12:16.975Z','R-01','finding.marked','{"finding":{"answer_id":"case-0/m-general","category":"fabrication","end":7,"id":"4cd6e666-aee4-4113-b75a-ba270ec386d6","note":"","place":"answer","quote":"General","severity":"major","start":0},"reading_id":"reading-R-01-case-0"}','2cbf7dabeec52b187f0566c9463c05dfbf4c7e4e2afd7a76824415ada6cd5deb','55fa12f61d4b0b0769ab613c87c3a0129ade73a00b26436cd7f130c619a5fce8','reading-R-01-case-0');
INSERT INTO "events" VALUES(7,'58abb727-7107-4c74-becf-b37d1f54af8f','device-1',7,'2026-11-24T14:12:16.999Z','R-01','reading.judged','{"preference":"A","reading_id":"reading-R-01-case-0","verdicts":{"A":"correct","B":"wrong"}}','55fa12f61d4b0b0769ab613c87c3a0129ade73a00b26436cd7f130c619a5fce8','1ff93b8c7353681aa831c1e4a488071848e0277af1e8af4277270ed8fb663ccf','reading-R-01-case-0');
INSERT INTO "events" VALUES(8,'e44511bd-ca52-4c72-bc84-8e7740da6322','device-1',8,'2026-11-24T14:12:17.027Z','R-01','reading.committed','{"reading_id":"reading-R-01-case-0"}','1ff93b8c7353681aa831c1e4a488071848e0277af1e8af4277270ed8fb663ccf','e7abd4291b1779f8748f31bdb7ef5c9cd9e6b503f53ff7ebd9a1bc0765497466','reading-R-01-case-0');
CREATE TABLE findings (
  id TEXT PRIMARY KEY,
  reading_id TEXT NOT NULL REFERENCES readings (id),
  case_id TEXT NOT NULL REFERENCES cases (id),
  answer_id TEXT NOT NULL REFERENCES answers (id), -- the answer at fault, also for an omission
  side TEXT NOT NULL CHECK (side IN ('A', 'B')), -- where the reader saw that answer
  label TEXT NOT NULL, -- its name within the reading, such as A1 or o2 (an omission); never changes, never reused
  place TEXT NOT NULL CHECK (place IN ('answer', 'case')), -- whose text the offsets refer to; case for an omission
  start INTEGER NOT NULL CHECK (start >= 0),
  "end" INTEGER NOT NULL CHECK ("end" > start),
  quote TEXT NOT NULL, -- text[start:end]
  category TEXT NOT NULL,
  severity TEXT NOT NULL,
  basis TEXT, -- contradicted by the case, unsupported by the case, medically false; null where not stated
  harm TEXT,
  certainty TEXT,
  note TEXT NOT NULL,
  passage_start INTEGER, -- what the case says instead, by offsets into the case's text
  passage_end INTEGER,
  passage_quote TEXT,
  marked_at TEXT NOT NULL,
  retracted_at TEXT -- null while the finding stands
) STRICT;
INSERT INTO "findings" VALUES('4cd6e666-aee4-4113-b75a-ba270ec386d6','reading-R-01-case-0','case-0','case-0/m-general','A','A1','answer',0,7,'General','fabrication','major',NULL,NULL,NULL,'',NULL,NULL,NULL,'2026-11-24T14:12:16.975Z',NULL);
CREATE TABLE meta (
  key TEXT PRIMARY KEY, -- study_id, created_at, protocol, protocol_sha256, secret (of the blinding, hexadecimal)
  value TEXT NOT NULL -- protocol is JSON
) STRICT;
INSERT INTO "meta" VALUES('study_id','ab8550e1-a062-4b7c-a395-69941b752fb0');
INSERT INTO "meta" VALUES('created_at','2026-11-24T14:12:16.806Z');
INSERT INTO "meta" VALUES('protocol','{"title":"Untitled study","prompt":{"name":"plain-1","system":"You are a careful physician. Rely only on the findings of the case.","choice":"{text}\n\n{question}\n{options}\n\nName the single best option with its letter, then cite the findings that support it.","diagnosis":"{text}\n\n{question}\n\nName the most likely diagnosis, then cite the findings that support it."},"decoding":{"temperature":0.0,"top_k":40,"top_p":0.95,"min_p":0.0,"repeat_penalty":1.0,"seed":1,"max_tokens":768,"stop":[]},"n_ctx":4096,"label_set":"creola-1","reveal_names":false,"guideline":""}');
INSERT INTO "meta" VALUES('protocol_sha256','bc8054cab69156318e4c91ccad1fdaa704041aec0cf12ed947ea4363f1e7ab7d');
INSERT INTO "meta" VALUES('secret','884c4aa9b08c79fe73df6876031996ed8ce6f6e41e4019646314fe2795134f06');
CREATE TABLE models (
  id TEXT PRIMARY KEY,
  position INTEGER NOT NULL UNIQUE, -- 0 or 1, what the draw of the sides refers to
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL, -- of the GGUF file; empty for imported answers
  path TEXT NOT NULL, -- where the GGUF lies now; the only column that may change
  role TEXT NOT NULL, -- free text such as general or biomedical
  metadata TEXT NOT NULL -- JSON object, what the GGUF says of itself
) STRICT;
INSERT INTO "models" VALUES('m-general',0,'General','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','/somewhere/general.gguf','general','{"general.name":"G"}');
INSERT INTO "models" VALUES('m-biomedical',1,'Biomedical','bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','','biomedical','{}');
CREATE TABLE readers (
  id TEXT PRIMARY KEY, -- the reader's pseudonym
  withdrawn_at TEXT, -- null while the reader takes part in the study
  withdrawal_reason TEXT NOT NULL DEFAULT '', -- empty while the reader takes part
  registered_at TEXT NOT NULL
) STRICT;
INSERT INTO "readers" VALUES('R-01',NULL,'','2026-11-24T14:12:16.911Z');
CREATE TABLE readings (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES cases (id),
  reader_id TEXT NOT NULL REFERENCES readers (id),
  answer_a TEXT NOT NULL REFERENCES answers (id), -- the answer on side A
  answer_b TEXT NOT NULL REFERENCES answers (id), -- the answer on side B
  preference TEXT, -- A, B, tie, both bad; null while not given
  preferred_answer_id TEXT REFERENCES answers (id), -- null for tie and both bad
  verdicts TEXT NOT NULL, -- JSON object, side to correct, partly, wrong, unsure
  verdicts_by_answer TEXT NOT NULL, -- JSON object, the same by answer id
  diagnoses TEXT NOT NULL, -- JSON object, side to true or false: is the scorer's proposed diagnosis right
  diagnoses_by_answer TEXT NOT NULL, -- JSON object, the same by answer id
  outside_field INTEGER NOT NULL, -- 1 where the reader declined the case as outside their field
  active_seconds REAL NOT NULL, -- time spent, without pauses
  corrections TEXT NOT NULL, -- JSON array, the reasons of all corrections after the commit
  label_set TEXT NOT NULL,
  protocol_sha256 TEXT NOT NULL, -- of the protocol under which it was read
  opened_at TEXT NOT NULL,
  updated_at TEXT NOT NULL, -- of the reading's last event
  committed_at TEXT, -- null until committed
  UNIQUE (reader_id, case_id)
) STRICT;
INSERT INTO "readings" VALUES('reading-R-01-case-0','case-0','R-01','case-0/m-general','case-0/m-biomedical','A','case-0/m-general','{"A":"correct","B":"wrong"}','{"case-0/m-biomedical":"wrong","case-0/m-general":"correct"}','{}','{}',0,0.0,'[]','creola-1','bc8054cab69156318e4c91ccad1fdaa704041aec0cf12ed947ea4363f1e7ab7d','2026-11-24T14:12:16.947Z','2026-11-24T14:12:17.027Z','2026-11-24T14:12:17.027Z');
CREATE TABLE scores (
  id INTEGER PRIMARY KEY,
  answer_id TEXT NOT NULL REFERENCES answers (id),
  scorer TEXT NOT NULL,
  version TEXT NOT NULL, -- of the scorer
  outcome TEXT NOT NULL, -- correct, wrong, unparsed, refused, truncated, proposed
  chosen TEXT, -- option's letter or diagnosis; null where none was found
  reason TEXT NOT NULL, -- how the scorer came to it
  start INTEGER, -- of the evidence in the answer's text
  "end" INTEGER,
  confidence REAL -- 0 to 1
) STRICT;
INSERT INTO "scores" VALUES(1,'case-0/m-general','choice','1','correct','B','letter at the start',0,7,0.9);
INSERT INTO "scores" VALUES(2,'case-0/m-biomedical','choice','1','correct','B','letter at the start',0,7,0.9);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX events_by_reading ON events (reading_id, position) WHERE reading_id IS NOT NULL;
CREATE INDEX events_by_kind ON events (kind, position);
CREATE INDEX findings_by_reading ON findings (reading_id);
CREATE INDEX findings_by_answer ON findings (answer_id);
CREATE INDEX readings_by_case ON readings (case_id);
CREATE INDEX answers_by_model ON answers (model_id);
CREATE INDEX scores_by_answer ON scores (answer_id);
CREATE TRIGGER meta_no_update BEFORE UPDATE ON meta
BEGIN SELECT RAISE(ABORT, 'meta: what was recorded does not change'); END;
CREATE TRIGGER meta_no_delete BEFORE DELETE ON meta
BEGIN SELECT RAISE(ABORT, 'meta: what was recorded is not deleted'); END;
CREATE TRIGGER meta_no_replace BEFORE INSERT ON meta
WHEN EXISTS (SELECT 1 FROM meta WHERE key = NEW.key)
BEGIN SELECT RAISE(ABORT, 'meta: what was recorded is not replaced'); END;
CREATE TRIGGER cases_no_update BEFORE UPDATE ON cases
BEGIN SELECT RAISE(ABORT, 'cases: what was recorded does not change'); END;
CREATE TRIGGER cases_no_delete BEFORE DELETE ON cases
BEGIN SELECT RAISE(ABORT, 'cases: what was recorded is not deleted'); END;
CREATE TRIGGER cases_no_replace BEFORE INSERT ON cases
WHEN EXISTS (SELECT 1 FROM cases WHERE id = NEW.id OR position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'cases: what was recorded is not replaced'); END;
CREATE TRIGGER models_no_update BEFORE UPDATE OF id, position, name, sha256, role, metadata ON models
BEGIN SELECT RAISE(ABORT, 'models: what was recorded does not change'); END;
CREATE TRIGGER models_no_delete BEFORE DELETE ON models
BEGIN SELECT RAISE(ABORT, 'models: what was recorded is not deleted'); END;
CREATE TRIGGER models_no_replace BEFORE INSERT ON models
WHEN EXISTS (SELECT 1 FROM models WHERE id = NEW.id OR position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'models: what was recorded is not replaced'); END;
CREATE TRIGGER answers_no_update BEFORE UPDATE ON answers
BEGIN SELECT RAISE(ABORT, 'answers: what was recorded does not change'); END;
CREATE TRIGGER answers_no_delete BEFORE DELETE ON answers
BEGIN SELECT RAISE(ABORT, 'answers: what was recorded is not deleted'); END;
CREATE TRIGGER answers_no_replace BEFORE INSERT ON answers
WHEN EXISTS (SELECT 1 FROM answers WHERE id = NEW.id OR (case_id = NEW.case_id AND model_id = NEW.model_id))
BEGIN SELECT RAISE(ABORT, 'answers: what was recorded is not replaced'); END;
CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events: what was recorded does not change'); END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events: what was recorded is not deleted'); END;
CREATE TRIGGER events_no_replace BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id OR position = NEW.position OR (device = NEW.device AND seq = NEW.seq))
BEGIN SELECT RAISE(ABORT, 'events: what was recorded is not replaced'); END;
COMMIT;
