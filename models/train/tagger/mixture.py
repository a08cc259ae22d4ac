"""What an epoch is made of."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .augment import exchanged, mention_pool
from .data import Sentence
from .distil import Opinions
from .generate import Grammar
from .tokens import Encoder, Example


@dataclass(frozen=True)
class Shares:
    """Sentences an epoch of each kind, and what one weighs."""

    gold_plain: int = 900
    exchanged: int = 2500
    generated: int = 4500
    silver_marked: int = 1200
    silver_plain: int = 400
    gold_weight: float = 1.0
    exchanged_weight: float = 0.7
    generated_weight: float = 0.6
    silver_weight: float = 0.4


def source(gold: Sequence[Sentence], generated: Sequence[Sentence], silver: Sequence[Sentence], grammar: Grammar, encoder: Encoder,
           shares: Shares, seed: int, opinions: Opinions | None = None) -> Callable[[int], list[Example]]:
    """Examples by epoch, with the teacher's opinions where there are any."""
    pool = mention_pool(gold)
    marked_gold = [s for s in gold if s.spans]
    marked, plain = [s for s in silver if s.spans], [s for s in silver if not s.spans]
    cache: dict[int, list[Example]] = {}

    def encoded(sentence: Sentence) -> list[Example]:
        key = id(sentence)
        if key not in cache:
            cache[key] = encoder.encode(sentence)
            if opinions is not None:
                opinions.add_to(cache[key], sentence)
        return cache[key]

    # Generated sentences stand alone; half of them get a neighbour, so that its absence gives nothing away.
    neighbours = [s.text for s in silver]
    chance = random.Random(seed)
    generated = [replace(s, previous=chance.choice(neighbours)) if encoder.context and chance.random() < 0.5 else s for s in generated]
    weighted = {
        "gold": [replace(s, weight=shares.gold_weight) for s in marked_gold],
        "gold_plain": [replace(s, weight=shares.gold_weight) for s in gold if not s.spans],
        "generated": [replace(s, weight=shares.generated_weight) for s in generated],
        "marked": [replace(s, weight=shares.silver_weight) for s in marked],
        "plain": [replace(s, weight=shares.silver_weight) for s in plain],
    }

    def epoch(number: int) -> list[Example]:
        rng = random.Random(seed * 1000 + number)
        chosen = list(weighted["gold"])
        for kind, count in (("gold_plain", shares.gold_plain), ("generated", shares.generated), ("marked", shares.silver_marked), ("plain", shares.silver_plain)):
            chosen += rng.sample(weighted[kind], min(count, len(weighted[kind])))
        out = [example for sentence in chosen for example in encoded(sentence)]
        for _ in range(shares.exchanged):
            sentence = exchanged(rng.choice(marked_gold), pool, grammar, rng)
            out += encoder.encode(replace(sentence, weight=shares.exchanged_weight))
        return out

    return epoch
