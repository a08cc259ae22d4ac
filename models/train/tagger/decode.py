"""From word probabilities to entities and the status of a span, exactly as the program does it."""

from dataclasses import dataclass

import numpy as np

from .labels import LABELS, STATUS, TAG_ID

BEGIN = np.array([TAG_ID[f"B-{label}"] for label in LABELS])
INSIDE = np.array([TAG_ID[f"I-{label}"] for label in LABELS])


@dataclass(frozen=True)
class Entity:
    """A stretch that the model tags, in code points of its sentence."""

    label: str
    start: int
    end: int
    score: float
    status: str
    status_score: float


def rounded(probabilities: np.ndarray) -> np.ndarray:
    """Four decimals, so that engines that differ in the sixth decide alike."""
    return np.round(probabilities.astype(np.float64), 4)


def entities(tags: np.ndarray, status: np.ndarray, spans: np.ndarray, threshold: float = 0.5) -> list[Entity]:
    tags, status = rounded(tags), rounded(status)
    by_label = tags[:, BEGIN] + tags[:, INSIDE]
    out: list[Entity] = []
    run: list[int] = []
    label = -1

    def close() -> None:
        if run:
            mean = status[run].mean(0)
            best = int(mean.argmax())
            out.append(Entity(LABELS[label], int(spans[run[0]][0]), int(spans[run[-1]][1]),
                              float(by_label[run, label].mean()), STATUS[best], float(mean[best])))

    for word in range(len(tags)):
        best = int(by_label[word].argmax())
        if by_label[word, best] < threshold:
            close()
            run, label = [], -1
            continue
        if best != label or tags[word, BEGIN[best]] > tags[word, INSIDE[best]]:
            close()
            run, label = [], best
        run.append(word)
    close()
    return out


def touching(spans: np.ndarray, start: int, end: int) -> np.ndarray:
    return np.flatnonzero((spans[:, 0] < end) & (spans[:, 1] > start))


def span_status(status: np.ndarray, spans: np.ndarray, start: int, end: int) -> tuple[str, float] | None:
    """The best status of the words that overlap a span and its probability; None where no word does."""
    words = touching(spans, start, end)
    if not len(words):
        return None
    mean = rounded(status)[words].mean(0)
    best = int(mean.argmax())
    return STATUS[best], float(mean[best])


def best_label_probability(tags: np.ndarray, spans: np.ndarray, start: int, end: int, label: str) -> float | None:
    """The highest probability of the label over the words of a span."""
    words = touching(spans, start, end)
    if not len(words):
        return None
    i = LABELS.index(label)
    probabilities = rounded(tags)
    return float((probabilities[words, BEGIN[i]] + probabilities[words, INSIDE[i]]).max())
