"""The gate: which sentences can hold a mention, by logistic regression over their words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from .data import Sentence
from .labels import ANY


@dataclass
class Gate:
    bias: float
    weights: dict[str, float]
    threshold: float = 0.0

    def score(self, sentence: Sentence) -> float:
        return self.bias + sum(self.weights.get(feature, 0.0) for feature in features(sentence))

    def save(self, path: Path) -> None:
        with open(path, "w", encoding="utf-8") as out:
            for word, weight in sorted(self.weights.items()):
                out.write(f"{word}\t{weight:.3f}\n")


def features(sentence: Sentence) -> set[str]:
    return {*sentence.words, f"section:{sentence.section}"}


def bears(sentence: Sentence) -> bool:
    return any(span.label != ANY for span in sentence.spans)


def fit(sentences: Sequence[Sentence], limit: int = 5000, minimum: int = 2, steps: int = 400, decay: float = 3e-4) -> Gate:
    """Weights over the most frequent words; sentences with a mention count more, since missing one costs more."""
    counts = Counter(word for s in sentences for word in features(s))
    words = [w for w, n in counts.most_common(limit) if n >= minimum and "\t" not in w and "\n" not in w]
    index = {w: i for i, w in enumerate(words)}
    rows = [[index[w] for w in sorted(features(s)) if w in index] for s in sentences]
    row = torch.tensor([r for r, items in enumerate(rows) for _ in items])
    column = torch.tensor([c for items in rows for c in items])
    matrix = torch.sparse_coo_tensor(torch.stack([row, column]), torch.ones(len(row)), (len(rows), len(words)), check_invariants=False).coalesce()
    target = torch.tensor([float(bears(s)) for s in sentences])
    importance = torch.tensor([s.weight for s in sentences]) * torch.where(target > 0, 4.0, 1.0)
    weights, bias = torch.zeros(len(words), 1, requires_grad=True), torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.Adam([weights, bias], lr=0.05)
    for _ in range(steps):
        logits = (torch.sparse.mm(matrix, weights)[:, 0] + bias)
        loss = (torch.nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none") * importance).mean()
        loss = loss + decay * weights.square().sum() / 2
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    values = weights.detach()[:, 0].tolist()
    return Gate(round(float(bias.detach()), 3), {w: round(v, 3) for w, v in zip(words, values) if abs(v) >= 0.02})


def threshold_for(scores: np.ndarray, open_anyway: np.ndarray, recall: float) -> float:
    """The highest threshold at which `recall` of the sentences pass, those counted that the rules open anyway."""
    closed = np.sort(scores[~open_anyway])
    allowed = int((1 - recall) * len(scores))
    if len(closed) <= allowed:
        return float(scores.max()) + 1.0
    return float(np.floor(closed[allowed] * 100) / 100)


def passing(gate: Gate, sentences: Iterable[Sentence], opened: Iterable[bool]) -> np.ndarray:
    return np.array([o or gate.score(s) >= gate.threshold for s, o in zip(sentences, opened)])
