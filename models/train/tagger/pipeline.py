"""The stages from notes to shipped files; each leaves its result in the work folder and is not repeated."""

import json
import logging
import pickle
import random
import shutil
import tomllib
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from . import gate as gating
from .calibrate import Table, calibrate, counts, status_cases
from .data import Sentence
from .distil import Opinions
from .export import export_onnx, write_manifest
from .generate import Grammar
from .labels import LABELS
from .mixture import Shares, source
from .model import Tagger, load, save
from .prepare import Prepared, prepare
from .reading import Reading, opened_by_rules, read, word_probabilities
from .score import ASSERTED, bootstrap, figures, note_counts, total
from .student import new_student
from .teacher import folder, freeze_lower, load_pretrained
from .tokens import Encoder, load_teacher_tokenizer, vocabulary_of
from .training import Schedule, seed_all, train

log = logging.getLogger(__name__)

SPINE = {"condition", "level", "imaging", "surgery", "injury", "function"}
"""Labels of which one must stand in a note before the model reads it."""


@dataclass(frozen=True)
class Settings:
    program: Path
    real: Path
    synthetic: Path
    unlabelled: Path
    work: Path
    out: Path
    name: str = "chartgap-tagger-1"
    seed: int = 1
    folds: int = 3
    size: str = "2x128"
    context: int = 10
    max_tokens: int = 128
    stride: int = 32
    vocabulary: int = 8000
    generated: int = 60000
    teacher_steps: int = 0
    student_steps: int = 2000
    student_rate: float = 2.5e-3
    confidence: float = 0.9
    recall: float = 0.996


ROOT = Path(__file__).resolve().parents[3]
TEACHER_SHARES = Shares(exchanged=1500, generated=2500, silver_marked=500, silver_plain=200)
STUDENT_SHARES = Shares()


class Pipeline:
    def __init__(self, settings: Settings):
        self.settings = settings
        settings.work.mkdir(parents=True, exist_ok=True)
        self.grammar = Grammar(ROOT / "models/train/templates", ROOT / "lexicons")
        self.data: Prepared = prepare(
            settings.program, ROOT / "models/train/templates", ROOT / "lexicons",
            [*sorted(settings.real.glob("*.jsonl")), settings.synthetic], sorted(settings.unlabelled.glob("*.jsonl")),
            settings.work, settings.generated, settings.vocabulary, settings.seed,
        )
        self.fold = {note.id: note.fold(settings.folds) for note in self.data.gold}
        self.tokenizer_file = settings.work / "tokenizer.json"
        self.encoder = Encoder(Tokenizer.from_file(str(self.tokenizer_file)), settings.max_tokens, settings.stride, settings.context)
        self.teacher_encoder = Encoder(load_teacher_tokenizer(folder()), settings.max_tokens, settings.stride, settings.context)

    def training_gold(self, fold: int | None) -> list[Sentence]:
        return [s for s in self.data.gold_sentences if self.fold[s.note] != fold]

    def teacher(self, fold: int) -> Tagger:
        path = self.settings.work / f"teacher-{fold}.pt"
        if not path.exists():
            seed_all(self.settings.seed)
            model = load_pretrained(folder(), self.settings.max_tokens)
            freeze_lower(model, 1)
            epochs = source(self.training_gold(fold), self.data.generated, self.data.silver, self.grammar, self.teacher_encoder,
                            TEACHER_SHARES, self.settings.seed)
            train(model, epochs, Schedule(self.settings.teacher_steps, 4e-4, cut=48, mask=0.0), self.settings.seed, f"teacher {fold}")
            save(model, path)
        return load(path)

    def soft_set(self) -> tuple[list[Sentence], list[Sentence]]:
        """The generated and unlabelled sentences that the teachers are asked about, and that students train on."""
        rng = random.Random(self.settings.seed)
        marked = [s for s in self.data.silver if any(p.label != "any" for p in s.spans)]
        general = [s for s in self.data.silver if s.spans and all(p.label == "any" for p in s.spans)]
        plain = [s for s in self.data.silver if not s.spans]
        silver = marked + rng.sample(general, min(4000, len(general))) + rng.sample(plain, min(1500, len(plain)))
        return self.data.generated[:6000], silver

    def opinions(self, fold: int | None) -> Opinions:
        """Of the teacher that has not seen the fold; of all of them for the shipped model."""
        path = self.settings.work / f"opinions-{'all' if fold is None else fold}.pickle"
        if not path.exists():
            teachers = [self.teacher(f) for f in (range(self.settings.folds) if fold is None else [fold])]
            generated, silver = self.soft_set()
            path.write_bytes(pickle.dumps(Opinions(teachers, self.teacher_encoder, generated + silver)))
        return pickle.loads(path.read_bytes())

    def student(self, fold: int | None, size: str | None = None) -> Tagger:
        size = size or self.settings.size
        path = self.settings.work / f"student-{size}-{'all' if fold is None else fold}.pt"
        if not path.exists():
            taught = self.settings.teacher_steps > 0
            opinions = self.opinions(fold) if taught else None
            generated, silver = self.soft_set()
            seed_all(self.settings.seed)
            model = new_student(size, vocabulary_of(self.tokenizer_file), load_pretrained(folder(), self.settings.max_tokens),
                                load_teacher_tokenizer(folder()), self.settings.max_tokens)
            epochs = source(self.training_gold(fold), self.data.generated, silver, self.grammar, self.encoder, STUDENT_SHARES,
                            self.settings.seed, opinions)
            train(model, epochs, Schedule(self.settings.student_steps, self.settings.student_rate, batch=64), self.settings.seed, f"student {size} {fold}")
            save(model, path)
        return load(path)

    def readings(self, size: str | None = None, teacher: bool = False) -> list[Reading]:
        """Each gold note read by the model that has not seen it."""
        out = []
        for fold in range(self.settings.folds):
            model = self.teacher(fold) if teacher else self.student(fold, size)
            encoder = self.teacher_encoder if teacher else self.encoder
            for note in self.data.gold:
                if self.fold[note.id] == fold:
                    out.append(read(note, word_probabilities([model], encoder, note.sentences)))
        return out

    def nested(self, readings: list[Reading]) -> list:
        """Counts by note, each fold merged with a table that the other folds gave."""
        out = []
        for fold in range(self.settings.folds):
            table = calibrate([r for r in readings if self.fold[r.note.id] != fold], self.settings.confidence)
            out += counts([r for r in readings if self.fold[r.note.id] == fold], table)
        return out

    def gate(self) -> tuple[gating.Gate, dict]:
        """The gate with its out-of-fold threshold, and what it lets through."""
        gold = self.data.gold_sentences
        plain = [replace(s, weight=0.2) for s in self.data.silver]
        opened = {(n.id, s.start): o for n in self.data.gold + self.data.unlabelled for s, o in zip(n.sentences, opened_by_rules(n))}
        scores = np.zeros(len(gold))
        for fold in range(self.settings.folds):
            fitted = gating.fit([s for s in gold if self.fold[s.note] != fold] + plain[fold :: self.settings.folds])
            for i, sentence in enumerate(gold):
                if self.fold[sentence.note] == fold:
                    scores[i] = fitted.score(sentence)
        bearing = np.array([gating.bears(s) for s in gold])
        ruled = np.array([opened[s.note, s.start] for s in gold])
        gate = gating.fit(gold + plain)
        gate.threshold = gating.threshold_for(scores[bearing], ruled[bearing], self.settings.recall)
        passes = (scores >= gate.threshold) | ruled
        sentences = passed = pieces = 0
        for note in self.data.gold + self.data.unlabelled:
            if note.source == "synthetic":
                continue
            spine = any(m["label"] in SPINE for m in note.rules)
            for sentence in note.sentences:
                sentences += 1
                if spine and (opened[note.id, sentence.start] or gate.score(sentence) >= gate.threshold):
                    passed += 1
                    pieces += sum(len(e.ids) for e in self.encoder.encode(sentence))
        notes = sum(n.source != "synthetic" for n in self.data.gold + self.data.unlabelled)
        figures_ = {
            "recall of gold-bearing sentences, out of fold": float(passes[bearing].mean()),
            "gold sentences passing": float(passes.mean()),
            "unlabelled sentences passing": passed / sentences,
            "pieces a note": pieces / notes,
        }
        return gate, figures_

    def general(self) -> list[dict]:
        """The entries for concepts of any organ, without their notes."""
        entries = tomllib.loads((ROOT / "models/train/general.toml").read_text(encoding="utf-8")).get("assert", [])
        return [{key: entry[key] for key in ("rules", "by", "model", "min")} for entry in entries]

    def ship(self, model: Tagger, gate: gating.Gate, table: Table, out: Path) -> None:
        out.mkdir(parents=True, exist_ok=True)
        probe = [e for s in self.data.gold_sentences[:64] for e in self.encoder.encode(s)][:32]
        worst = export_onnx(model, out / "tagger.onnx", probe)
        if worst > 1e-3:
            raise RuntimeError(f"the exported graph differs from the model by {worst}")
        shutil.copy(self.tokenizer_file, out / "tokenizer.json")
        gate.save(out / "gate.tsv")
        write_manifest(out, self.settings.name, self.encoder, 0.5, {"threshold": gate.threshold, "bias": gate.bias, "note": True},
                       {"merge": table.merge, "status": table.status, "assert": self.general()})

    def report(self, readings: list[Reading], table: Table, gate_figures: dict) -> dict:
        rules = [note_counts(r.note.gold, rule_mentions(r)) for r in readings]
        alone = [note_counts(r.note.gold, model_mentions(r)) for r in readings]
        by_note = {r.note.id: c for r, c in zip(readings, counts(readings, table))}
        nested_readings = [r for fold in range(self.settings.folds) for r in readings if self.fold[r.note.id] == fold]
        nested = self.nested(readings)
        nested_rules = [note_counts(r.note.gold, rule_mentions(r)) for r in nested_readings]
        agreed = {label: [0, 0, 0] for label in ASSERTED}
        for label, said, _, model, _, gold, _ in status_cases(readings):
            agreed[label][0] += 1
            agreed[label][1] += said == gold
            agreed[label][2] += model == gold
        return {
            "settings": {k: str(v) if isinstance(v, Path) else v for k, v in asdict(self.settings).items() if not isinstance(v, Path)},
            "notes": len(readings),
            "rules": figures(total(rules)),
            "model alone": figures(total(alone)),
            "merged": bootstrap(rules, [by_note[r.note.id] for r in readings]),
            "merged, table of the other folds": bootstrap(nested_rules, nested),
            "assertion of matched mentions (n, rules, model)": agreed,
            "gate": gate_figures,
        }


def rule_mentions(reading: Reading) -> list[dict]:
    return [{"label": v.span.label, "start": v.span.start, "end": v.span.end, "assertion": v.span.status} for v in reading.views]


def model_mentions(reading: Reading) -> list[dict]:
    return [{"label": e.label, "start": e.start, "end": e.end, "assertion": e.status} for e in reading.entities if e.label in LABELS]


def write_report(path: Path, report: dict) -> None:
    path.write_text(json.dumps(report, indent=1, default=float) + "\n", encoding="utf-8")


def threads(count: int) -> None:
    torch.set_num_threads(count)
