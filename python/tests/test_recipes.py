"""The recipes of docs/python.md run as they stand there."""

import json
import re

import pytest
from conftest import NOTE, ROOT

PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"<!-- recipe: (\S+) -->\n```python\n(.*?)```", PAGE, re.DOTALL))


def test_all_recipes_are_found():
    assert set(RECIPES) == {"pyarrow", "polars", "duckdb", "pandas", "stream"}


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_recipe(name, tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    if name in ("polars", "duckdb", "pandas"):
        pytest.importorskip(name)
    import pyarrow as pa
    import pyarrow.parquet as pq

    monkeypatch.chdir(tmp_path)
    notes = [{"id": f"n{at}", "text": text} for at, text in enumerate([NOTE, "", "Low back pain.", NOTE])]
    pq.write_table(pa.Table.from_pylist(notes), "notes.parquet")
    (tmp_path / "notes.jsonl").write_text("".join(json.dumps(n) + "\n" for n in notes))
    scope: dict = {}
    exec(compile(RECIPES[name], name, "exec"), scope)
    rows, missing = scope["rows"], scope["missing"]
    as_list = rows.to_dict("records") if name == "pandas" else pa.table(rows).to_pylist()
    assert [row["id"] for row in as_list] == ["n0", "n1", "n2", "n3"]
    assert [row["error"] or None for row in as_list] == [None, "empty", None, None]
    # what the recipe counts is what the rows say
    elements = [v["element"] for row in as_list for v in row["verdicts"] if v["verdict"] == "missing"]
    assert missing == {element: elements.count(element) for element in elements} and missing
