"""Makes the model of the tests: a small network with chosen answers, in the form of the real one.

    pip install numpy onnx tokenizers
    python3 tests/data/model/make.py

The network has an embedding, one layer of attention and one of feed-forward, so it runs the operators that the real one
runs. Most of its weights are small noise; the words in KEYWORDS carry what the tests ask for. The same command makes the
same files.
"""

import hashlib
import json
import pathlib
import re
import unicodedata

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[2]
SEED = 20_26
HIDDEN = 32
LABELS = ["condition", "level", "grade", "imaging", "chronicity", "care", "surgery", "function", "injury"]
TAGS = ["O"] + [f"{bi}-{label}" for label in LABELS for bi in "BI"]
STATUS = ["present", "absent", "possible", "historical", "hypothetical", "family"]
SECTIONS = """chief_complaint hpi past_medical_history surgical_history family_history social_history medications
    allergies ros exam imaging labs assessment plan assessment_plan procedure indication diagnosis prior_treatment
    function instructions consent course other""".split()

# word: the tag that it speaks for, or the assertion that it gives its sentence
KEYWORDS = {
    "zorbing": "B-care", "orb": "I-care", "wheelbarrow": "B-function", "trampoline": "B-injury",
    "lumbagitis": "B-condition", "fortnight": "B-chronicity", "fluxogram": "B-imaging",
    "stenosis": "B-condition", "scoliosis": "B-condition",
    "erstwhile": "historical", "doubtless": "possible", "grandmother": "family", "someday": "hypothetical",
}


def words():
    """The commonest words of the project's own notes."""
    counts = {}
    for line in (ROOT / "corpus/notes.jsonl").read_text().splitlines():
        text = unicodedata.normalize("NFD", json.loads(line)["text"].lower())
        for word in re.findall(r"[a-z]{3,}", text):
            counts[word] = counts.get(word, 0) + 1
    return sorted(counts, key=lambda w: (-counts[w], w))[:350]


def tokenizer():
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"] + [f"[sec:{s}]" for s in SECTIONS]
    marks = list("!\"#$%&'()*+,-./:;<=>?@[]_`{|}~")
    pieces = special + marks + list(letters) + [f"##{c}" for c in letters] + list(KEYWORDS) + words()
    vocabulary = {}
    for piece in pieces:
        vocabulary.setdefault(piece, len(vocabulary))
    t = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=40))
    t.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=True, clean_text=True)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.add_special_tokens(special)
    return t, vocabulary


def network(vocabulary):
    random = np.random.default_rng(SEED)
    noise = lambda *shape: random.normal(0, 0.04, shape).astype(np.float32)
    embedding = noise(len(vocabulary), HIDDEN)
    value = noise(HIDDEN, HIDDEN)
    tags, status = noise(HIDDEN, len(TAGS)), noise(HIDDEN, len(STATUS))
    tag_bias, status_bias = np.zeros(len(TAGS), np.float32), np.zeros(len(STATUS), np.float32)
    tag_bias[0], status_bias[0] = 6, 3
    # the first dimensions are tags, the next ones assertions; attention carries the latter through the sentence
    for i in range(len(TAGS)):
        tags[i, i] = 12
    for i in range(len(STATUS)):
        status[len(TAGS) + i, i] = 1
        value[len(TAGS) + i, len(TAGS) + i] = 12
    for word, said in KEYWORDS.items():
        at = TAGS.index(said) if said in TAGS else len(TAGS) + STATUS.index(said)
        embedding[vocabulary[word], at] = 1 if said in TAGS else 10
    weights = {
        "embedding": embedding, "query": noise(HIDDEN, HIDDEN), "key": noise(HIDDEN, HIDDEN), "value": value,
        "scale": np.float32(HIDDEN ** -0.5), "norm_scale": np.ones(HIDDEN, np.float32),
        "norm_bias": np.zeros(HIDDEN, np.float32), "up": noise(HIDDEN, 2 * HIDDEN), "down": noise(2 * HIDDEN, HIDDEN),
        "half": np.float32(0.5), "one": np.float32(1), "root": np.float32(2 ** -0.5),
        "tags_w": tags, "tags_b": tag_bias, "status_w": status, "status_b": status_bias,
        "axis": np.array([1], np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Gather", ["embedding", "input_ids"], ["x"]),
        node("Unsqueeze", ["x", "axis"], ["x4"]),
        node("MatMul", ["x4", "query"], ["q"]), node("MatMul", ["x4", "key"], ["k"]),
        node("MatMul", ["x4", "value"], ["v"]),
        node("Transpose", ["k"], ["kt"], perm=[0, 1, 3, 2]),
        node("MatMul", ["q", "kt"], ["scores"]), node("Mul", ["scores", "scale"], ["scaled"]),
        node("Add", ["scaled", "mask"], ["masked"]), node("Softmax", ["masked"], ["attention"], axis=-1),
        node("MatMul", ["attention", "v"], ["mixed4"]), node("Squeeze", ["mixed4", "axis"], ["mixed"]),
        node("Add", ["x", "mixed"], ["h"]),
        node("LayerNormalization", ["h", "norm_scale", "norm_bias"], ["n"], axis=-1, epsilon=1e-12),
        node("MatMul", ["n", "up"], ["u"]),
        node("Mul", ["u", "root"], ["u1"]), node("Erf", ["u1"], ["u2"]), node("Add", ["u2", "one"], ["u3"]),
        node("Mul", ["u", "u3"], ["u4"]), node("Mul", ["u4", "half"], ["gelu"]),
        node("MatMul", ["gelu", "down"], ["d"]), node("Add", ["h", "d"], ["out"]),
        node("MatMul", ["out", "tags_w"], ["t"]), node("Add", ["t", "tags_b"], ["tags"]),
        node("MatMul", ["out", "status_w"], ["s"]), node("Add", ["s", "status_b"], ["status"]),
    ]
    tensor = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, "test",
        [tensor("input_ids", TensorProto.INT64, ["B", "L"]), tensor("mask", TensorProto.FLOAT, ["B", 1, 1, "L"])],
        [tensor("tags", TensorProto.FLOAT, ["B", "L", len(TAGS)]), tensor("status", TensorProto.FLOAT, ["B", "L", 6])],
        [numpy_helper.from_array(np.asarray(w), name) for name, w in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="test")
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model


def main():
    t, vocabulary = tokenizer()
    t.save(str(HERE / "tokenizer.json"), pretty=False)
    onnx.save(network(vocabulary), HERE / "tagger.onnx")
    weights = {w: 6.0 for w, said in KEYWORDS.items() if said in TAGS}
    weights |= {"section:hpi": 0.5, "section:labs": -2.0, "pain": 1.25}
    (HERE / "gate.tsv").write_text("".join(f"{w}\t{p}\n" for w, p in sorted(weights.items())))
    digest = lambda name: hashlib.sha256((HERE / name).read_bytes()).hexdigest()
    files = "\n".join(f'"{name}" = "{digest(name)}"' for name in ["tagger.onnx", "tokenizer.json", "gate.tsv"])
    (HERE / "manifest.toml").write_text(f"""name = "test"

[files]
{files}

[input]
max_tokens = 48
stride = 12
context = 4

[decode]
word_threshold = 0.5
tags = {json.dumps(TAGS)}
status = {json.dumps(STATUS)}

[merge.care]
add = 0.8
drop = 0.05

[merge.function]
add = 0.8

[merge.injury]
add = 0.8
assertion = "rules"

[merge.condition]
add = 0.9

[merge.chronicity]
add = 0.8

[merge.imaging]
add = 0.8

[[status]]
label = "condition"
rules = "present"
by = "default"
model = "historical"
min = 0.8

[[status]]
label = "any"
rules = "any"
by = "section"
model = "family"
min = 0.6

[[assert]]
rules = "present"
by = "default"
model = "historical"
min = 0.7

[gate]
bias = -3.0
threshold = 0.0
note = true
""")


if __name__ == "__main__":
    main()
