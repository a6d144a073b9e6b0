# SPDX-License-Identifier: Apache-2.0
"""Records in memory and in files."""

import collections
import gc
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import seqfeat as sf
from support import embedding, example, ids_layer, sequence_example, write_tfrecords

SPEC = {"tokens": "string", "shop": "int32"}


def test_parse_example_takes_specs_in_every_form():
    records = [example(tokens=[b"sea", b""], shop=[3, -1]), example(shop=[9]), b""]
    for spec in (SPEC, collections.OrderedDict(SPEC)):
        got = sf.parse_example(records, spec)
        assert got["tokens"].to_list() == [[b"sea", b""], [], []]
        assert got["shop"].to_list() == [[3, -1], [9], []] and got["shop"].dtype == "int32"
    columns = [embedding()]
    for spec in (columns, sf.Spec(columns), sf.make_parse_example_spec(columns)):
        assert list(sf.parse_example(records, spec)) == ["tokens"]
        assert sf.make_parse_example_spec(spec) == {"tokens": "string"}
    assert ids_layer()(sf.parse_example(records, columns)).lengths.tolist() == [2, 0, 0]


def test_parse_sequence_example_has_steps():
    record = sequence_example({"label": [1]}, tokens=[[b"a", b"b"], [], [b"c"]])
    assert sf.parse_sequence_example([record], {"tokens": "string"})["tokens"].to_list() == [
        [[b"a", b"b"], [], [b"c"]]
    ]


def test_parse_errors_have_their_place():
    good = example(tokens=[b"sea"])
    for bad in (b"\x0a\xff", example(tokens=[5])):
        with pytest.raises(sf.DataError) as raised:
            sf.parse_example([good, bad], SPEC)
        assert raised.value.row == 1
    assert raised.value.column == "tokens" and raised.value.file is None
    with pytest.raises(sf.DataError, match="int32") as raised:
        sf.parse_example([example(shop=[2**40])], SPEC)
    assert raised.value.column == "shop"
    for records in (good, "text", [good, 5]):
        with pytest.raises(TypeError):
            sf.parse_example(records, SPEC)
    for spec in ({"tokens": "float16"}, {"": "string"}, {5: "string"}):
        with pytest.raises(sf.InvalidArgument):
            sf.parse_example([good], spec)


@pytest.fixture
def files(tmp_path):
    """Three files of 40 records in all; the label is the record's number."""
    made, number = [], 0
    for f, count in enumerate([10, 0, 30]):
        records = []
        for _ in range(count):
            words = [b"w%d" % number] * (number % 4)
            records.append(
                example(tokens=words, label=[number], score=[number / 2], name=[b"n%d" % number])
            )
            number += 1
        made.append(write_tfrecords(tmp_path / f"{f}.tfrecord", records))
    return made


def labels(batches):
    return [label for _, kept in batches for label in kept["label"].tolist()]


def test_read_tfrecords_keeps_order_and_values(files):
    keep = ["label", "score", "name"]
    batches = list(sf.read_tfrecords(files, {"tokens": "string"}, batch_size=16, keep=keep))
    assert [len(features["tokens"]) for features, _ in batches] == [16, 16, 8]
    features, kept = batches[1]
    assert kept["label"].tolist() == list(range(16, 32)) and kept["label"].dtype == np.int64
    assert kept["score"].tolist() == [n / 2 for n in range(16, 32)]
    assert kept["score"].dtype == np.float32 and kept["name"][0] == b"n16"
    assert features["tokens"].to_list()[1] == [b"w17"]
    assert len(list(sf.read_tfrecords(files, SPEC, batch_size=16, drop_last=True))) == 2
    assert labels(sf.read_tfrecords(str(files[0]), SPEC, keep=["label"])) == list(range(10))


def test_sequence_examples_keep_from_their_context(tmp_path):
    records = [sequence_example({"label": [n]}, tokens=[[b"a"], [b"b", b"c"]]) for n in range(3)]
    path = write_tfrecords(tmp_path / "a.tfrecord", records)
    batches = sf.read_tfrecords(
        path, {"tokens": "string"}, keep=["label"], record="sequence_example"
    )
    (features, kept), = batches
    assert kept["label"].tolist() == [0, 1, 2]
    assert features["tokens"].to_list() == [[[b"a"], [b"b", b"c"]]] * 3


def test_shuffling_is_a_function_of_the_seed(files):
    def read(**options):
        return labels(sf.read_tfrecords(files, SPEC, 7, ["label"], **options))

    first = read(shuffle_buffer=16, seed=5)
    assert sorted(first) == list(range(40)) and first != list(range(40))
    assert read(shuffle_buffer=16, seed=5) == first != read(shuffle_buffer=16, seed=6)
    assert read(shuffle_buffer=1, seed=5) == list(range(40))
    # Frozen: the same everywhere and in every version.
    assert first[:8] == FROZEN
    # A record goes out at most one buffer before its turn.
    assert all(label < place + 16 for place, label in enumerate(first))


FROZEN = [6, 12, 3, 1, 17, 15, 21, 8]


@pytest.mark.parametrize("options", [{}, {"shuffle_buffer": 9, "seed": 3}])
def test_reading_goes_on_where_it_stopped(files, options):
    def make():
        return sf.read_tfrecords(files, SPEC, 6, ["label"], **options)

    whole = labels(make())
    for stop in range(8):
        batches = make()
        before = labels(next(batches) for _ in range(min(stop, 7)))
        state = json.loads(json.dumps(batches.state()))
        again = make()
        again.resume(state)
        assert before + labels(again) == whole
    other = sf.read_tfrecords(files[:1], SPEC, 6, ["label"], **options)
    with pytest.raises(sf.InvalidArgument, match="paths"):
        other.resume(state)


def test_errors_of_files_have_their_place(files, tmp_path):
    broken = tmp_path / "broken.tfrecord"
    data = bytearray(files[0].read_bytes())
    data[-6] ^= 1
    broken.write_bytes(data)
    batches = sf.read_tfrecords([files[2], broken], SPEC, 4, ["label"])
    with pytest.raises(sf.DataError) as raised:
        list(batches)
    assert raised.value.file == str(broken) and raised.value.record == 9
    with pytest.raises(sf.DataError):
        next(batches)  # once more the same
    wrong = write_tfrecords(tmp_path / "wrong.tfrecord", [example(tokens=[b"a"]), example(tokens=[1])])
    with pytest.raises(sf.DataError) as raised:
        list(sf.read_tfrecords(wrong, SPEC))
    assert (raised.value.file, raised.value.record, raised.value.column) == (str(wrong), 1, "tokens")
    with pytest.raises(sf.DataError) as raised:
        list(sf.read_tfrecords(tmp_path / "missing", SPEC))
    assert raised.value.file == str(tmp_path / "missing")
    for options in (
        {"batch_size": 0},
        {"shuffle_buffer": -1},
        {"seed": -1},
        {"record": "text"},
        {"keep": "label"},
    ):
        with pytest.raises(sf.InvalidArgument):
            sf.read_tfrecords(files, SPEC, **options)


def test_a_reader_that_nobody_finishes_ends_with_its_object(files):
    def held():
        return [len(os.listdir(f"/proc/self/{what}")) for what in ("task", "fd")]

    gc.collect()  # what earlier tests left
    before = held()
    readers = [sf.read_tfrecords(files, SPEC, batch_size=1) for _ in range(50)]
    for reader in readers:
        next(reader)
    assert held()[0] >= before[0] + 50  # each waits for room
    del reader, readers
    end = time.monotonic() + 10
    while held() != before and time.monotonic() < end:
        time.sleep(0.01)  # the kernel takes a moment to forget a thread that was joined
    assert held() == before


def test_names_end_where_they_end(files):
    for call in (
        lambda: sf.read_tfrecords(str(files[0]) + "\0zz", SPEC),
        lambda: sf.read_tfrecords(files, SPEC, keep=["label\0"]),
        lambda: sf.parse_example([b""], {"to\0kens": "string"}),
    ):
        with pytest.raises(sf.InvalidArgument, match="zero byte"):
            call()
    assert labels(sf.read_tfrecords(bytes(files[0]), SPEC, keep=["label"])) == list(range(10))


def test_other_threads_go_on_while_a_reader_ends(tmp_path):
    fifo = str(tmp_path / "fifo")
    os.mkfifo(fifo)
    code = f"""
import threading, time, seqfeat as sf
batches = sf.read_tfrecords({fifo!r}, {SPEC!r})  # its thread waits for a writer
def write():
    time.sleep(0.3)
    open({fifo!r}, "wb").close()
thread = threading.Thread(target=write)
thread.start()
del batches
thread.join()
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)


def test_a_child_may_drop_the_reader_of_its_parent(files):
    code = f"""
import os, time, seqfeat as sf
batches = sf.read_tfrecords({[str(f) for f in files]!r}, {SPEC!r}, 4)
next(batches)
time.sleep(0.3)  # until its thread waits for room
child = os.fork()
if child == 0:
    batches = None
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert len(list(batches)) == 9
"""
    environment = dict(os.environ, PYTHONWARNINGS="ignore")
    with subprocess.Popen(
        [sys.executable, "-c", code], env=environment, start_new_session=True
    ) as process:
        try:
            assert process.wait(timeout=20) == 0
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)  # a child that hangs too


def test_a_reader_is_of_the_process_that_made_it(files):
    code = f"""
import os, seqfeat as sf
batches = sf.read_tfrecords({[str(f) for f in files]!r}, {SPEC!r}, 4)
next(batches)
child = os.fork()
if child == 0:
    try:
        next(batches)
    except sf.InvalidArgument as error:
        assert "forked" in str(error)
        mine = sf.read_tfrecords({[str(f) for f in files]!r}, {SPEC!r}, 4)
        os._exit(0 if len(list(mine)) == 10 else 2)
    os._exit(1)
assert os.waitpid(child, 0)[1] == 0
assert len(list(batches)) == 9
"""
    environment = dict(os.environ, PYTHONWARNINGS="ignore")
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=50)
