// Validates Bundles and each of their resources. Own codes are allowed where the binding is no more than preferred: there
// the validator warns, and only there. To show that it can fail, a damaged copy of every resource must be refused.
const { Fhir } = require("fhir");
const fs = require("fs");

const fhir = new Fhir();
const ours = /\(urn:chartgap:[a-z-]+\) not found in value set$/;
const preferred = /^(DetectedIssue\.(code|mitigation\[\d+\]\.action)|OperationOutcome\.issue\[\d+\]\.details)$/;

function faults(resource) {
  const { valid, messages } = fhir.validate(resource, { errorOnUnexpected: true });
  const bad = messages.filter(
    (m) => m.severity !== "info" && !(m.severity === "warning" && ours.test(m.message) && preferred.test(m.location)),
  );
  return valid ? bad : messages;
}

const damage = {
  Device: (r) => (r.status = "broken"),
  GuidanceResponse: (r) => delete r.status,
  DetectedIssue: (r) => (r.severity = "severe"),
  Provenance: (r) => delete r.recorded,
  OperationOutcome: (r) => (r.issue[0].surprise = true),
  Bundle: (r) => (r.type = "heap"),
};

const counts = {};
let failed = 0;
for (const file of process.argv.slice(2)) {
  const bundle = JSON.parse(fs.readFileSync(file, "utf8"));
  for (const resource of [bundle, ...bundle.entry.map((e) => e.resource)]) {
    const type = resource.resourceType;
    const found = faults(resource);
    if (found.length) {
      failed += 1;
      console.error(file, type, resource.id, JSON.stringify(found.slice(0, 3)));
    }
    if (!counts[type]) {
      const copy = JSON.parse(JSON.stringify(resource));
      damage[type](copy);
      if (!faults(copy).length) {
        failed += 1;
        console.error(`a damaged ${type} passes`);
      }
    }
    counts[type] = (counts[type] || 0) + 1;
  }
}
console.log("fhir 4.12.0:", JSON.stringify(counts), failed ? `${failed} FAILED` : "all valid");
process.exit(failed ? 1 : 0);
