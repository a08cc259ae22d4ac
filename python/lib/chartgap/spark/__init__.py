"""Notes in Spark: a function for DataFrames, and the job ``python -m chartgap.spark INPUT OUTPUT``.

Needs PySpark 3.5 or 4 (``pip install "chartgap[spark]"``); the workers need the same wheel.
"""

from .frame import check, mapper, row_schema, tables
from .job import Job, SparkAuditError, audit

__all__ = ["Job", "SparkAuditError", "audit", "check", "mapper", "row_schema", "tables"]
