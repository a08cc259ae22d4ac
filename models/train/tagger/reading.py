"""What the model says of whole notes: its entities, and its view of the rules' mentions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .data import Note, Sentence, Span, spans_in
from .decode import Entity, best_label_probability, entities, span_status
from .labels import STATUS_ID
from .model import Tagger
from .tokens import Encoder
from .training import predict


@dataclass
class View:
    """A mention of the rules and what the model thinks of it."""

    span: Span  # in the note
    known: float | None  # highest probability of its label
    status: str | None
    status_score: float


@dataclass
class Reading:
    """One note read by both."""

    note: Note
    entities: list[Entity]  # in the note
    views: list[View]


Words = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Tag probabilities, status probabilities and code-point spans of a sentence's words."""


def word_probabilities(models: Sequence[Tagger], encoder: Encoder, sentences: Sequence[Sentence]) -> list[Words | None]:
    """The models' mean by sentence; several windows are put together again."""
    examples, owners = [], []
    for i, sentence in enumerate(sentences):
        for example in encoder.encode(sentence):
            examples.append(example)
            owners.append(i)
    summed = [predict(model, examples) for model in models]
    parts: dict[int, list[Words]] = {}
    for k, (example, owner) in enumerate(zip(examples, owners)):
        tags = np.mean([s[k][0] for s in summed], axis=0)
        status = np.mean([s[k][1] for s in summed], axis=0)
        parts.setdefault(owner, []).append((tags, status, example.spans))
    return [
        tuple(np.concatenate(columns) for columns in zip(*parts[i])) if i in parts else None  # type: ignore[misc]
        for i in range(len(sentences))
    ]


def read(note: Note, words: Sequence[Words | None], threshold: float = 0.5, closed: Sequence[bool] | None = None) -> Reading:
    """`closed`: sentences that the gate keeps from the model."""
    found: list[Entity] = []
    views: list[View] = []
    rules = [m for m in note.rules if m["label"] not in ("procedure",)]
    seen: set[int] = set()
    for i, (sentence, answer) in enumerate(zip(note.sentences, words, strict=True)):
        if answer is None or closed is not None and closed[i]:
            continue
        tags, status, spans = answer
        for e in entities(tags, status, spans, threshold):
            found.append(Entity(e.label, e.start + sentence.start, e.end + sentence.start, e.score, e.status, e.status_score))
        end = sentence.start + len(sentence.text)
        for k, mention in enumerate(rules):
            if k not in seen and sentence.start <= mention["start"] < end:
                seen.add(k)
                a, b = mention["start"] - sentence.start, min(mention["end"], end) - sentence.start
                best = span_status(status, spans, a, b)
                asserted = mention.get("assertion")
                span = Span(mention["label"], mention["start"], mention["end"], asserted if asserted in STATUS_ID else None, mention.get("decided_by", "default"))
                views.append(View(span, best_label_probability(tags, spans, a, b, mention["label"]), best[0] if best else None, best[1] if best else 0.0))
    for k, mention in enumerate(rules):
        if k not in seen:
            asserted = mention.get("assertion")
            views.append(View(Span(mention["label"], mention["start"], mention["end"], asserted if asserted in STATUS_ID else None, mention.get("decided_by", "default")), None, None, 0.0))
    return Reading(note, found, sorted(views, key=lambda v: (v.span.start, v.span.end)))


def opened_by_rules(note: Note) -> list[bool]:
    return [bool(spans_in(sentence, note.rules)) for sentence in note.sentences]
