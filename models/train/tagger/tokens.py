"""The word pieces: a small vocabulary cut from the teacher's, and the encoding of sentences."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

from .data import Sentence
from .labels import SECTIONS, STATUS_ID, TAG_ID, UNMARKED, ANY

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
SECTION_TOKENS = tuple(f"[sec:{kind}]" for kind in SECTIONS)


@dataclass
class Example:
    """An encoded sentence: piece ids, the first piece of each word, and the targets by word."""

    ids: np.ndarray
    first: np.ndarray
    spans: np.ndarray  # [words, 2] code points
    tags: np.ndarray
    status: np.ndarray
    weight: float = 1.0
    soft_tags: np.ndarray | None = None
    soft_status: np.ndarray | None = None


def wordpiece(vocabulary: dict[str, int]) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def build_vocabulary(texts: Iterable[str], teacher: Tokenizer, size: int) -> list[str]:
    """Characters, then the most frequent words, then the pieces of the rest, most frequent first.

    A frequent word that the teacher's vocabulary splits gets a piece of its own: shorter sequences, and a small encoder
    need not compose it.
    """
    basic = wordpiece({"[UNK]": 0})
    words: Counter[str] = Counter()
    for text in texts:
        text = basic.normalizer.normalize_str(text)
        words.update(word for word, _ in basic.pre_tokenizer.pre_tokenize_str(text))
    characters: Counter[str] = Counter()
    for word, n in words.items():
        characters.update({c: word.count(c) * n for c in set(word)})
    letters = [c for c, n in characters.most_common(150) if c.isascii() or n > 5]
    pieces = [*SPECIAL, *SECTION_TOKENS, *letters, *(f"##{c}" for c in letters if c.isalnum())]
    known = set(pieces)
    whole = [w for w, n in words.most_common() if n >= 4 and len(w) < 24 and not w.isdigit() and w not in known]
    for word in whole[: (size - len(pieces)) * 4 // 5]:
        pieces.append(word)
        known.add(word)
    parts: Counter[str] = Counter()
    for word, n in words.items():
        if word not in known and not word.isdigit():
            parts.update({piece: n for piece in teacher.encode(word, add_special_tokens=False).tokens})
    for piece, _ in parts.most_common():
        if len(pieces) >= size:
            break
        if piece not in known and not piece.startswith("["):
            pieces.append(piece)
            known.add(piece)
    return pieces


class Encoder:
    """Encodes sentences as the program does: `[CLS] [sec:kind] (context [SEP])? pieces [SEP]`."""

    def __init__(self, tokenizer: Tokenizer, max_tokens: int, stride: int, context: int):
        self.tokenizer, self.max_tokens, self.stride, self.context = tokenizer, max_tokens, stride, context
        tokenizer.encode_special_tokens = True  # "[SEP]" in a note is plain text
        tokenizer.no_padding()
        tokenizer.no_truncation()
        ids = {token: tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]", *SECTION_TOKENS)}
        self.cls, self.sep = ids["[CLS]"], ids["[SEP]"]
        self.sections = {kind: ids[f"[sec:{kind}]"] for kind in SECTIONS}
        self.padding = tokenizer.token_to_id("[PAD]")

    def prefix(self, sentence: Sentence) -> list[int]:
        out = [self.cls, self.sections[sentence.section]]
        if self.context and sentence.previous:
            before = self.tokenizer.encode(sentence.previous, add_special_tokens=False).ids[-self.context :]
            out += [*before, self.sep] if before else []
        return out

    def encode(self, sentence: Sentence) -> list[Example]:
        """One example a window; of several windows each word keeps the one that shows most around it."""
        encoding = self.tokenizer.encode(sentence.text, add_special_tokens=False)
        prefix = self.prefix(sentence)
        firsts = [i for i, token in enumerate(encoding.tokens) if not token.startswith("##")]
        if not firsts:
            return []
        ends = [*firsts[1:], len(encoding.tokens)]
        spans = [(encoding.offsets[a][0], encoding.offsets[b - 1][1]) for a, b in zip(firsts, ends)]
        tags, status = targets(sentence, spans)
        room = self.max_tokens - len(prefix) - 1
        starts = window_starts(len(encoding.ids), room, self.stride)
        out = []
        for number, start in enumerate(starts):
            mine = [w for w, first in enumerate(firsts) if best_window(first, starts, room, len(encoding.ids)) == number]
            if mine:
                ids = [*prefix, *encoding.ids[start : start + room], self.sep]
                out.append(Example(
                    np.array(ids, dtype=np.int64),
                    np.array([firsts[w] - start + len(prefix) for w in mine]),
                    np.array([spans[w] for w in mine]),
                    tags[mine],
                    status[mine],
                    sentence.weight,
                ))
        return out


def window_starts(length: int, room: int, stride: int) -> list[int]:
    """Where windows of `room` pieces start; two neighbours share `stride` pieces."""
    starts = [0]
    while starts[-1] + room < length:
        starts.append(starts[-1] + room - stride)
    return starts


def best_window(piece: int, starts: list[int], room: int, length: int) -> int:
    """The window in which the piece lies farthest from an edge; the earlier one of equals."""
    def margin(start: int) -> int:
        return min(piece - start, min(start + room, length) - 1 - piece)
    return max(range(len(starts)), key=lambda i: (margin(starts[i]), -i))


def targets(sentence: Sentence, words: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Tag and status of each word. Longer spans are painted first, so that a span within another one shows."""
    tags = np.full(len(words), TAG_ID["O"] if sentence.tagged else UNMARKED)
    status = np.full(len(words), UNMARKED)
    for span in sorted(sentence.spans, key=lambda s: s.start - s.end):
        touched = [i for i, (start, end) in enumerate(words) if start < span.end and end > span.start]
        for position, i in enumerate(touched):
            if span.label != ANY:
                tags[i] = TAG_ID[f"{'B' if position == 0 else 'I'}-{span.label}"]
            if span.status is not None:
                status[i] = STATUS_ID[span.status]
    return tags, status


def load_teacher_tokenizer(folder: Path) -> Tokenizer:
    """The teacher's own pieces; its unused entries become the section tokens."""
    pieces = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
    unused = [i for i, piece in enumerate(pieces) if piece.startswith("[unused")]
    for i, token in zip(unused, SECTION_TOKENS):
        pieces[i] = token
    tokenizer = wordpiece({piece: i for i, piece in enumerate(pieces)})
    tokenizer.add_special_tokens(list((*SPECIAL, *SECTION_TOKENS)))
    return tokenizer


def save_vocabulary(pieces: list[str], path: Path) -> None:
    tokenizer = wordpiece({piece: i for i, piece in enumerate(pieces)})
    tokenizer.add_special_tokens(list((*SPECIAL, *SECTION_TOKENS)))
    tokenizer.save(str(path))


def vocabulary_of(path: Path) -> dict[str, int]:
    return json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
