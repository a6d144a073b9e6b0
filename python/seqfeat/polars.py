# SPDX-License-Identifier: Apache-2.0
"""Hashing for polars: importing this registers `pl.Expr.seqfeat` and `pl.Series.seqfeat`.

>>> import polars as pl
>>> import seqfeat.polars
>>> pl.Series([["sea", None], None]).seqfeat.hash_bucket(1000).to_list()
[[42, None], None]
>>> frame = pl.DataFrame({"tokens": [["sea"], ["cloud", "sea"]]})
>>> frame.select(pl.col("tokens").seqfeat.hash_bucket(1000)).to_series().to_list()
[[42], [937, 42]]
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from . import _core
from ._errors import InvalidArgument
from ._hash import fingerprint64, hash_bucket

_core.let_objects_stay()  # polars may hold Arrow memory of ours until the process ends

__all__ = ["ExprNamespace", "SeriesNamespace"]

_TEXT = (pl.String, pl.Binary, pl.Categorical, pl.Enum, pl.Null)


class _Hash:
    """A hash of flat tokens, brought to series of any depth."""

    def __init__(self, flat: Callable[[pl.Series], np.ndarray], dtype: type[pl.DataType]) -> None:
        self._flat, self._dtype = flat, dtype

    def dtype_of(self, dtype: pl.DataType) -> pl.DataType:
        """What tokens of `dtype` become. Raises InvalidArgument for what has no tokens."""
        if isinstance(dtype, (pl.List, pl.Array)):
            return pl.List(self.dtype_of(dtype.inner))
        if not dtype.is_integer() and not isinstance(dtype, _TEXT):
            raise InvalidArgument(f"got a series of {dtype}, expected strings, integers or lists of them")
        return self._dtype()

    def __call__(self, series: pl.Series) -> pl.Series:
        self.dtype_of(series.dtype)
        if isinstance(series.dtype, pl.Array):
            series = series.arr.to_list()
        if isinstance(series.dtype, pl.List):
            inner = self.dtype_of(series.dtype.inner)
            return series.list.eval(pl.element().map_batches(self, inner, is_elementwise=True))
        if series.dtype == pl.Null:
            return series.cast(self._dtype)
        return pl.Series(series.name, self._flat(series), self._dtype).set(series.is_null(), None)


def _bucket(num_buckets: int) -> _Hash:
    hash_bucket([], num_buckets)  # raises where the call stands, not in the middle of a query
    return _Hash(lambda series: hash_bucket(series, num_buckets), pl.Int64)


_FINGERPRINT = _Hash(fingerprint64, pl.UInt64)


@pl.api.register_series_namespace("seqfeat")
class SeriesNamespace:
    """`series.seqfeat`: of strings or integers, or of lists of them at any depth."""

    def __init__(self, series: pl.Series) -> None:
        self._series = series

    def hash_bucket(self, num_buckets: int) -> pl.Series:
        """The bucket of every token, as `seqfeat.hash_bucket`: Int64 in the shape of the series.

        Null stays null, at every level.

        Raises InvalidArgument for fewer than 1 bucket, and for a series of other types.

        >>> pl.Series(["sea", None, "cloud"]).seqfeat.hash_bucket(1000).to_list()
        [42, None, 937]
        """
        return _bucket(num_buckets)(self._series)

    def fingerprint64(self) -> pl.Series:
        """The 64-bit FarmHash fingerprint of every token, as UInt64; otherwise as `hash_bucket`.

        >>> (pl.Series(["sea"]).seqfeat.fingerprint64() % 1000).to_list()
        [42]
        """
        return _FINGERPRINT(self._series)


@pl.api.register_expr_namespace("seqfeat")
class ExprNamespace:
    """`expr.seqfeat`: the same in a query, also a lazy or streaming one.

    A column of other types is an error of polars' when the query is resolved.
    """

    def __init__(self, expr: pl.Expr) -> None:
        self._expr = expr

    def hash_bucket(self, num_buckets: int) -> pl.Expr:
        """See SeriesNamespace. Raises InvalidArgument for fewer than 1 bucket at once.

        >>> pl.select(pl.lit("sea").seqfeat.hash_bucket(1000)).item()
        42
        """
        return self._expr.map_batches(_bucket(num_buckets), is_elementwise=True)

    def fingerprint64(self) -> pl.Expr:
        """See SeriesNamespace.

        >>> pl.select(pl.lit("sea").seqfeat.fingerprint64() % 1000).item()
        42
        """
        return self._expr.map_batches(_FINGERPRINT, is_elementwise=True)
