"""The encoder with its two heads, in operations that every engine runs; teacher and student differ in size only."""

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .labels import STATUS, TAGS


@dataclass(frozen=True)
class Size:
    vocabulary: int
    hidden: int
    layers: int
    heads: int
    inner: int
    positions: int


class Layer(nn.Module):
    def __init__(self, size: Size, dropout: float):
        super().__init__()
        self.heads = size.heads
        self.query, self.key, self.value, self.out = (nn.Linear(size.hidden, size.hidden) for _ in range(4))
        self.up, self.down = nn.Linear(size.hidden, size.inner), nn.Linear(size.inner, size.hidden)
        self.norm_attention, self.norm = nn.LayerNorm(size.hidden, 1e-12), nn.LayerNorm(size.hidden, 1e-12)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        batch, length, hidden = x.shape
        def split(y: Tensor) -> Tensor:
            return y.view(batch, length, self.heads, hidden // self.heads).transpose(1, 2)
        query, key, value = split(self.query(x)), split(self.key(x)), split(self.value(x))
        scores = query @ key.transpose(-1, -2) / (hidden // self.heads) ** 0.5 + mask
        mixed = (self.dropout(scores.softmax(-1)) @ value).transpose(1, 2).reshape(batch, length, hidden)
        x = self.norm_attention(x + self.dropout(self.out(mixed)))
        return self.norm(x + self.dropout(self.down(F.gelu(self.up(x)))))


class Tagger(nn.Module):
    """`ids` [B, L], additive `mask` [B, 1, 1, L] -> tag logits [B, L, 19], status logits [B, L, 6]."""

    def __init__(self, size: Size, dropout: float = 0.1):
        super().__init__()
        self.size = size
        self.words = nn.Embedding(size.vocabulary, size.hidden, padding_idx=0)
        self.positions = nn.Embedding(size.positions, size.hidden)
        self.norm = nn.LayerNorm(size.hidden, 1e-12)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(Layer(size, dropout) for _ in range(size.layers))
        self.tags, self.status = nn.Linear(size.hidden, len(TAGS)), nn.Linear(size.hidden, len(STATUS))
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.03)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        place = torch.arange(ids.shape[1], device=ids.device)
        x = self.dropout(self.norm(self.words(ids) + self.positions(place)[None]))
        for layer in self.layers:
            x = layer(x, mask)
        return self.tags(x), self.status(x)


def save(model: Tagger, path: Path) -> None:
    torch.save({"size": asdict(model.size), "state": model.state_dict()}, path)


def load(path: Path, dropout: float = 0.1) -> Tagger:
    saved = torch.load(path, map_location="cpu", weights_only=True)
    model = Tagger(Size(**saved["size"]), dropout)
    model.load_state_dict(saved["state"])
    return model
