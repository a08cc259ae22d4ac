"""The training loop of teacher and student, and prediction."""

import logging
import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from .labels import UNMARKED
from .model import Tagger
from .tokens import Example

log = logging.getLogger(__name__)

UNKNOWN, LAST_SPECIAL = 1, 3
"""Ids of [UNK] and of [SEP], the last of the special tokens, in the small vocabulary."""


@dataclass(frozen=True)
class Schedule:
    steps: int
    rate: float
    batch: int = 32
    warmup: float = 0.08
    decay: float = 0.01
    status_weight: float = 1.0
    soft: float = 0.7  # share of the teacher's distribution in the target, where there is one
    cut: int = 64  # pieces of a training sentence
    mask: float = 0.05  # share of the pieces that training hides behind [UNK]
    smoothing: float = 0.05  # of hard labels


def seed_all(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def pad(batch: Sequence[Example], cut: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    length = max(len(e.ids) for e in batch)
    length = min(length, cut) if cut else length
    ids = torch.zeros(len(batch), length, dtype=torch.long)
    mask = torch.full((len(batch), 1, 1, length), -10000.0)
    for row, example in enumerate(batch):
        n = min(len(example.ids), length)
        ids[row, :n] = torch.from_numpy(example.ids[:n])
        mask[row, 0, 0, :n] = 0.0
    return ids, mask


def batches(examples: Sequence[Example], size: int, rng: random.Random) -> list[list[Example]]:
    """Shuffled batches of sentences of like length: shuffle, sort within large chunks, shuffle the batches."""
    order = list(range(len(examples)))
    rng.shuffle(order)
    out = []
    for start in range(0, len(order), size * 40):
        chunk = sorted(order[start : start + size * 40], key=lambda i: len(examples[i].ids))
        out += [[examples[i] for i in chunk[k : k + size]] for k in range(0, len(chunk), size)]
    rng.shuffle(out)
    return out


def hide(ids: torch.Tensor, share: float) -> torch.Tensor:
    """Hides a share of the pieces, so that a label hangs on more than one word. The first two (kind of section) stay."""
    chosen = torch.rand(ids.shape) < share
    chosen[:, :2] = False
    return torch.where(chosen & (ids > LAST_SPECIAL), torch.tensor(UNKNOWN), ids)


def head_loss(logits: torch.Tensor, hard: np.ndarray, soft: np.ndarray | None, share: float, smoothing: float) -> torch.Tensor:
    """Cross-entropy by word against the label, the teacher's distribution, or a mixture; 0 where neither speaks."""
    logp = F.log_softmax(logits, -1)
    target = torch.zeros_like(logp)
    marked = torch.from_numpy(hard != UNMARKED)
    index = torch.from_numpy(np.where(hard == UNMARKED, 0, hard))
    target[torch.arange(len(index)), index] = 1.0 - smoothing
    target = (target + smoothing / target.shape[1]) * marked[:, None].float()
    if soft is not None:
        soft_target = torch.from_numpy(soft).float()
        spoken = soft_target.sum(-1) > 0
        both = (marked & spoken)[:, None]
        target = torch.where(both, share * soft_target + (1 - share) * target, torch.where(spoken[:, None], soft_target, target))
    return -(target * logp).sum(-1)


def batch_loss(model: Tagger, batch: Sequence[Example], plan: Schedule) -> torch.Tensor:
    ids, mask = pad(batch, plan.cut)
    tags, status = model(hide(ids, plan.mask), mask)
    rows, places, kept = [], [], []
    for row, example in enumerate(batch):
        inside = example.first < ids.shape[1]
        kept.append(inside)
        rows.append(np.full(inside.sum(), row))
        places.append(example.first[inside])
    row, place = torch.from_numpy(np.concatenate(rows)), torch.from_numpy(np.concatenate(places))
    weight = torch.from_numpy(np.concatenate([np.full(k.sum(), e.weight) for e, k in zip(batch, kept)])).float()

    def gather(name: str) -> np.ndarray:
        return np.concatenate([getattr(e, name)[k] for e, k in zip(batch, kept)])

    def gather_soft(name: str, width: int) -> np.ndarray | None:
        if all(getattr(e, name) is None for e in batch):
            return None
        return np.concatenate([
            np.zeros((k.sum(), width), np.float32) if getattr(e, name) is None else getattr(e, name)[k].astype(np.float32)
            for e, k in zip(batch, kept)
        ])

    tag_loss = head_loss(tags[row, place], gather("tags"), gather_soft("soft_tags", tags.shape[-1]), plan.soft, plan.smoothing)
    status_loss = head_loss(status[row, place], gather("status"), gather_soft("soft_status", status.shape[-1]), plan.soft, plan.smoothing)
    spoken = status_loss.detach() > 0
    tag_part = (tag_loss * weight).sum() / max(len(weight), 1)
    status_part = (status_loss * weight).sum() / max(float(spoken.sum()), 1.0)
    return tag_part * 4.0 + plan.status_weight * status_part


def train(model: Tagger, source: Callable[[int], Sequence[Example]], plan: Schedule, seed: int, name: str) -> None:
    """Trains for `plan.steps` steps. `source(epoch)` gives the examples of an epoch."""
    rng = random.Random(seed)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=plan.rate, weight_decay=plan.decay, betas=(0.9, 0.98))
    model.train()
    step, epoch, began, running = 0, 0, time.monotonic(), 0.0
    while step < plan.steps:
        for batch in batches(source(epoch), plan.batch, rng):
            if step >= plan.steps:
                break
            progress = step / plan.steps
            factor = progress / plan.warmup if progress < plan.warmup else (1 - progress) / (1 - plan.warmup)
            for group in optimiser.param_groups:
                group["lr"] = plan.rate * max(factor, 1e-3)
            loss = batch_loss(model, batch, plan)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
            step += 1
            value = float(loss.detach())
            running = 0.98 * running + 0.02 * value if step > 1 else value
            if step % 50 == 0 or step == plan.steps:
                log.info("%s: step %d/%d epoch %d loss %.3f %.2f s/step", name, step, plan.steps, epoch, running,
                         (time.monotonic() - began) / step)
        epoch += 1
    if not math.isfinite(running):
        raise RuntimeError(f"{name}: training diverged")
    model.eval()


@torch.no_grad()
def predict(model: Tagger, examples: Sequence[Example], batch: int = 32) -> list[tuple[np.ndarray, np.ndarray]]:
    """Tag and status probabilities of each example's words."""
    model.eval()
    out: list[tuple[np.ndarray, np.ndarray] | None] = [None] * len(examples)
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].ids))
    for start in range(0, len(order), batch):
        chunk = order[start : start + batch]
        ids, mask = pad([examples[i] for i in chunk])
        tags, status = (logits.softmax(-1).numpy() for logits in model(ids, mask))
        for row, i in enumerate(chunk):
            first = examples[i].first
            out[i] = (tags[row, first], status[row, first])
    return out  # type: ignore[return-value]
