"""The native part: the engine, its reports, Arrow batches in and out."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import pyarrow

__version__: str
SCHEMA: str
MAX_NOTE_BYTES: int

class NoteError(ValueError):
    """A note that cannot be checked; the message holds no words of it."""

    code: str

class LoadError(ValueError):
    """Rules or a model that are refused."""

class Report:
    """A report with its note."""

    @property
    def text(self) -> str: ...
    def json(self) -> str: ...
    def page(self) -> str: ...

class Checker:
    """Loaded rules and model."""

    def __new__(
        cls,
        *,
        lexicon: Sequence[str | PathLike[str]],
        checklist: str | PathLike[str] | None,
        policy: str | PathLike[str] | None,
        code_year: str | None,
        model: str | PathLike[str] | None,
        embedded_model: bool,
        procedures: str | PathLike[str] | None,
        mac: str | None,
        state: str | None,
    ) -> Checker: ...
    def provenance(self) -> str: ...
    def check(
        self,
        text: str,
        *,
        id: str,
        date: str | None,
        codes: Sequence[str],
        procedures: Sequence[str],
        mentions: bool,
    ) -> Report: ...
    def assertions(self, text: str, spans: Sequence[tuple[int, int]]) -> list[list[str]]: ...
    def check_batch(
        self,
        data: Any,
        *,
        rows: str,
        columns: Mapping[str, str],
        source: str,
        first: int,
        mentions: bool,
        text: bool,
    ) -> pyarrow.RecordBatch: ...

def schema() -> str: ...
def columns(mentions: bool) -> pyarrow.Schema: ...
def note_columns(there: Sequence[str], columns: Mapping[str, str]) -> list[str]: ...
