"""The component in real pipelines of spaCy, and beside medspaCy."""

import pytest

spacy = pytest.importorskip("spacy")

import chartgap.spacy  # noqa: E402
from chartgap.spacy import ATTRIBUTES  # noqa: E402

TEXT = (
    "HPI: Müde. Low back pain for 3 months. No radiculopathy. Possible L4-5 facet arthropathy. "
    "History of lumbar fusion in 2010.\nFAMILY HISTORY: Mother has scoliosis.\n"
    "PLAN: Will start physical therapy."
)


@pytest.fixture(scope="module")
def nlp():
    nlp = spacy.blank("en")
    nlp.add_pipe("chartgap")
    return nlp


def attributes(span):
    return [name for name in ATTRIBUTES if span._.get(name)]


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("ASSESSMENT: Lumbar facet arthropathy.", "Lumbar facet arthropathy", []),
        ("No lumbar radiculopathy.", "lumbar radiculopathy", ["is_negated"]),
        ("Possible lumbar facet arthropathy.", "lumbar facet arthropathy", ["is_uncertain"]),
        ("PMH: history of lumbar fusion in 2010.", "lumbar fusion", ["is_historical"]),
        ("Low back pain.\nPLAN: Will start physical therapy.", "physical therapy", ["is_hypothetical"]),
        ("FAMILY HISTORY: Mother has scoliosis.", "scoliosis", ["is_family"]),
    ],
)
def test_an_assertion_is_the_attribute_that_medspacy_has_for_it(nlp, text, words, expected):
    doc = nlp(text)
    found = {ent.text: attributes(ent) for ent in doc.ents}
    assert found.get(words) == expected, found


def test_entities_are_the_mentions_of_the_report(nlp, checker):
    doc = nlp(TEXT)
    mentions = checker.check(TEXT, mentions=True).mentions
    assert doc._.chartgap.mentions == mentions
    spans = doc.spans["chartgap"]
    assert [(s.label_, s._.chartgap_mention) for s in spans] == [(m.label, m) for m in mentions]
    # no mention here begins or ends inside a token, so offsets are the same beyond the umlaut as well
    assert [(s.start_char, s.end_char, s.text) for s in spans] == [(m.start, m.end, m.text) for m in mentions]
    ents = [(e.start_char, e.end_char) for e in doc.ents]
    assert ents == sorted(set(ents)) and len(ents) > 5


def test_entities_of_others_stay_and_are_asserted():
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PROBLEM", "pattern": "stenosis"}, {"label": "PROBLEM", "pattern": "asthma"}])
    nlp.add_pipe("chartgap")
    doc = nlp("No evidence of stenosis. Brother has asthma. Low back pain.")
    found = {ent.text: (ent.label_, attributes(ent)) for ent in doc.ents}
    assert found["stenosis"] == ("PROBLEM", ["is_negated"])
    assert found["asthma"] == ("PROBLEM", ["is_family"])
    assert found["Low back pain"] == ("condition", [])


def test_labels_and_entities_can_be_left_out():
    nlp = spacy.blank("en")
    nlp.add_pipe("chartgap", config={"labels": ["level"], "ents": False, "model": None})
    doc = nlp("Facet arthropathy at L4-5.")
    assert not doc.ents and [s.text for s in doc.spans["chartgap"]] == ["L4-5"]
    assert doc._.chartgap.provenance.classifier is None


@pytest.mark.parametrize(("text", "code"), [("", "empty"), ("  \n", "empty"), ("a\0b", "nul-byte")])
def test_a_text_that_is_no_note_has_an_error_and_no_report(nlp, text, code):
    doc = nlp(text)
    assert doc._.chartgap is None and doc._.chartgap_error == code and not doc.ents


def test_a_pipeline_is_written_and_read(nlp, tmp_path):
    nlp.to_disk(tmp_path / "pipeline")
    again = spacy.load(tmp_path / "pipeline")
    assert [e.text for e in again(TEXT).ents] == [e.text for e in nlp(TEXT).ents]


def test_many_notes_go_through_a_pipe(nlp, corpus):
    texts = [note["text"] for note in corpus[:20]]
    docs = list(nlp.pipe(texts, batch_size=7))
    assert [d._.chartgap.outcome for d in docs] == [nlp(text)._.chartgap.outcome for text in texts]


def test_attributes_are_those_that_medspacy_registers():
    medspacy = pytest.importorskip("medspacy")
    from medspacy._extensions import get_extensions

    assert set(ATTRIBUTES) <= set(get_extensions()["Span"])
    nlp = medspacy.load(medspacy_enable=["medspacy_pyrush"])
    nlp.add_pipe("chartgap")
    doc = nlp("No lumbar radiculopathy.")
    [ent] = [ent for ent in doc.ents if "radiculopathy" in ent.text]
    assert ent._.any_context_attributes and ent._.context_attributes["is_negated"]
