# SPDX-License-Identifier: Apache-2.0
"""The largest batch, where shapes have to be fixed."""

from __future__ import annotations

from typing import NamedTuple

from ._arguments import as_int64
from ._errors import InvalidArgument


class _Sizes(NamedTuple):
    rows: int
    steps: int | None
    values: int | None
    bytes: int | None
    max_length: int | None


class Capacity(_Sizes):
    """The largest batch: its rows, steps, values, bytes of strings, and the steps of its longest row.

    Steps, values and bytes are those of one feature, of the largest, before rows are cut. A batch
    packed with a capacity always has its shapes.

    Where a number is None it follows from the others: `steps` is `rows * max_length`, `values` is
    `steps`, `bytes` is 0, and `max_length`, that of rows after they were cut, is the spec's.

    Raises InvalidArgument for anything but integers from 0 on.

    >>> Capacity(rows=8, steps=64, values=64, bytes=1024, max_length=16).rows
    8
    """

    __slots__ = ()

    def __new__(
        cls,
        *,
        rows: int,
        steps: int | None = None,
        values: int | None = None,
        bytes: int | None = None,
        max_length: int | None = None,
    ) -> Capacity:
        sizes = {"rows": _size("rows", rows, 0)}
        for name, size, least in (
            ("steps", steps, 0),
            ("values", values, 0),
            ("bytes", bytes, 0),
            ("max_length", max_length, 1),
        ):
            sizes[name] = None if size is None else _size(name, size, least)
        return super().__new__(cls, **sizes)

    def completed(self, max_length: int | None = None) -> Capacity:
        """With every number: those that are None follow as said above; `max_length` is the spec's.

        Raises InvalidArgument where neither has a `max_length`.
        """
        longest = self._longest(max_length)
        steps = self.rows * longest if self.steps is None else self.steps
        values = steps if self.values is None else self.values
        return Capacity(
            rows=self.rows, steps=steps, values=values, bytes=self.bytes or 0, max_length=longest
        )

    def _longest(self, max_length: int | None) -> int:
        """Its `max_length`, or else the spec's, which is given; InvalidArgument where both are None."""
        longest = max_length if self.max_length is None else self.max_length
        if longest is None:
            raise InvalidArgument(
                "capacity: neither it nor the spec has a max_length, from which T follows; give "
                "Capacity(max_length=...)"
            )
        return longest

    def __getnewargs_ex__(self) -> tuple:
        return (), self._asdict()


Capacity.__module__ = "seqfeat"


def _size(name: str, size: int, least: int) -> int:
    number = as_int64(name, size)
    if number < least:
        raise InvalidArgument(f"{name}: got {number}, expected at least {least}")
    return number
