"""The teacher's opinion of sentences, by word, as soft targets for the student.

Both tokenizers split a sentence into the same words, so that the two agree on words whatever their pieces.
"""

from collections.abc import Sequence

import numpy as np

from .data import Sentence
from .model import Tagger
from .reading import word_probabilities
from .tokens import Encoder, Example


class Opinions:
    """Word probabilities of a fixed set of sentences, kept in half precision."""

    def __init__(self, teachers: Sequence[Tagger], encoder: Encoder, sentences: Sequence[Sentence]):
        self.known: dict[tuple[str, int, str, str], dict[tuple[int, int], tuple[np.ndarray, np.ndarray]]] = {}
        for sentence, words in zip(sentences, word_probabilities(teachers, encoder, sentences)):
            if words is not None:
                tags, status, spans = words
                self.known[key(sentence)] = {
                    (int(a), int(b)): (tags[i].astype(np.float16), status[i].astype(np.float16)) for i, (a, b) in enumerate(spans)
                }

    def add_to(self, examples: Sequence[Example], sentence: Sentence) -> None:
        """Sets the soft targets of the sentence's examples; the status only of words that some span marks or the teacher tags."""
        known = self.known.get(key(sentence))
        if known is None:
            return
        for example in examples:
            tags = np.zeros((len(example.first), 19), np.float16)
            status = np.zeros((len(example.first), 6), np.float16)
            for i, (a, b) in enumerate(example.spans):
                found = known.get((int(a), int(b)))
                if found is not None:
                    tags[i] = found[0]
                    if example.status[i] >= 0 or found[0][0] < 0.5:
                        status[i] = found[1]
            example.soft_tags, example.soft_status = tags, status


def key(sentence: Sentence) -> tuple[str, int, str, str]:
    return sentence.note, sentence.start, sentence.section, sentence.text
