"""The examples in the documentation of the modules."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("chartgap", ()),
        ("chartgap.report", ()),
        ("chartgap.checker", ("pyarrow",)),
        ("chartgap.spark.source", ()),
    ],
)
def test_examples(name, needs):
    for package in needs:
        pytest.importorskip(package)
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0
