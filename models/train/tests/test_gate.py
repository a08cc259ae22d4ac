"""The gate, the scorer and the calibration on small made-up cases."""

import numpy as np
import pytest

from tagger.calibrate import calibrate_add, calibrate_drop, calibrate_status
from tagger.data import Note, Sentence, Span
from tagger.decode import Entity
from tagger.gate import Gate, bears, fit, threshold_for
from tagger.reading import Reading, View
from tagger.score import f1, match, micro, note_counts


def sentence(text: str, bearing: bool) -> Sentence:
    spans = (Span("function", 0, 4, "present"),) if bearing else (Span("any", 0, 4, "absent"),)
    return Sentence("n", text, "hpi", words=tuple(text.split()), spans=spans)


def test_the_gate_learns_the_words_that_matter():
    data = [sentence("cannot lift her baby", True), sentence("blood pressure was normal", False)] * 20
    gate = fit(data, steps=60)
    assert gate.score(data[0]) > gate.score(data[1])
    assert gate.weights["lift"] > 0 > gate.weights["pressure"]


def test_a_concept_of_another_organ_bears_nothing():
    assert bears(sentence("rash", True)) and not bears(sentence("rash", False))


@pytest.mark.parametrize("recall, expected", [(1.0, -3.0), (0.75, -1.0)])
def test_threshold_counts_what_the_rules_open(recall, expected):
    scores = np.array([-3.0, -1.0, 2.0, -9.0])
    assert threshold_for(scores, np.array([False, False, False, True]), recall) == expected


def test_words_without_weight_count_nothing():
    assert Gate(-1.0, {"lift": 2.0}).score(sentence("lift something", True)) == 1.0


def mention(start, end, label="care", assertion="present"):
    return {"label": label, "start": start, "end": end, "assertion": assertion}


def test_the_longest_overlap_matches_first():
    assert match([mention(0, 10), mention(8, 12)], [mention(7, 12)]) == [(1, 0)]


def test_counts_of_a_note():
    gold = {"mentions": [mention(0, 4), mention(10, 14, assertion="absent"), mention(0, 3, "level", None)], "levels_truncated": True}
    counts = note_counts(gold, [mention(1, 3), mention(10, 12), mention(20, 22), mention(9, 12, "level", None)])
    assert (counts["tp:care"], counts["fp:care"], counts["fn:care"], counts["fp:level"], counts["fn:level"]) == (2, 1, 0, 0, 1)
    assert (counts["right:care"], counts["asked:care"], counts["fn=absent"], counts["fp=present"]) == (1, 2, 1, 1)
    assert f1(counts, "care") == pytest.approx(0.8) and micro(counts) == pytest.approx(4 / 6)


def readings(score: float, right: bool, known: float = 0.9, rules: str = "present", model: str = "historical", gold: str = "historical") -> list[Reading]:
    """Thirty notes with one mention of the rules and one entity that they lack, in the gold or not."""
    out = []
    for i in range(30):
        mentions = [mention(0, 4, assertion=gold)] + ([mention(10, 14)] if right else [])
        view = View(Span("care", 0, 4, rules, "default"), known, model, 0.85)
        out.append(Reading(Note(str(i), "s", "", gold={"mentions": mentions}), [Entity("care", 10, 14, score, "present", 0.9)], [view]))
    return out


def test_what_is_right_is_added_and_what_is_wrong_is_not():
    assert calibrate_add(readings(0.83, True), "care", 0.9) == {"add": 0.5}
    assert calibrate_add(readings(0.83, False), "care", 0.9) == {}


def test_right_mentions_are_not_dropped():
    assert calibrate_drop(readings(0.8, True, known=0.0), "care", 0.9) == {}


def test_status_is_corrected_where_it_helps():
    (entry,) = calibrate_status(readings(0.8, True), 0.9)
    assert entry == {"label": "care", "rules": "present", "by": "default", "model": "historical", "min": 0.5}
    assert calibrate_status(readings(0.8, True, gold="present"), 0.9) == []
