#!/usr/bin/env python3
"""From corpus to models/: tagger.onnx, tokenizer.json, gate.tsv, manifest.toml and metrics.json, with fixed seeds.

    python models/train/run.py --corpus DIR [--program target/release/chartgap] [--work DIR]

DIR holds real/*.jsonl (annotated notes) and unlabelled/*.jsonl; the synthetic notes are in corpus/ of the repository.
"""

import argparse
import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from tagger.calibrate import calibrate  # noqa: E402
from tagger.pipeline import ROOT, Pipeline, Settings, threads, write_report  # noqa: E402
from tagger.student import SIZES  # noqa: E402


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="folder with real/ and unlabelled/")
    parser.add_argument("--program", type=Path, default=ROOT / "target/release/chartgap", help="the chartgap binary")
    parser.add_argument("--work", type=Path, required=True, help="folder for intermediate results, outside the checkout")
    parser.add_argument("--out", type=Path, default=ROOT / "models", help="where the shipped files go")
    parser.add_argument("--size", choices=sorted(SIZES), default=Settings.size, help="layers x width of the student")
    parser.add_argument("--context", type=int, default=Settings.context, help="pieces of the sentence before")
    parser.add_argument("--teacher-steps", type=int, default=Settings.teacher_steps, help="0: no teacher, as for the shipped model")
    parser.add_argument("--student-steps", type=int, default=Settings.student_steps)
    parser.add_argument("--seed", type=int, default=Settings.seed)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--fold-models", action="store_true", help="write the model of each fold to WORK/fold-N too")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    threads(args.threads)
    pipeline = Pipeline(Settings(
        program=args.program, real=args.corpus / "real", synthetic=ROOT / "corpus/notes.jsonl", unlabelled=args.corpus / "unlabelled",
        work=args.work, out=args.out, seed=args.seed, size=args.size, context=args.context,
        teacher_steps=args.teacher_steps, student_steps=args.student_steps,
    ))
    readings = pipeline.readings()
    table = calibrate(readings, pipeline.settings.confidence)
    gate, gate_figures = pipeline.gate()
    if args.fold_models:
        for fold in range(pipeline.settings.folds):
            seen = [r for r in readings if pipeline.fold[r.note.id] != fold]
            pipeline.ship(pipeline.student(fold), gate, calibrate(seen, pipeline.settings.confidence), args.work / f"fold-{fold}")
    pipeline.ship(pipeline.student(None), gate, table, args.out)
    write_report(args.out / "metrics.json", pipeline.report(readings, table, gate_figures))


if __name__ == "__main__":
    main()
