"""Batches of other programs in, rows of an audit out."""

import json

import pytest
from conftest import NOTE, run

import chartgap
from chartgap.checker import columns

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def rows_of(audit, name):
    return pa.concat_tables(pq.read_table(p) for p in sorted((audit / name).glob("*.parquet"))).to_pylist()


@pytest.mark.parametrize("text", [False, True])
def test_rows_are_those_of_an_audit(checker, corpus, command, tmp_path, text):
    notes = [{"id": n["id"], "text": n["text"], "codes": ["M53.86"], "procedures": ["64493"]} for n in corpus]
    notes[3] = {"id": "bad", "text": " ", "codes": [], "procedures": []}
    table = pa.Table.from_pylist(notes)
    file = tmp_path / "notes.parquet"
    pq.write_table(table, file)
    flags = ["--mentions", *(["--text"] if text else [])]
    assert run(command, "audit", file, "--out", tmp_path / "audit", "--quiet", *flags).returncode == 2

    rows = checker.check_batch(table, source=str(file), mentions=True, text=text).to_pylist()
    lists = [(row.pop("verdicts"), row.pop("mentions")) for row in rows]
    expected = rows_of(tmp_path / "audit", "notes")
    for row, other in zip(rows, expected):
        # data in memory have no format; a file of rows has no lines but where one is wrong
        assert row.pop("source_format") is None and other.pop("source_format") in ("parquet", None)
    assert rows == expected
    for at, name in enumerate(["verdicts", "mentions"]):
        found = [
            {"note": row["ordinal"], "id": row["id"], **item}
            for row, items in zip(rows, lists)
            for item in items[at]
        ]
        assert found == rows_of(tmp_path / "audit", name)


def test_schemas_are_those_that_are_told(checker):
    notes = pa.table({"text": [NOTE]})
    for mentions in (False, True):
        rows = checker.check_batch(notes, mentions=mentions)
        assert rows.schema == columns(mentions)
        assert rows.schema.field("id").type == pa.string()
    assert "mentions" not in columns(False).names


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), "string_view", pa.binary(), pa.dictionary(pa.int32(), pa.string())]
)
def test_strings_of_every_layout(checker, kind):
    if kind == "string_view":
        if not hasattr(pa, "string_view"):
            pytest.skip("this pyarrow has no string views")
        kind = pa.string_view()
        array = pa.array([NOTE, None, "Low back pain."], kind)
    else:
        array = pa.array([NOTE, None, "Low back pain."], pa.string()).cast(kind)
    got = checker.check_batch(pa.table({"text": array}), mentions=True)
    plain = checker.check_batch(pa.table({"text": [NOTE, None, "Low back pain."]}), mentions=True)
    assert got.equals(plain)


def test_batch_table_and_reader(checker):
    table = pa.table({"text": pa.chunked_array([[NOTE], ["Low back pain.", ""], []])})
    batch = table.combine_chunks().to_batches()[0]
    expected = checker.check_batch(batch)
    assert expected.column("ordinal").to_pylist() == [0, 1, 2]
    for data in (table, table.to_reader(), batch.slice(0)):
        assert checker.check_batch(data).equals(expected)
    assert checker.check_batch(batch.slice(1, 2), first=1).equals(expected.slice(1))
    streamed = checker.check_batches(table.to_reader()).read_all()
    assert streamed.combine_chunks().to_batches()[0].equals(expected)
    assert checker.check_batch(batch.slice(0, 0)).num_rows == 0


def test_offsets_count_code_points(checker):
    note = "Größe. " + NOTE
    [row] = checker.check_batch(pa.table({"text": [note]}), mentions=True, text=True).to_pylist()
    assert row["mentions"]
    assert all(note[m["start"] : m["end"]] == m["text"] for m in row["mentions"])
    spans = [(s, t) for v in row["verdicts"] for s, t in zip(v["evidence"], v["evidence_text"])]
    assert spans and all(note[s["start"] : s["end"]] == t for s, t in spans)


def test_words_come_only_where_they_are_asked_for(checker):
    rows = checker.check_batch(pa.table({"text": [NOTE]}), mentions=True)
    shown = json.dumps(rows.to_pylist(), default=str).lower()
    assert "facet arthropathy" not in shown and "müller" not in shown and "without relief" not in shown


def test_bad_notes_are_rows(checker, capfd):
    notes = [NOTE, None, " ", "zebra\0", "zebra " * (chartgap.MAX_NOTE_BYTES // 6 + 1)]
    rows = checker.check_batch(pa.table({"id": list("abcde"), "text": notes}))
    assert rows.column("error").to_pylist() == [None, "empty", "empty", "nul-byte", "too-large"]
    assert rows.column("id").to_pylist() == list("abcde")
    assert rows.column("outcome").null_count == 4
    out = capfd.readouterr()
    assert "zebra" not in str(rows.column("error_message").to_pylist()) + out.out + out.err


def test_strings_that_are_no_utf_8_are_rows(checker):
    # the C Data Interface takes the type at its word
    raw = pa.array([b"Low back pain, z\xe9bra.", b"Low back pain."], pa.binary())
    text = pa.StringArray.from_buffers(2, raw.buffers()[1], raw.buffers()[2])
    rows = checker.check_batch(pa.table({"text": text})).to_pylist()
    assert [row["error"] for row in rows] == ["invalid-utf8", None]


def test_columns_are_found_by_name_or_named(checker):
    table = pa.table({"note_id": [7], "NOTE_TEXT": [NOTE], "remark": ["Low back pain."]})
    assert checker.check_batch(table).column("id").to_pylist() == ["7"]
    assert checker.check_batch(table, columns={"text": "remark"}).column("bytes").to_pylist() == [14]
    with pytest.raises(ValueError, match="no column for --text-column; there are: remark"):
        checker.check_batch(table.select(["remark"]))
    with pytest.raises(ValueError, match="procedures"):
        checker.check_batch(table, columns={"txt": "remark"})
    with pytest.raises(TypeError):
        checker.check_batch([NOTE])


def test_a_source_that_fails_is_told_without_what_it_says(checker):
    def batches():
        yield pa.RecordBatch.from_pydict({"text": [NOTE]})
        raise RuntimeError("zebra")

    reader = pa.RecordBatchReader.from_batches(pa.schema({"text": pa.string()}), batches())
    with pytest.raises(ValueError) as error:
        checker.check_batch(reader)
    assert "zebra" not in str(error.value)
