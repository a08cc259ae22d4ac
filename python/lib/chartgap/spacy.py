"""A spaCy component: the mentions of a note as entities with the attributes that medspaCy's ConText sets.

Importing this module registers the factory ``chartgap``::

    import spacy
    import chartgap.spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("chartgap")
    doc = nlp("No radiculopathy. Facet arthropathy at L4-5.")
    [(ent.text, ent.label_, ent._.is_negated) for ent in doc.ents]
    doc._.chartgap.outcome
"""

from collections.abc import Iterable

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from . import NoteError
from .checker import EMBEDDED, cached
from .report import Mention

#: As medspaCy names them. Where it is installed and was imported before, its own are used.
ATTRIBUTES = ("is_negated", "is_uncertain", "is_historical", "is_hypothetical", "is_family")

#: What an assertion, or an axis of one, is called there.
_ATTRIBUTE = {
    "absent": "is_negated",
    "possible": "is_uncertain",
    "historical": "is_historical",
    "hypothetical": "is_hypothetical",
    "family": "is_family",
}


def _register() -> None:
    for name in ATTRIBUTES:
        if not Span.has_extension(name):
            Span.set_extension(name, default=False)
    for name in ("chartgap_mention", "chartgap_assertion"):
        if not Span.has_extension(name):
            Span.set_extension(name, default=None)
    for name in ("chartgap", "chartgap_error"):
        if not Doc.has_extension(name):
            Doc.set_extension(name, default=None)


_register()


class ChartgapComponent:
    """Sets on a ``Doc``:

    - ``doc.spans["chartgap"]``: every mention, with its label; ``span._.chartgap_mention`` is the mention of the report,
      ``span._.chartgap_assertion`` its assertion
    - ``doc.ents``: the mentions; of those that overlap the longest. Entities that were there stay and go first
    - on all of them, and on the entities that were there before, ``is_negated``, ``is_uncertain``, ``is_historical``,
      ``is_hypothetical``, ``is_family``
    - ``doc._.chartgap``: the report; ``doc._.chartgap_error``: why there is none (a stable word)

    A mention that begins or ends inside a token covers the whole of it.
    """

    def __init__(
        self,
        *,
        model: str | None = EMBEDDED,
        lexicon: Iterable[str] = (),
        ents: bool = True,
        assert_others: bool = True,
        labels: Iterable[str] | None = None,
    ) -> None:
        self._checker = cached(model=model, lexicon=list(lexicon))
        self._ents = ents
        self._assert_others = assert_others
        self._labels = None if labels is None else set(labels)

    def __call__(self, doc: Doc) -> Doc:
        try:
            report = self._checker.check(doc.text, mentions=True)
        except NoteError as error:
            doc._.chartgap_error = error.code
            doc.spans["chartgap"] = []
            return doc
        doc._.chartgap = report
        if self._assert_others and doc.ents:
            self._set_axes(doc, list(doc.ents))
        found = []
        for mention in report.mentions or ():
            if self._labels is None or mention.label in self._labels:
                span = doc.char_span(mention.start, mention.end, mention.label, alignment_mode="expand")
                if span is not None and len(span):
                    self._set_mention(span, mention)
                    found.append(span)
        doc.spans["chartgap"] = found
        if self._ents:
            taken = {token.i for ent in doc.ents for token in ent}
            free = [span for span in found if not any(token.i in taken for token in span)]
            doc.ents = list(doc.ents) + filter_spans(free)
        return doc

    def _set_mention(self, span: Span, mention: Mention) -> None:
        # Extensions lie on the characters of the span, so that an entity over the same ones has them too.
        span._.chartgap_mention = mention
        span._.chartgap_assertion = mention.assertion
        attribute = _ATTRIBUTE.get(mention.assertion or "")
        if attribute is not None:
            span._.set(attribute, True)

    def _set_axes(self, doc: Doc, spans: list[Span]) -> None:
        places = [(span.start_char, span.end_char) for span in spans]
        for span, axes in zip(spans, self._checker._native.assertions(doc.text, places)):
            for value in axes:
                if value in _ATTRIBUTE:
                    span._.set(_ATTRIBUTE[value], True)


@Language.factory(
    "chartgap",
    assigns=["doc.ents", "doc.spans", "doc._.chartgap", *(f"span._.{name}" for name in ATTRIBUTES)],
    default_config={
        "model": EMBEDDED,
        "lexicon": [],
        "ents": True,
        "assert_others": True,
        "labels": None,
    },
)
def create(
    nlp: Language,
    name: str,
    model: str | None,
    lexicon: list[str],
    ents: bool,
    assert_others: bool,
    labels: list[str] | None,
) -> ChartgapComponent:
    """Builds the component from the configuration of a pipeline."""
    return ChartgapComponent(
        model=model, lexicon=lexicon, ents=ents, assert_others=assert_others, labels=labels
    )
