# SPDX-License-Identifier: Apache-2.0
"""sf.ray: batches for torch, and TFRecords as a source."""

import json
import pickle

import numpy as np
import pytest

import seqfeat as sf
from engines_support import rows, spec, table
from support import example, sequence_example, write_tfrecords


def records(first, count):
    tokens = [[step or "hole" for step in row or []] for row in rows(first + count)[first:]]
    return [
        example(tokens=[step.encode() for step in row], label=[first + number])
        for number, row in enumerate(tokens)
    ]


def test_collate_gives_batches_for_the_module(data):
    torch = pytest.importorskip("torch")
    import seqfeat.torch as sft

    collate = sf.ray.collate(spec(), keep=["label", "name"])
    assert pickle.loads(pickle.dumps(collate)).keep == ("label", "name")
    given = table(130).append_column("name", [[str(row) for row in range(130)]])
    layer = sft.SequenceFeatures(spec())
    batches = list(data.from_arrow(given).iter_torch_batches(batch_size=50, collate_fn=collate))
    assert [batch.rows for batch, _ in batches] == [50, 50, 30]
    want = sf.SequenceFeatures(spec())(given)
    values = torch.cat([layer(batch)[0] for batch, _ in batches]).detach().numpy()
    assert np.array_equal(values, want.values)
    assert torch.cat([kept["label"] for _, kept in batches]).tolist() == list(range(130))
    assert [name for _, kept in batches for name in kept["name"]] == [str(row) for row in range(130)]
    capacity = sf.Capacity(rows=64, bytes=4096)
    fixed = sf.ray.collate(spec(), capacity=capacity)
    shapes = {batch.blob.shape for batch, _ in data.from_arrow(given).iter_torch_batches(batch_size=50, collate_fn=fixed)}
    assert len(shapes) == 1


def test_collate_refuses_what_it_cannot_do():
    with pytest.raises(sf.InvalidArgument, match="expected a list"):
        sf.ray.collate(spec(), keep="label")
    with pytest.raises(sf.InvalidArgument, match="expected an sf.Capacity"):
        sf.ray.collate(spec(), capacity=5)
    with pytest.raises(sf.InvalidArgument, match="has no 'name', only 'tokens', 'label'"):
        sf.ray.collate(spec(), keep=["name"])(table(3))


def test_files_become_rows(data, tmp_path):
    paths = [write_tfrecords(tmp_path / f"{n}.tfrecord", records(100 * n, 100)) for n in range(3)]
    source = sf.ray.read_tfrecords(paths, spec(), batch_size=30, keep=["label"])
    got = source.take_all()
    assert [row["label"] for row in got] == list(range(300))
    want = [[(step or "hole").encode() for step in row or []] for row in rows(300)]
    assert [list(row["tokens"]) for row in got] == want
    answers = source.map_batches(
        sf.Transform, fn_constructor_args=(spec(),), fn_constructor_kwargs={"emit": ["ids"], "keep": ["label"]},
        batch_format="pyarrow", compute=data.ActorPoolStrategy(size=2), num_cpus=0.5,
    ).take_all()
    ids = sf.SequenceFeatures(spec()).ids({"tokens": want})["tokens_embedding"].to_list()
    assert [list(row["ids/tokens_embedding"]) for row in answers] == ids


def test_broken_records_are_left_out_and_counted(data, tmp_path):
    whole = records(0, 100)
    broken = [example(tokens=[5]) if n in (0, 40, 41) else record for n, record in enumerate(whole)]
    first = write_tfrecords(tmp_path / "a.tfrecord", broken)
    second = write_tfrecords(tmp_path / "b.tfrecord", whole)
    cut = tmp_path / "c.tfrecord"
    cut.write_bytes(second.read_bytes()[: sum(16 + len(record) for record in whole[:10]) + 5])
    paths, folder = [first, second, cut], tmp_path / "rejected"
    source = sf.ray.read_tfrecords(paths, spec(), batch_size=16, keep=["label"], on_error="skip", rejected=folder)
    want = [n for n in range(100) if n not in (0, 40, 41)] + list(range(100)) + list(range(10))
    assert [row["label"] for row in source.take_all()] == want
    found = sorted(folder.iterdir())
    assert [path.name for path in found] == ["00000-a.tfrecord.jsonl", "00002-c.tfrecord.jsonl"]
    lines = [json.loads(line) for path in found for line in path.read_text().splitlines()]
    assert [(line["record"], line["column"]) for line in lines] == [
        (0, "tokens"), (40, "tokens"), (41, "tokens"), (10, None)
    ]
    assert lines[3]["file"] == str(cut) and "cut" in lines[3]["reason"]
    with pytest.raises(Exception, match="a.tfrecord:0: tokens"):
        sf.ray.read_tfrecords(paths, spec(), keep=["label"]).take_all()
    first.write_bytes(second.read_bytes())
    sf.ray.read_tfrecords(paths, spec(), on_error="skip", rejected=folder).materialize()
    assert [path.name for path in sorted(folder.iterdir())] == ["00002-c.tfrecord.jsonl"]


def test_steps_of_sequence_examples_are_lists(data, tmp_path):
    single = [sequence_example({"label": [1]}, tokens=[[b"a"], [b"b"]])]
    several = [sequence_example({"label": [2]}, tokens=[[b"a", b"b"], []]), sequence_example({"label": [3]})]
    paths = [write_tfrecords(tmp_path / str(n), each) for n, each in enumerate((single, several))]
    source = sf.ray.read_tfrecords(paths, spec(), keep=["label"], record="sequence_example").materialize()
    got = [[[list(step) for step in row["tokens"]], row["label"]] for row in source.take_all()]
    assert got == [[[[b"a"], [b"b"]], 1], [[[b"a", b"b"], []], 2], [[], 3]]
    assert "list<item: large_binary>" in str(source.schema()).replace("large_list", "list")


def test_wrong_arguments_are_refused(ray_here):
    for text, options in (
        ("expected 'fail' or 'skip'", {"on_error": "ignore"}),
        ("leaves out nothing", {"rejected": "folder"}),
        ("expected 'example'", {"record": "text"}),
        ("expected a list of keys", {"keep": "label"}),
        ("batch_size", {"batch_size": 0}),
    ):
        with pytest.raises(sf.InvalidArgument, match=text):
            sf.ray.read_tfrecords([], spec(), **options)
