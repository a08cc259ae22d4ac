"""The template language and the templates themselves."""

import random
from pathlib import Path

import pytest

from tagger.generate import Grammar, Group, TemplateError, alternatives, generate, lexicon_term
from tagger.labels import ANY, LABELS, STATUS

ROOT = Path(__file__).resolve().parents[3]
GRAMMAR = Grammar(ROOT / "models/train/templates", ROOT / "lexicons")


def read(template: str, slots: dict[str, list[str]] | None = None, seed: int = 1):
    grammar = Grammar.__new__(Grammar)
    grammar.slots, grammar.concepts, grammar.groups = slots or {}, {"C": [("condition", "c")]}, []
    return grammar.sentence(random.Random(seed), Group("t", ("hpi",), 1.0, True, (template,)))


def marked(sentence):
    return [(s.label, s.status, sentence.text[s.start : s.end].lower()) for s in sentence.spans]


@pytest.mark.parametrize("template, spans", [
    ("no [condition:absent|low back pain]", [("condition", "absent", "low back pain")]),
    ("{C possible} at [level|L4-5]", [("condition", "possible", "stenosis"), ("level", None, "l4-5")]),
    ("[care:historical|PT] , then [any:present|rash]", [("care", "historical", "pt"), ("any", "present", "rash")]),
    ("\\[ ] [any:absent|rash]", [("any", "absent", "rash")]),
])
def test_spans_keep_their_text(template, spans):
    assert marked(read(template, {"c": ["stenosis"]}, seed=3)) == spans


@pytest.mark.parametrize("template", ["[nolabel:absent|x]", "[condition:nostatus|x]", "{nosuchslot}", "[condition:absent|x", "{loop}"])
def test_bad_templates_are_errors(template):
    with pytest.raises(TemplateError):
        read(template, {"loop": ["{loop}"]})


def test_alternatives_split_outside_of_brackets():
    assert alternatives("a/(b/c)/[x:y|d/e]/") == ["a", "(b/c)", "[x:y|d/e]", ""]


def test_lexicon_terms_leave_no_markup():
    rng = random.Random(0)
    for terms in (v for k, v in GRAMMAR.slots.items() if k.startswith("@")):
        for term in terms:
            text = lexicon_term(term, rng)
            assert text and not set(text) & set("[]{}|"), term


def test_every_template_expands():
    for group in GRAMMAR.groups:
        for number, template in enumerate(group.templates):
            single = Group(group.name, group.sections, 1.0, group.tagged, (template,))
            for seed in range(4):
                sentence = GRAMMAR.sentence(random.Random(seed), single)
                assert sentence.text.strip(), (group.name, number)
                for span in sentence.spans:
                    assert span.label in (*LABELS, ANY) and span.status in (*STATUS, None)
                    assert 0 <= span.start < span.end <= len(sentence.text)
                    assert sentence.text[span.start : span.end].strip() == sentence.text[span.start : span.end] or span.label == "function"


def test_generation_is_reproducible():
    assert list(generate(GRAMMAR, 50, 9)) == list(generate(GRAMMAR, 50, 9))
