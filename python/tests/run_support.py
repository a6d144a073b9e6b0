# SPDX-License-Identifier: Apache-2.0
"""What the tests of `sf.run` share: rows in several forms, and what stands in parts."""

import json
import pathlib
import subprocess
import sys

import numpy as np

import seqfeat as sf

DTYPES = {"F32": np.float32, "I64": np.int64, "U8": np.uint8, "BOOL": np.bool_}


def spec():
    """Strings and integers with holes and steps of several values, and numbers."""
    tokens = sf.sequence_categorical_column_with_hash_bucket("tokens", 1000)
    codes = sf.sequence_categorical_column_with_hash_bucket("codes", 50, "int64")
    return sf.Spec(
        [sf.embedding_column(tokens, 4), sf.embedding_column(codes, 3), sf.sequence_numeric_column("prices")],
        max_length=5,
        truncation="keep_last",
    )


def rows(count, seed=0):
    """Rows as dicts, of 0 to 6 steps, with values that do not repeat soon."""
    made = []
    for i in range(seed, seed + count):
        steps = i % 7
        tokens = [f"t{i * 7 + t}" if t % 3 else ["ä", f"x{i}"][: 1 + i % 2] for t in range(steps)]
        if steps > 3:
            tokens[1] = []  # a hole
        made.append(
            {
                "tokens": [t if isinstance(t, list) else [t] for t in tokens],
                "codes": [i * 100 - t for t in range(steps)],
                "prices": [0.5 * t + i for t in range(steps)],
                "label": i,
                "id": f"user-{i}",
                "score": i / 4 + 0.125,
            }
        )
    return made


def write_lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def tensors(part):
    """{name: array} of a part."""
    data = pathlib.Path(part).read_bytes()
    size = int.from_bytes(data[:8], "little")
    header, data = json.loads(data[8 : 8 + size]), data[8 + size :]
    header.pop("__metadata__")
    return {
        name: np.frombuffer(data[slice(*about["data_offsets"])], DTYPES[about["dtype"]]).reshape(about["shape"])
        for name, about in header.items()
    }


def parts(folder):
    return [tensors(part) for part in sorted(folder.glob("part-*"))]


def same_parts(found, expected):
    """Whether two directories have the same tensors, bit for bit."""
    one, other = parts(found), parts(expected)
    assert len(one) == len(other) > 0
    for mine, theirs in zip(one, other):
        assert sorted(mine) == sorted(theirs)
        for name in mine:
            assert mine[name].shape == theirs[name].shape, name
            assert mine[name].tobytes() == theirs[name].tobytes(), name


def contents(folder):
    """{name: bytes} of a directory but for its lock."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name != ".seqfeat-lock"}


def program(folder, *arguments):
    """`seqfeat run` as users start it, with the spec that is in `folder`."""
    (folder / "spec.json").write_text(spec().to_json())
    command = [sys.executable, "-m", "seqfeat", "run", "--spec", folder / "spec.json", *arguments]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120)
