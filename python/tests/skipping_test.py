# SPDX-License-Identifier: Apache-2.0
"""Reading on behind broken records."""

import gzip

import pytest

import seqfeat as sf
from seqfeat._skipping import batches_skipping, rejected
from support import example, write_tfrecords

SPEC = {"tokens": "string"}
WRONG = example(tokens=[5])


def records(count, broken=()):
    good = [example(tokens=[b"%d" % number], label=[number]) for number in range(count)]
    return [WRONG if number in broken else record for number, record in enumerate(good)]


def read(path, batch_size=4):
    def open_at(record, size):
        batches = sf.read_tfrecords(path, SPEC, size, ["label"])
        batches.resume({**batches.state(), "rows": record})
        return batches

    errors, rows, labels = [], [], []
    for features, kept in batches_skipping(open_at, batch_size, errors.append):
        rows += [int(token) for row in features["tokens"].to_list() for token in row]
        labels += kept["label"].tolist()
    assert rows == labels
    return rows, [error.record for error in errors], errors


@pytest.mark.parametrize("broken", [[], [0], [9], [3, 4], [0, 1, 2, 3], [5, 7], list(range(10))])
@pytest.mark.parametrize("batch_size", [1, 4, 100])
def test_records_are_left_out(broken, batch_size, tmp_path):
    path = write_tfrecords(tmp_path / "a.tfrecord", records(10, broken))
    rows, left_out, _ = read(path, batch_size)
    assert left_out == broken and rows == [number for number in range(10) if number not in broken]


def test_a_broken_frame_ends_the_file(tmp_path):
    path = write_tfrecords(tmp_path / "a.tfrecord", records(10, [1]))
    whole = bytearray(path.read_bytes())
    start = sum(16 + len(record) for record in records(6, [1]))
    for change in ("data", "size", "cut"):
        data = bytearray(whole)
        if change == "cut":
            del data[start + 20 :]
        else:
            data[start + (14 if change == "data" else 0)] ^= 1
        path.write_bytes(data)
        assert read(path)[:2] == ([0, 2, 3, 4, 5], [1, 6])
    packed = tmp_path / "a.tfrecord.gz"
    packed.write_bytes(gzip.compress(bytes(whole))[:-30])
    rows, left_out, _ = read(packed)
    assert rows == [0, *range(2, left_out[1])] and len(left_out) == 2 and left_out[0] == 1


def test_what_is_said_of_them(tmp_path):
    path = write_tfrecords(tmp_path / "a.tfrecord", records(3, [1]))
    [error] = read(path)[2]
    line = rejected(error)
    assert line.pop("reason").startswith(f"{path}:1: tokens: got a list of int64")
    assert line == {"file": str(path), "record": 1, "offset": None, "column": "tokens"}


def test_files_that_are_not_there_are_errors(tmp_path):
    with pytest.raises(sf.DataError, match="cannot open"):
        read(tmp_path / "none")
    assert read(write_tfrecords(tmp_path / "empty", []))[:2] == ([], [])
