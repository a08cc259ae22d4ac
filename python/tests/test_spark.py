"""The job on a cluster of two executors, against ``chartgap audit`` on the same notes."""

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import NOTE, run

pytest.importorskip("pyspark")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
pytestmark = pytest.mark.spark

#: Stands in every note that must not be quoted anywhere.
CANARY = "zyzzyva"
CLUSTER = ["--master", "local-cluster[2,1,1024]"]
TABLES = ("notes", "verdicts", "mentions")


@pytest.fixture(autouse=True)
def quiet_place(tmp_path, monkeypatch):
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    monkeypatch.setenv("SPARK_WORKER_DIR", str(tmp_path / "work"))
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.delenv("SPARK_HOME", raising=False)


def notes_of(corpus, count):
    """Notes that differ, with what comes beside them; some are no notes."""
    notes = []
    for at in range(count):
        note = corpus[at % len(corpus)]
        notes.append(
            {
                "id": f"n{at}" if at % 11 else None,
                "text": f"{note['text']}\n{CANARY} visit {at}.",
                "date": "2026-02-11" if at % 3 else None,
                "codes": ["M53.86", "M54.50"][: at % 3] or None,
                "procedures": ["64493"] if at % 7 == 0 else None,
                "author_role": "PT" if at % 2 else None,
            }
        )
    for at, text in [(5, ""), (17, f"{CANARY}\0"), (29, " \n"), (31, CANARY + " Back pain. " * 20_000)]:
        notes[at]["text"] = text
    return notes


def write_parquet(folder: Path, notes, sizes):
    schema = pa.schema(
        {
            "id": pa.string(),
            "text": pa.string(),
            "date": pa.string(),
            "codes": pa.list_(pa.string()),
            "procedures": pa.list_(pa.string()),
            "author_role": pa.string(),
        }
    )
    # names whose order by bytes is not the one by numbers, and directories among files
    names = [f"{'b/' if at % 5 == 4 else ''}part {at}.parquet" for at in range(len(sizes))]
    (folder / "b").mkdir(parents=True)
    notes = iter(notes)
    for name, size in zip(names, sizes):
        rows = [next(notes) for _ in range(size)]
        pq.write_table(pa.Table.from_pylist(rows, schema), folder / name, row_group_size=50)
    assert next(notes, None) is None


def audit(command, notes, out, *flags):
    done = run(command, "audit", notes, "--out", out, "--quiet", *flags)
    assert done.returncode in (0, 1, 2), done.stderr
    return {name: table(out / name) for name in TABLES if (out / name).is_dir()}


def table(folder: Path):
    """The rows by note; those of a note in the order in which they are written."""
    rows = pa.concat_tables(pq.read_table(p) for p in sorted(folder.glob("*.parquet"))).to_pylist()
    return sorted(rows, key=lambda row: row.get("ordinal", row.get("note")))


def tables(out: Path):
    return {name: table(out / name) for name in TABLES if (out / name).is_dir()}


def spark_job(*args):
    return run(sys.executable, "-m", "chartgap.spark", *args)


def same(got, expected):
    assert list(got) == list(expected)
    for name, rows in expected.items():
        assert len(got[name]) == len(rows), name
        for ours, theirs in zip(got[name], rows):
            assert ours == theirs, name


def nothing_told(done, folder: Path):
    seen = done.stdout + done.stderr
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".jar":
            seen += path.read_bytes().decode("latin-1")
    assert CANARY not in seen


def test_parquet_is_the_audit_and_again(corpus, command, tmp_path):
    notes = tmp_path / "in put"
    # skewed: one file has most of the notes
    write_parquet(notes, notes_of(corpus, 420), [300, 20, 1, 40, 30, 3, 5, 7, 4, 5, 5])
    expected = audit(command, notes, tmp_path / "audit", "--mentions")
    errors = [row["error"] for row in expected["notes"] if row["error"]]
    assert sorted(errors) == ["empty", "empty", "nul-byte"]

    out = tmp_path / "out"
    done = spark_job(*CLUSTER, "--mentions", notes, out)
    assert done.returncode == 0, done.stderr[-3000:]
    same(tables(out), expected)
    nothing_told(done, tmp_path / "work")
    assert not (out / "_chartgap" / "rows").exists() and (out / "notes" / "_SUCCESS").exists()
    assert (out / "notes").stat().st_mode & 0o077 == 0

    # the same again replaces; dealt out anew and in small batches it is the same; what is not asked for goes
    flags = ["--repartition", "5", "--batch", "7", "--text"]
    done = spark_job("--master", "local[2]", *flags, notes, out)
    assert done.returncode == 0, done.stderr[-3000:]
    expected = audit(command, notes, tmp_path / "audit2", "--text")
    same(tables(out), expected)


def test_json_lines_are_the_audit(corpus, command, tmp_path):
    notes = tmp_path / "in"
    notes.mkdir()
    chance = random.Random(7)
    lines = []
    for note in notes_of(corpus, 300):
        line = {k: v for k, v in note.items() if v is not None}
        lines.append(json.dumps(line, ensure_ascii=chance.random() < 0.5).encode())
        if chance.random() < 0.1:
            bad = [b"", b"  \r", b'{"id":"x"}', b'{"text":"' + CANARY.encode(), b'{"id":"y","text":"z\xe9"}', b"[]"]
            lines.append(chance.choice(bad))
    (notes / "a.jsonl").write_bytes(b"\n".join(lines[:250]))
    (notes / "b.jsonl").write_bytes(b"\r\n".join(lines[250:280]) + b"\r\n")
    with gzip.open(notes / "c.jsonl.gz", "wb") as packed:
        packed.write(b"\n".join(lines[280:]) + b"\n")
    expected = audit(command, notes, tmp_path / "audit", "--mentions")

    out = tmp_path / "out"
    small = ["--conf", "spark.sql.files.maxPartitionBytes=60000", "--conf", "spark.sql.files.openCostInBytes=0"]
    done = spark_job(*CLUSTER, *small, "--mentions", notes, out)
    assert done.returncode == 0, done.stderr[-3000:]
    got = tables(out)
    assert len(list((out / "notes").glob("*.parquet"))) > 1
    same(got, expected)
    nothing_told(done, tmp_path / "work")

    done = spark_job("--master", "local[2]", *small, "--repartition", "4", "--batch", "9", "--mentions", notes, out)
    assert done.returncode == 0, done.stderr[-3000:]
    same(tables(out), expected)


def executors(driver: int) -> list[int]:
    """Processes of executors below the driver."""
    parents, found = {}, []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                parents[int(entry.name)] = int(words[1])
                if b"CoarseGrainedExecutorBackend" in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue

    def below(pid):
        while pid > 1:
            if pid == driver:
                return True
            pid = parents.get(pid, 0)
        return False

    return [pid for pid in found if below(pid)]


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")
def test_an_executor_that_is_killed_changes_nothing(corpus, command, tmp_path):
    notes = tmp_path / "in"
    write_parquet(notes, notes_of(corpus, 4800), [200] * 24)
    expected = audit(command, notes, tmp_path / "audit")
    out = tmp_path / "out"
    many = ["--conf", "spark.sql.files.minPartitionNum=24"]
    job = [sys.executable, "-m", "chartgap.spark", *CLUSTER, *many, str(notes), str(out)]
    with open(tmp_path / "log", "wb") as log, subprocess.Popen(job, stdout=log, stderr=log) as driver:
        done = out / "_chartgap" / "rows" / "_temporary" / "0"
        while driver.poll() is None and not list(done.glob("task_*")):
            time.sleep(0.02)
        [victim, *_] = executors(driver.pid)
        os.kill(victim, signal.SIGKILL)
        assert (done.is_dir() or not (out / "verdicts").exists()), "the job was over before the kill"
        assert driver.wait(300) == 0
    log = (tmp_path / "log").read_text()
    assert "Lost executor" in log and CANARY not in log
    same(tables(out), expected)


def test_the_output_of_others_stays(tmp_path):
    pq.write_table(pa.table({"text": [NOTE]}), tmp_path / "notes.parquet")
    (tmp_path / "out" / "notes").mkdir(parents=True)
    done = spark_job("--master", "local[1]", tmp_path / "notes.parquet", tmp_path / "out")
    assert done.returncode == 2 and "not of this job" in done.stderr
    assert list((tmp_path / "out" / "notes").iterdir()) == []


@pytest.fixture(scope="module")
def session():
    from pyspark.sql import SparkSession

    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    yield spark
    spark.stop()


def test_a_data_frame_keeps_its_columns(session, checker, corpus):
    from chartgap.spark import check, tables

    frame = session.createDataFrame([(at, n["id"], n["text"]) for at, n in enumerate(corpus)], "visit long, id string, text string")
    rows = check(frame.repartition(5), keep=["visit"], mentions=True)
    assert rows.columns[0] == "visit"
    got = {row["visit"]: (row["id"], row["outcome"], row["score"]) for row in rows.collect()}
    reports = {at: checker.check(n["text"], id=n["id"]) for at, n in enumerate(corpus)}
    assert got == {at: (r.id, r.outcome, r.score) for at, r in reports.items()}
    found = tables(rows)
    assert found["verdicts"].count() == sum(len(r.elements) for r in reports.values())
    assert "verdicts" not in found["notes"].columns
    with pytest.raises(ValueError, match="score"):
        check(frame.withColumn("score", frame.visit), keep=["score"])


def test_large_strings_are_read(session, checker):
    from chartgap.spark import check

    session.conf.set("spark.sql.execution.arrow.useLargeVarTypes", "true")
    try:
        frame = session.createDataFrame([("a", NOTE), ("b", None)], "id string, text string")
        got = {row["id"]: (row["outcome"], row["error"]) for row in check(frame).collect()}
    finally:
        session.conf.unset("spark.sql.execution.arrow.useLargeVarTypes")
    assert got == {"a": (checker.check(NOTE).outcome, None), "b": (None, "empty")}


def test_long_notes_make_batches_smaller():
    from chartgap.spark.frame import MAX_BATCH_BYTES, _parts

    batch = pa.RecordBatch.from_pydict({"text": ["x" * (MAX_BATCH_BYTES // 3)] * 7})
    parts = list(_parts(batch))
    assert sum(p.num_rows for p in parts) == 7 and all(p.nbytes <= MAX_BATCH_BYTES for p in parts)
    assert [p.num_rows for p in _parts(pa.RecordBatch.from_pydict({"text": ["x" * (2 * MAX_BATCH_BYTES)]}))] == [1]
