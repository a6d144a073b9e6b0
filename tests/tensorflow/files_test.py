# SPDX-License-Identifier: Apache-2.0
"""The file that a tool writes, or does not write: files_test.py ROOT [SEQFEAT]. Saved models need h5py."""
import contextlib
import io
import json
import pathlib
import tempfile
import unittest
import unittest.mock
import zipfile

import support
from support import embedding, hashed, layer, model, read_safetensors, take_spec, take_tables
from seqfeat_bridge import output, tables
from seqfeat_bridge.variables import Variable, variables_of

try:
    import h5py
except ImportError:
    h5py = None


class InAFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.out = self.folder / "tables.safetensors"

    def names(self):
        return sorted(path.name for path in self.folder.iterdir())


class Output(InAFolder):
    def run_tool(self, work, source="model", out=None):
        with contextlib.redirect_stderr(io.StringIO()) as err:
            code = output.run("tool", str(self.folder / source), out or self.out, ".safetensors", work)
        return code, err.getvalue()

    def write(self, data=b"new", fail=None):
        with output.replacing(self.out) as file:
            file.write(data)
            if fail:
                raise fail

    def test_success_replaces(self):
        self.out.write_bytes(b"old")
        self.assertEqual(self.run_tool(self.write), (0, ""))
        self.assertEqual((self.out.read_bytes(), self.names()), (b"new", ["tables.safetensors"]))

    def test_a_failure_leaves_no_file(self):
        for fail in (output.Refusal("why"), OSError("why")):
            self.out.write_bytes(b"old")
            self.assertEqual(self.run_tool(lambda: self.write(fail=fail)), (1, "tool: why\n"))
            self.assertEqual(self.names(), [])
        self.out.write_bytes(b"old")
        with self.assertRaises(KeyboardInterrupt):
            self.run_tool(lambda: self.write(fail=KeyboardInterrupt()))
        self.assertEqual(self.names(), [])

    def test_the_old_file_stands_until_the_new_one_is_whole(self):
        self.out.write_bytes(b"old")
        with output.replacing(self.out) as file:
            file.write(b"new")
            self.assertEqual(self.out.read_bytes(), b"old")

    def test_what_is_not_named_like_an_output_is_left_alone(self):
        for name in ("model.keras", "tables.safetensors"):
            path = self.folder / name
            path.write_bytes(b"the user's")
            source = "tables.safetensors" if name.startswith("tables") else "nothing"
            code, why = self.run_tool(self.fail, source=source, out=path)
            self.assertEqual((code, path.read_bytes()), (1, b"the user's"))
            self.assertIn("SOURCE OUT.safetensors", why)


class Writing(InAFolder):
    def write(self, *found):
        with open(self.out, "wb") as file:
            tables.write_safetensors(file, list(found))
        return read_safetensors(self.out)

    def table(self, name, *parts, dtype="float32", width=4):
        return tables.Found(name, [Variable(f"v{i}", shape, dtype, lambda shape=shape, i=i: bytes([i + 1]) * (shape[0] * shape[1] * width)) for i, shape in enumerate(parts)])

    def test_tables_stand_one_behind_another(self):
        got = self.write(self.table("a_embedding", (2, 3)), self.table("ü\"_embedding", (1, 5), dtype="bfloat16", width=2), self.table("c", (4, 1), dtype="float16", width=2))
        self.assertEqual(got, {"a_embedding": ("F32", [2, 3], b"\1" * 24), "ü\"_embedding": ("BF16", [1, 5], b"\1" * 10), "c": ("F16", [4, 1], b"\1" * 8)})
        self.assertEqual((8 + int.from_bytes(self.out.read_bytes()[:8], "little")) % 8, 0)

    def test_a_full_disk_is_no_fault_of_the_source(self):
        with self.assertRaisesRegex(OSError, "full"):
            tables.write_safetensors(unittest.mock.Mock(write=unittest.mock.Mock(side_effect=[None, OSError("full")])), [self.table("a", (1, 2))])

    def test_parts_are_joined(self):
        self.assertEqual(self.write(self.table("a", (1, 2), (3, 2), (2, 2))), {"a": ("F32", [6, 2], b"\1" * 8 + b"\2" * 24 + b"\3" * 16)})


class Arguments(InAFolder):
    def test_what_is_no_model(self):
        (self.folder / "broken.keras").write_bytes(b"PK\3\4 and no more")
        (self.folder / "broken.h5").write_bytes(b"\x89HDF\r\n\x1a\n and no more")
        for source, part in (("nothing", "no model and no checkpoint"), ("broken.keras", "broken.keras"), ("broken.h5", "broken.h5")):
            self.out.write_bytes(b"old")
            code, _, why = take_tables(self.folder / source, self.out)
            self.assertEqual(code, 1)
            self.assertIn(part, why)
            self.assertFalse(self.out.exists())

    def test_a_spec_that_is_none(self):
        (self.folder / "spec.json").write_text("{}")
        for spec in ("spec.json", "nothing.json"):
            code, _, why = take_tables(self.folder / "any", self.out, "--spec", self.folder / spec)
            self.assertEqual(code, 1)
            self.assertIn(spec, why)

    def test_a_choice_has_a_name_and_a_variable(self):
        for text in ("tokens", "=x", "tokens="):
            self.assertEqual(take_tables("any", self.out, "--take", text)[0], 2)


@unittest.skipUnless(h5py, "no h5py")
class Saved(InAFolder):
    """Files as Keras writes them, put together by hand."""
    MODEL = model(layer(embedding(hashed("tokens", 3), 2), embedding(hashed("query", 2), 1)))

    def keras(self, config=MODEL):
        with h5py.File(self.folder / "weights.h5", "w") as file:
            file.create_dataset("layers/sequence_features/vars/0", data=[[1.0], [2.0]], dtype="<f4")
            file.create_dataset("layers/sequence_features/vars/1", data=[[3.0, 4.0]] * 3, dtype=">f4")
            file.create_dataset("optimizer/vars/1", data=[[9.0], [9.0]], dtype="<f4")
        with zipfile.ZipFile(self.folder / "model.keras", "w") as archive:
            archive.writestr("config.json", json.dumps(config))
            archive.write(self.folder / "weights.h5", "model.weights.h5")
        return self.folder / "model.keras"

    def test_an_archive(self):
        code, told, _ = take_tables(self.keras(), self.out)
        self.assertEqual(code, 0)
        self.assertIn("tokens_embedding  F32 [3, 2]  from layers/sequence_features/vars/1", told)
        floats = lambda *values: support.struct.pack(f"<{len(values)}f", *values)
        self.assertEqual(read_safetensors(self.out), {"query_embedding": ("F32", [2, 1], floats(1, 2)), "tokens_embedding": ("F32", [3, 2], floats(*[3, 4] * 3))})

    def test_an_archive_that_does_not_describe_its_layers(self):
        archive = self.keras({"class_name": "Mine", "config": {}})
        code, _, why = take_tables(archive, self.out)
        self.assertEqual(code, 1)
        self.assertIn("layers/sequence_features/vars/0", why)
        spec = self.folder / "spec.json"
        columns = [{"type": "embedding_column", "dimension": dim, "categorical_column": {"key": key, size: rows}} for key, size, rows, dim in (("tokens", "hash_bucket_size", 3, 2), ("query", "num_buckets", 2, 1))]
        spec.write_text(json.dumps({"columns": columns}))
        self.assertEqual(take_tables(archive, self.out, "--spec", spec)[0], 0)
        self.assertEqual(list(read_safetensors(self.out)), ["query_embedding", "tokens_embedding"])

    def test_variables_are_read_when_they_are_written(self):
        archive = self.keras()
        with variables_of(archive) as found, unittest.mock.patch("h5py.Dataset.__getitem__", side_effect=OSError("damaged")):
            with self.assertRaisesRegex(output.Refusal, "cannot read 'layers/sequence_features/vars/0'.*damaged"), open(self.out, "wb") as file:
                tables.write_safetensors(file, tables.find_tables(found, list(support.tables_from_tensorflow.models.feature_layers(self.MODEL))))

    def test_a_model_in_a_h5_file(self):
        with h5py.File(self.folder / "model.h5", "w") as file:
            file.attrs["model_config"] = json.dumps(self.MODEL)
            file["model_weights/sequence_features/sequence_features/tokens_embedding/embedding_weights:0"] = [[1.0]]
        code, _, why = take_tables(self.folder / "model.h5", self.out)
        self.assertEqual(code, 1)
        self.assertIn("float64", why)
        out = self.folder / "spec.json"
        self.assertEqual(take_spec(self.folder / "model.h5", out)[0], 0)
        self.assertEqual([column["categorical_column"]["key"] for column in json.loads(out.read_text())["columns"]], ["query", "tokens"])

    def test_of_several_layers_one_is_named(self):
        archive = self.keras(model(layer(embedding(hashed("a")), name="one"), layer(embedding(hashed("b")), name="two")))
        out = self.folder / "spec.json"
        code, _, why = take_spec(archive, out)
        self.assertEqual((code, out.exists()), (1, False))
        self.assertIn("one, two; say which: --layer NAME", why)
        self.assertEqual(take_spec(archive, out, "--layer", "two")[0], 0)
        self.assertEqual(json.loads(out.read_text())["columns"][0]["categorical_column"]["key"], "b")
        self.assertEqual(take_spec(archive, out, "--layer", "three")[0], 1)


if __name__ == "__main__":
    support.main()
