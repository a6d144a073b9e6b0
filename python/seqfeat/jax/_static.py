# SPDX-License-Identifier: Apache-2.0
"""What a compiled program knows of a layer: all that follows from a spec and a capacity."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from .. import _core
from .._capacity import Capacity
from .._errors import InvalidArgument
from .._spec import Spec, rounded_up
from .._tables import Table, tables_of


@dataclass(frozen=True, eq=False)
class Static:
    """A spec and a capacity without anything left open. Each pair has one; see static_of.

    Plain data: JAX keeps what it compiled, and with it this, beyond the end of the package.
    """

    #: The canonical text of the spec, with a fixed T.
    spec: str
    rows: int
    steps: int
    values: int
    bytes: int
    #: T, to which every row is padded.
    padded_steps: int
    #: sum D
    width: int
    #: In the layer's order of columns, each once.
    tables: tuple[Table, ...]
    #: The size of a packed batch, in bytes.
    batch_bytes: int

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        return self.rows, self.steps, self.values, self.bytes

    @property
    def attributes(self) -> dict[str, Any]:
        """What XLA's handlers are told."""
        sizes = zip(("rows", "steps", "values", "bytes"), map(np.int64, self.sizes))
        return {"spec": self.spec, **dict(sizes)}


@lru_cache(maxsize=256)
def packer_of(json: str) -> Any:
    """What packs batches for a spec: a layer without tables."""
    return _core.Layer(Spec.from_json(json)._core, "cpu")


@lru_cache(maxsize=256)
def static_of(json: str, capacity: Capacity) -> Static:
    """Of a spec's canonical text.

    Raises InvalidArgument where T does not follow.
    """
    fixed, padded_steps = _with_fixed_length(Spec.from_json(json), capacity)
    sizes = capacity._replace(max_length=fixed.options["max_length"]).completed()[:4]
    packer = packer_of(json)
    tables = tuple(tables_of(packer).values())
    if packer.width == 0:
        raise InvalidArgument("spec: its columns give ids only; embed them or make indicators")
    packed = packer.packed_bytes(sizes)
    return Static(fixed.to_json(), *sizes, padded_steps, packer.width, tables, packed)


def _with_fixed_length(spec: Spec, capacity: Capacity) -> tuple[Spec, int]:
    """The spec whose batches all have the same T, and T. It cuts no row that `spec` leaves whole."""
    options = spec.options
    length, most = options["max_length"], capacity._longest(options["max_length"])
    if options["padding"] == "max_length":
        if most < length:
            raise InvalidArgument(
                f"capacity: got max_length {most}, expected None or at least {length}, the spec's, "
                "whose padding is 'max_length'"
            )
    elif length is None or rounded_up(most, options) < length:
        length = rounded_up(most, options)
    fixed = Spec(spec.columns, **{**options, "max_length": length, "padding": "max_length"})
    return fixed, rounded_up(length, options)
