"""How Schemathesis sends JSON lines: text as it was made, and now and then lines that are notes."""

import json

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(ctx, value):
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        note = json.dumps({"id": "made", "text": value or "Low back pain."})
        return f"{note}\n{value}\n".encode("utf-8", "surrogatepass")
    return json.dumps(value).encode()
