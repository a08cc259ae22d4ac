"""Weak labels on unlabelled notes: the rules' mentions, and their assertion of concepts of every organ."""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from .data import Note, Sentence, Span, rule_sentences, run_program
from .generate import Grammar
from .labels import ANY

GENERAL_SLOTS = ("disease", "symptom", "lesion", "surgery")


def general_concepts(grammar: Grammar) -> re.Pattern[str]:
    """The concepts of other organs that the templates know, longest first."""
    terms = {term for slot in GENERAL_SLOTS for term in grammar.slots[slot] if len(term) > 2 and not set(term) & set("{}[]()|")}
    ordered = sorted(terms, key=lambda term: (-len(term), term))
    return re.compile(r"\b(?:" + "|".join(re.escape(term) for term in ordered) + r")\b", re.IGNORECASE)


def add_general(notes: Iterable[Note], program: Path, grammar: Grammar, arguments: list[str]) -> dict[tuple[str, int], tuple[Span, ...]]:
    """The rules' assertion of general concepts, by note and start of sentence."""
    pattern = general_concepts(grammar)
    rows, places = [], []
    for note in notes:
        for sentence in note.sentences:
            for match in pattern.finditer(sentence.text):
                row = {"id": str(len(rows)), "text": note.text, "start": sentence.start + match.start(), "end": sentence.start + match.end()}
                rows.append(row)
                places.append((note.id, sentence.start, match.start(), match.end()))
    found: dict[tuple[str, int], list[Span]] = {}
    step = 2000
    for begin in range(0, len(rows), step):
        for (note_id, start, a, b), answer in zip(places[begin : begin + step], run_program(program, ["assert", *arguments], rows[begin : begin + step])):
            span = Span(ANY, a, b, answer["assertion"], answer.get("decided_by", "default"))
            found.setdefault((note_id, start), []).append(span)
    return {place: tuple(spans) for place, spans in found.items()}


def silver_sentences(notes: list[Note], general: dict[tuple[str, int], tuple[Span, ...]], weight: float) -> list[Sentence]:
    """Each distinct unlabelled sentence once, with the rules' spans and the general concepts that touch none of them."""
    out = []
    for sentence in rule_sentences(notes, weight):
        extra = general.get((sentence.note, sentence.start), ())
        free = tuple(e for e in extra if not any(s.start < e.end and e.start < s.end for s in sentence.spans))
        out.append(replace(sentence, spans=sentence.spans + free))
    return out
