"""Validates SARIF logs; damaged copies show that the schema can refuse one."""

import copy
import json
import sys

from jsonschema import Draft7Validator

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
schema.pop("$schema", None)
validator = Draft7Validator(schema)
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        log = json.load(file)
    faults = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(log)]
    if faults:
        sys.exit("\n".join([path, *faults[:5]]))
    for damage in (
        lambda log: log.update(version="2.0.0"),
        lambda log: log["runs"][0]["results"][0].update(level="fatal"),
        lambda log: log["runs"][0]["results"][0].pop("message"),
        lambda log: log["runs"][0]["tool"]["driver"].pop("name"),
        lambda log: log["runs"][0]["results"][0].update(surprise=1),
    ):
        damaged = copy.deepcopy(log)
        damage(damaged)
        assert not validator.is_valid(damaged), "a damaged log passes"
    print("SARIF 2.1.0 schema:", path.rsplit("/", 1)[-1], len(log["runs"][0]["results"]), "results, valid")
