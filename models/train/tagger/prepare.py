"""Everything that training needs, made once and kept in the work folder."""

import logging
import pickle
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .data import Note, Sentence, apply_rules, gold_sentences, load_notes
from .generate import Grammar, generate
from .silver import add_general, silver_sentences
from .teacher import folder as teacher_folder
from .tokens import build_vocabulary, load_teacher_tokenizer, save_vocabulary

log = logging.getLogger(__name__)


@dataclass
class Prepared:
    """Gold notes, unlabelled notes without the gold ones, and the sentences of each kind."""

    gold: list[Note]
    unlabelled: list[Note]
    gold_sentences: list[Sentence]
    silver: list[Sentence]
    generated: list[Sentence]


def rules_only(program: Path) -> list[str]:
    """Arguments that keep the model off, where the program knows one."""
    text = subprocess.run([str(program), "check", "--help"], capture_output=True, text=True, check=True).stdout
    return ["--no-model"] if "--no-model" in text else []


def prepare(program: Path, templates: Path, lexicons: Path, gold_paths: list[Path], unlabelled_paths: list[Path], work: Path,
            generated: int, vocabulary_size: int, seed: int) -> Prepared:
    cache = work / "prepared.pickle"
    arguments = rules_only(program)
    if cache.exists():
        kept: Prepared = pickle.loads(cache.read_bytes())
        apply_rules(kept.gold, program, arguments)  # the merge table is learnt against the rules of today
        return kept
    grammar = Grammar(templates, lexicons)
    gold = load_notes(gold_paths, program, arguments)
    texts = {" ".join(note.text.split()) for note in gold}
    unlabelled = [n for n in load_notes(unlabelled_paths, program, arguments) if " ".join(n.text.split()) not in texts]
    log.info("%d gold notes, %d unlabelled ones that are none of them", len(gold), len(unlabelled))
    # A sentence that also stands in a gold note is kept out of the weak labels: copied sections would leak.
    own = {s.text.casefold() for note in gold for s in note.sentences if len(s.words) > 3}
    for note in unlabelled:
        note.sentences = [s for s in note.sentences if s.text.casefold() not in own]
    general = add_general(unlabelled, program, grammar, arguments)
    silver = silver_sentences(unlabelled, general, 1.0)
    made = list(generate(grammar, generated, seed))
    log.info("%d gold, %d silver, %d generated sentences", sum(len(n.sentences) for n in gold), len(silver), len(made))
    if not (work / "tokenizer.json").exists():
        pieces = build_vocabulary([n.text for n in gold] + [n.text for n in unlabelled] + [s.text for s in made[:20000]],
                                  load_teacher_tokenizer(teacher_folder()), vocabulary_size)
        save_vocabulary(pieces, work / "tokenizer.json")
    out = Prepared(gold, unlabelled, gold_sentences(gold), silver, made)
    cache.write_bytes(pickle.dumps(out))
    return out
