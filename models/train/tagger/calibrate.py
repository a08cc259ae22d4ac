"""The merge table: where the model may add, drop or correct what the rules say, learnt on out-of-fold readings."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .labels import LABELS
from .reading import Reading
from .score import match, note_counts

log = logging.getLogger(__name__)

NEVER_ADDED = ("level", "grade")
UNTOUCHED = {("care", "hypothetical")}
"""Corrections left out though they gain a few mentions: a measure wrongly read as planned empties the element of care, and
the summary lost more than the mentions won."""
SURE = 0.97  # share of bootstrap samples; on the other folds adding and dropping lost what they won here
CASES = 8
STATUS_MIN = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
ADD_AT = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
DROP_AT = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2)


@dataclass
class Table:
    """`merge`: by label the keys add, drop and assertion; `status`: entries in order, the first that fits wins."""

    merge: dict[str, dict] = field(default_factory=dict)
    status: list[dict] = field(default_factory=list)


def overlaps(a_start: int, a_end: int, b_start: int, b_end: int) -> bool:
    return a_start < b_end and b_start < a_end


def corrected(table: Sequence[dict], label: str, rules: str | None, by: str | None, model: str | None, score: float) -> str | None:
    """The status after the table: the first entry that fits the four names decides."""
    for entry in table:
        if entry.get("label", "any") in ("any", label) and entry["rules"] == rules and entry["by"] in ("any", by) and entry["model"] == model and score >= entry["min"]:
            return model
    return rules


def merged(reading: Reading, table: Table) -> list[dict]:
    """The mentions of a note after merging."""
    out = []
    for view in reading.views:
        merge = table.merge.get(view.span.label, {})
        if "drop" in merge and view.known is not None and view.known <= merge["drop"]:
            continue
        status = corrected(table.status, view.span.label, view.span.status, view.span.by, view.status, view.status_score)
        out.append({"label": view.span.label, "start": view.span.start, "end": view.span.end, "assertion": status})
    for entity in reading.entities:
        add = table.merge.get(entity.label, {}).get("add")
        if add is not None and entity.score >= add and not any(
            v.span.label == entity.label and overlaps(v.span.start, v.span.end, entity.start, entity.end) for v in reading.views
        ):
            out.append({"label": entity.label, "start": entity.start, "end": entity.end, "assertion": entity.status})
    return out


def f1_of(tp: float, fp: float, fn: float) -> float:
    return 2 * tp / max(2 * tp + fp + fn, 1)


def pays(gains: np.ndarray, rounds: int = 1000, seed: int = 3) -> float:
    """Share of bootstrap samples of notes in which the gain is above 0."""
    rng = np.random.default_rng(seed)
    return float(np.mean([gains[rng.integers(0, len(gains), len(gains))].sum() > 0 for _ in range(rounds)]))


def calibrate_add(readings: Sequence[Reading], label: str, confidence: float) -> dict:
    """The lowest score from which an added mention raises F1, with enough cases and bootstrap support."""
    cases: list[tuple[float, int, int]] = []  # score, hit, note
    tp = fp = fn = 0
    for number, reading in enumerate(readings):
        gold = [m for m in reading.note.gold["mentions"] if m["label"] == label]
        mine = [{"start": v.span.start, "end": v.span.end} for v in reading.views if v.span.label == label]
        pairs = match(gold, mine)
        tp, fp, fn = tp + len(pairs), fp + len(mine) - len(pairs), fn + len(gold) - len(pairs)
        free = [g for i, g in enumerate(gold) if i not in {a for a, _ in pairs}]
        for e in reading.entities:
            if e.label == label and not any(overlaps(m["start"], m["end"], e.start, e.end) for m in mine):
                hit = next((g for g in free if overlaps(g["start"], g["end"], e.start, e.end)), None)
                if hit is not None:
                    free.remove(hit)
                cases.append((e.score, int(hit is not None), number))
    base = f1_of(tp, fp, fn)
    best: dict = {}
    best_gain = 0.0005
    for threshold in ADD_AT:
        chosen = [c for c in cases if c[0] >= threshold]
        if len(chosen) < CASES:
            break
        hits = sum(c[1] for c in chosen)
        gain = f1_of(tp + hits, fp + len(chosen) - hits, fn - hits) - base
        by_note = np.zeros(len(readings))
        for _, hit, number in chosen:
            by_note[number] += hit - base / 2
        if gain > best_gain and pays(by_note) >= confidence:
            best, best_gain = {"add": threshold}, gain
    if best:
        chosen = [c for c in cases if c[0] >= best["add"]]
        log.info("add %s at %.2f: %d of %d right, F1 %+.4f", label, best["add"], sum(c[1] for c in chosen), len(chosen), best_gain)
    return best


def calibrate_drop(readings: Sequence[Reading], label: str, confidence: float) -> dict:
    """The highest label probability at which dropping a mention of the rules raises F1."""
    cases: list[tuple[float, int, int]] = []
    tp = fp = fn = 0
    for number, reading in enumerate(readings):
        gold = [m for m in reading.note.gold["mentions"] if m["label"] == label]
        views = [v for v in reading.views if v.span.label == label]
        mine = [{"start": v.span.start, "end": v.span.end} for v in views]
        pairs = match(gold, mine)
        right = {b for _, b in pairs}
        loose = label == "level" and reading.note.gold.get("levels_truncated")
        tp, fn = tp + len(pairs), fn + len(gold) - len(pairs)
        fp += 0 if loose else len(mine) - len(pairs)
        for i, view in enumerate(views):
            if view.known is not None and not (loose and i not in right):
                cases.append((view.known, int(i in right), number))
    base = f1_of(tp, fp, fn)
    best: dict = {}
    best_gain = 0.0005
    for threshold in DROP_AT:
        chosen = [c for c in cases if c[0] <= threshold]
        if len(chosen) < CASES:
            continue
        lost = sum(c[1] for c in chosen)
        gain = f1_of(tp - lost, fp - (len(chosen) - lost), fn + lost) - base
        by_note = np.zeros(len(readings))
        for _, hit, number in chosen:
            by_note[number] += base / 2 - hit if hit == 0 else base / 2 - 1
        if gain > best_gain and pays(by_note) >= confidence:
            best, best_gain = {"drop": threshold}, gain
    if best:
        chosen = [c for c in cases if c[0] <= best["drop"]]
        log.info("drop %s at %.3f: %d of %d right to drop, F1 %+.4f", label, best["drop"], len(chosen) - sum(c[1] for c in chosen), len(chosen), best_gain)
    return best


def status_cases(readings: Sequence[Reading]) -> list[tuple[str, str, str, str, float, str, int]]:
    """Mentions of the rules that match gold: label, rules, by, model, score, gold, note."""
    out = []
    for number, reading in enumerate(readings):
        for label in LABELS:
            gold = [m for m in reading.note.gold["mentions"] if m["label"] == label]
            views = [v for v in reading.views if v.span.label == label]
            for g, p in match(gold, [{"start": v.span.start, "end": v.span.end} for v in views]):
                view, wanted = views[p], gold[g].get("assertion")
                if wanted is not None and view.span.status is not None and view.status is not None:
                    out.append((label, view.span.status, view.span.by or "default", view.status, view.status_score, wanted, number))
    return out


def calibrate_status(readings: Sequence[Reading], confidence: float, support: int = 5) -> list[dict]:
    """Entries by label first, then those that hold for any label; never one that lowers the figures it is learnt on."""
    cases = [c for c in status_cases(readings) if c[1] != c[3]]
    invented = np.array([r.note.source == "synthetic" for r in readings])
    entries: list[dict] = []
    left = cases
    for general in (False, True):
        groups: dict[tuple, list] = defaultdict(list)
        for c in left:
            groups[("any" if general else c[0], c[1], c[2], c[3])].append(c)
        for key in sorted(groups):
            label, rules, by, model = key
            if (label, model) in UNTOUCHED or general and any(model == status for _, status in UNTOUCHED):
                continue
            best, best_net = None, 1
            for minimum in STATUS_MIN:
                chosen = [c for c in groups[key] if c[4] >= minimum]
                if len(chosen) < support:
                    break
                gains = np.zeros(len(readings))
                for c in chosen:
                    gains[c[6]] += (c[3] == c[5]) - (c[1] == c[5])
                # A gain on written-for-the-purpose notes must not cost on real ones, nor the other way round.
                each = [gains[kind].sum() for kind in (invented, ~invented)]
                if gains.sum() > best_net and min(each) >= 0 and pays(gains) >= (max(confidence, SURE) if general else confidence):
                    best, best_net = minimum, gains.sum()
            if best is not None:
                entries.append({"label": label, "rules": rules, "by": by, "model": model, "min": best})
                log.info("status %s %s by %s -> %s from %.2f: net %+d of %d", label, rules, by, model, best, best_net, sum(c[4] >= best for c in groups[key]))
        if not general:
            left = [c for c in left if corrected(entries, c[0], c[1], c[2], c[3], c[4]) == c[1]]
    return entries


def calibrate(readings: Sequence[Reading], confidence: float = 0.9) -> Table:
    table = Table()
    for label in LABELS:
        entries = {} if label in NEVER_ADDED else calibrate_add(readings, label, max(confidence, SURE))
        entries |= calibrate_drop(readings, label, max(confidence, SURE))
        if entries:
            table.merge[label] = entries
    table.status = calibrate_status(readings, confidence)
    return table


def counts(readings: Sequence[Reading], table: Table) -> list:
    return [note_counts(r.note.gold, merged(r, table)) for r in readings]


