"""Reads Bundles with fhirclient's strict models, and writes them again: nothing may be lost."""

import collections
import json
import sys

from fhirclient.models.bundle import Bundle

counts = collections.Counter()
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        source = json.load(file)
    bundle = Bundle(source, strict=True)
    if bundle.as_json() != source:
        sys.exit(f"{path}: written again it differs")
    urls = {entry.fullUrl for entry in bundle.entry}
    for entry in bundle.entry:
        resource = entry.resource
        counts[resource.resource_type] += 1
        if resource.resource_type == "Provenance":
            assert all(target.reference in urls for target in resource.target)
            assert resource.recorded.as_json().endswith("Z")
        if resource.resource_type == "DetectedIssue":
            assert resource.evidence[0].detail[0].reference in urls
print("fhirclient 4.4.0:", dict(counts), "all read")
