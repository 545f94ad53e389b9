"""Token labels: each token with the category that a reader marked, and back again to the marked spans."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from doubleread.domain.adjudication import Decision
from doubleread.domain.spans import Span
from doubleread.errors import InputRefusedError
from doubleread.exports.export import export_study
from doubleread.exports.options import ExportOptions
from doubleread.exports.selection import Selection
from doubleread.exports.token_labels import LABELLED_ANSWERS, REBUILD, label_tokens
from doubleread.exports.tokenizers import Tokens, tokenizer_named, word_tokens
from doubleread.read_model.blinding import unblind
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.sessions.reading import ReadingSession
from exports.attested import ATTESTED
from exports.hostile_texts import texts
from sessions.adjudicated_study import ADJUDICATOR, READERS, TEXTS, read_study

OCCULTUS = TEXTS["m-occultus"]
SEVERITIES = ("minor", "major")


def spans(row) -> list[list]:
    """The README's program that gets spans back."""
    names: dict = {}
    exec(REBUILD, names)
    return names["spans"](row)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Two tokenizers as models have them: byte pairs, and words of which the normaliser strips case and accents."""
    folder = tmp_path_factory.mktemp("tokenizers")
    corpus = [*TEXTS.values(), "na\u00efve caf\u00e9 38.5 \u00b0C", "\U0001f468\u200d\U0001f469 \u200b"]
    pairs = Tokenizer(models.BPE())
    pairs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    pairs.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    pairs.train_from_iterator(
        corpus, trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False)
    )
    pairs.save(str(folder / "pairs.json"))
    pieces = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    pieces.normalizer = normalizers.BertNormalizer()
    pieces.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    pieces.train_from_iterator(
        corpus, trainers.WordPieceTrainer(vocab_size=200, special_tokens=["[UNK]"], show_progress=False)
    )
    pieces.enable_truncation(8)
    pieces.enable_padding(length=8)
    (folder / "model").mkdir()
    pieces.save(str(folder / "model" / "tokenizer.json"))
    return SimpleNamespace(pairs=folder / "pairs.json", pieces=folder / "model")


@pytest.fixture(scope="module")
def tokenizers(files):
    return [word_tokens, *(tokenizer_named(str(path)).tokens for path in (files.pairs, files.pieces))]


@pytest.fixture
def study(tmp_path):
    with read_study(tmp_path / "study.doubleread") as opened:
        unblind(opened, "lead", "these tests look at the names")
        yield opened


def exported(study, out, tokenizer=None, **filters):
    done = export_study(
        study,
        "token-labels",
        out,
        selection=Selection(**filters),
        options=ExportOptions(tokenizer),
        attestation=ATTESTED,
    )
    lines = (out / "token-labels.jsonl").read_text(encoding="utf-8").split("\n")
    return done, [json.loads(line) for line in lines if line]


def mark(start, end, category="fabrication", severity="minor"):
    return {"start": start, "end": end, "category": category, "severity": severity}


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Give 38.5 mg, not 1,000.", ["Give", "38.5", "mg", ",", "not", "1,000", "."]),
        ("500mg CA125\r\n\t(rub)", ["500", "mg", "CA125", "(", "rub", ")"]),
        (
            "nai\u0308ve \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea",
            ["nai\u0308ve", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1e9\U0001f1ea"],
        ),
        ("می\u200cخواهم 発熱", ["می\u200cخواهم", "発熱"]),
        ("\x00a\u2028b", ["\x00", "a", "b"]),
        ("", []),
    ],
)
def test_words(text, tokens):
    found = word_tokens(text)
    assert list(found.texts) == tokens
    assert [text[start:end] for start, end in zip(found.starts, found.ends, strict=True)] == tokens


def test_a_token_belongs_to_the_most_severe_annotation_then_to_the_first(tokenizers):
    tokens = word_tokens("a b c d e f g")
    nested = [mark(0, 9, "causality", "minor"), mark(4, 7, "negation", "major"), mark(8, 13, "contextual", "minor")]
    found = label_tokens(tokens, nested, SEVERITIES)
    assert found.labels == (
        "B-causality", "I-causality", "B-negation", "I-negation", "B-causality", "B-contextual", "I-contextual"
    )  # fmt: skip
    assert found.severities == ("minor", "minor", "major", "major", "minor", "minor", "minor")
    assert (found.overlapping, found.cut_tokens, found.without_token) == (2, 0, 0)


def test_cut_tokens_are_labelled_and_counted():
    found = label_tokens(word_tokens("fever and cough"), [mark(2, 8), mark(9, 10)], SEVERITIES)
    assert found.labels == ("B-fabrication", "I-fabrication", "O")
    assert (found.cut_tokens, found.without_token) == (2, 1)


@given(data=st.data())
def test_spans_come_back_from_labels_up_to_the_borders_of_tokens(tokenizers, data):
    text = data.draw(texts)
    borders = st.integers(0, max(len(text) - 1, 0))
    marks = []
    for start, length, category, severity in data.draw(
        st.lists(st.tuples(borders, st.integers(1, 9), st.sampled_from("xy"), st.sampled_from(SEVERITIES)), max_size=4)
    ):
        if start < len(text):
            marks.append(mark(start, min(start + length, len(text)), category, severity))
    for cut_up in tokenizers:
        tokens = cut_up(text)
        ranges = list(zip(tokens.starts, tokens.ends, strict=True))
        assert ranges == sorted(ranges)
        assert all(0 <= start <= end <= len(text) for start, end in ranges)
        held = [[one for one in marks if _touch(one, *place)] for place in ranges]
        found = label_tokens(tokens, marks, SEVERITIES)
        for labelled, severity, candidates in zip(found.labels, found.severities, held, strict=True):
            best = max((SEVERITIES.index(one["severity"]) for one in candidates), default=None)
            assert severity == (None if best is None else SEVERITIES[best])
            assert labelled[2:] in {one["category"] for one in candidates if one["severity"] == severity} | (
                set() if candidates else {""}
            )
        if any(len(one) > 1 for one in held):
            assert found.overlapping
            continue
        row = {"labels": found.labels, "starts": tokens.starts, "ends": tokens.ends}
        expected = []
        for one in sorted(marks, key=lambda one: one["start"]):
            touched = [place for place in ranges if _touch(one, *place)]
            if touched:
                expected.append([touched[0][0], touched[-1][1], one["category"]])
        assert spans(row) == expected
        assert (found.overlapping, found.without_token) == (0, len(marks) - len(expected))


def _touch(one, start, end):
    if start == end:
        return one["start"] < start < one["end"]
    return max(start, one["start"]) < min(end, one["end"])


@given(text=texts)
def test_words_cover_everything_but_white_space(text):
    found = word_tokens(text)
    covered = set()
    for token, start, end in zip(found.texts, found.starts, found.ends, strict=True):
        assert text[start:end] == token
        assert not covered & set(range(start, end))
        covered |= set(range(start, end))
    assert all(char.isspace() for place, char in enumerate(text) if place not in covered)


def test_offsets_are_those_of_the_text_before_normalisation(files):
    text = "A CAF\u00c9, A CAF\u00c9, A CAF\u00c9, nai\u0308ve \U0001f9e0\u00b0C"
    found = tokenizer_named(str(files.pieces)).tokens(text)
    assert "".join(text[start:end] for start, end in zip(found.starts, found.ends, strict=True)).startswith(
        "ACAF\u00c9,ACAF"
    )
    assert len(found.texts) > 8, "truncation of the file does not apply"
    assert "[PAD]" not in found.texts
    assert all(isinstance(one, int) for one in found.ids)


def test_white_space_is_no_part_of_a_token(files):
    found = tokenizer_named(str(files.pairs)).tokens("No fever")
    assert found.starts[0] == 0
    words = ["No fever"[start:end] for start, end in zip(found.starts, found.ends, strict=True)]
    assert "".join(words) == "Nofever"


def test_each_reader_labels_each_answer(study, tmp_path):
    done, rows = exported(study, tmp_path / "out")
    assert done.rows == {"labelled_answers": 4}
    assert all(list(row) == list(LABELLED_ANSWERS) for row in rows)
    by = {(row["reader_id"], row["arm_name"]): row for row in rows}
    one = by[READERS[0], "Occultus-9B"]
    assert [OCCULTUS[start:end] for start, end, _ in spans(one)] == ["angina pectoris", "aspirin 500 mg"]
    assert set(one["labels"]) == {"O", "B-fabrication", "I-fabrication"}
    assert [severity for severity in one["severities"] if severity] == ["major"] * 5
    assert (one["omissions"], one["source"], one["tokenizer"]) == (1, "reader", "words-1")
    assert set(by[READERS[0], "Secretius-7B"]["labels"]) == {"O"}
    other = spans(by[READERS[1], "Occultus-9B"])
    assert [(OCCULTUS[start:end], category) for start, end, category in other] == [
        ("angina pectoris", "fabrication"),
        ("start aspirin", "negation"),
    ]
    labels = json.loads((tmp_path / "out" / "labels.json").read_text(encoding="utf-8"))
    assert labels[:3] == ["O", "B-fabrication", "I-fabrication"]
    assert {label for row in rows for label in row["labels"]} <= set(labels)
    assert "1 omission has no token in the answer" in done.left_out


def test_adjudicated_annotations_replace_those_of_the_readers(study, tmp_path):
    session = AdjudicationSession(study, ADJUDICATOR)
    for difference in session.differences:
        reject = difference.subject in ("annotation", "omission")
        session.decide(difference.id, Decision(how="reject") if reject else Decision(how="take", reader=0))
    session.commit()
    done, rows = exported(study, tmp_path / "out")
    assert [(row["source"], row["reader_id"]) for row in rows] == [("adjudicated", ADJUDICATOR)] * 2
    assert [[OCCULTUS[start:end] for start, end, _ in spans(row)] for row in rows] == [[], ["angina pectoris"]]
    assert "2 readings are replaced by the adjudicated annotations" in done.left_out
    _, rows = exported(study, tmp_path / "by-reader", readers=frozenset({READERS[0]}))
    assert [row["reader_id"] for row in rows] == [READERS[0]] * 2


def test_readings_that_say_nothing_of_an_answer_are_left_out(study, tmp_path):
    session = ReadingSession(study, READERS[0])
    session.goto("case-1")
    session.judge(outside_field=True)
    session.commit()
    session.goto("case-2")
    session.mark("A", "answer", Span(0, 4), "fabrication", "minor")
    session.leave()
    done, rows = exported(study, tmp_path / "out")
    assert {row["case_id"] for row in rows} == {"case-0"}
    assert "1 reading was declined as outside the reader's field" in done.left_out
    assert any("open reading" in words for words in done.left_out)


def test_a_file_of_a_model_labels_the_same_words(study, files, tmp_path):
    _, rows = exported(study, tmp_path / "out", str(files.pairs))
    (row,) = [row for row in rows if row["labels"] != ["O"] * len(row["labels"]) and row["reader_id"] == READERS[0]]
    assert [OCCULTUS[start:end] for start, end, _ in spans(row)] == ["angina pectoris", "aspirin 500 mg"]
    assert row["tokenizer"].startswith("pairs.json sha256:")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["options"] == {"tokenizer": "pairs.json"}


def test_a_tokenizer_that_cannot_be_had_leaves_no_folder(study, tmp_path, monkeypatch):
    (tmp_path / "bad.json").write_text("{}", encoding="utf-8")
    for name, words in (("bert", "no tokenizer bert"), (str(tmp_path / "bad.json"), "not a tokenizer.json")):
        with pytest.raises(InputRefusedError, match=words):
            exported(study, tmp_path / "out", name)
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(InputRefusedError, match=r"doubleread\[tokenizers\]"):
        exported(study, tmp_path / "out", str(tmp_path / "bad.json"))
    assert not (tmp_path / "out").exists()


def test_only_token_labels_take_a_tokenizer(study, tmp_path):
    with pytest.raises(
        InputRefusedError, match="has no tokenizer; leave out --tokenizer, or use --format token-labels"
    ):
        export_study(study, "jsonl", tmp_path / "out", options=ExportOptions("words"))


def test_offsets_that_do_not_fit_are_refused(files, monkeypatch):
    class Astray:
        def encode(self, text, add_special_tokens):
            return SimpleNamespace(offsets=[(0, 2), (1, 99)], tokens=["a", "b"], ids=[0, 1])

        no_padding = no_truncation = lambda self: None

    monkeypatch.setattr(Tokenizer, "from_file", lambda path: Astray(), raising=False)
    with pytest.raises(InputRefusedError, match="do not fit the text"):
        tokenizer_named(str(files.pairs)).tokens("abc")


def test_a_text_of_a_megabyte(tokenizers):
    text = ("fever, " + "x" * 93) * 10_500
    tokens = tokenizers[0](text)
    found = label_tokens(tokens, [mark(100 * n, 100 * n + 5) for n in range(0, 10_500, 7)], SEVERITIES)
    assert len(spans({"labels": found.labels, "starts": tokens.starts, "ends": tokens.ends})) == len(
        range(0, 10_500, 7)
    )
    assert isinstance(tokens, Tokens)
