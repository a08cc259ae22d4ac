"""Pieces, words, windows and targets."""

import numpy as np
import pytest

from tagger.data import Sentence, Span
from tagger.labels import TAG_ID, UNMARKED
from tagger.tokens import SECTION_TOKENS, SPECIAL, Encoder, best_window, targets, window_starts, wordpiece

PIECES = [*SPECIAL, *SECTION_TOKENS, "low", "back", "pain", "lum", "##bar", "no", ".", "l", "##4", "-", "5", "caf", "##e"]


def encoder(**changes):
    return Encoder(wordpiece({p: i for i, p in enumerate(PIECES)}), **{"max_tokens": 16, "stride": 4, "context": 0, **changes})


def test_a_sentence_starts_with_its_section():
    e = encoder()
    (example,) = e.encode(Sentence("n", "No lumbar pain.", "hpi"))
    names = [PIECES[i] for i in example.ids]
    assert names == ["[CLS]", "[sec:hpi]", "no", "lum", "##bar", "pain", ".", "[SEP]"]
    assert example.first.tolist() == [2, 3, 5, 6]
    assert example.spans.tolist() == [[0, 2], [3, 9], [10, 14], [14, 15]]


def test_context_is_the_end_of_the_sentence_before():
    e = encoder(context=2)
    (example,) = e.encode(Sentence("n", "pain", "plan", previous="no low back"))
    assert [PIECES[i] for i in example.ids] == ["[CLS]", "[sec:plan]", "low", "back", "[SEP]", "pain", "[SEP]"]


def test_offsets_are_code_points_of_the_original():
    (example,) = encoder().encode(Sentence("n", "é café pain", "hpi"))
    assert example.spans.tolist()[1:] == [[2, 6], [7, 11]]


def test_each_word_is_read_once_over_all_windows():
    text = " ".join(["low back pain"] * 12)
    examples = encoder().encode(Sentence("n", text, "hpi"))
    spans = np.concatenate([e.spans for e in examples])
    assert len(examples) > 1 and all(len(e.ids) <= 16 for e in examples)
    assert spans.tolist() == sorted(spans.tolist()) and len(spans) == 36


@pytest.mark.parametrize("length, room, stride, starts", [(5, 10, 3, [0]), (10, 10, 3, [0]), (11, 10, 3, [0, 7]), (20, 10, 3, [0, 7, 14])])
def test_windows(length, room, stride, starts):
    assert window_starts(length, room, stride) == starts


def test_ties_go_to_the_earlier_window():
    assert best_window(8, [0, 7], 10, 17) == 0
    assert best_window(9, [0, 7], 10, 17) == 1


def test_inner_spans_show_within_outer_ones():
    words = [(0, 2), (3, 8), (9, 13)]
    sentence = Sentence("n", "L5 nerve pain", "hpi", spans=(Span("condition", 0, 13, "absent"), Span("level", 0, 2)))
    tags, status = targets(sentence, words)
    assert tags.tolist() == [TAG_ID["B-level"], TAG_ID["I-condition"], TAG_ID["I-condition"]]
    assert status.tolist() == [1, 1, 1]


def test_other_organs_have_a_status_and_no_tag():
    tags, status = targets(Sentence("n", "rash", "hpi", spans=(Span("any", 0, 4, "family"),)), [(0, 4)])
    assert tags.tolist() == [TAG_ID["O"]] and status.tolist() == [5]
    assert targets(Sentence("n", "rash", "hpi", tagged=False), [(0, 4)])[0].tolist() == [UNMARKED]
