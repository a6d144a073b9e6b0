# SPDX-License-Identifier: Apache-2.0
"""`sf.run` on Parquet and Arrow: the rows of the other formats, in every shape that files come in."""

import itertools
import json
import pathlib
import re

import numpy as np
import pytest

import seqfeat as sf
from run_support import contents, parts, program, rows, same_parts, spec, write_lines
from support import run_python

pa = pytest.importorskip("pyarrow")
ds = pytest.importorskip("pyarrow.dataset")
feather = pytest.importorskip("pyarrow.feather")
pq = pytest.importorskip("pyarrow.parquet")

pytestmark = pytest.mark.filterwarnings("ignore:.*no table given")

KEEP = ["label", "id", "score"]
SCHEMA = pa.schema(
    {
        "tokens": pa.list_(pa.list_(pa.string())),
        "codes": pa.list_(pa.int64()),
        "prices": pa.list_(pa.float32()),
        "label": pa.int64(),
        "id": pa.string(),
        "score": pa.float64(),
        "unused": pa.int8(),
    }
)


def table(rows, schema=SCHEMA):
    return pa.Table.from_pylist(rows, schema)


def write_parquet(path, rows, **options):
    pq.write_table(table(rows), path, **{"row_group_size": 16, **options})
    return path


def write_ipc(path, rows, stream=False):
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with make(path, SCHEMA) as writer:
        writer.write_table(table(rows), max_chunksize=16)
    return path


def run(inputs, output, **options):
    return sf.run(spec(), inputs, output, **{"batch_size": 10, "keep": KEEP, "backend": "cpu", **options})


@pytest.mark.parametrize("form", ["parquet", "arrow", "stream", "feather"])
@pytest.mark.parametrize("emit", [["values", "lengths", "mask", "ids"], ["ragged", "lengths"]])
def test_rows_are_those_of_the_program_on_lines(tmp_path, form, emit):
    lines = write_lines(tmp_path / "rows.jsonl", rows(107))
    expected = program(
        tmp_path, "--output", tmp_path / "lines", "--batch-size", 10, "--keep", ",".join(KEEP), "--emit", ",".join(emit), lines
    )
    assert expected.returncode == 0, expected.stderr
    if form == "parquet":
        columns = write_parquet(tmp_path / "rows.parquet", rows(107))
    elif form == "feather":
        columns = tmp_path / "rows.feather"
        feather.write_feather(table(rows(107)), columns, compression="zstd", chunksize=16)
    else:
        columns = write_ipc(tmp_path / "rows.arrow", rows(107), stream=form == "stream")
    report = run(columns, tmp_path / "columns", emit=emit)
    same_parts(tmp_path / "columns", tmp_path / "lines")
    assert report["status"] == "finished" and report["rows"] == report["new_rows"] == 107
    about, other = (json.loads((tmp_path / name / "manifest.json").read_text()) for name in ("columns", "lines"))
    assert report["tokens"] == about["tokens"] == other["tokens"]
    assert about["inputs"] == [{"file": str(columns), "bytes": columns.stat().st_size}]
    assert [part["rows"] for part in about["parts"]] == [10] * 10 + [7]


TYPES = {
    "large": {"tokens": pa.large_list(pa.large_list(pa.large_string())), "codes": pa.large_list(pa.int32()), "id": pa.large_binary()},
    "dictionary": {"tokens": pa.list_(pa.list_(pa.dictionary(pa.int8(), pa.string()))), "id": pa.dictionary(pa.int16(), pa.string())},
    "small": {"codes": pa.list_(pa.int16()), "label": pa.uint8(), "prices": pa.list_(pa.float64()), "score": pa.float32()},
    "views": {"tokens": pa.list_(pa.list_(pa.string_view())), "id": pa.string_view()},
    "unsigned": {"label": pa.uint64()},
}


@pytest.mark.parametrize("types", TYPES)
def test_the_type_in_the_file_does_not_matter(tmp_path, types):
    if types == "views" and int(pa.__version__.split(".")[0]) < 26:
        pytest.skip("pyarrow 21 itself misreads some columns of a file with string views, 26 does not")
    schema = pa.schema([pa.field(field.name, TYPES[types].get(field.name, field.type)) for field in SCHEMA])
    given = [{**row, "codes": [code % 30000 for code in row["codes"]]} for row in rows(41)]
    with pa.ipc.new_file(tmp_path / "b.arrow", schema) as writer:
        writer.write_table(table(given, schema), max_chunksize=7)
    run(write_parquet(tmp_path / "a.parquet", given), tmp_path / "plain")
    run(tmp_path / "b.arrow", tmp_path / "typed")
    same_parts(tmp_path / "typed", tmp_path / "plain")


def rows_of(tensors, name):
    """The rows of a tensor of a part as lists."""
    kind, _, rest = name.partition("/")
    if kind == "ids":
        steps = np.split(tensors[name], tensors[f"step_offsets/{rest}"][1:-1])
        return [[step.tolist() for step in steps[a:b]] for a, b in itertools.pairwise(tensors[f"row_offsets/{rest}"])]
    if name == "ragged_values":
        return [tensors[name][a:b].tolist() for a, b in itertools.pairwise(tensors["row_offsets"])]
    if f"keep_offsets/{rest}" in tensors:
        return [tensors[name][a:b].tobytes() for a, b in itertools.pairwise(tensors[f"keep_offsets/{rest}"])]
    return tensors[name].tolist()


@pytest.mark.parametrize("form", ["parquet", "arrow"])
@pytest.mark.parametrize("padding", ["longest", "max_length"])
@pytest.mark.parametrize("emit", [["values", "lengths", "mask", "ids"], ["ragged"], ["lengths"]], ids=lambda emit: emit[0])
def test_parts_as_tables_have_the_rows_of_tensors(tmp_path, form, padding, emit):
    columns = write_parquet(tmp_path / "a.parquet", rows(44))
    padded = sf.Spec(spec().columns, **{**spec().options, "padding": padding})
    options = {"batch_size": 10, "keep": KEEP, "backend": "cpu", "emit": emit}
    sf.run(padded, columns, tmp_path / "plain", **options)
    sf.run(padded, columns, tmp_path / "tables", output_format=form, **options)
    files = sorted((tmp_path / "tables").glob("part-*"))
    for file, tensors in zip(files, parts(tmp_path / "plain"), strict=True):
        assert file.suffix == f".{form}"
        found = pq.read_table(file) if form == "parquet" else pa.ipc.open_file(file).read_all()
        named = {name.removeprefix("keep/"): name for name in tensors if not re.match("(row|step|keep)_offsets", name)}
        assert set(found.schema.names) == set(named)
        for name, tensor in named.items():
            column = found[name].combine_chunks()
            if isinstance(column, pa.ExtensionArray):
                column = pa.array(list(column.to_numpy_ndarray().tolist()), pa.list_(pa.list_(pa.float32())))
            assert column.to_pylist() == rows_of(tensors, tensor), name
    everything = ds.dataset(tmp_path / "tables", format="parquet" if form == "parquet" else "ipc", exclude_invalid_files=False, partition_base_dir=None, ignore_prefixes=[".", "_", "manifest"])
    assert everything.count_rows() == 44


def test_nulls_are_holes_and_empty_rows(tmp_path):
    tokens = [None, [], [None, ["a"]], [["b", None, "c"]]]
    given = [{**row, "tokens": each, "codes": [1] * len(each or []), "prices": [2.0] * len(each or [])} for row, each in zip(rows(4), tokens)]
    run(write_parquet(tmp_path / "a.parquet", given), tmp_path / "columns", emit=["ids", "lengths"])
    given[3]["tokens"] = [["b", "c"]]
    write_lines(tmp_path / "a.jsonl", given)
    run(tmp_path / "a.jsonl", tmp_path / "lines", emit=["ids", "lengths"])
    same_parts(tmp_path / "columns", tmp_path / "lines")


def test_several_files_are_one_stream_and_shards_share_them(tmp_path):
    files = [write_parquet(tmp_path / f"{i}.parquet", rows(n, 100 * i)) for i, n in enumerate([13, 0, 25])]
    every = [row for i, n in enumerate([13, 0, 25]) for row in rows(n, 100 * i)]
    run(files, tmp_path / "files")
    run(write_parquet(tmp_path / "all.parquet", every, row_group_size=1000), tmp_path / "all")
    same_parts(tmp_path / "files", tmp_path / "all")
    run([files[0], tmp_path / "nowhere.parquet", files[2]], tmp_path / "shard", shard="0/2")
    same_parts(tmp_path / "shard", tmp_path / "all")


def test_a_filter_chooses_rows_and_belongs_to_what_parts_are_made_from(tmp_path):
    columns = write_parquet(tmp_path / "a.parquet", rows(200))
    wanted = [row for row in rows(200) if row["label"] % 3 == 1 and row["label"] > 50]
    expression = (ds.field("label") > 50) & (ds.field("unused").is_null())
    labels = [row["label"] for row in wanted]
    run(columns, tmp_path / "filtered", filter=expression & ds.field("label").isin(labels))
    run(write_parquet(tmp_path / "b.parquet", wanted), tmp_path / "wanted")
    same_parts(tmp_path / "filtered", tmp_path / "wanted")
    for stream in (True, False):
        run(write_ipc(tmp_path / "a.arrow", rows(200), stream), tmp_path / f"ipc-{stream}", filter=expression & ds.field("label").isin(labels))
        same_parts(tmp_path / f"ipc-{stream}", tmp_path / "wanted")
    run(columns, tmp_path / "list", filter=[("label", ">", 50)])
    assert "(label > 50)" in (tmp_path / "list" / "manifest.json").read_text()
    assert run(columns, tmp_path / "list", filter=[("label", ">", 50)], resume=True)["status"] == "finished before"
    with pytest.raises(sf.InvalidArgument, match="made with filter .label > 50., expected .label > 51."):
        run(columns, tmp_path / "list", filter=[("label", ">", 51)], resume=True)
    with pytest.raises(sf.InvalidArgument, match="filter: .*nothing"):
        run(columns, tmp_path / "bad", filter=ds.field("nothing") > 1)
    with pytest.raises(sf.InvalidArgument, match="filter: got 7, expected an expression"):
        run(columns, tmp_path / "bad", filter=7)
    lines = write_lines(tmp_path / "a.jsonl", rows(3))
    with pytest.raises(sf.InvalidArgument, match="filter: got .* for jsonl, expected one for parquet or arrow"):
        run(lines, tmp_path / "lines", filter=[("label", ">", 1)])


def test_a_uri_is_a_file_too(tmp_path):
    columns = write_parquet(tmp_path / "a.parquet", rows(23))
    run(columns, tmp_path / "path")
    run(f"file://{columns}", tmp_path / "uri")
    same_parts(tmp_path / "uri", tmp_path / "path")
    assert (tmp_path / "uri" / "part-00000.safetensors").read_bytes() == (tmp_path / "path" / "part-00000.safetensors").read_bytes()
    with pytest.raises(sf.DataError, match="nowhere.parquet: cannot be read: there is no such file"):
        run(f"file://{tmp_path}/nowhere.parquet", tmp_path / "none")
    with pytest.raises(sf.InvalidArgument, match="nosuch://.*expected a path, or a URI of s3, gs or hdfs"):
        run("nosuch://bucket/a.parquet", tmp_path / "none")


def test_the_program_of_the_wheel_reads_columns(tmp_path):
    columns = write_parquet(tmp_path / "a.parquet", rows(57))
    run(columns, tmp_path / "function")
    arguments = ["--output", tmp_path / "program", "--batch-size", 10, "--keep", ",".join(KEEP), "--backend", "cpu", columns]
    ended = program(tmp_path, *arguments)
    assert ended.returncode == 0 and "finished: 57 rows" in ended.stderr, ended.stderr
    assert contents(tmp_path / "program") == contents(tmp_path / "function")
    ended = program(tmp_path, "--json", "--output", tmp_path / "p", tmp_path / "a.parquet", "--keep", "nothing")
    error = json.loads(ended.stdout)["error"]
    assert ended.returncode == 3 and error["column"] == "nothing" and error["file"].endswith("a.parquet")


BAD = {
    "missing column": (lambda t: t.drop_columns(["codes"]), r"a.parquet: codes: got no such column, expected one; the file has 'tokens', 'prices'"),
    "missing value to keep": (lambda t: t.drop_columns(["id"]), r"a.parquet: id: got no such column"),
    "strings for integers": (lambda t: replaced(t, "codes", pa.array([["x"]] * len(t))), r"a.parquet: codes: got a column of string, expected int64"),
    "integers for strings": (lambda t: replaced(t, "tokens", t["codes"]), r"a.parquet: tokens: got a column of int64, expected string"),
    "no tokens at all": (lambda t: replaced(t, "codes", pa.array([{"a": 1}] * len(t))), r"a.parquet: codes: .*struct"),
    "a null to keep": (lambda t: replaced(t, "id", pa.array([*t["id"].to_pylist()[:30], None], pa.string())), r"a.parquet:30: id: got 0 values, expected one int64, float or string"),
    "several values to keep": (lambda t: replaced(t, "label", pa.array([[1]] * 17 + [[1, 2]] * 14)), r"a.parquet:17: label: got 2 values, expected one"),
    "a number too large": (lambda t: replaced(t, "prices", pa.array([[1e300] * len(p) for p in t["prices"].to_pylist()])), r"a.parquet:1: prices: got 1e\+300, expected a number in float32's range"),
    "columns that disagree": (lambda t: replaced(t, "codes", pa.array([[1]] * len(t))), r"a.parquet:0: .*steps"),
    "two columns of a name": (lambda t: t.append_column("id", t["id"]), r"a.parquet.*id"),
}


def replaced(table, name, column):
    return table.set_column(table.schema.get_field_index(name), name, column)


@pytest.mark.parametrize("fault", BAD)
def test_what_is_wrong_has_a_place(tmp_path, fault):
    change, words = BAD[fault]
    pq.write_table(change(table(rows(31))), tmp_path / "a.parquet", row_group_size=8)
    with pytest.raises(sf.DataError, match=words) as raised:
        run(tmp_path / "a.parquet", tmp_path / "out")
    assert raised.value.file == str(tmp_path / "a.parquet")
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_integers_out_of_range_have_a_place(tmp_path):
    small = sf.Spec([sf.embedding_column(sf.sequence_categorical_column_with_hash_bucket("codes", 50, "int8"), 3)])
    with pytest.raises(sf.DataError, match=r"a.parquet:2: codes: .*int8"):
        sf.run(small, write_parquet(tmp_path / "a.parquet", rows(9)), tmp_path / "out")
    pq.write_table(pa.table({"codes": [[1]], "label": pa.array([2**63], pa.uint64())}), tmp_path / "b.parquet")
    with pytest.raises(sf.DataError, match=r"b.parquet:0: label: got 9223372036854775808, expected one int64"):
        sf.run(small, tmp_path / "b.parquet", tmp_path / "out", keep=["label"])


@pytest.mark.parametrize("form", ["parquet", "arrow", "stream"])
def test_damaged_files(tmp_path, form):
    if form == "parquet":
        path = write_parquet(tmp_path / "a.parquet", rows(90))
    else:
        path = write_ipc(tmp_path / "a.arrow", rows(90), stream=form == "stream")
    whole = path.read_bytes()
    for size in (0, 3, 40, len(whole) // 2, len(whole) - 9):
        path.write_bytes(whole[:size])
        if form == "stream" and size == len(whole) - 9:
            continue  # a stream may end without its mark
        with pytest.raises(sf.DataError, match=rf"{path.name}:?.*: ") as raised:
            run(path, tmp_path / "out", overwrite=(tmp_path / "out").exists())
        assert raised.value.file == str(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(sf.DataError, match="got a directory, expected a file; name the files inside"):
        run(path, tmp_path / "out", overwrite=True)
    with pytest.raises(sf.DataError, match="nowhere.parquet: cannot be read: No such file"):
        run(tmp_path / "nowhere.parquet", tmp_path / "out", overwrite=True)


def test_rows_and_files_that_cannot_be_used_are_left_out(tmp_path):
    good, bad, last = (rows(20, 100 * i) for i in range(3))
    bad[3]["id"], bad[5]["codes"] = None, [1] * 9
    files = [write_parquet(tmp_path / f"{i}.parquet", each) for i, each in enumerate([good, bad, last])]
    pq.write_table(table(rows(9)).drop_columns(["codes"]), tmp_path / "no_codes.parquet")
    (tmp_path / "broken.parquet").write_bytes(files[0].read_bytes()[:-20])
    every = [files[0], tmp_path / "no_codes.parquet", files[1], tmp_path / "broken.parquet", files[2]]
    report = run(every, tmp_path / "out", on_error="skip")
    assert report["rejected"] == 4 and report["rows"] == 58
    lines = [json.loads(line) for line in (tmp_path / "out" / "rejected.jsonl").read_text().splitlines()]
    places = [(pathlib.Path(line["file"]).name, line["record"], line["column"]) for line in lines]
    assert places[:3] == [("no_codes.parquet", 0, "codes"), ("1.parquet", 3, "id"), ("1.parquet", 5, None)]
    assert places[3][0] == "broken.parquet"
    used = write_parquet(tmp_path / "used.parquet", good + bad[:3] + bad[4:5] + bad[6:] + last)
    run(used, tmp_path / "used")
    same_parts(tmp_path / "out", tmp_path / "used")
    with pytest.raises(sf.DataError, match="more than max_errors 3 records cannot be used"):
        run(every, tmp_path / "few", on_error="skip", max_errors=3)


def test_a_part_is_made_again_and_other_input_is_refused(tmp_path):
    columns = write_parquet(tmp_path / "a.parquet", rows(95))
    run(columns, tmp_path / "out")
    whole = contents(tmp_path / "out")
    (tmp_path / "out" / "part-00004.safetensors").unlink()
    (tmp_path / "out" / "manifest.json").unlink()
    # The same rows in other row groups, under another compression, are the same input.
    write_parquet(columns, rows(95), row_group_size=50, compression="gzip")
    report = run(columns, tmp_path / "out", resume=True)
    assert report["new_rows"] == 10
    again = contents(tmp_path / "out")
    assert {**again, "manifest.json": b""} == {**whole, "manifest.json": b""}
    assert run(columns, tmp_path / "out", resume=True)["status"] == "finished before"
    (tmp_path / "out" / "manifest.json").unlink()
    changed = rows(95)
    changed[42]["label"] = -1
    write_parquet(columns, changed)
    with pytest.raises(sf.InvalidArgument, match="part-00004.safetensors: got other input: .*; resume needs the input"):
        run(columns, tmp_path / "out", resume=True)
    assert contents(tmp_path / "out") == {name: data for name, data in whole.items() if name != "manifest.json"}


def test_names_of_columns_of_the_output_are_not_kept(tmp_path):
    pq.write_table(table(rows(3)).append_column("values", pa.array([1, 2, 3])), tmp_path / "a.parquet")
    with pytest.raises(sf.InvalidArgument, match="keep: got 'values', which is a column of the output"):
        run(tmp_path / "a.parquet", tmp_path / "out", keep=["values"], output_format="parquet")
    run(tmp_path / "a.parquet", tmp_path / "npz", keep=["values"], output_format="npz")


KILLED = """
import os, pathlib, signal, sys, threading, time
import seqfeat as sf
from run_support import spec

folder = pathlib.Path(sys.argv[1])

def strike():
    while not (folder / "out" / f"part-{int(sys.argv[2]):05}.{sys.argv[3]}").exists():
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGKILL)

threading.Thread(target=strike, daemon=True).start()
sf.run(spec(), folder / "a.parquet", folder / "out", batch_size=10, keep=["label"], on_error="skip", backend="cpu", resume=True, output_format=sys.argv[3])
"""


@pytest.mark.parametrize("form", ["safetensors", "parquet", "npz"])
def test_going_on_after_kill_9_gives_the_same_bytes(tmp_path, form):
    given = rows(2000)
    for row in given[::97]:
        row["codes"] = [1] * 9
    columns = write_parquet(tmp_path / "a.parquet", given)
    options = {"keep": ["label"], "on_error": "skip", "output_format": form}
    run(columns, tmp_path / "peace", **options)
    for part in (2, 60):
        with pytest.raises(AssertionError):
            run_python(KILLED, tmp_path, part, form)
        assert not (tmp_path / "out" / "manifest.json").exists()
        assert (tmp_path / "out" / f"part-{part:05}.{form}").exists()
    report = run(columns, tmp_path / "out", resume=True, **options)
    assert 0 < report["new_rows"] < report["rows"]
    assert contents(tmp_path / "out") == contents(tmp_path / "peace")


def test_without_pyarrow_it_says_how_to_get_it(tmp_path):
    write_parquet(tmp_path / "a.parquet", rows(3))
    write_lines(tmp_path / "a.jsonl", rows(3))
    run_python(
        """
        import pathlib, sys
        for name in ("pyarrow", "pyarrow.dataset"):
            sys.modules[name] = None
        import seqfeat as sf
        from run_support import spec

        folder = pathlib.Path(sys.argv[1])
        sf.run(spec(), folder / "a.jsonl", folder / "lines")
        for options in ({}, {"filter": [("label", ">", 1)]}):
            try:
                sf.run(spec(), folder / "a.parquet", folder / "out", **options)
            except sf.InvalidArgument as error:
                assert "pip install 'seqfeat[arrow]'" in str(error), error
            else:
                raise AssertionError("it should have failed")
        assert not (folder / "out").exists()
        """,
        tmp_path,
    )
