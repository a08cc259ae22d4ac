"""One note in, one report out."""

import copy
import json
import pickle
import subprocess
import sys
import threading
from dataclasses import fields, is_dataclass

import pytest
from conftest import NOTE, run

import chartgap
from chartgap import report as forms


def test_a_report_is_the_one_of_the_command(checker, corpus, command, tmp_path):
    notes = tmp_path / "notes.jsonl"
    notes.write_text("".join(json.dumps(n) + "\n" for n in corpus[:40]), encoding="utf-8")
    lines = run(command, "check", "--format", "jsonl", "--mentions", notes).stdout.splitlines()
    assert len(lines) == 40
    for note, line in zip(corpus, lines):
        report = checker.check(
            note["text"],
            id=note["id"],
            date=note.get("date"),
            codes=note.get("codes") or (),
            procedures=note.get("procedures") or (),
            mentions=True,
        )
        assert report.to_json() == line


def test_metadata_reach_the_report(checker):
    report = checker.check(NOTE, id="v1", procedures=["64493"])
    assert report.id == "v1"
    assert [p.cpt for p in report.procedures] == ["64493"] and report.procedures[0].elements
    assert set(g.id for g in report.gaps) >= {e.id for e in report.procedures[0].elements if e.gap}


def test_offsets_are_code_points(checker):
    report = checker.check("Müller, " + NOTE, mentions=True)
    evidence = [e for element in report.elements for e in element.evidence]
    assert evidence and report.mentions
    text = "Müller, " + NOTE
    for place in [*evidence, *report.mentions]:
        assert text[place.start : place.end] == place.text
    for place in evidence:
        assert text.encode()[place.byte_start : place.byte_end].decode() == place.text


def test_the_objects_have_the_fields_of_the_schema():
    schema = chartgap.report_schema()
    names = {
        "Evidence": "Evidence", "Place": "Place", "Gap": "Gap", "Element": "ElementReport", "Summary": "Summary",
        "Reason": "Reason", "Alternative": "Alternative", "Coding": "Coding", "Procedure": "ProcedureReport",
        "Mention": "MentionReport", "Verdict": "VerdictReport", "Disagreement": "DisagreementReport",
        "Model": "Model", "Provenance": "Provenance",
    }  # fmt: skip
    classes = {n: c for n, c in vars(forms).items() if isinstance(c, type) and is_dataclass(c)}
    assert set(classes) == set(names)
    for name, cls in classes.items():
        assert {f.name for f in fields(cls)} == set(schema["$defs"][names[name]]["properties"]), name
    assert all(hasattr(chartgap.Report, name) for name in schema["$defs"]["Report"]["properties"] if name != "schema")


def test_all_of_the_dictionary_is_in_the_objects(checker):
    report = checker.check(NOTE, procedures=["64493"], mentions=True)

    def plain(value):
        if is_dataclass(value):
            return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
        return [plain(v) for v in value] if isinstance(value, list) else value

    def same(ours, theirs):
        if isinstance(theirs, dict):
            return all(same(ours[k], v) for k, v in theirs.items())
        if isinstance(theirs, list):
            return len(ours) == len(theirs) and all(map(same, ours, theirs))
        return ours == theirs

    data = report.to_dict()
    assert data.pop("schema") == chartgap.SCHEMA
    for name, value in data.items():
        assert same(plain(getattr(report, name)), value), name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("zebra\0", "nul-byte"),
        ("zebra \udc80", "invalid-utf8"),
        ("zebra" * (chartgap.MAX_NOTE_BYTES // 5 + 1), "too-large"),
    ],
)
def test_a_text_that_is_no_note_is_refused_without_its_words(checker, text, code):
    with pytest.raises(chartgap.NoteError) as error:
        checker.check(text)
    assert error.value.code == code
    chain, seen = error.value, []
    while chain is not None:
        seen.append(repr(vars(chain)) + repr(chain.args))
        chain = chain.__context__
    assert "zebra" not in "".join(seen)


def test_rules_that_are_refused_name_file_and_line(tmp_path):
    bad = tmp_path / "mine.toml"
    bad.write_text('label = "condition"\n[[concept]]\nid = "x"\nwords = 1\n')
    with pytest.raises(chartgap.LoadError, match=r"mine\.toml:\d+: "):
        chartgap.Checker(lexicon=[tmp_path])
    with pytest.raises(chartgap.LoadError, match="nowhere"):
        chartgap.Checker(checklist=tmp_path / "nowhere.toml")
    with pytest.raises(ValueError):
        chartgap.Checker(mac="no such contractor")


def test_model_and_rules_are_named(checker):
    assert checker.provenance.classifier.name
    assert chartgap.Checker(model=None).provenance.classifier is None


def test_a_checker_goes_to_other_processes_and_a_report_is_quiet(checker):
    again = pickle.loads(pickle.dumps(checker))
    assert again.check(NOTE) == checker.check(NOTE)
    assert copy.copy(checker).check(NOTE) == checker.check(NOTE)
    shown = repr(checker.check(NOTE))
    assert shown.startswith("<chartgap.Report ") and "ller" not in shown and "facet" not in shown


def test_the_notebook_shows_the_marked_note_in_a_closed_frame(checker):
    shown = checker.check("<script>alert(1)</script> Facet arthropathy at L4-5.")._repr_html_()
    assert shown.startswith('<iframe title="chartgap report" sandbox="" srcdoc="')
    inside = shown.split('srcdoc="')[1].split('"')[0]
    assert "<" not in inside and "&lt;mark" in inside and "Facet arthropathy" in inside
    assert "&amp;lt;script&amp;gt;" in inside and "&lt;script" not in inside


def test_threads_work_at_the_same_time(checker, corpus):
    texts = [note["text"] for note in corpus]
    expected = [checker.check(text).to_json() for text in texts]
    got: dict[int, list[str]] = {}

    def work(n):
        got[n] = [checker.check(text).to_json() for text in texts]

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert all(result == expected for result in got.values()) and len(got) == 4


def test_other_threads_run_while_notes_are_checked(checker, corpus):
    pa = pytest.importorskip("pyarrow")
    data = pa.table({"text": [n["text"] for n in corpus] * 40})
    done = threading.Event()
    work = threading.Thread(target=lambda: (checker.check_batch(data), done.set()))
    work.start()
    turns = 0
    while not done.wait(0.001):
        turns += 1
    work.join()
    # were the GIL held, this loop would have had no turn before the end
    assert turns > 20


def test_nothing_else_is_imported():
    code = "import sys, chartgap; print([m for m in ('pyarrow', 'numpy', 'pyspark', 'spacy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
