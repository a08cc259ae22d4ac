"""The files that the program loads: ONNX graph, tokenizer, gate and manifest."""

import hashlib
import logging
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from .labels import STATUS, TAGS
from .model import Tagger
from .tokens import Example
from .training import pad

log = logging.getLogger(__name__)


def export_onnx(model: Tagger, path: Path, probe: list[Example]) -> float:
    """Writes the graph; returns the largest difference between its logits and the model's over `probe`."""
    model.eval()
    ids, mask = pad(probe)
    torch.onnx.export(
        model, (ids, mask), str(path), dynamo=False, opset_version=17,
        input_names=["input_ids", "mask"], output_names=["tags", "status"],
        dynamic_axes={"input_ids": {0: "batch", 1: "length"}, "mask": {0: "batch", 3: "length"},
                      "tags": {0: "batch", 1: "length"}, "status": {0: "batch", 1: "length"}},
    )
    onnx.checker.check_model(str(path))
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for size in (1, len(probe)):
        ids, mask = pad(probe[:size])
        with torch.no_grad():
            wanted = model(ids, mask)
        got = session.run(None, {"input_ids": ids.numpy(), "mask": mask.numpy()})
        for a, b in zip(wanted, got):
            real = mask[:, 0, 0, :].numpy() == 0
            worst = max(worst, float(np.abs(a.numpy() - b)[real].max()))
    log.info("%s: %d bytes, largest difference from PyTorch %.2e", path.name, path.stat().st_size, worst)
    return worst


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def value(item: object) -> str:
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, str):
        return '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(item, (list, tuple)):
        return "[" + ", ".join(value(x) for x in item) + "]"
    return repr(round(item, 4)) if isinstance(item, float) else str(item)


def table(name: str, entries: dict) -> str:
    return f"[{name}]\n" + "".join(f"{key} = {value(item)}\n" for key, item in entries.items())


def write_manifest(folder: Path, name: str, encoder, word_threshold: float, gate: dict, rules: dict) -> None:
    """`rules`: {"merge": {label: {...}}, "status": [{...}], "assert": [{...}]} from the calibration."""
    files = {f'"{file}"': sha256(folder / file) for file in ("tagger.onnx", "tokenizer.json", "gate.tsv")}
    parts = [
        "# What the program needs to know of the model. Written by models/train/run.py; do not edit by hand.\n" + f"name = {value(name)}\n",
        table("files", files),
        table("input", {"max_tokens": encoder.max_tokens, "stride": encoder.stride, "context": encoder.context}),
        table("decode", {"word_threshold": word_threshold, "tags": list(TAGS), "status": list(STATUS)}),
        table("gate", gate),
        *(table(f"merge.{label}", entries) for label, entries in sorted(rules.get("merge", {}).items()) if entries),
        *(table(f"[{kind}]", entry).replace("[[", "[[") for kind in ("status", "assert") for entry in rules.get(kind, [])),
    ]
    (folder / "manifest.toml").write_text("\n".join(parts), encoding="utf-8")
