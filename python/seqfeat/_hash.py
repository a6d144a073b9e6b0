# SPDX-License-Identifier: Apache-2.0
"""Free functions: hashing without a layer, and masks."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _core
from ._arguments import as_int64, salt_key, token_bits, token_bytes
from ._errors import InvalidArgument
from ._input import array_of, arrow_of, cells_of, holds_lists, is_arrow, is_jagged, to_core, unwrapped
from ._ragged import Ragged, wrap


def _is_nested(values: Any) -> bool:
    """Whether `values` are rows of tokens rather than tokens."""
    if isinstance(values, Ragged) or is_jagged(values):
        return True
    if isinstance(values, np.ndarray):
        return values.ndim > 1 or (values.dtype.kind == "O" and holds_lists(values))
    return isinstance(values, (list, tuple)) and holds_lists(values)


def _tokens(values: Any, dtype: str | None, nested: bool | None) -> tuple[Any, bool]:
    """The values as a batch of `_core`, and whether they are flat: one row of tokens."""
    if isinstance(values, (str, bytes)):
        raise TypeError(f"values: got {type(values).__name__}, expected a list of tokens")
    if _is_nested(values) if nested is None else nested:
        return to_core(values, dtype, "values"), False
    if isinstance(values, Ragged) or is_jagged(values):
        raise InvalidArgument(f"nested: got False, but a {type(values).__name__} has rows of tokens")
    if isinstance(values, (list, tuple)):
        return _core.from_tokens(values, dtype, "values"), True
    array = values if isinstance(values, np.ndarray) else array_of(values, "values")
    if array is None:
        return to_core(values, dtype, "values"), False
    if array.ndim != 1:
        if nested is None:
            return to_core(array, dtype, "values"), False
        raise InvalidArgument(f"values: got an array {array.shape}, expected [N] (nested=False)")
    return cells_of(array, dtype, "values"), True


def _mapped_arrow(values: Any, dtype: str | None, nested: bool | None, hash_all: Any) -> Any:
    """Hashes a column of Arrow memory; each entry of a dictionary once."""
    arrow, key = arrow_of(values)
    encoded = arrow.dictionary(key)
    if encoded is not None:
        indices, entries, depth = encoded
        ids = _core.gathered(indices, hash_all(entries))
    else:
        core, depth = arrow.column(key, dtype or "string")
        ids = hash_all(core)
    if nested is not None and nested != (depth > 0):
        raise InvalidArgument(f"nested: got {nested}, but the column has {depth} levels of lists")
    return ids.of_rows() if depth == 0 else wrap(ids)


def _mapped(values: Any, dtype: str | None, nested: bool | None, hash_all: Any) -> Any:
    values = unwrapped(values, "values")
    if is_arrow(values) and not isinstance(values, Ragged):
        return _mapped_arrow(values, dtype, nested, hash_all)
    core, flat = _tokens(values, dtype, nested)
    ids = hash_all(core)
    return ids.of_steps() if flat else wrap(ids)


def _hash_options(core: Any, salt: Any, mask_value: Any) -> tuple:
    """Salt and masked token as `_core` takes them, which says itself what is no token of its type."""
    text = number = None
    if mask_value is not None and core.dtype == "string":
        text = token_bytes("mask_value", mask_value)
    elif mask_value is not None:
        number = token_bits("mask_value", mask_value, core.dtype)
    return None if salt is None else salt_key(salt), text, number


def hash_bucket(
    values: Any,
    num_buckets: int,
    salt: Any = None,
    mask_value: Any = None,
    *,
    dtype: str | None = None,
    nested: bool | None = None,
) -> np.ndarray | Ragged:
    """The bucket of every token: TensorFlow's `to_hash_bucket_fast`, of integers after `as_string`.

    With a `salt`, two integers or one that stands for both, tokens are hashed by SipHash under that
    key: `to_hash_bucket_strong`. A token that equals `mask_value` is 0 and the others are
    1 … num_buckets - 1, as with Keras' `Hashing`.

    Flat tokens (a list, or an array [N]) give a numpy array [N] of int64, in which None is -1.
    Rows of tokens (lists of lists, a dense array [B, T], a Ragged) give a Ragged. A column of Arrow
    memory is what its type says; entries of a dictionary are hashed once. `nested` says
    which of the two a list is; None looks at its first element that is not None. Without a `dtype`
    the first token of a list decides between "string" and "int64".

    Raises InvalidArgument for fewer than 1 bucket, a salt outside 64 bits or a `mask_value` of
    another type than the tokens, TypeError for objects that are no tokens.

    >>> hash_bucket(["sea", "cloud", None], 1000).tolist()
    [42, 937, -1]
    >>> hash_bucket([["sea"], ["cloud", "sea"]], 1000).to_list()
    [[42], [937, 42]]
    >>> hash_bucket(["sea", ""], 10, salt=[133, 137], mask_value="").tolist()
    [4, 0]
    """
    buckets = as_int64("num_buckets", num_buckets)

    def hash_all(core: Any) -> Any:
        return core.hash_bucket(buckets, *_hash_options(core, salt, mask_value))

    return _mapped(values, dtype, nested, hash_all)


def fingerprint64(
    values: Any, *, dtype: str | None = None, nested: bool | None = None
) -> np.ndarray | Ragged:
    """The 64-bit FarmHash fingerprint of every token, as uint64; otherwise as `hash_bucket`.

    None in flat tokens is 2**64 - 1.

    >>> fingerprint64(["sea"]) % 1000
    array([42], dtype=uint64)
    """
    return _mapped(values, dtype, nested, lambda core: core.fingerprints())


def sequence_mask(lengths: Any, maxlen: int | None = None) -> np.ndarray:
    """TensorFlow's `sequence_mask`: element [..., j] is j < lengths[...].

    Without `maxlen`, the longest length. The result is bool [..., maxlen].

    >>> sequence_mask([1, 3]).tolist()
    [[True, False, False], [True, True, True]]
    """
    array = np.asarray(lengths)
    if array.dtype.kind not in "iu" and array.size > 0:
        raise InvalidArgument(f"lengths: got {array.dtype}, expected integers")
    width = max(0, int(array.max(initial=0))) if maxlen is None else as_int64("maxlen", maxlen)
    if width < 0:
        raise InvalidArgument(f"maxlen: got {width}, expected at least 0")
    return np.arange(width) < array[..., np.newaxis]
