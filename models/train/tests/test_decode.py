"""From probabilities to entities, and the merge table."""

import numpy as np

from tagger.calibrate import Table, corrected, merged
from tagger.data import Note, Span
from tagger.decode import Entity, best_label_probability, entities, span_status
from tagger.labels import STATUS, TAG_ID, TAGS
from tagger.reading import Reading, View


def tags(*rows):
    out = np.zeros((len(rows), len(TAGS)), np.float32)
    for i, row in enumerate(rows):
        for name, p in row.items():
            out[i, TAG_ID[name]] = p
    return out


SPANS = np.array([[0, 3], [4, 8], [9, 13]])
STATUSES = np.array([[0.1, 0.9, 0, 0, 0, 0], [0.3, 0.7, 0, 0, 0, 0], [0.9, 0.1, 0, 0, 0, 0]], np.float32)


def test_words_of_one_label_are_one_entity():
    found = entities(tags({"B-care": 0.9}, {"I-care": 0.7, "B-care": 0.1}, {"O": 1.0}), STATUSES, SPANS)
    assert [(e.label, e.start, e.end, e.status) for e in found] == [("care", 0, 8, "absent")]
    assert abs(found[0].score - 0.85) < 1e-6 and abs(found[0].status_score - 0.8) < 1e-6


def test_a_new_beginning_or_label_starts_an_entity():
    found = entities(tags({"B-care": 0.9}, {"B-care": 0.8, "I-care": 0.1}, {"I-injury": 0.6}), STATUSES, SPANS)
    assert [(e.label, e.start, e.end) for e in found] == [("care", 0, 3), ("care", 4, 8), ("injury", 9, 13)]


def test_words_below_the_threshold_are_outside():
    assert entities(tags({"B-care": 0.3, "B-injury": 0.3}, {"O": 1}, {"O": 1}), STATUSES, SPANS) == []


def test_status_of_a_span_is_the_mean_of_the_words_it_touches():
    assert span_status(STATUSES, SPANS, 5, 10) == ("present", 0.6)
    assert span_status(STATUSES, SPANS, 3, 4) is None
    assert best_label_probability(tags({"B-care": 0.2}, {"I-care": 0.7}, {"O": 1}), SPANS, 0, 8, "care") == np.float64(np.round(np.float32(0.7).astype(np.float64), 4))


def test_the_first_entry_that_fits_wins():
    table = [{"label": "care", "rules": "present", "by": "cue", "model": "absent", "min": 0.9},
             {"label": "any", "rules": "present", "by": "any", "model": "absent", "min": 0.6}]
    assert corrected(table, "care", "present", "cue", "absent", 0.7) == "absent"
    assert corrected(table, "care", "present", "cue", "absent", 0.5) == "present"
    assert corrected(table, "care", "historical", "cue", "absent", 0.99) == "historical"


def test_merging_adds_drops_and_corrects():
    views = [View(Span("care", 0, 3, "present", "default"), 0.9, "historical", 0.95), View(Span("injury", 10, 14, "present", "default"), 0.001, "present", 0.9)]
    found = [Entity("care", 0, 5, 0.9, "present", 0.9), Entity("care", 20, 25, 0.9, "absent", 0.9), Entity("function", 30, 35, 0.4, "present", 0.9)]
    table = Table({"care": {"add": 0.8}, "injury": {"drop": 0.01}, "function": {"add": 0.5}},
                  [{"label": "care", "rules": "present", "by": "default", "model": "historical", "min": 0.9}])
    out = merged(Reading(Note("n", "s", ""), found, views), table)
    assert [(m["label"], m["start"], m["assertion"]) for m in out] == [("care", 0, "historical"), ("care", 20, "absent")]
    assert all(status in STATUS for status in (m["assertion"] for m in out))
