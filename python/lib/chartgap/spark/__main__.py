"""``python -m chartgap.spark INPUT OUTPUT``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile

from chartgap import LoadError
from chartgap.checker import EMBEDDED, Checker
from chartgap.spark.job import Job, SparkAuditError, audit

COLUMNS = ("text", "id", "date", "codes", "procedures", "author_role", "encounter_type", "document_type")


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="python -m chartgap.spark",
        description="Checks notes in Parquet or JSON files with Spark; writes the tables of `chartgap audit`.",
    )
    p.add_argument("input", metavar="INPUT", help="file, directory or pattern, on any file system of Spark")
    p.add_argument("output", metavar="OUTPUT", help="directory; tables of an earlier run in it are replaced")
    p.add_argument("--format", choices=("auto", "parquet", "json"), default="auto", help="json: one object a line")
    p.add_argument("--mentions", action="store_true", help="the table of mentions as well")
    p.add_argument("--text", action="store_true", help="words of the notes as well")
    for name in COLUMNS:
        p.add_argument(f"--{name.replace('_', '-')}-column", metavar="NAME", help=argparse.SUPPRESS)
    p.add_argument("--batch", type=int, default=500, help="most notes in a batch (default %(default)s)")
    p.add_argument("--repartition", type=int, metavar="N", help="deal the notes out to N tasks (a shuffle)")
    rules = p.add_argument_group("rules; files must be on every worker")
    rules.add_argument("--lexicon", action="append", default=[], metavar="DIR")
    for name in ("checklist", "policy", "procedures", "mac", "state", "code-year"):
        rules.add_argument(f"--{name}")
    rules.add_argument("--model", metavar="DIR", default=EMBEDDED)
    rules.add_argument("--no-model", action="store_true", help="the rules alone")
    session = p.add_argument_group("Spark; spark-submit and its files set these as well")
    session.add_argument("--master", help="local[2], local-cluster[2,1,1024], spark://…")
    session.add_argument("--conf", action="append", default=[], metavar="KEY=VALUE")
    return p


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    if args.batch < 1 or (args.repartition is not None and args.repartition < 1):
        return _failed("--batch and --repartition are 1 or more")
    checker = {
        "lexicon": args.lexicon,
        "checklist": args.checklist,
        "policy": args.policy,
        "procedures": args.procedures,
        "mac": args.mac,
        "state": args.state,
        "code_year": args.code_year,
        "model": None if args.no_model else args.model,
    }
    named = {name: getattr(args, f"{name}_column") for name in COLUMNS}
    job = Job(
        input=args.input,
        output=args.output.rstrip("/"),
        format=args.format,
        columns={name: column for name, column in named.items() if column},
        mentions=args.mentions,
        text=args.text,
        batch=args.batch,
        repartition=args.repartition,
        checker=checker,
    )
    try:
        # what is refused is refused before a cluster is busy with it
        Checker(**checker)
    except (LoadError, ValueError) as error:
        return _failed(str(error))
    from pyspark.errors import AnalysisException
    from pyspark.sql import SparkSession

    _private(args.master)
    # Hadoop makes directories by a mask of its own
    builder = SparkSession.builder.appName("chartgap").config("spark.hadoop.fs.permissions.umask-mode", "077")
    if args.master:
        builder = builder.master(args.master)
    for setting in args.conf:
        key, _, value = setting.partition("=")
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    try:
        audit(spark, job)
    except SparkAuditError as error:
        return _failed(str(error))
    except AnalysisException as error:
        return _failed(str(error).splitlines()[0])
    finally:
        spark.stop()
    return 0


def _private(master: str | None) -> None:
    """Executors on this machine: the same Python, files for the owner alone, logs where they are found and go away."""
    os.umask(0o077)
    if master is None or master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if master is not None and master.startswith("local-cluster") and "SPARK_WORKER_DIR" not in os.environ:
        os.environ["SPARK_WORKER_DIR"] = tempfile.mkdtemp(prefix="chartgap-spark-")


def _failed(message: str) -> int:
    print(f"chartgap.spark: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
