# SPDX-License-Identifier: Apache-2.0
"""Layers that several threads use, and children of a fork."""

import threading

import numpy as np
import pytest

import seqfeat as sf
from support import UNDER_ASAN, embedding, run_python

# A thread loads tables of ones and of twos; meanwhile `taken` has to give tables of one load.
BESIDE_LOADS = """
import os, pickle, sys, threading, time
from support import embedding
import numpy as np, seqfeat as sf
layer = sf.SequenceFeatures([embedding(key, dimension=64, buckets=50000) for key in "ab"], backend="cpu")
tables = [{name: np.full((50000, 64), n, np.float32) for name in layer.tables} for n in (1, 2)]
layer.load_tables(tables[0])
other = sf.SequenceFeatures(layer.spec, backend="cpu")
done, count = threading.Event(), 0
def load():
    n = 0
    while not done.is_set():
        n += 1
        time.sleep(0.005)
        try: layer.load_tables(tables[n % 2])
        except sf.InvalidArgument as error: assert "another thread" in str(error)
TAKEN
thread = threading.Thread(target=load)
thread.start()
try:
    while count < 4:
        try: copy = taken()
        except sf.InvalidArgument as error:
            assert "another thread" in str(error)
            time.sleep(0.001)
            continue
        count += 1
        cells = np.stack(list(copy.tables.values()))
        assert (cells == cells[0, 0, 0]).all(), "a torn layer"
finally:
    done.set()
    thread.join()
"""

SAVED = """
def taken():
    layer.save_tables(sys.argv[1])
    other.load_tables(sys.argv[1])
    return other
"""

PICKLED = """
def taken(): return pickle.loads(pickle.dumps(layer))
"""


@pytest.mark.parametrize("taken", [SAVED, PICKLED], ids=["saved", "pickled"])
def test_tables_are_of_one_moment_while_another_thread_loads_some(taken, tmp_path):
    run_python(BESIDE_LOADS.replace("TAKEN", taken), tmp_path / "tables")


def test_eight_threads_share_a_layer():
    layer = sf.SequenceFeatures([embedding(dimension=16)], backend="cpu")
    rows = [["sea", "cloud"] * (1 + n % 7) for n in range(300)]
    tables = [np.full((1000, 16), n, np.float32) for n in (1, 2)]
    layer.load_tables({"tokens_embedding": tables[0]})
    wrong, loaded = [], 0

    def work():
        for _ in range(20):
            try:
                values, _, mask = layer({"tokens": rows})
            except sf.InvalidArgument as error:
                assert "another thread" in str(error)
                continue
            seen = values[mask]
            if not (seen == seen[0, 0]).all():  # of two tables at once
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) or loaded == 0:
        try:  # either nobody is in, or it is refused
            layer.load_tables({"tokens_embedding": tables[loaded % 2]})
            loaded += 1
        except sf.InvalidArgument as error:
            assert "another thread" in str(error)
    assert not wrong


FORK = """
import os, sys, threading
from support import counting_table, ids_layer
layer = ids_layer()
rows = [["sea", "cloud"] * 50 for _ in range(2000)]
want = layer({"tokens": rows}).values
stop = threading.Event()
def work():
    while not stop.is_set(): layer({"tokens": rows})
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
for _ in range(10):
    child = os.fork()
    if child == 0:
        same = all((layer({"tokens": rows}).values == want).all() for _ in range(3))
        layer.load_tables({"tokens_embedding": counting_table(1000, 1) + 1})
        changed = layer({"tokens": rows}).values
        os._exit(0 if same and (changed == want + 1).all() else 1)
    status = os.waitpid(child, 0)[1]
    if status: stop.set(); sys.exit(f"child: {status}")
stop.set()
for thread in threads: thread.join()
assert (layer({"tokens": rows}).values == want).all()
"""


@pytest.mark.skipif(UNDER_ASAN, reason="a child inherits its allocator locked where another thread is in it")
def test_children_of_a_fork_work_on():
    run_python(FORK)
