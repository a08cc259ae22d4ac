"""The checker: what is loaded once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

from . import _native
from .report import Provenance, Report, _load

if TYPE_CHECKING:
    import pyarrow

#: The model that comes with the package.
EMBEDDED = "embedded"

Path = str | PathLike[str]


class Checker:
    """Loaded rules and model. Building one takes some 60 ms and 60 MB; build one a process and share it between threads.

    :param lexicon: directories whose ``*.toml`` files add to or replace the lexicon.
    :param checklist: a checklist in place of the one that comes with the package.
    :param policy: a house policy.
    :param procedures: procedures in place of those that come with the package.
    :param mac: names the policies of one Medicare contractor alone; ``state`` those of one state.
    :param code_year: fiscal year of the code set, ``FY2027``.
    :param model: ``"embedded"``, a directory with another model, or ``None`` for the rules alone, which is about ten
        times as fast.
    :raises LoadError: rules or a model that are refused, with file and line.

    >>> checker = Checker(model=None)
    >>> checker.check("MRI: facet arthropathy at L4-5.", id="visit-1").summary.imaging
    'findings'
    """

    __slots__ = ("_arguments", "_native")

    def __init__(
        self,
        *,
        lexicon: Sequence[Path] = (),
        checklist: Path | None = None,
        policy: Path | None = None,
        procedures: Path | None = None,
        mac: str | None = None,
        state: str | None = None,
        code_year: str | None = None,
        model: Path | None = EMBEDDED,
    ) -> None:
        self._arguments: dict[str, Any] = {
            "lexicon": list(lexicon),
            "checklist": checklist,
            "policy": policy,
            "procedures": procedures,
            "mac": mac,
            "state": state,
            "code_year": code_year,
            "model": model,
        }
        own = None if model is None or model == EMBEDDED else model
        loaded = dict(self._arguments, model=own, embedded_model=model == EMBEDDED)
        self._native = _native.Checker(**loaded)

    def __reduce__(self) -> tuple[Any, tuple[dict[str, Any]]]:
        """A checker is built anew where it is unpickled; what it was loaded from must be there."""
        return _build, (self._arguments,)

    def __repr__(self) -> str:
        given = {k: v for k, v in self._arguments.items() if v and not (k == "model" and v == EMBEDDED)}
        return f"Checker({', '.join(f'{k}={v!r}' for k, v in given.items())})"

    @property
    def provenance(self) -> Provenance:
        """What every report says of its making."""
        return _load(Provenance, json.loads(self._native.provenance()))

    def check(
        self,
        text: str,
        *,
        id: str = "note",
        date: str | None = None,
        codes: Sequence[str] = (),
        procedures: Sequence[str] = (),
        mentions: bool = False,
    ) -> Report:
        """Checks one note.

        :param id: what the report calls the note.
        :param date: date of the note, ISO 8601.
        :param codes: billed ICD-10-CM codes.
        :param procedures: CPT codes; what their coverage policies ask for is checked as well.
        :param mentions: the report lists what was read.
        :raises NoteError: text that no note is (empty, with NUL characters, above 10 MiB). ``code`` says which, no
            message quotes the note.

        >>> report = Checker(model=None).check("Lumbar facet syndrome. PT for 8 weeks failed.", mentions=True)
        >>> [(m.label, m.text) for m in report.mentions]
        [('condition', 'Lumbar facet syndrome'), ('care', 'PT')]
        """
        native = self._native.check(
            text,
            id=id,
            date=date,
            codes=list(codes),
            procedures=list(procedures),
            mentions=mentions,
        )
        return Report(native)

    def check_batch(
        self,
        data: Any,
        *,
        columns: Mapping[str, str] | None = None,
        source: str = "batch",
        first: int = 0,
        mentions: bool = False,
        text: bool = False,
    ) -> pyarrow.RecordBatch:
        """Checks all notes of a record batch, table or reader: anything that offers the Arrow C Data Interface.

        The result has a row a note, in the same order, with the columns of the table ``notes`` of ``chartgap audit``,
        and its other tables as lists: ``verdicts`` and, with ``mentions``, ``mentions``. Offsets count code points. A
        note that cannot be read has ``error`` and ``error_message`` and no outcome; nothing raises for it. The GIL is
        free meanwhile.

        :param columns: names of columns by what they hold: ``text``, ``id``, ``date``, ``codes``, ``procedures``,
            ``author_role``, ``encounter_type``, ``document_type``. Common names are found without.
        :param source: what the rows call their origin, and notes without an id are named after.
        :param first: number of the first note.
        :param text: fills the columns that hold words of the note.
        :raises ValueError: data without a column that could be the note, or a reader that fails.

        >>> import pyarrow as pa
        >>> notes = pa.table({"id": ["a", "b"], "text": ["MRI: facet arthropathy at L4-5.", ""]})
        >>> rows = Checker(model=None).check_batch(notes)
        >>> rows.select(["id", "imaging", "error"]).to_pylist()
        [{'id': 'a', 'imaging': 'findings', 'error': None}, {'id': 'b', 'imaging': None, 'error': 'empty'}]
        """
        if not (hasattr(data, "__arrow_c_array__") or hasattr(data, "__arrow_c_stream__")):
            raise TypeError(f"a record batch, table or reader of Arrow, not {type(data).__name__}")
        return self._native.check_batch(
            data,
            rows="notes",
            columns=dict(columns or {}),
            source=source,
            first=first,
            mentions=mentions,
            text=text,
        )

    def check_batches(self, data: Any, **options: Any) -> pyarrow.RecordBatchReader:
        """The same as a stream, batch by batch, for data that do not fit into memory.

        >>> import pyarrow as pa
        >>> notes = pa.table({"text": ["Low back pain."] * 3})
        >>> rows = Checker(model=None).check_batches(notes.to_reader(max_chunksize=2))
        >>> [batch.num_rows for batch in rows]
        [2, 1]
        """
        import pyarrow as pa

        if hasattr(data, "__arrow_c_stream__") and not isinstance(data, pa.RecordBatchReader):
            data = pa.RecordBatchReader.from_stream(data)

        def batches(first: int = options.pop("first", 0)) -> Iterator[pa.RecordBatch]:
            for batch in data:
                yield self.check_batch(batch, first=first, **options)
                first += batch.num_rows

        return pa.RecordBatchReader.from_batches(columns(options.get("mentions", False)), batches())


def columns(mentions: bool = False) -> pyarrow.Schema:
    """The columns that :meth:`Checker.check_batch` gives."""
    return _native.columns(mentions)


def report_schema() -> dict[str, Any]:
    """The JSON Schema of the report.

    >>> report_schema()["title"]
    'chartgap.report/1'
    """
    loaded: dict[str, Any] = json.loads(_native.schema())
    return loaded


_CACHE: dict[str, Checker] = {}
_CACHE_LOCK = threading.Lock()


def cached(**arguments: Any) -> Checker:
    """The checker of this process for these arguments: built once, whatever the number of tasks and threads.

    >>> cached(model=None) is cached(model=None)
    True
    """
    key = repr(sorted(arguments.items()))
    with _CACHE_LOCK:
        if key not in _CACHE:
            _CACHE[key] = Checker(**arguments)
        return _CACHE[key]


def _build(arguments: dict[str, Any]) -> Checker:
    return Checker(**arguments)
