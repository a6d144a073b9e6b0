# SPDX-License-Identifier: Apache-2.0
"""TensorFlow's answers (tests/golden), through Python, bit for bit."""

import base64
import gzip
import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import seqfeat as sf

GOLDEN = pathlib.Path(__file__).parents[2] / "tests" / "golden"
CLASSES = {"InvalidArgument": sf.InvalidArgument, "DataError": sf.DataError}


def cases(*files):
    made = []
    for file in files:
        content = json.loads((GOLDEN / f"{file}.json").read_text())
        for case in content["cases"]:
            case["tensors"] = content.get("tensors", {})
            made.append(pytest.param(case, id=f"{file}/{case['name']}"))
    return made


def answer(case):
    return case.get("ours", case["expect"])


def tensor(case, given):
    if "ref" in given:
        given = case["tensors"][given["ref"]]
    dtype = {"F32": np.float32, "BOOL": np.bool_}[given["dtype"]]
    return np.frombuffer(base64.b64decode(given["data_b64"]), dtype).reshape(given["shape"])


def tokens(given, dtype):
    """Values of a case: a list of bytes, or an array."""
    if "values_f32" in given:
        return tensor(None, given["values_f32"])
    if "values_b64" in given:
        return [base64.b64decode(text) for text in given["values_b64"]]
    return np.array([int(text) for text in given["values"]], dtype)


def ragged(feature):
    csr = feature["csr"]
    return sf.Ragged(tokens(csr, feature["dtype"]), csr["row_offsets"], csr["step_offsets"])


def dense(feature):
    values = tokens(feature, feature["dtype"])
    array = values
    if isinstance(values, list):
        array = np.empty(len(values), object)
        array[:] = values
    array = array.reshape(feature["shape"])
    # An array [B] has a token a row, '' and -1 too; dense cells of rank 1 are a form of TensorFlow's.
    return sf.Ragged.from_dense(array) if array.ndim == 1 else array


def same_floats(got, want):
    assert got.dtype == want.dtype == np.float32 and got.shape == want.shape
    bits, expected = got.view(np.uint32), want.view(np.uint32)
    assert np.all((bits == expected) | (np.isnan(got) & np.isnan(want)))


def near_floats(got, want, tolerance):
    """Within a distance relative to the largest value."""
    assert got.dtype == want.dtype == np.float32 and got.shape == want.shape
    assert np.abs(got - want).max(initial=0) <= tolerance * np.abs(want).max(initial=0)


def expects_error(case, run):
    """Whether the case is one of an error, which `run` then has to raise."""
    error = answer(case).get("error")
    if error is None:
        return False
    with pytest.raises(tuple(CLASSES[kind] for kind in error["kinds"])) as raised:
        run()
    for name in error["names"]:
        assert name in str(raised.value)
    return True


@pytest.mark.parametrize("case", cases("hash_bucket"))
def test_hash_bucket(case):
    values, buckets = tokens(case, case["dtype"]), int(case["num_buckets"])

    def run():
        return sf.hash_bucket(values, buckets, dtype=case["dtype"])

    if buckets == 1:  # which the free function takes, as TensorFlow does; a column does not
        case.pop("ours")
    if not expects_error(case, run):
        assert run().tolist() == [int(text) for text in answer(case)["ids"]]


@pytest.mark.parametrize("case", cases("keyed"))
def test_keyed(case):
    dtype = case.get("dtype", "string")
    values = tokens(case, dtype)
    salt = case.get("key", case.get("salt"))
    salt = None if salt is None else [int(part) for part in salt]

    def run():
        buckets = int(case.get("num_buckets", case.get("num_bins", 0)))
        return sf.hash_bucket(values, buckets, salt, case.get("mask_value"), dtype=dtype)

    if not expects_error(case, run):
        assert run().tolist() == [int(text) for text in answer(case)["ids"]]


def test_fingerprint():
    content = json.loads((GOLDEN / "fingerprint.json").read_text())["cases"]
    got = sf.fingerprint64([base64.b64decode(case["bytes_b64"]) for case in content])
    assert got.tolist() == [int(case["expect"]["fingerprint"]) for case in content]


def as_in_specs(column, folder):
    """A column of a case as a spec has it: words of bytes, and the path of a file."""
    column = dict(column)
    if "categorical_column" in column:
        column["categorical_column"] = as_in_specs(column["categorical_column"], folder)
    if "vocabulary_list_b64" in column:
        words = column.pop("vocabulary_list_b64")
        column["vocabulary_list"] = [base64.b64decode(word).decode() for word in words]
    elif "vocabulary_list" in column:
        column["vocabulary_list"] = [int(word) for word in column["vocabulary_list"]]
    if "file_b64" in column:
        path = folder / "words.txt"
        path.write_bytes(base64.b64decode(column.pop("file_b64")))
        column["vocabulary_file"] = str(path)
    return column


@pytest.mark.parametrize(
    "case", cases("sequence_features", "sequence_bits", "identity", "vocabulary", "weighted")
)
def test_layer(case, tmp_path):
    if case["kind"] != "sequence_features":
        pytest.skip("a case of the sparse form: test_sparse")
    want = answer(case)
    options = {}
    if case.get("T"):
        options = {"max_length": case["T"], "padding": "max_length"}

    def run(features):
        columns = [as_in_specs(column, tmp_path) for column in case["columns"]]
        spec = sf.Spec.from_json(json.dumps({"version": 1, "columns": columns, **options}))
        layer = sf.SequenceFeatures(spec, "cpu")
        layer.load_tables({name: tensor(case, table) for name, table in case["tables"].items()})
        return layer, layer(features)

    as_csr = {key: ragged(feature) for key, feature in case["features"].items()}
    as_given = {
        key: dense(feature) if feature["input"] == "dense" else ragged(feature)
        for key, feature in case["features"].items()
    }
    # What is wrong may be the form that was given.
    for features in [as_given] if "error" in want else [as_csr, as_given]:
        if expects_error(case, lambda: run(features)):
            continue
        layer, batch = run(features)
        if "tolerance" in case:
            near_floats(batch.values, tensor(case, want["values"]), case["tolerance"])
        else:
            same_floats(batch.values, tensor(case, want["values"]))
        assert batch.lengths.tolist() == want["lengths"]
        assert np.array_equal(batch.mask, tensor(case, want["mask"]))
        if "trailing" not in case["name"]:  # the case lists ids of steps that rows do not have
            for name, ids in layer.ids(features).items():
                assert ids.values.tolist() == [int(text) for text in want["ids"][name]]


@pytest.mark.parametrize("case", cases("sequence_features"))
def test_sparse(case):
    for feature in case["features"].values():
        if feature["input"] != "sparse":
            continue
        values, shape = tokens(feature, feature["dtype"]), feature["dense_shape"]

        def run():
            array = values
            if isinstance(values, list):
                array = np.empty(len(values), object)
                array[:] = values
            return sf.Ragged.from_sparse(array, feature["indices"], shape)

        if case["kind"] == "sparse_out_of_bounds":
            assert expects_error(case, run)
        elif "csr" in feature and "trailing" not in case["name"]:
            assert flat_rows(run()) == flat_rows(ragged(feature))


def flat_rows(batch):
    """Rows of steps of values, without trailing empty steps, whatever the nesting."""
    rows = []
    for row in batch.to_list():
        steps = [step if isinstance(step, list) else [step] for step in row]
        while steps and not steps[-1]:
            steps.pop()
        rows.append(steps)
    return rows


@pytest.mark.parametrize("case", cases("parse_example", "parse_sequence_example"))
def test_parse(case):
    parse = getattr(sf, case["kind"])
    spec = {key: feature["dtype"] for key, feature in case["spec"].items()}
    serialized = [base64.b64decode(text) for text in case["serialized_b64"]]
    if expects_error(case, lambda: parse(serialized, spec)):
        return
    for key, feature in answer(case)["features"].items():
        assert flat_rows(parse(serialized, spec)[key]) == flat_rows(ragged(feature)), key


@pytest.mark.parametrize("case", cases("sequence_mask"))
def test_sequence_mask(case):
    got = sf.sequence_mask(case["lengths"], case["maxlen"])
    assert np.array_equal(got, tensor(case, answer(case)["mask"]))


@pytest.mark.parametrize("case", cases("tfrecord"))
def test_tfrecord(case, tmp_path):
    """Of records that are no Examples only the frames are told from here."""
    data = base64.b64decode(case["file_b64"])
    if case["compression"] and not data[:2] in (b"\x1f\x8b", b"\x78\x9c", b"\x78\x01", b"\x78\xda"):
        pytest.skip("its compression cannot be told from its first bytes")
    if "error" not in answer(case):
        pytest.skip("its records are no Examples")
    path = tmp_path / "case.tfrecord"
    path.write_bytes(data)
    with pytest.raises(sf.DataError) as raised:
        list(sf.read_tfrecords(path, {"tokens": "string"}))
    assert raised.value.file == str(path)


def test_a_gzipped_file_reads_like_a_plain_one(tmp_path):
    sample = pathlib.Path(__file__).parents[2] / "data" / "set_mm_sample.tfrecord"
    zipped = tmp_path / "sample.tfrecord.gz"
    zipped.write_bytes(gzip.compress(sample.read_bytes(), 1))
    spec = {"tokens": "string"}
    plain = [f["tokens"].to_list() for f, _ in sf.read_tfrecords(sample, spec)]
    assert plain == [f["tokens"].to_list() for f, _ in sf.read_tfrecords(zipped, spec)]
    assert sum(map(len, plain)) == 8087


def test_the_cases_follow_the_written_rules():
    command = [sys.executable, "-B", GOLDEN / "make.py", "--check", GOLDEN]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
