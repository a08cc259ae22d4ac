"""Notes, the program's sentences and rules, and the spans of each sentence."""

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from .labels import STATUS_ID


@dataclass(frozen=True)
class Span:
    """A labelled stretch of a sentence, in code points; `by` says what decided the rules' assertion."""

    label: str
    start: int
    end: int
    status: str | None = None
    by: str | None = None


@dataclass(frozen=True)
class Sentence:
    """One sentence as the program splits notes, with the words its lexicon matches."""

    note: str
    text: str
    section: str
    start: int = 0
    words: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    weight: float = 1.0
    tagged: bool = True  # False: words outside of spans say nothing about tags
    previous: str = ""  # the sentence before it in the same section

    def key(self) -> tuple[str, str]:
        """What makes two sentences the same to the model."""
        return self.section, self.text.casefold()


@dataclass
class Note:
    """A note with its gold mentions, where it has any, and what the rules found."""

    id: str
    source: str
    text: str
    gold: dict = field(default_factory=dict)
    rules: list[dict] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)

    def fold(self, folds: int) -> int:
        """The fold of a note: by its identifier alone, so that it never moves."""
        return int(hashlib.sha256(self.id.encode()).hexdigest(), 16) % folds


def read_jsonl(path: Path) -> Iterator[dict]:
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def write_jsonl(path: Path, rows: Iterable[dict]) -> None:
    with open(path, "w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def run_program(program: Path, arguments: list[str], rows: list[dict]) -> list[dict]:
    """What the program writes for the rows, as parsed JSON lines in their order."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        file.flush()
        done = subprocess.run([str(program), *arguments, file.name], capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
    if len(lines) != len(rows):
        raise RuntimeError(f"{program} {' '.join(arguments)}: {len(lines)} lines for {len(rows)} notes: {done.stderr[-500:]}")
    return lines


def load_notes(paths: Iterable[Path], program: Path, rules_only: list[str]) -> list[Note]:
    """Reads notes, splits them and applies the rules. `rules_only`: arguments that keep the model off."""
    notes = []
    for path in paths:
        for row in read_jsonl(path):
            notes.append(Note(str(row["id"]), str(row.get("source", path.stem)), row["text"], gold=row))
    splits = run_program(program, ["segment"], [{"id": note.id, "text": note.text} for note in notes])
    for note, split in zip(notes, splits, strict=True):
        note.sentences = sentences_of(note, split)
    apply_rules(notes, program, rules_only)
    return notes


def apply_rules(notes: list[Note], program: Path, rules_only: list[str]) -> None:
    """Sets what the program's rules find in the notes today."""
    checks = run_program(program, ["check", "--format", "jsonl", "--mentions", *rules_only], [{"id": n.id, "text": n.text} for n in notes])
    for note, check in zip(notes, checks, strict=True):
        note.rules = check["mentions"] or []


def sentences_of(note: Note, split: dict) -> list[Sentence]:
    sections = [section["kind"] for section in split["sections"]]
    out: list[Sentence] = []
    last = (-1, "")
    for part in split["sentences"]:
        text = note.text[part["start"] : part["end"]]
        previous = last[1] if last[0] == part["section"] else ""
        out.append(Sentence(note.id, text, sections[part["section"]], part["start"], tuple(part["words"]), previous=previous))
        last = (part["section"], text)
    return out


def spans_in(sentence: Sentence, mentions: Iterable[dict]) -> tuple[Span, ...]:
    """The mentions of a note that touch the sentence, cut to it."""
    end = sentence.start + len(sentence.text)
    out = []
    for mention in mentions:
        if mention["start"] < end and mention["end"] > sentence.start:
            status = mention.get("assertion")
            out.append(Span(
                mention["label"],
                max(mention["start"], sentence.start) - sentence.start,
                min(mention["end"], end) - sentence.start,
                status if status in STATUS_ID else None,
                mention.get("decided_by", "default"),
            ))
    return tuple(out)


def gold_sentences(notes: Iterable[Note]) -> list[Sentence]:
    return [replace(s, spans=spans_in(s, note.gold["mentions"])) for note in notes for s in note.sentences]


def rule_sentences(notes: Iterable[Note], weight: float) -> list[Sentence]:
    """Sentences with the rules' mentions as weak labels, each distinct one once."""
    seen: set[tuple[str, str]] = set()
    out = []
    for note in notes:
        for sentence in note.sentences:
            if sentence.key() not in seen:
                seen.add(sentence.key())
                out.append(replace(sentence, spans=spans_in(sentence, note.rules), weight=weight))
    return out
