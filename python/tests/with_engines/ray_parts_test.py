# SPDX-License-Identifier: Apache-2.0
"""Rows of Ray Data as the parts of one run: on a real local Ray, with workers that die."""

import gc
import json
import pathlib
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import pytest

import seqfeat as sf
from engines_support import EMIT, blocks, spec, table
from ray_parts_support import DiesOnceInTheMiddle, DiesOnceItIsDone
from run_support import tensors

OPTIONS = {"batch_size": 64, "emit": EMIT, "keep": ["label"]}
FORMATS = ("safetensors", "parquet", "arrow", "npz")
READ = {
    ".safetensors": tensors,
    ".npz": lambda path: dict(np.load(path)),
    ".parquet": pyarrow.parquet.read_table,
    ".arrow": lambda path: pyarrow.ipc.open_file(path).read_all(),
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """500 rows in Parquet."""
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    pyarrow.parquet.write_table(table(500), path)
    return path


@pytest.fixture(scope="module")
def source(ray_here, rows):
    """The same rows, read by Ray in their order, in blocks of 100."""
    ray_here.data.DataContext.get_current().execution_options.preserve_order = True
    return ray_here.data.read_parquet(str(rows)).repartition(target_num_rows_per_block=100, strict=True).materialize()


def manifest_of(out):
    """The manifest of a whole run, beside which nothing stands that it does not name."""
    verified = subprocess.run([sys.executable, "-m", "seqfeat", "verify", out], capture_output=True, text=True)
    assert verified.returncode == 0, verified.stderr
    manifest = json.loads((out / "manifest.json").read_text())
    parts = [part["file"] for part in manifest["parts"]]
    proofs = [f".{part}.proof" for part in parts if not part.endswith(".safetensors")]
    assert {path.name for path in out.iterdir()} == {*parts, *proofs, "manifest.json", ".seqfeat-lock"}
    return manifest


def parts_of(out):
    return [READ[pathlib.Path(part["file"]).suffix](out / part["file"]) for part in manifest_of(out)["parts"]]


def rows_of(out):
    """Each row as something that can be compared."""
    made = []
    for part in parts_of(out):
        if isinstance(part, pa.Table):
            made += part.select(sorted(part.column_names)).to_pylist()
            continue
        count = len(part["lengths"])
        row_ends, step_ends = part["row_offsets/tokens_embedding"], part["step_offsets/tokens_embedding"]
        ids = part["ids/tokens_embedding"]
        for row in range(count):
            steps = range(row_ends[row], row_ends[row + 1])
            made.append(
                {
                    **{name: part[name][row].tolist() for name in ("values", "lengths", "mask", "keep/label")},
                    "ids": [ids[step_ends[step] : step_ends[step + 1]].tolist() for step in steps],
                }
            )
    return made


def unfinished(out):
    """What stands in a directory without a finished run; nobody may hold it."""
    assert not (out / "manifest.json").exists()
    return sorted(path.name for path in out.iterdir() if path.name != ".seqfeat-lock")


@pytest.mark.parametrize("form", FORMATS)
def test_the_rows_of_run(data, source, rows, tmp_path, form):
    options = {**OPTIONS, "output_format": form}
    sf.run(spec(), rows, tmp_path / "want", **options)
    source.write_datasink(sf.ray.parts(spec(), tmp_path / "got", **options))
    want, got = rows_of(tmp_path / "want"), rows_of(tmp_path / "got")
    assert len(want) == 500 and got == want

    wanted, manifest = manifest_of(tmp_path / "want"), manifest_of(tmp_path / "got")
    assert list(manifest) == list(wanted)
    different = {name for name in wanted if wanted[name] != manifest[name]}
    assert different <= {"options", "made_from", "inputs", "parts"}
    assert [file["file"] for file in manifest["inputs"]] == [
        f"ray://task-{task:05d}" for task in range(len(manifest["inputs"]))
    ]
    assert len(manifest["inputs"]) > 1


@pytest.mark.parametrize("form", FORMATS)
def test_blocks_of_full_parts_give_the_parts_of_run(data, source, rows, tmp_path, form):
    options = {**OPTIONS, "output_format": form}
    sf.run(spec(), rows, tmp_path / "want", **options)
    source = source.repartition(target_num_rows_per_block=64, strict=True)
    source.write_datasink(sf.ray.parts(spec(), tmp_path / "got", **options))
    want, got = manifest_of(tmp_path / "want"), manifest_of(tmp_path / "got")
    if form != "safetensors":  # whose metadata name the input
        assert got["parts"] == want["parts"]
    for part, other in zip(parts_of(tmp_path / "got"), parts_of(tmp_path / "want"), strict=True):
        if isinstance(part, pa.Table):
            assert part.equals(other)
        else:
            assert part.keys() == other.keys() and all(np.array_equal(part[key], other[key]) for key in part)


@pytest.mark.parametrize("dies", (DiesOnceInTheMiddle, DiesOnceItIsDone))
def test_a_worker_that_dies_changes_nothing(data, source, rows, tmp_path, dies):
    sink = sf.ray.parts(spec(), tmp_path / "got", **OPTIONS)
    dying = dies(tmp_path, sink)
    source.write_datasink(dying)
    assert (tmp_path / "died").exists()
    sf.run(spec(), rows, tmp_path / "want", **OPTIONS)
    assert rows_of(tmp_path / "got") == rows_of(tmp_path / "want")


def test_after_a_failure_there_is_nothing(data, tmp_path):
    strict, out = sf.Spec(spec().columns, max_length=5), tmp_path / "out"
    source = data.from_arrow(blocks(table(500), 5))
    with pytest.raises(sf.DataError, match=r"ray://task-0000\d:7: tokens: got 7 steps, .*max_length") as raised:
        source.write_datasink(sf.ray.parts(strict, out, **OPTIONS))
    assert raised.value.column == "tokens" and unfinished(out) == []
    # An old run stands until the new one is whole.
    sink = sf.ray.parts(spec(), out, **OPTIONS)
    source.write_datasink(sink)
    before = rows_of(out)
    with pytest.raises(Exception, match="max_length"):
        source.write_datasink(sf.ray.parts(strict, out, overwrite=True, **OPTIONS))
    assert rows_of(out) == before
    with pytest.raises(sf.InvalidArgument, match="got a directory that is not empty.*overwrite"):
        source.write_datasink(sink)
    assert rows_of(out) == before


def test_overwrite(data, tmp_path):
    out = tmp_path / "out"
    data.from_arrow(blocks(table(500), 5)).write_datasink(sf.ray.parts(spec(), out, output_format="npz"))
    (out / ".seqfeat-ray-0123").mkdir()  # of a driver that was killed
    fewer = data.from_arrow(table(70))
    fewer.write_datasink(sf.ray.parts(spec(), out, overwrite=True, **OPTIONS))
    assert [part["rows"] for part in manifest_of(out)["parts"]] == [64, 6]
    (out / "manifest.json").write_text("mine")
    with pytest.raises(sf.InvalidArgument, match="not shown to be a run's own"):
        fewer.write_datasink(sf.ray.parts(spec(), out, overwrite=True, **OPTIONS))
    assert (out / "manifest.json").read_text() == "mine"


def test_one_run_a_directory(tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"tokens": ["sea"]}\n')
    out = tmp_path / "out"
    for gives_up in (lambda sink: sink.on_write_failed(ValueError()), lambda sink: None):
        sink = sf.ray.parts(spec(), out, overwrite=True)
        sink.on_write_start()
        with pytest.raises(sf.InvalidArgument, match="got a directory into which process .* writes"):
            sf.run(spec(), tmp_path / "rows.jsonl", out, overwrite=True)
        with pytest.raises(sf.InvalidArgument, match="got a directory into which process .* writes"):
            sf.ray.parts(spec(), out, overwrite=True).on_write_start()
        gives_up(sink)  # or an interrupt has it forgotten
        del sink
        gc.collect()
        assert sf.run(spec(), tmp_path / "rows.jsonl", out, overwrite=True)["rows"] == 1
        assert len(rows_of_lines(out)) == 1


def rows_of_lines(out):
    return [length for part in parts_of(out) for length in part["lengths"]]


@pytest.mark.parametrize("form", FORMATS)
def test_no_rows(data, tmp_path, form):
    nothing = data.from_arrow(table(50)).filter(lambda row: row["label"] < 0)
    for name, source in (("none", data.from_arrow(table(0))), ("filtered", nothing)):
        source.write_datasink(sf.ray.parts(spec(), tmp_path / name, output_format=form, **OPTIONS))
        manifest = manifest_of(tmp_path / name)
        assert manifest["parts"] == [] and manifest["rows"] == 0


@pytest.mark.parametrize(
    "options, words",
    [
        ({"emit": ["value"]}, "emit: .*'value'"),
        ({"emit": ["ragged", "mask"]}, "emit: got ragged beside values or mask"),
        ({"keep": ["label", "label"]}, "keep: got 'label', expected names, each once"),
        ({"batch_size": 0}, "batch_size: got 0, expected >= 1"),
        ({"on_error": "ignore"}, "on_error"),
        ({"max_errors": -1}, "max_errors: got -1, expected >= 0"),
        ({"tables": ["there-is-none.safetensors"]}, "there-is-none.safetensors"),
        ({"output_format": "csv"}, "output_format: got 'csv', expected safetensors, parquet"),
        ({"backend": "tpu"}, "backend: tpu"),
    ],
)
def test_wrong_arguments_are_refused_at_once(tmp_path, options, words):
    with pytest.raises(sf.InvalidArgument, match=words):
        sf.ray.parts(spec(), tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_a_device_is_for_the_workers(tmp_path):
    assert sf.ray.parts(spec(), tmp_path / "out", backend="cuda").min_rows_per_write == 1024


def test_wrong_rows_are_named(data, tmp_path):
    for source, words in (
        (data.from_arrow(table(5).drop_columns(["label"])), "label: got no such column.*'tokens'"),
        (data.from_arrow(pa.table({"tokens": [1], "label": [0]})), "tokens: got a column of int64, expected string"),
        (data.from_items([{"tokens": ["sea", 1], "label": 0}]), "tokens: got objects of Python's"),
    ):
        with pytest.raises(sf.DataError, match=f"ray://task-00000: {words}"):
            source.write_datasink(sf.ray.parts(spec(), tmp_path / "out", **OPTIONS))
        assert unfinished(tmp_path / "out") == []


def test_rows_that_cannot_be_used_are_left_out(data, tmp_path):
    strict, out = sf.Spec(spec().columns, max_length=5), tmp_path / "out"
    source = data.from_arrow(blocks(table(300), 3))
    options = {**OPTIONS, "on_error": "skip"}
    source.write_datasink(sf.ray.parts(strict, out, **options))
    pyarrow.parquet.write_table(table(300), tmp_path / "rows.parquet")
    report = sf.run(strict, tmp_path / "rows.parquet", tmp_path / "want", **options)
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["rows"] == report["rows"] and manifest["rejected"] == report["rejected"] > 0
    lines = [json.loads(line) for line in (out / "rejected.jsonl").read_text().splitlines()]
    wanted = [json.loads(line) for line in (tmp_path / "want" / "rejected.jsonl").read_text().splitlines()]
    assert [line["reason"] for line in lines] == [line["reason"] for line in wanted]
    assert lines == sorted(lines, key=lambda line: (line["file"], line["record"]))
    assert {line["file"] for line in lines} == {file["file"] for file in manifest["inputs"]}
    most = report["rejected"] - 1  # of all tasks: none has as many
    with pytest.raises(sf.DataError, match=f"more than max_errors {most}"):
        source.write_datasink(sf.ray.parts(strict, tmp_path / "other", max_errors=most, **options))
    assert unfinished(tmp_path / "other") == []


def test_tables_have_to_be_the_same_everywhere(data, source, tmp_path):
    layer, path = sf.SequenceFeatures(spec()), tmp_path / "tables.safetensors"
    for value in (2, 3):
        layer.load_tables({"tokens_embedding": np.full((1000, 4), value, np.float32)})
        layer.save_tables(path)
        sink = sf.ray.parts(spec(), tmp_path / "out", tables=path, overwrite=True, **OPTIONS)
        source.write_datasink(sink)
        values = np.concatenate([part["values"] for part in parts_of(tmp_path / "out")])
        assert set(np.unique(values)) == {0, value}
    assert manifest_of(tmp_path / "out")["warnings"] == []

    sink.on_write_start()
    first = sink._make(0, table(5))
    layer.load_tables({"tokens_embedding": np.full((1000, 4), 4, np.float32)})
    layer.save_tables(path)
    second = sink._make(1, table(5))
    with pytest.raises(sf.InvalidArgument, match="tables: got .*all workers have to see the same files"):
        from seqfeat.ray._joined import join

        join(sink._staging, [first, second], 0)
    sink.on_write_failed(ValueError())


def test_blocks_need_not_have_one_type(tmp_path):
    """A block of empty rows has no type of values, and strings may be long."""

    class Context:
        task_idx = 3

    empty = pa.table({"tokens": pa.array([[], None], pa.list_(pa.null())), "label": [0, 1]})
    long = pa.table({"tokens": pa.array([["sea", None]], pa.large_list(pa.large_string())), "label": [2]})
    sink = sf.ray.parts(spec(), tmp_path / "out", **OPTIONS)
    sink.on_write_start()
    assert sink.write(iter([table(0), pa.table({})]), Context) is None
    task, folder = sink.write(iter([empty, table(5), long]), Context)
    lengths = tensors(pathlib.Path(sink._staging) / folder / "part-00000.safetensors")["lengths"]
    assert task == 3 and lengths.tolist() == [0, 0, 0, 1, 2, 0, 4, 1]
    with pytest.raises(sf.DataError, match="columns of different types"):
        sink.write(iter([table(5), pa.table({"tokens": [1], "label": [0]})]), Context)
    sink.on_write_failed(ValueError())
    with pytest.raises(sf.IoError, match="all workers have to see the output"):
        sink.write(iter([table(5)]), Context)


def test_warnings_are_told_once(data, source, tmp_path):
    sink = sf.ray.parts(spec(), tmp_path / "out", **OPTIONS)
    with pytest.warns(UserWarning) as told:
        source.write_datasink(sink)
    assert [str(each.message) for each in told if "initializer" in str(each.message)]
    warnings = manifest_of(tmp_path / "out")["warnings"]
    assert len(warnings) == len(set(warnings)) > 0
