"""chartgap reads a clinical note and says what the chart lacks to support ICD-10-CM M53.86.

>>> import chartgap
>>> checker = chartgap.Checker()
>>> report = checker.check("Low back pain for 3 months. Lumbar spondylolysis, L5.")
>>> report.outcome
'other-code'
>>> [element.id for element in report.gaps][:2]
['no-more-specific-code', 'imaging']
"""

from ._native import MAX_NOTE_BYTES, SCHEMA, LoadError, NoteError, __version__
from .checker import Checker, report_schema
from .report import (
    Alternative,
    Coding,
    Disagreement,
    Element,
    Evidence,
    Gap,
    Mention,
    Model,
    Place,
    Procedure,
    Provenance,
    Reason,
    Report,
    Summary,
    Verdict,
)

__all__ = [
    "MAX_NOTE_BYTES",
    "SCHEMA",
    "Alternative",
    "Checker",
    "Coding",
    "Disagreement",
    "Element",
    "Evidence",
    "Gap",
    "LoadError",
    "Mention",
    "Model",
    "NoteError",
    "Place",
    "Procedure",
    "Provenance",
    "Reason",
    "Report",
    "Summary",
    "Verdict",
    "__version__",
    "report_schema",
]
