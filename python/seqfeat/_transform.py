# SPDX-License-Identifier: Apache-2.0
"""The layer as a function of batches, for engines that send it to their workers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ._arguments import as_path, as_text
from ._columns import CategoricalColumn, Column
from ._errors import InvalidArgument
from ._forms import Form, Padded, form_of
from ._ids import Ids
from ._input import array_of, features_dict, to_core
from ._layer import SequenceFeatures
from ._ragged import Ragged
from ._spec import Spec, as_spec
from ._transform_layer import as_array, layer_of_arrays, mark_of, shared_layer

_EMIT = ("values", "lengths", "mask", "ids")


def _names(name: str, given: Sequence[str]) -> tuple[str, ...]:
    """A list of names without one that stands there twice."""
    if isinstance(given, (str, bytes)):
        raise InvalidArgument(f"{name}: got {given!r}, expected a list of names")
    names = tuple(as_text(name, each) for each in given)
    if len(set(names)) != len(names):
        raise InvalidArgument(f"{name}: got {names}, expected every name once")
    return names


class Transform:
    """A function of batches, for Ray Data, HF datasets, multiprocessing and their like.

    Called with a pyarrow Table or RecordBatch, a dict of numpy arrays, or a frame of pandas or
    polars, it answers in the same form. The columns of the answer are those of `emit`, and those of
    the batch in `keep`, as they were:

    - "values" [T, sum D] of float32 and "mask" [T] of bool in every row, padded as the spec says.
      With `padding="max_length"` Arrow has values as fixed-shape tensors (in tables of Hugging Face's
      datasets, which take none, as lists of fixed size) and the mask as lists of fixed size, and
      polars has arrays. Else both are lists, and T is that of the batch. pandas has an array in
      each row, numpy one array.
    - "lengths": int64, the steps of each row.
    - "ids" gives, for every column of the spec, "ids/" and its full name: the ids of each row as a
      list, after truncation and without padding. Where the feature's type has lists for steps, so
      have the ids; else a step is an id, or null for a hole. Features without such a type (lists of
      Python's, in numpy and pandas) have lists for steps in batches where some step has several.

    `tables` is the path of a safetensors file that has all tables of the spec under their names: it
    is opened where the transform runs, and mapped, so that processes of a machine share its memory.
    Or it maps names to arrays, which are pickled along, and to references into Ray's object store,
    which are not. Without it, tables are those of the columns' initializers, everywhere the same.

    It can be sent anywhere: it pickles to the same bytes if it is made of the same (the size and
    the time of a file of tables count), before and after it was called. The layer is made at the
    first call, once in each process. A batch is never written to, and rows keep their order.
    Subclasses may change the batch before `super().__call__`, or the answer behind it; what they
    keep in attributes is pickled too.

    Raises InvalidArgument for names that are unknown or stand twice, and for a spec that the layer
    does not take; when called what SequenceFeatures raises, and InvalidArgument for a key in `keep`
    that the batch lacks.

    >>> tokens = sequence_categorical_column_with_hash_bucket("tokens", 1000)
    >>> transform = Transform([embedding_column(tokens, 4)], emit=["values", "lengths"], keep=["label"])
    >>> answer = transform({"tokens": [["sea"], ["wind", "sea"]], "label": np.array([1, 0])})
    >>> answer["values"].shape, answer["lengths"].tolist(), answer["label"].tolist()
    ((2, 2, 4), [1, 2], [1, 0])
    """

    def __init__(
        self,
        spec: Spec | Iterable[Column],
        tables: str | os.PathLike | Mapping[str, Any] | None = None,
        emit: Sequence[str] = ("values", "lengths", "mask"),
        keep: Sequence[str] = (),
        backend: str = "auto",
    ) -> None:
        made = as_spec(spec)
        emit, keep = _names("emit", emit), _names("keep", keep)
        for name in emit:
            if name not in _EMIT:
                raise InvalidArgument(f"emit: got {name!r}, expected some of {', '.join(_EMIT)}")
        if not emit:
            raise InvalidArgument(f"emit: got nothing, expected some of {', '.join(_EMIT)}")
        for name in keep:
            if name in _columns_of(emit, made):
                raise InvalidArgument(f"keep: got {name!r}, which is a name in emit")
        bare = [column.name for column in made.columns if isinstance(column, CategoricalColumn)]
        if "values" in emit and bare:
            raise InvalidArgument(
                f"column {bare[0]!r}: a bare categorical column has ids and no values; embed it, or "
                "leave values out of emit"
            )
        arrays = None
        path = mark = None
        if isinstance(tables, Mapping):
            arrays = {name: as_array(name, tables[name]) for name in sorted(tables)}
        elif tables is not None:
            path = os.path.abspath(as_path("tables", tables))
            mark = mark_of(path)
        self._text = json.dumps(
            {
                "spec": made.to_json(),
                "tables": path,
                "mark": mark,
                "emit": emit,
                "keep": keep,
                "backend": as_text("backend", backend),
            }
        )
        self._arrays = arrays
        self._take()

    def _take(self) -> None:
        made_of = json.loads(self._text)
        self._layer: SequenceFeatures | None = None
        self._path: str | None = made_of["tables"]
        #: The spec.
        self.spec = Spec.from_json(made_of["spec"])
        #: What it emits, and which columns of a batch it keeps.
        self.emit, self.keep = tuple(made_of["emit"]), tuple(made_of["keep"])
        #: The backend that was asked for.
        self.backend: str = made_of["backend"]

    def layer(self) -> SequenceFeatures:
        """The layer with its tables, which is made when it is first asked for."""
        if self._layer is None:
            if self._arrays is None:
                mark = None if self._path is None else mark_of(self._path)
                self._layer = shared_layer(self.spec, self.backend, self._path, mark)
            else:
                self._layer = layer_of_arrays(self.spec, self.backend, self._arrays)
        return self._layer

    def __call__(self, batch: Any) -> Any:
        """The answer to a batch, in its form."""
        form, layer = form_of(batch), self.layer()
        there = list(form.keys())
        for key in self.keep:
            if key not in there:
                raise InvalidArgument(
                    f"keep: the batch has no {key!r}, only {', '.join(map(repr, there)) or 'nothing'}"
                )
        given = self._run(form, layer)
        columns = {name: given[name] for name in _columns_of(self.emit, self.spec)}
        return form.answer({**columns, **{key: form.kept(key) for key in self.keep}})

    def _run(self, form: Form, layer: SequenceFeatures) -> dict[str, Any]:
        """Everything that is to be emitted, by name."""
        wanted = self.spec._core.features
        features = features_dict(form.features, wanted)
        features = {
            key: to_core(features[key], dtype, key, from_device=True)
            for key, dtype in wanted.items()
            if key in features
        }
        given: dict[str, Any] = {}
        fixed = self.spec.options["padding"] == "max_length"
        if "values" in self.emit:
            values, lengths, mask = (_on_host(each) for each in layer(features))
            given = {"values": Padded(values, fixed), "lengths": lengths, "mask": Padded(mask, fixed)}
        if "ids" in self.emit or not given:
            ids = layer.ids(features)
            for column in self.spec.columns:
                keys = getattr(column, "categorical_column", column).keys
                kinds = [form.nested(key) for key in keys]
                nested = True if any(kinds) else None if None in kinds else False
                given["ids/" + column.name] = Ids(ids[column.name], nested)
            if "lengths" not in given:
                rows = next(iter(ids.values())).row_offsets
                given["lengths"] = np.diff(rows)
                if "mask" in self.emit:  # as wide as the longest row, which may be most of the work
                    given["mask"] = Padded(self._mask(rows), fixed)
        return given

    def _mask(self, row_offsets: np.ndarray) -> np.ndarray:
        """[B, T], by the rule that pads rows."""
        steps = Ragged(np.zeros(row_offsets[-1], np.int8), row_offsets)
        return steps.pad(**self.spec.options)[2]

    def __repr__(self) -> str:
        names = ", ".join(_columns_of(self.emit, self.spec) + self.keep)
        return f"<seqfeat.{type(self).__name__} to {names}>"

    def __reduce__(self):
        mine = ("_text", "_arrays", "_layer", "_path", "spec", "emit", "keep", "backend")
        others = {name: value for name, value in self.__dict__.items() if name not in mine}
        return _restored, (type(self), self._text, self._arrays, others)


Transform.__module__ = "seqfeat"


def _columns_of(emit: Sequence[str], spec: Spec) -> tuple[str, ...]:
    """Names of the columns that are emitted."""
    ids = [f"ids/{column.name}" for column in spec.columns]
    return tuple(each for name in emit for each in (ids if name == "ids" else [name]))


def _on_host(array: Any) -> np.ndarray:
    return array if isinstance(array, np.ndarray) else array_of(array, "values", from_device=True)


def _restored(kind: type, text: str, arrays: Any, others: dict) -> Transform:
    """What pickle calls."""
    transform = kind.__new__(kind)
    transform.__dict__.update(others)
    transform._text, transform._arrays = text, arrays
    transform._take()
    return transform
