"""What the tests share: invented notes, the corpus, the command for comparison."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import chartgap

ROOT = Path(__file__).resolve().parents[2]

NOTE = (
    "HPI: Ms. Müller has had low back pain for 3 months, worse with sitting. PT for 8 weeks without relief. "
    "No radiculopathy.\nIMAGING: MRI shows moderate facet arthropathy at L4-5.\n"
    "ASSESSMENT: Lumbar facet arthropathy. Plan L4-5 MBB."
)


@pytest.fixture(scope="session")
def checker() -> chartgap.Checker:
    return chartgap.Checker()


@pytest.fixture(scope="session")
def corpus() -> list[dict]:
    with open(ROOT / "corpus" / "notes.jsonl", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="session")
def command() -> str:
    """The command of the same sources; the runner of the tests builds it."""
    path = os.environ.get("CHARTGAP") or shutil.which("chartgap")
    if path is None:
        pytest.skip("no command chartgap (CHARTGAP=/path/to/it)")
    return path


def run(*args: str | os.PathLike, **options) -> subprocess.CompletedProcess:
    return subprocess.run([str(a) for a in args], capture_output=True, text=True, check=False, **options)
