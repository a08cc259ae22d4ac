#!/usr/bin/env python3
"""End to end by fold: the program with the model of each fold on the notes that the fold held out, against the rules alone.

    python models/train/crossval.py --corpus DIR --work DIR --program PATH [--out table.json]

WORK/fold-N are the models that `run.py --fold-models` wrote. Mentions and summaries are scored as the corpus's scorer does.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

from tagger.data import Note, read_jsonl, run_program, write_jsonl  # noqa: E402
from tagger.labels import LABELS, STATUS  # noqa: E402
from tagger.score import ASSERTED, bootstrap, note_counts  # noqa: E402

FIELDS = ("region", "imaging", "acuity", "conservative_care", "function", "injury")
ROOT = Path(__file__).resolve().parents[2]


def kappa(pairs: list[tuple[str, str]]) -> float | None:
    """Cohen's kappa; None where one value alone occurs."""
    n = len(pairs)
    gold, found = Counter(g for g, _ in pairs), Counter(p for _, p in pairs)
    expected = sum(gold[k] * found[k] for k in gold) / n / n
    return None if expected == 1 else (sum(g == p for g, p in pairs) / n - expected) / (1 - expected)


def field_pairs(gold: dict, output: dict) -> dict[str, tuple[str, str]]:
    out = {}
    for field in FIELDS:
        truth, found = gold["truth"].get(field), (output.get("summary") or {}).get(field)
        accepted = found == truth or found in ((gold.get("ok") or {}).get(field) or [])
        out[field] = (str(truth), str(truth) if accepted else str(found))
    return out


def elements_kappa(rows: list[dict[str, tuple[str, str]]]) -> float:
    values = [kappa([row[field] for row in rows]) for field in FIELDS]
    return float(np.mean([v for v in values if v is not None]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    args = parser.parse_args()
    sets = {"real": sorted((args.corpus / "real").glob("*.jsonl")), "synthetic": [ROOT / "corpus/notes.jsonl"]}
    result = {}
    for name, paths in sets.items():
        gold = {str(row["id"]): row for path in paths for row in read_jsonl(path)}
        rows = [{"id": i, "text": g["text"]} for i, g in gold.items()]
        form = ["check", "--format", "jsonl", "--mentions"]
        rules = {o["id"]: o for o in run_program(args.program, [*form, "--no-model"], rows)}
        both = {}
        for fold in range(args.folds):
            held = [row for row in rows if Note(row["id"], "", "").fold(args.folds) == fold]
            both |= {o["id"]: o for o in run_program(args.program, [*form, "--model", str(args.work / f"fold-{fold}")], held)}
        write_jsonl(args.work / f"crossval-{name}.jsonl", (both[i] for i in gold))
        before = [note_counts(g, rules[i]["mentions"]) for i, g in gold.items()]
        after = [note_counts(g, both[i]["mentions"]) for i, g in gold.items()]
        figures = bootstrap(before, after)
        pairs_before = [field_pairs(g, rules[i]) for i, g in gold.items()]
        pairs_after = [field_pairs(g, both[i]) for i, g in gold.items()]
        rng = np.random.default_rng(5)
        deltas = []
        for _ in range(500):
            chosen = rng.integers(0, len(gold), len(gold))
            deltas.append(elements_kappa([pairs_after[k] for k in chosen]) - elements_kappa([pairs_before[k] for k in chosen]))
        k0, k1 = elements_kappa(pairs_before), elements_kappa(pairs_after)
        figures["elements_kappa"] = (k1, k1 - k0, *np.percentile(deltas, [2.5, 97.5]).tolist())
        result[name] = figures
        print(f"\n{name}, {len(gold)} notes: figure, rules alone, with the model, change [95 % interval]")
        order = ["micro", *LABELS, "assertion", *(f"assertion:{x}" for x in ASSERTED), *(f"class:{x}" for x in STATUS), "elements_kappa"]
        for key in order:
            value, change, low, high = figures[key]
            print(f"  {key:22} {value - change:.3f}  {value:.3f}  {change:+.4f} [{low:+.4f}, {high:+.4f}]")
    if args.out:
        args.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
