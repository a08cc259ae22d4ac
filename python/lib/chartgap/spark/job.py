"""The job: notes in files to the tables of ``chartgap audit``, whatever is killed on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chartgap import _native

from . import source
from .frame import mapper, row_schema, tables

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

TABLES = ("notes", "verdicts", "mentions")
#: Says that the tables in a directory are of this job and may be replaced by it.
MARK = "_chartgap/job.json"
STAGED = "_chartgap/rows"


class SparkAuditError(ValueError):
    """An input or output that does not fit."""


@dataclass(frozen=True)
class Job:
    """What to read, what to write, and how."""

    input: str
    output: str
    #: ``auto``, ``parquet`` or ``json`` (one object a line).
    format: str = "auto"
    columns: Mapping[str, str] = field(default_factory=dict)
    mentions: bool = False
    text: bool = False
    #: Most notes in one batch between Spark and Python; long notes make batches smaller.
    batch: int = 500
    #: Deals the notes out to so many tasks anew, where files are few or of very different size. Shuffles the notes.
    repartition: int | None = None
    #: Arguments of the checker. Files that they name must be on every worker.
    checker: Mapping[str, Any] = field(default_factory=dict)


def audit(spark: SparkSession, job: Job) -> None:
    """Checks all notes and writes the tables as Parquet, replacing those of an earlier run.

    The rows of all tables are computed once, into ``_chartgap/rows``, and dealt out to the tables from there; ``notes``
    is written last. Tasks may be killed, retried and run twice at any point, and the whole may be run again: the result
    is the same.
    """
    fs = Files(spark)
    mark = f"{job.output}/{MARK}"
    if not fs.exists(mark):
        for name in TABLES:
            if fs.exists(f"{job.output}/{name}"):
                raise SparkAuditError(f"{job.output}/{name} is there and not of this job; name another output")
    with _settings(spark, job):
        rows = _rows(spark, job)
        fs.write(mark, json.dumps({"schema": "chartgap.spark/1", "version": _native.__version__}) + "\n")
        # what an earlier run completed must not pass for this one's
        for name in TABLES:
            fs.remove(f"{job.output}/{name}/_SUCCESS")
        staged = f"{job.output}/{STAGED}"
        # read twice and gone: little is gained by making it small
        _write(rows, staged, "snappy")
        found = tables(spark.read.schema(row_schema(job.mentions)).parquet(staged))
        for name in reversed(TABLES):
            if name in found:
                _write(found[name], f"{job.output}/{name}")
            else:
                fs.remove(f"{job.output}/{name}")
        fs.remove(staged)


def _rows(spark: SparkSession, job: Job) -> DataFrame:
    options: dict[str, Any] = {
        "source": job.input,
        "mentions": job.mentions,
        "text": job.text,
        **job.checker,
    }
    schema = row_schema(job.mentions)
    if _format(spark, job) == "parquet":
        wanted = _columns(spark.read.option("recursiveFileLookup", "true").parquet(job.input).columns, job.columns)
        notes = source.parquet(spark, job.input, wanted)
        if job.repartition:
            notes = notes.repartition(job.repartition)
        return notes.mapInArrow(mapper(rows="placed", prepare=_plain, columns=job.columns, **options), schema)
    lines, number = source.lines(spark, job.input)
    if job.repartition:
        numbered = lines.mapInArrow(number, source.number_schema()).repartition(job.repartition)
        return numbered.mapInArrow(mapper(rows="lines", prepare=_plain, **options), schema)
    return lines.mapInArrow(mapper(rows="lines", prepare=number, **options), schema)


def _plain(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Spark may send the columns of this job as large strings."""
    import pyarrow as pa

    plain = {source.FILE: pa.string(), source.LINE: pa.binary()}
    for batch in batches:
        names = batch.schema.names
        arrays = [
            column.cast(plain[name]) if name in plain else column for name, column in zip(names, batch.columns)
        ]
        yield pa.record_batch(arrays, names=names)


def _columns(there: list[str], named: Mapping[str, str]) -> list[str]:
    """The columns that the core asks for, so that no other is read."""
    wanted = _native.note_columns(there, dict(named))
    if clash := [name for name in wanted if name.startswith("chartgap_")]:
        raise SparkAuditError(f"columns that begin with chartgap_ are taken: {', '.join(clash)}")
    return wanted


def _format(spark: SparkSession, job: Job) -> str:
    if job.format != "auto":
        return job.format
    endings = {
        "parquet": (".parquet",),
        "json": (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz"),
    }
    names = [job.input]
    if not any(job.input.endswith(ending) for ending in (*endings["parquet"], *endings["json"])):
        names = spark.read.option("recursiveFileLookup", "true").text(job.input).inputFiles()
    for kind, known in endings.items():
        if names and all(name.endswith(known) for name in names):
            return kind
    raise SparkAuditError("the input is not all Parquet and not all JSON by its names; say which with --format")


def _write(frame: DataFrame, path: str, compression: str = "zstd") -> None:
    frame.write.mode("overwrite").option("compression", compression).parquet(path)


@contextmanager
def _settings(spark: SparkSession, job: Job) -> Iterator[None]:
    """What the job needs of the session, and back again."""
    wanted = {
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(job.batch),
        # since Spark 4: the first of both limits counts
        "spark.sql.execution.arrow.maxBytesPerBatch": str(64 << 20),
        # an executor that is lost between the passes must not change the splits
        "spark.sql.files.minPartitionNum": str(spark.sparkContext.defaultParallelism),
        "spark.sql.files.ignoreCorruptFiles": "false",
        "spark.sql.files.ignoreMissingFiles": "false",
    }
    before = {name: spark.conf.get(name, None) for name in wanted}
    if before["spark.sql.files.minPartitionNum"] is not None:
        del wanted["spark.sql.files.minPartitionNum"]
    try:
        for name, value in wanted.items():
            spark.conf.set(name, value)
        yield
    finally:
        for name in wanted:
            value = before[name]
            if value is None:
                spark.conf.unset(name)
            else:
                spark.conf.set(name, value)


class Files:
    """The file system of the output, by Spark's own libraries."""

    def __init__(self, spark: SparkSession) -> None:
        self._jvm: Any = spark._jvm
        self._conf: Any = spark._jsc.hadoopConfiguration()

    def _at(self, path: str) -> tuple[Any, Any]:
        place = self._jvm.org.apache.hadoop.fs.Path(path)
        return place.getFileSystem(self._conf), place

    def exists(self, path: str) -> bool:
        fs, place = self._at(path)
        return bool(fs.exists(place))

    def remove(self, path: str) -> None:
        fs, place = self._at(path)
        fs.delete(place, True)

    def write(self, path: str, text: str) -> None:
        fs, place = self._at(path)
        out = fs.create(place, True)
        try:
            out.write(bytearray(text.encode()))
        finally:
            out.close()
