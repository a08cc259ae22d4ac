"""DataFrames of notes to DataFrames of rows, by ``mapInArrow``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chartgap import checker as _checker

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

#: Notes of a batch are checked while these and their rows are in memory.
MAX_BATCH_BYTES = 16 << 20

Batches = Iterator["pa.RecordBatch"]


def row_schema(mentions: bool = False) -> StructType:
    """The Spark schema of the rows: the table ``notes`` of an audit, then ``verdicts`` and ``mentions`` as arrays."""
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(_checker.columns(mentions))


def mapper(
    *,
    columns: Mapping[str, str] | None = None,
    keep: Sequence[str] = (),
    source: str = "batch",
    mentions: bool = False,
    text: bool = False,
    rows: str = "notes",
    prepare: Callable[[Batches], Batches] | None = None,
    **checker: Any,
) -> Callable[[Batches], Batches]:
    """The function that ``DataFrame.mapInArrow`` takes; :func:`check` fits a DataFrame to it.

    The checker is built in the worker, once a process, with the arguments ``checker`` of
    :class:`chartgap.Checker`. A note that cannot be checked is a row with its error, so no note fails a task.
    """

    def check_partition(batches: Batches) -> Batches:
        engine = _checker.cached(**checker)
        for batch in batches if prepare is None else prepare(batches):
            for part in _parts(batch):
                done = engine._native.check_batch(
                    part,
                    rows=rows,
                    columns=dict(columns or {}),
                    source=source,
                    first=0,
                    mentions=mentions,
                    text=text,
                )
                yield _with(done, part, keep)

    return check_partition


def check(
    notes: DataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    keep: Sequence[str] = (),
    source: str = "spark",
    mentions: bool = False,
    text: bool = False,
    **checker: Any,
) -> DataFrame:
    """Checks the notes of a DataFrame: a row a note, with the columns ``keep`` of the note's row before it.

    Nothing is shuffled. ``ordinal`` counts within a batch alone, so name a column of ids; :func:`audit` numbers the
    notes of files. Arguments are those of :meth:`chartgap.Checker.check_batch` and :class:`chartgap.Checker`.
    """
    from pyspark.sql.types import StructType

    schema = row_schema(mentions)
    fields = [notes.schema[name] for name in keep]
    taken = {field.name for field in schema.fields}
    if clash := [name for name in keep if name in taken]:
        raise ValueError(f"columns of the result have these names already: {', '.join(clash)}")
    function = mapper(columns=columns, keep=keep, source=source, mentions=mentions, text=text, **checker)
    return notes.mapInArrow(function, StructType(fields + schema.fields))


def tables(rows: DataFrame) -> dict[str, DataFrame]:
    """The tables of an audit out of the rows that :func:`check` gives."""
    from pyspark.sql import functions as F

    lists = [name for name in ("verdicts", "mentions") if name in rows.columns]
    found = {"notes": rows.drop(*lists)}
    for name in lists:
        items = rows.select(F.col("ordinal").alias("note"), "id", F.explode(name).alias("item"))
        found[name] = items.select("note", "id", "item.*")
    return found


def _parts(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Halves of halves, until none is too large or it is one note."""
    if batch.num_rows <= 1 or batch.nbytes <= MAX_BATCH_BYTES:
        yield batch
        return
    half = batch.num_rows // 2
    yield from _parts(batch.slice(0, half))
    yield from _parts(batch.slice(half))


def _with(done: pa.RecordBatch, notes: pa.RecordBatch, keep: Iterable[str]) -> pa.RecordBatch:
    """The rows behind columns of their notes."""
    import pyarrow as pa

    fields = [notes.schema.field(name) for name in keep]
    if not fields:
        return done
    arrays = [notes.column(field.name) for field in fields] + done.columns
    return pa.record_batch(arrays, schema=pa.schema(fields + list(done.schema)))
