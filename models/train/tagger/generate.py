"""Sentences from the templates: a grammar of slots, concepts and marked spans.

A template is text with `[label:status|text]` (a span; the status may be missing), `{slot}` (one entry of a list, which
may hold further markup), `{Concept status}` (a concept: one of several labels, each with its own list), and `(a/b/)` (one of
the alternatives). Slots of the form `@name` draw from the program's own lexicon.
"""

import random
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .data import Sentence, Span
from .labels import ANY, LABELS, SECTIONS, STATUS_ID

MAX_DEPTH = 12


class TemplateError(ValueError):
    """A template that can't be expanded, with its place."""


@dataclass(frozen=True)
class Group:
    """Templates of one phenomenon with the sections that they may stand in."""

    name: str
    sections: tuple[str, ...]
    weight: float
    tagged: bool
    templates: tuple[str, ...]


class Text:
    """Text under construction with its spans."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.spans: list[Span] = []

    def add(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)


class Grammar:
    """All slots, concepts and groups of a folder of template files."""

    def __init__(self, folder: Path, lexicons: Path):
        self.slots: dict[str, list[str]] = {}
        self.concepts: dict[str, list[tuple[str, str]]] = {}
        self.groups: list[Group] = []
        for path in sorted(folder.glob("*.toml")):
            data = tomllib.loads(path.read_text(encoding="utf-8"))
            for name, entries in data.get("slots", {}).items():
                if name in self.slots:
                    raise TemplateError(f"{path.name}: slot {name} is defined twice")
                self.slots[name] = entries
            for name, choices in data.get("concepts", {}).items():
                self.concepts[name] = [(label, slot) for label, slot in choices]
            for group in data.get("group", []):
                unknown = [s for s in group["sections"] if s not in SECTIONS]
                if unknown:
                    raise TemplateError(f"{path.name}: {group['name']}: no section {unknown[0]}; allowed: {', '.join(SECTIONS)}")
                self.groups.append(Group(group["name"], tuple(group["sections"]), group.get("weight", 1.0),
                                         group.get("tagged", True), tuple(group["templates"])))
        for path in sorted(lexicons.glob("*.toml")):
            data = tomllib.loads(path.read_text(encoding="utf-8"))
            terms = [term for concept in data.get("concept", []) for term in concept.get("terms", [])]
            if terms:
                label = data.get("label", path.stem)
                self.slots.setdefault(f"@{path.stem}", []).extend(terms)
                self.slots.setdefault(f"@{label}", []).extend(terms)

    def sentence(self, rng: random.Random, group: Group) -> Sentence:
        text = Text()
        self.expand(rng.choice(group.templates), rng, text, 0)
        return finish(text, rng, group)

    def expand(self, template: str, rng: random.Random, out: Text, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise TemplateError(f"a slot contains itself: {template!r}")
        i = 0
        while i < len(template):
            c = template[i]
            if c == "[":
                close = matching(template, i, "[", "]")
                head, _, body = template[i + 1 : close].partition("|")
                label, _, status = head.partition(":")
                self.span(label, status or None, body, rng, out, depth)
                i = close + 1
            elif c == "{":
                close = template.index("}", i)
                name, _, status = template[i + 1 : close].partition(" ")
                if name in self.concepts:
                    label, slot = rng.choice(self.concepts[name])
                    self.span(label, status or None, "{" + slot + "}", rng, out, depth)
                elif name.startswith("@"):
                    out.add(lexicon_term(self.entries(name, rng), rng))
                else:
                    self.expand(self.entries(name, rng), rng, out, depth + 1)
                i = close + 1
            elif c == "(":
                close = matching(template, i, "(", ")")
                self.expand(rng.choice(alternatives(template[i + 1 : close])), rng, out, depth + 1)
                i = close + 1
            elif c == "\\":
                out.add(template[i + 1])
                i += 2
            else:
                out.add(c)
                i += 1

    def entries(self, name: str, rng: random.Random) -> str:
        if name not in self.slots:
            raise TemplateError(f"no slot {name}")
        return rng.choice(self.slots[name])

    def span(self, label: str, status: str | None, body: str, rng: random.Random, out: Text, depth: int) -> None:
        if label not in LABELS and label != ANY or status is not None and status not in STATUS_ID:
            raise TemplateError(f"no label {label!r} or status {status!r}")
        start = out.length
        self.expand(body, rng, out, depth + 1)
        out.spans.append(Span(label, start, out.length, status))


def matching(text: str, start: int, opening: str, closing: str) -> int:
    depth = 0
    for i in range(start, len(text)):
        if text[i - 1] == "\\" and i > start:
            continue
        if text[i] == opening:
            depth += 1
        elif text[i] == closing:
            depth -= 1
            if depth == 0:
                return i
    raise TemplateError(f"{opening} is not closed: {text!r}")


def alternatives(text: str) -> list[str]:
    """Splits at slashes that stand in no bracket."""
    parts, depth, last = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "[({") - (c in "])}")
        if c == "/" and depth == 0:
            parts.append(text[last:i])
            last = i + 1
    return [*parts, text[last:]]


def lexicon_term(term: str, rng: random.Random) -> str:
    """One reading of a lexicon term: `[a|b]` may be left out, `{a|b}` is one of them."""
    while match := re.search(r"\[([^\[\]{}]*)\]|\{([^\[\]{}]*)\}", term):
        optional, needed = match.group(1), match.group(2)
        if optional is not None:
            text = rng.choice(optional.split("|")) if rng.random() < 0.3 else ""
        else:
            text = rng.choice(needed.split("|"))
        term = term[: match.start()] + text + term[match.end() :]
    term = re.sub(r"\bl(\d) (?:l)?([s\d]\d?)\b", r"L\1-\2", term)
    return re.sub(r"\s+", " ", re.sub(r" ?([/-]) ?", r"\1", term)).strip()


def finish(text: Text, rng: random.Random, group: Group) -> Sentence:
    """Surface noise that keeps offsets: spaces squeezed, a capital, all capitals, a misspelling, no full stop."""
    raw = "".join(text.parts)
    keep = [i for i, c in enumerate(raw) if not (c == " " and (i == 0 or raw[i - 1] == " " or raw[i + 1 : i + 2] in ("", ",", ".", ";")))]
    place = {old: new for new, old in enumerate(keep)}
    surface = [raw[i] for i in keep]

    def moved(offset: int) -> int:
        while offset < len(raw) and offset not in place:
            offset += 1
        return place.get(offset, len(surface))

    spans = []
    for span in text.spans:
        start, end = moved(span.start), moved(span.end)
        while end > start and surface[end - 1] == " ":
            end -= 1
        if end > start:
            spans.append(Span(span.label, start, end, span.status))
    if surface and rng.random() < 0.75:
        surface[0] = surface[0].upper() if len(surface[0].upper()) == 1 else surface[0]
    if rng.random() < 0.04:
        surface = [c.upper() if len(c.upper()) == 1 else c for c in surface]
    if surface and surface[-1] == "." and rng.random() < 0.2:
        surface.pop()
    if rng.random() < 0.06:
        misspell(surface, rng)
    limit = len(surface)
    spans = [Span(s.label, s.start, min(s.end, limit), s.status) for s in spans if s.start < limit]
    return Sentence(f"generated:{group.name}", "".join(surface), rng.choice(group.sections), spans=tuple(spans),
                    weight=1.0, tagged=group.tagged)


def misspell(surface: list[str], rng: random.Random) -> None:
    """Swaps two neighbouring letters or changes one, inside a long word; the length stays."""
    inside = [i for i in range(2, len(surface) - 2) if all(c.isalpha() for c in surface[i - 2 : i + 3])]
    if inside:
        i = rng.choice(inside)
        if rng.random() < 0.6:
            surface[i], surface[i + 1] = surface[i + 1], surface[i]
        else:
            surface[i] = rng.choice("aeiourstln")


def generate(grammar: Grammar, count: int, seed: int) -> Iterator[Sentence]:
    """`count` sentences; a group's share is its weight times the square root of its templates."""
    rng = random.Random(seed)
    shares = [group.weight * len(group.templates) ** 0.5 for group in grammar.groups]
    for group in rng.choices(grammar.groups, shares, k=count):
        yield grammar.sentence(rng, group)
