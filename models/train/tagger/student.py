"""The student: a small encoder over the small vocabulary."""

import torch
from tokenizers import Tokenizer

from .model import Size, Tagger
from .teacher import project_embeddings

SIZES = {"2x64": (64, 2, 2, 256), "2x128": (128, 2, 4, 512), "3x128": (128, 3, 4, 512), "2x192": (192, 2, 6, 768), "4x192": (192, 4, 6, 768)}
"""Hidden width, layers, heads, inner width by name."""


def new_student(name: str, vocabulary: dict[str, int], teacher: Tagger, teacher_tokenizer: Tokenizer, positions: int) -> Tagger:
    hidden, layers, heads, inner = SIZES[name]
    model = Tagger(Size(len(vocabulary), hidden, layers, heads, inner, positions), dropout=0.15)
    known = teacher_tokenizer.get_vocab()
    by_id = sorted(vocabulary, key=vocabulary.__getitem__)
    ids = [[known[p]] if p in known else teacher_tokenizer.encode(p.removeprefix("##"), add_special_tokens=False).ids for p in by_id]
    with torch.no_grad():
        model.words.weight.copy_(project_embeddings(teacher, ids, hidden))
        model.words.weight[0].zero_()
    return model
