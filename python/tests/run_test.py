# SPDX-License-Identifier: Apache-2.0
"""`sf.run` as the program's `run`: options, errors, stops. run_columns_test.py has what pyarrow reads."""

import inspect
import json
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import seqfeat as sf
from run_support import contents, parts, program, rows, spec, write_lines
from support import HERE, sequence_example, write_tfrecords

pytestmark = pytest.mark.filterwarnings("ignore:.*no table given")


def run(inputs, output, **options):
    return sf.run(spec(), inputs, output, **{"batch_size": 10, "backend": "cpu", **options})


def test_it_writes_the_bytes_of_the_program(tmp_path):
    lines = write_lines(tmp_path / "a.jsonl", rows(45))
    tables = sf.SequenceFeatures(spec(), "cpu")
    tables.save_tables(tmp_path / "tables")
    report = run(
        [lines, lines], tmp_path / "function", tables=tmp_path / "tables", keep=["label", "id"], emit=["values", "ids"], shard="1/2"
    )
    arguments = ["--output", tmp_path / "program", "--batch-size", 10, "--backend", "cpu", "--tables", tmp_path / "tables"]
    ended = program(tmp_path, *arguments, "--keep", "label,id", "--emit", "values,ids", "--shard", "1/2", "--json", lines, lines)
    assert ended.returncode == 0, ended.stderr
    assert contents(tmp_path / "function") == contents(tmp_path / "program")
    told = json.loads(ended.stdout)
    assert report.keys() == told.keys() and report["rows"] == told["rows"] == 45
    for name in ("status", "tokens", "new_rows", "rejected", "warnings"):
        assert report[name] == told[name], name


def test_it_reads_records(tmp_path):
    records = [sequence_example({"label": [i]}, tokens=[[b"a"], [b"b", b"c"]], codes=[[i], [1]], prices=[[0.5], [1.5]]) for i in range(7)]
    path = write_tfrecords(tmp_path / "a.tfrecord", records)
    run(path, tmp_path / "out", keep=["label"], emit=["lengths"])
    assert [part["keep/label"].tolist() for part in parts(tmp_path / "out")] == [list(range(7))]


def test_its_options_are_those_of_the_program(tmp_path):
    help = program(tmp_path, "--help").stdout
    of_function = {f"--{name.replace('_', '-')}" for name in inspect.signature(sf.run).parameters}
    of_program = {word.strip(",") for word in help.split() if word.startswith("--")}
    ours = {"--spec", "--inputs", "--filter", "--output-format", "--progress"}
    assert of_function - ours == of_program - {"--spec", "--help", "--json", "--quiet"}


WRONG = {
    "batch_size: got 0, expected >= 1": {"batch_size": 0},
    "batch_size: got 1.5, expected an integer": {"batch_size": 1.5},
    "emit: got 'colour', expected some of values": {"emit": ["colour"]},
    "emit: got ragged beside values": {"emit": ["values", "ragged"]},
    "keep: got 'a,b', expected names without a comma": {"keep": ["a,b"]},
    "shard: got '3/3', expected I/N": {"shard": "3/3"},
    "on_error: .*maybe.*fail.*skip": {"on_error": "maybe"},
    "max_errors: got -1": {"max_errors": -1},
    "resume.* overwrite|overwrite.* resume": {"resume": True, "overwrite": True},
    "backend: .*tpu": {"backend": "tpu"},
    "input_format: got 'csv', expected tfrecord": {"input_format": "csv"},
    "tables: got no tensor|nowhere.*cannot": {"tables": ["nowhere"]},
    "output_format: got 'csv', expected safetensors, parquet, arrow, npz": {"output_format": "csv"},
    "save_tables: got an emit without values": {"emit": ["ids"], "save_tables": "x"},
}


@pytest.mark.parametrize("words", WRONG)
def test_options_that_are_wrong(tmp_path, words):
    lines = write_lines(tmp_path / "a.jsonl", rows(3))
    with pytest.raises(sf.InvalidArgument, match=f"(?s){words}"):
        run(lines, tmp_path / "out", **WRONG[words])
    assert not (tmp_path / "out").exists()


def test_input_and_directories_that_are_wrong(tmp_path):
    lines = write_lines(tmp_path / "a.jsonl", rows(3))
    with pytest.raises(sf.InvalidArgument, match="got a name that says no format"):
        run(tmp_path / "a.csv", tmp_path / "out")
    with pytest.raises(sf.DataError, match="nowhere.jsonl: cannot be read") as raised:
        run(tmp_path / "nowhere.jsonl", tmp_path / "out")
    assert raised.value.file == str(tmp_path / "nowhere.jsonl")
    lines.write_text('{"tokens": ["a"], "codes": [1], "prices": [1]}\n{"tokens": [1]}\n')
    with pytest.raises(sf.DataError, match="a.jsonl:2: tokens: got") as raised:
        run(lines, tmp_path / "out")
    assert raised.value.record == 2 and raised.value.column == "tokens"
    write_lines(lines, rows(3))
    run(lines, tmp_path / "out")
    with pytest.raises(sf.InvalidArgument, match="output .*not empty.*go on with resume or start anew with overwrite"):
        run(lines, tmp_path / "out")
    assert run(lines, tmp_path / "out", overwrite=True)["new_rows"] == 3
    assert run(lines, tmp_path / "out", resume=True)["status"] == "finished before"
    with pytest.raises(TypeError):
        run(lines, tmp_path / "out", no_such_option=1)
    with pytest.raises(sf.InvalidArgument, match="inputs: got none, expected at least one file"):
        run([], tmp_path / "none")


def test_npz_has_the_tensors_of_a_part(tmp_path):
    lines = write_lines(tmp_path / "a.jsonl", rows(45))
    options = {"keep": ["label", "id"], "emit": ["values", "lengths", "mask", "ids"]}
    run(lines, tmp_path / "plain", **options)
    report = run(lines, tmp_path / "npz", output_format="npz", **options)
    assert report["new_rows"] == 45
    expected = parts(tmp_path / "plain")
    files = sorted((tmp_path / "npz").glob("part-*"))
    assert [file.name for file in files] == [f"part-{i:05}.npz" for i in range(5)]
    for file, tensors in zip(files, expected):
        with np.load(file) as found:
            assert sorted(found) == sorted(tensors)
            for name, tensor in tensors.items():
                assert found[name].dtype == tensor.dtype and found[name].shape == tensor.shape
                assert found[name].tobytes() == tensor.tobytes()
    about, plain = (json.loads((tmp_path / name / "manifest.json").read_text()) for name in ("npz", "plain"))
    assert about["made_from"].pop("output_format") == ".npz" and about["made_from"] == plain["made_from"]
    assert [part["file"] for part in about["parts"]] == [file.name for file in files]
    assert subprocess.run([sys.executable, "-m", "seqfeat", "verify", tmp_path / "npz"], timeout=60).returncode == 0
    data = bytearray(files[2].read_bytes())
    data[-100] ^= 1
    files[2].write_bytes(data)
    assert subprocess.run([sys.executable, "-m", "seqfeat", "verify", tmp_path / "npz"], timeout=60).returncode == 3


def test_parts_of_other_forms_are_gone_on_with(tmp_path):
    lines = write_lines(tmp_path / "a.jsonl", rows(45))
    options = {"emit": ["lengths"], "output_format": "npz"}
    run(lines, tmp_path / "out", **options)
    whole = contents(tmp_path / "out")
    assert set(whole) == {"manifest.json"} | {f"part-{i:05}.npz" for i in range(5)} | {f".part-{i:05}.npz.proof" for i in range(5)}

    def spoil(name, change):
        file = tmp_path / "out" / name
        data = bytearray(file.read_bytes())
        change(data)
        file.write_bytes(data)

    (tmp_path / "out" / "manifest.json").unlink()
    (tmp_path / "out" / "part-00001.npz").unlink()
    spoil("part-00002.npz", lambda data: data.__setitem__(80, data[80] ^ 1))
    spoil(".part-00003.npz.proof", lambda data: data.__setitem__(slice(0, None), data.replace(b'"rows":"10"', b'"rows":"11"')))
    (tmp_path / "out" / ".part-00004.npz.seqfeat-tmp-1-1").write_bytes(b"half")
    (tmp_path / "out" / "..part-00004.npz.proof.seqfeat-tmp-1-2").write_bytes(b"half")
    (tmp_path / "out" / "part-00007.parquet").write_bytes(b"somebody's own")
    report = run(lines, tmp_path / "out", resume=True, **options)
    assert report["new_rows"] == 30
    assert contents(tmp_path / "out") == {**whole, "part-00007.parquet": b"somebody's own"}
    for other in ({"emit": ["lengths"]}, {"emit": ["lengths"], "output_format": "safetensors"}):
        with pytest.raises(sf.InvalidArgument, match="part-0000[0-9].npz: made with output_format .npz, expected .safetensors"):
            run(lines, tmp_path / "out", resume=True, **other)
    with pytest.raises(sf.InvalidArgument, match="made with emit"):
        run(lines, tmp_path / "out", resume=True, emit=["mask"], output_format="npz")
    run(lines, tmp_path / "out", overwrite=True, emit=["lengths"])
    left = {name for name in contents(tmp_path / "out") if "npz" in name or "parquet" in name}
    assert left == {"part-00007.parquet"}
    run(lines, tmp_path / "out", overwrite=True, **options)
    assert contents(tmp_path / "out") == {**whole, "part-00007.parquet": b"somebody's own"}
    (tmp_path / "out" / ".part-00000.npz.proof").unlink()
    (tmp_path / "out" / "manifest.json").unlink()
    with pytest.raises(sf.InvalidArgument, match="part-00000.npz: got a file that is not shown to be a run's own"):
        run(lines, tmp_path / "out", resume=True, **options)


def test_warnings_are_warnings(tmp_path):
    lines = write_lines(tmp_path / "a.jsonl", [{"tokens": [], "codes": []}])
    with pytest.warns(UserWarning, match="no record has"):
        run(lines, tmp_path / "out", emit=["ids"])


def test_progress_is_told_and_may_stop_the_run(tmp_path):
    source = write_lines(tmp_path / "rows", rows(25)).read_bytes()
    pipe = tmp_path / "a.jsonl"
    os.mkfifo(pipe)
    told, finished = [], threading.Event()

    def feed():
        with open(pipe, "wb") as file:
            file.write(source)
            file.flush()
            finished.wait(60)  # so that the run waits, too

    feeder = threading.Thread(target=feed)
    feeder.start()

    def progress(report):
        told.append(report)
        if report["rows"] == 20:
            raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        run(pipe, tmp_path / "out", emit=["lengths"], progress=progress)
    finished.set()
    feeder.join()
    assert told[-1]["status"] == "running" and told[-1]["new_rows"] == 20
    assert len(parts(tmp_path / "out")) == 2
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_ctrl_c_stops_it_between_parts(tmp_path):
    write_lines(tmp_path / "a.jsonl", rows(6000))
    code = """
import os, pathlib, signal, sys, threading, time
import seqfeat as sf
from run_support import spec
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
folder = pathlib.Path(sys.argv[1])
def strike():
    while not (folder / "out" / "part-00003.safetensors").exists():
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=strike, daemon=True).start()
try:
    sf.run(spec(), folder / "a.jsonl", folder / "out", batch_size=2, emit=["lengths"])
except KeyboardInterrupt:
    print("stopped")
"""
    done = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=HERE, capture_output=True, text=True, timeout=120)
    assert done.stdout == "stopped\n", done.stderr
    assert not (tmp_path / "out" / "manifest.json").exists()
    assert not list((tmp_path / "out").glob(".*tmp*"))
    report = run(tmp_path / "a.jsonl", tmp_path / "out", batch_size=2, emit=["lengths"], resume=True)
    assert 0 < report["new_rows"] < 6000 == report["rows"]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_signals_stop_the_program_whatever_threads_python_has(tmp_path, name):
    write_lines(tmp_path / "a.jsonl", rows(6000))
    (tmp_path / "spec.json").write_text(spec().to_json())
    code = """
import sys, threading, time
for _ in range(8):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
from seqfeat.__main__ import main
sys.exit(main())
"""
    command = [sys.executable, "-c", code, "run", "--spec", "spec.json", "--output", "out", "--batch-size", "2", "--emit", "lengths", "a.jsonl"]
    job = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "out" / "part-00003.safetensors").exists():
        assert job.poll() is None
        time.sleep(0.001)
    job.send_signal(getattr(signal, name))
    told = job.communicate(timeout=60)[1]
    assert job.returncode == 128 + getattr(signal, name), told
    assert "stopped: " in told and "go on with --resume" in told
    assert not (tmp_path / "out" / "manifest.json").exists()
    assert not list((tmp_path / "out").glob(".*tmp*"))
