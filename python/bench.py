#!/usr/bin/env python3
"""How fast wheel and Spark are beside the command on the same notes: bench.py [--notes N] [--kind fresh|corpus] …

CPU time is compared, which other work on the machine disturbs least. Needs the wheel, pyarrow, and, for --spark, PySpark;
CHARTGAP names the command.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]


def notes(count: int, kind: str) -> list[dict[str, str]]:
    """Notes of the corpus over and over; ``fresh``: no sentence twice, so that the classifier remembers none."""
    lines = (ROOT / "corpus" / "notes.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    out = []
    for at in range(count):
        text = texts[at % len(texts)]
        if kind == "fresh":
            text = text.replace(". ", f", visit {at}. ").replace("\n", f" ({at})\n")
        out.append({"id": f"note-{at}", "text": text})
    return out


def children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def command(*args: str) -> tuple[float, float]:
    """CPU and wall seconds."""
    cpu, wall = children(), time.perf_counter()
    done = subprocess.run([os.environ["CHARTGAP"], *args], stdout=subprocess.DEVNULL, check=False)
    assert done.returncode in (0, 1), done
    return children() - cpu, time.perf_counter() - wall


def rust(folder: Path, flags: list[str], count: int) -> float:
    """CPU microseconds a note of ``check`` with one thread, from text to JSON, without the start."""
    with open(folder / "notes.jsonl", encoding="utf-8") as lines, open(folder / "one.jsonl", "w") as one:
        one.write(next(iter(lines)))
    start, _ = command("check", "--format", "jsonl", "-j", "1", *flags, str(folder / "one.jsonl"))
    all_, wall = command("check", "--format", "jsonl", "-j", "1", *flags, str(folder / "notes.jsonl"))
    each = (all_ - start) / count * 1e6
    print(f"command check -j 1:      {each:7.0f} µs a note CPU, {1e6 / each:6.0f} notes/s per core ({wall:.1f} s wall)")
    return each


def wheel(folder: Path, model: bool, count: int) -> float:
    """The same of ``check_batch``, in a process of its own: Parquet in, rows out."""
    code = f"""
import time, resource, pyarrow.parquet as pq, chartgap
checker = chartgap.Checker(model={'chartgap.checker.EMBEDDED' if model else None})
file = pq.ParquetFile({str(folder / 'notes.parquet')!r})
loaded = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
cpu = time.process_time(); rows = 0
for batch in file.iter_batches(500):
    rows += checker.check_batch(batch).num_rows
print(time.process_time() - cpu, rows, loaded, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "ARROW_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    cpu, rows, loaded, peak = (float(x) for x in done.stdout.split())
    assert rows == count
    each = cpu / count * 1e6
    print(
        f"wheel check_batch:       {each:7.0f} µs a note CPU, {1e6 / each:6.0f} notes/s per core; "
        f"memory {loaded / 1024:.0f} MB loaded, {peak / 1024:.0f} MB peak"
    )
    return each


def spark(folder: Path, flags: list[str], count: int, model: bool) -> None:
    """CPU of a note beyond that of ``audit`` on the same files, without the start of the command, session or job."""
    start, _ = command("audit", str(folder / "small"), "--out", str(folder / "a0"), "--quiet", "-j", "1", *flags)
    all_, _ = command("audit", str(folder / "parts"), "--out", str(folder / "a1"), "--quiet", "-j", "1", *flags)
    base = (all_ - start) / count * 1e6
    code = f"""
import glob, os, time
from pyspark.sql import SparkSession
from chartgap.checker import EMBEDDED
from chartgap.spark import Job, audit
os.umask(0o077)
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
checker = dict(model={'EMBEDDED' if model else None})
def ticks():
    # all processes of the session: driver, executor in it, Python workers, also those that are gone
    total, pids = 0, [os.getpid()]
    while pids:
        pid = pids.pop()
        try:
            f = open(f"/proc/{{pid}}/stat").read().rsplit(")", 1)[1].split()
            total += sum(map(int, f[11:15]))
            for task in os.listdir(f"/proc/{{pid}}/task"):
                pids += map(int, open(f"/proc/{{pid}}/task/{{task}}/children").read().split())
        except OSError:
            pass
    return total / os.sysconf("SC_CLK_TCK")
def run(name):
    cpu, wall = ticks(), time.perf_counter()
    audit(spark, Job({str(folder)!r} + "/" + name, {str(folder)!r} + "/s-" + name, checker=checker))
    return ticks() - cpu, time.perf_counter() - wall
for n in range(5):
    start, _ = run("small")
cpu, wall = run("parts")
rss = []
for stat in glob.glob("/proc/[0-9]*/status"):
    try:
        text = open(stat).read()
        if "pyspark.daemon" in open(stat.replace("status", "cmdline")).read().replace("\\0", " "):
            rss.append(int(text.split("VmHWM:")[1].split()[0]) // 1024)
    except (OSError, IndexError):
        pass
print(start, cpu, wall, max(rss, default=0))
spark.stop()
"""
    env = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    env["SPARK_WORKER_DIR"] = str(folder / "work")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=env)
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    start, cpu, wall, rss = (float(x) for x in done.stdout.split()[-4:])
    each = (cpu - start) / count * 1e6
    print(f"command audit -j 1:      {base:7.0f} µs a note CPU")
    print(
        f"Spark, warm, one core:   {each:7.0f} µs a note CPU ({wall:.1f} s wall, {start:.1f} s CPU a job however small): {each - base:.0f} µs added, "
        f"{(each - base) / base * 100:.1f} % here, {(each - base) / 1000 * 100:.1f} % of 1 ms; worker {rss:.0f} MB"
    )


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--notes", type=int, default=50_000)
    p.add_argument("--kind", choices=("fresh", "corpus"), default="corpus")
    p.add_argument("--no-model", action="store_true")
    p.add_argument("--spark", action="store_true")
    args = p.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="chartgap-bench-"))
    try:
        all_ = notes(args.notes, args.kind)
        size = sum(len(n["text"].encode()) for n in all_)
        print(f"{args.notes} notes, {args.kind}, {size / len(all_):.0f} bytes each, model {not args.no_model}")
        with open(folder / "notes.jsonl", "w", encoding="utf-8") as lines:
            lines.writelines(json.dumps(n) + "\n" for n in all_)
        table = pa.Table.from_pylist(all_)
        pq.write_table(table, folder / "notes.parquet", row_group_size=2000)
        for name, rows in (("small", 400), ("parts", len(all_))):
            (folder / name).mkdir()
            for at in range(0, rows, 5000):
                part = table.slice(at, min(5000, rows - at))
                pq.write_table(part, folder / name / f"{at:09}.parquet", row_group_size=1000)
        flags = ["--no-model"] if args.no_model else []
        if args.spark:
            spark(folder, flags, args.notes, not args.no_model)
        else:
            ours, theirs = wheel(folder, not args.no_model, args.notes), rust(folder, flags, args.notes)
            print(f"the wheel has {theirs / ours * 100:.0f} % of the command's rate")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
