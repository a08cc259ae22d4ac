"""The report, ``chartgap.report/1``, as Python objects. Names and meaning are those of its JSON Schema."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from . import _native

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place in the note that supports a verdict. ``text`` and ``cue`` are words of the note."""

    start: int
    end: int
    byte_start: int
    byte_end: int
    text: str
    section: str
    assertion: str
    cue: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """A range of the note without its text."""

    start: int
    end: int
    byte_start: int
    byte_end: int


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing, what to write, and the heading below which it would stand."""

    message: str
    fix: str
    near: Place | None


@dataclass(frozen=True, slots=True)
class Element:
    """One element of the checklist with its verdict."""

    id: str
    title: str
    verdict: str
    weight: int
    credit: float
    evidence: list[Evidence]
    gap: Gap | None
    query: str | None
    sources: list[str]


@dataclass(frozen=True, slots=True)
class Summary:
    """The note as a whole, in the fields of the annotation guideline."""

    lumbar: bool
    named_conditions: list[str]
    nonspecific_only: bool
    region: str
    imaging: str
    acuity: str
    duration: str | None
    conservative_care: str
    care_types: list[str]
    function: str
    injury: str
    radiculopathy: str
    code_family: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A statement with its source."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another code, and what would have to be documented for it."""

    code: str
    when: str


@dataclass(frozen=True, slots=True)
class Coding:
    """What code the documentation supports, and why M53.86 does or does not stand."""

    suggested: str | None
    m53_86: str
    reasons: list[Reason]
    alternatives: list[Alternative]
    excludes: list[Reason]


@dataclass(frozen=True, slots=True)
class Procedure:
    """What a procedure's coverage policies ask for."""

    cpt: str
    elements: list[Element]


@dataclass(frozen=True, slots=True)
class Mention:
    """One mention; fields that its label does not have are ``None``."""

    label: str
    start: int
    end: int
    text: str
    assertion: str | None = None
    cue: str | None = None
    decided_by: str | None = None
    found_by: str | None = None
    concept: str | None = None
    norm: list[str] | None = None
    root: bool | None = None
    system: str | None = None
    value: str | None = None
    modality: str | None = None
    acuity: str | None = None
    type: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One side of a disagreement."""

    decided_by: str
    assertion: str | None = None
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where rules and classifier differ, and what came of it."""

    label: str
    start: int
    end: int
    text: str
    rules: Verdict | None
    classifier: Verdict | None
    score: float
    won: str
    entry: str


@dataclass(frozen=True, slots=True)
class Model:
    """A model of the classifier."""

    name: str
    sha256: str
    engine: str | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made a report."""

    software: str
    version: str
    lexicon: str
    checklist: str
    code_set: str
    classifier: Model | None


#: What stands in a field: a class for an object, a list of one for an array of objects.
_NESTED: dict[str, Any] = {
    "Gap.near": Place,
    "Element.evidence": [Evidence],
    "Element.gap": Gap,
    "Coding.reasons": [Reason],
    "Coding.alternatives": [Alternative],
    "Coding.excludes": [Reason],
    "Procedure.elements": [Element],
    "Disagreement.rules": Verdict,
    "Disagreement.classifier": Verdict,
    "Provenance.classifier": Model,
}


def _load(cls: type[T], data: dict[str, Any]) -> T:
    """The object of a JSON object. Fields that a later program adds are passed over."""
    values: dict[str, Any] = {}
    for field in fields(cls):  # type: ignore[arg-type]
        if field.name in data:
            values[field.name] = _value(_NESTED.get(f"{cls.__name__}.{field.name}"), data[field.name])
    return cls(**values)


def _value(of: Any, data: Any) -> Any:
    if of is None or data is None:
        return data
    if isinstance(of, list):
        return [_load(of[0], item) for item in data]
    return _load(of, data)


class Report:
    """One note's gap report. ``repr`` shows no words of the note; evidence, queries and the page do."""

    __slots__ = ("_data", "_native")

    def __init__(self, native: _native.Report) -> None:
        self._native = native
        self._data: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The report as the JSON that ``chartgap check`` writes, in a dictionary of its own."""
        loaded: dict[str, Any] = json.loads(self._native.json())
        return loaded

    def to_json(self) -> str:
        """The report as JSON, byte for byte as ``chartgap check --format jsonl`` writes it."""
        return self._native.json()

    def to_html(self) -> str:
        """The page of the note, as ``chartgap check --format html`` writes it."""
        return self._native.page()

    def _get(self, name: str) -> Any:
        if self._data is None:
            self._data = self.to_dict()
        return self._data.get(name)

    @property
    def id(self) -> str:
        """The note's id."""
        return str(self._get("id"))

    @property
    def score(self) -> int:
        """0 to 100: the credit of the elements that apply, by weight."""
        return int(self._get("score"))

    @property
    def outcome(self) -> str:
        """``supported``, ``gaps``, ``other-code``, ``not-applicable``."""
        return str(self._get("outcome"))

    @property
    def summary(self) -> Summary:
        """The note as a whole."""
        return _load(Summary, self._get("summary"))

    @property
    def elements(self) -> list[Element]:
        """The checklist, in its order."""
        return [_load(Element, e) for e in self._get("elements")]

    @property
    def gaps(self) -> list[Element]:
        """The elements of checklist and procedures that ask for something."""
        elements = self.elements + [e for p in self.procedures for e in p.elements]
        return [element for element in elements if element.gap is not None]

    @property
    def coding(self) -> Coding:
        """Code guidance."""
        return _load(Coding, self._get("coding"))

    @property
    def procedures(self) -> list[Procedure]:
        """Documentation asked for by procedure."""
        return [_load(Procedure, p) for p in self._get("procedures")]

    @property
    def mentions(self) -> list[Mention] | None:
        """The mentions, where they were asked for."""
        mentions = self._get("mentions")
        return None if mentions is None else [_load(Mention, m) for m in mentions]

    @property
    def disagreements(self) -> list[Disagreement] | None:
        """Where rules and classifier differ, where that was asked for."""
        found = self._get("disagreements")
        return None if found is None else [_load(Disagreement, d) for d in found]

    @property
    def provenance(self) -> Provenance:
        """What made the report."""
        return _load(Provenance, self._get("provenance"))

    def __repr__(self) -> str:
        return f"<chartgap.Report {self.outcome} {self.score}/100, {len(self.gaps)} gaps>"

    def __eq__(self, other: object) -> bool:
        return self._native.json() == other._native.json() if isinstance(other, Report) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def _repr_html_(self) -> str:
        """The page in a frame of its own: no style leaks, no script runs, nothing is fetched.

        A notebook that is saved with it holds the note.
        """
        page = html.escape(self.to_html(), quote=True)
        return (
            f'<iframe title="chartgap report" sandbox="" srcdoc="{page}" '
            'style="width:100%;height:44rem;border:1px solid #8888;border-radius:6px"></iframe>'
        )
