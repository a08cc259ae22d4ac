"""Mention figures as the corpus's own scorer counts them, by note, so that they can be resampled."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from .labels import LABELS, STATUS

ASSERTED = ("condition", "imaging", "care", "surgery", "function", "injury")


def match(gold: Sequence[dict], found: Sequence[dict]) -> list[tuple[int, int]]:
    """Pairs of overlapping mentions, the longest overlap first, each used once."""
    pairs = []
    for g, a in enumerate(gold):
        for p, b in enumerate(found):
            overlap = min(a["end"], b["end"]) - max(a["start"], b["start"])
            if overlap > 0:
                pairs.append((overlap, -g, -p))
    used_gold: set[int] = set()
    used_found: set[int] = set()
    out = []
    for _, g, p in sorted(pairs, reverse=True):
        if -g not in used_gold and -p not in used_found:
            used_gold.add(-g)
            used_found.add(-p)
            out.append((-g, -p))
    return out


def note_counts(gold: dict, found: Sequence[dict]) -> Counter:
    """Counts of one note: `tp/fp/fn:label`, `right/asked:label` of assertions, `tp/fp/fn=class`."""
    counts: Counter = Counter()
    for label in LABELS:
        mine = [m for m in gold["mentions"] if m["label"] == label]
        theirs = [m for m in found if m["label"] == label]
        pairs = match(mine, theirs)
        counts[f"tp:{label}"] += len(pairs)
        counts[f"fn:{label}"] += len(mine) - len(pairs)
        if not (label == "level" and gold.get("levels_truncated")):
            counts[f"fp:{label}"] += len(theirs) - len(pairs)
        if label in ASSERTED:
            for g, p in pairs:
                wanted, got = mine[g].get("assertion"), theirs[p].get("assertion")
                counts[f"asked:{label}"] += 1
                counts[f"right:{label}"] += wanted == got
                if wanted == got:
                    counts[f"tp={wanted}"] += 1
                else:
                    counts[f"fn={wanted}"] += 1
                    counts[f"fp={got}"] += 1
    return counts


def f1(counts: Counter, label: str, mark: str = ":") -> float:
    tp, fp, fn = (counts[f"{kind}{mark}{label}"] for kind in ("tp", "fp", "fn"))
    return 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else float("nan")


def micro(counts: Counter) -> float:
    tp, fp, fn = (sum(counts[f"{kind}:{label}"] for label in LABELS) for kind in ("tp", "fp", "fn"))
    return 2 * tp / max(2 * tp + fp + fn, 1)


def figures(counts: Counter) -> dict[str, float]:
    out = {"micro": micro(counts)}
    out |= {label: f1(counts, label) for label in LABELS}
    out |= {f"assertion:{label}": counts[f"right:{label}"] / counts[f"asked:{label}"] if counts[f"asked:{label}"] else float("nan") for label in ASSERTED}
    asked = sum(counts[f"asked:{label}"] for label in ASSERTED)
    out["assertion"] = sum(counts[f"right:{label}"] for label in ASSERTED) / asked if asked else float("nan")
    out |= {f"class:{status}": f1(counts, status, "=") for status in STATUS}
    return out


def total(counts: Iterable[Counter]) -> Counter:
    out: Counter = Counter()
    for c in counts:
        out.update(c)
    return out


def bootstrap(before: Sequence[Counter], after: Sequence[Counter], rounds: int = 1000, seed: int = 5) -> dict[str, tuple[float, float, float, float]]:
    """By figure: its value after, the change, and the 95 % interval of the change, resampling notes in pairs."""
    rng = np.random.default_rng(seed)
    keys = sorted({k for c in (*before, *after) for k in c})
    a = np.array([[c[k] for k in keys] for c in before], dtype=float)
    b = np.array([[c[k] for k in keys] for c in after], dtype=float)

    def of(row: np.ndarray) -> dict[str, float]:
        return figures(Counter(dict(zip(keys, row))))

    base, new = of(a.sum(0)), of(b.sum(0))
    deltas: dict[str, list[float]] = {name: [] for name in new}
    for _ in range(rounds):
        chosen = rng.integers(0, len(before), len(before))
        x, y = of(a[chosen].sum(0)), of(b[chosen].sum(0))
        for name in new:
            deltas[name].append(y[name] - x[name])
    return {n: (new[n], new[n] - base[n], *np.nanpercentile(deltas[n], [2.5, 97.5]).tolist()) for n in new}  # type: ignore[misc]
