"""Files of notes as DataFrames in which every note knows its file, its row and its number among all notes.

The numbers are those that ``chartgap audit`` gives the same files: files in the order of their paths, rows in the order of
the file. A first pass counts rows by file, or lines by split; no note is moved for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

ORDINAL, FILE, ROW = "chartgap_ordinal", "chartgap_file", "chartgap_row"
LINE, OFFSET = "chartgap_line", "chartgap_offset"
_PATH, _BLOCK, _KEY, _BLANK = "chartgap_path", "chartgap_block", "chartgap_key", "chartgap_blank"

#: What Rust takes for white space of ASCII.
_INK = r"[^ \t\n\f\r]"


def file_name(uri: str) -> str:
    """What the rows call a file: its path where it is a local one.

    >>> file_name("file:///notes/a%20b.parquet"), file_name("s3a://bucket/a.parquet")
    ('/notes/a b.parquet', 's3a://bucket/a.parquet')
    """
    parts = urlsplit(uri)
    return unquote(parts.path) if parts.scheme == "file" else uri


def by_path(uri: str) -> list[bytes]:
    """Sorts files as a walk through directories meets them.

    >>> sorted(["/a/b.json", "/a-b/c.json", "/a/B.json"], key=by_path)
    ['/a/B.json', '/a/b.json', '/a-b/c.json']
    """
    return [part.encode("utf-8", "surrogatepass") for part in file_name(uri).split("/")]


def parquet(spark: SparkSession, path: str, columns: list[str]) -> DataFrame:
    """The rows of Parquet files, numbered; of their columns those that may be needed."""
    from pyspark.sql import functions as F

    table = spark.read.option("recursiveFileLookup", "true").parquet(path)
    place = [F.col("_metadata.file_path").alias(_PATH), (F.col("_metadata.row_index") + 1).alias(ROW)]
    counts = table.select(*place).groupBy(_PATH).agg(F.max(ROW).alias("rows")).collect()
    counted = sorted(((r[_PATH], r["rows"]) for r in counts), key=lambda c: by_path(c[0]))
    places, first = [], 0
    for uri, rows in counted:
        places.append((uri, file_name(uri), first))
        first += rows
    small = spark.createDataFrame(places, f"{_PATH} string, {FILE} string, first long")
    notes = table.select(*[F.col(f"`{name}`") for name in columns], *place)
    placed = notes.join(F.broadcast(small), _PATH, "left")
    return placed.withColumn(ORDINAL, F.col("first") + F.col(ROW) - 1).drop(_PATH, "first")


def lines(spark: SparkSession, path: str) -> tuple[DataFrame, Callable[..., Any]]:
    """The lines of JSON files, and the function that numbers those of a partition."""
    from pyspark.sql import functions as F

    text = spark.read.option("recursiveFileLookup", "true").text(path, lineSep="\n").select(
        F.col("value").cast("binary").alias(LINE),
        (~F.col("value").rlike(_INK)).alias(_BLANK),
        F.col("_metadata.file_path").alias(_PATH),
        F.col("_metadata.file_block_start").alias(_BLOCK),
    )
    counts = (
        text.groupBy(_PATH, _BLOCK)
        .agg(
            F.count("*").alias("lines"),
            F.sum((~F.col(_BLANK)).cast("long")).alias("notes"),
            F.sum(F.length(LINE) + 1).alias("bytes"),
        )
        .collect()
    )
    counted = sorted(counts, key=lambda r: (by_path(r[_PATH]), r[_BLOCK]))
    places: list[tuple[Any, ...]] = []
    notes = line = offset = 0
    for key, row in enumerate(counted):
        if key == 0 or counted[key - 1][_PATH] != row[_PATH]:
            line = offset = 0
        place = (row[_PATH], row[_BLOCK], key, file_name(row[_PATH]), notes, line, offset)
        places.append(place)
        notes, line, offset = notes + row["notes"], line + row["lines"], offset + row["bytes"]
    schema = f"{_PATH} string, {_BLOCK} long, {_KEY} long, {FILE} string, {ORDINAL} long, {ROW} long, {OFFSET} long"
    small = spark.createDataFrame(places, schema)
    return text.join(F.broadcast(small), [_PATH, _BLOCK], "left").drop(_PATH, _BLOCK), number


def number_schema() -> str:
    """What :func:`number` makes of lines."""
    return f"{LINE} binary, {FILE} string, {ORDINAL} long, {ROW} long, {OFFSET} long"


def number(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Numbers the lines of a partition from where each of its splits begins, and leaves blank ones out.

    A split lies in one partition, in one piece.
    """
    import numpy as np
    import pyarrow as pa

    at, notes, lines, offset = -1, 0, 0, 0
    for batch in batches:
        column = {name: batch.column(i) for i, name in enumerate(batch.schema.names)}
        if column[_KEY].null_count:
            raise ValueError("the files have changed while they were read: there is a split that was not counted")
        key = column[_KEY].to_numpy()
        ink = ~column[_BLANK].to_numpy(zero_copy_only=False)
        line = column[LINE].cast(pa.binary())
        size = np.diff(np.frombuffer(line.buffers()[1], np.int32, len(line) + 1, 4 * line.offset)) + 1
        starts = {name: column[name].to_numpy() for name in (ORDINAL, ROW, OFFSET)}
        out = {name: np.empty(len(key), np.int64) for name in starts}
        cuts = [0, *(np.flatnonzero(np.diff(key)) + 1), len(key)] if len(key) else [0]
        for begin, end in zip(cuts, cuts[1:]):
            if key[begin] != at:
                at = key[begin]
                notes, lines, offset = (int(starts[name][begin]) for name in (ORDINAL, ROW, OFFSET))
            part = slice(begin, end)
            before = np.cumsum(ink[part]) - ink[part]
            out[ORDINAL][part] = notes + before
            out[ROW][part] = lines + 1 + np.arange(end - begin)
            out[OFFSET][part] = offset + np.cumsum(size[part]) - size[part]
            notes += int(ink[part].sum())
            lines += int(end - begin)
            offset += int(size[part].sum())
        numbered = pa.record_batch(
            [line, column[FILE].cast(pa.string()), *(pa.array(out[name]) for name in (ORDINAL, ROW, OFFSET))],
            names=[LINE, FILE, ORDINAL, ROW, OFFSET],
        )
        yield numbered.filter(pa.array(ink))
