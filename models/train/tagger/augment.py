"""More gold: the same sentences with other mentions of the same label in the places of theirs."""

import random
from collections.abc import Sequence
from dataclasses import replace

from .data import Sentence, Span
from .generate import Grammar, Text
from .labels import ANY

SLOTS = {"condition": "spine", "care": "care", "surgery": "spinesurgery", "imaging": "study", "injury": "event", "level": "lv", "grade": "sev", "chronicity": "dur"}
KEPT = ("function",)  # a clause of its own grammar: never exchanged


def phrase(grammar: Grammar, label: str, rng: random.Random) -> str:
    text = Text()
    grammar.expand("{" + SLOTS[label] + "}", rng, text, 0)
    return "".join(text.parts).strip()


def exchanged(sentence: Sentence, pool: dict[str, list[str]], grammar: Grammar, rng: random.Random, share: float = 0.6) -> Sentence:
    """Exchanges a share of the spans, with phrases from the training notes or from the templates; nested ones stay."""
    spans = sorted(sentence.spans, key=lambda s: (s.start, s.end))
    nested = {i for i, a in enumerate(spans) for j, b in enumerate(spans) if i != j and a.start < b.end and b.start < a.end}
    out, shift, at, moved = [], 0, 0, []
    for i, span in enumerate(spans):
        if i in nested or span.label in KEPT or span.label == ANY or rng.random() > share:
            new = sentence.text[span.start : span.end]
        else:
            own = rng.random() < 0.5 and pool.get(span.label)
            new = rng.choice(pool[span.label]) if own else phrase(grammar, span.label, rng)
            if sentence.text[span.start : span.start + 1].isupper() and new[:1].islower() and span.start == 0:
                new = new[:1].upper() + new[1:]
        if i in nested:
            moved.append(Span(span.label, span.start + shift, span.end + shift, span.status, span.by))
            continue
        out.append(sentence.text[at : span.start])
        out.append(new)
        start = span.start + shift
        moved.append(Span(span.label, start, start + len(new), span.status, span.by))
        shift += len(new) - (span.end - span.start)
        at = span.end
    return replace(sentence, text="".join(out) + sentence.text[at:], spans=tuple(moved))


def mention_pool(sentences: Sequence[Sentence]) -> dict[str, list[str]]:
    pool: dict[str, list[str]] = {}
    for sentence in sentences:
        for span in sentence.spans:
            pool.setdefault(span.label, []).append(sentence.text[span.start : span.end])
    return pool
