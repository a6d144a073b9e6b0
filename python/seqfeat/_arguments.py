# SPDX-License-Identifier: Apache-2.0
"""Checks of arguments: each gives the value in the one type that the library takes."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Callable
from typing import Any

from ._errors import InvalidArgument


def _index(name: str, value: Any) -> int:
    """A Python int of any integer; floats and booleans are refused as the spec's JSON does."""
    if isinstance(value, bool):
        raise InvalidArgument(f"{name}: got {value!r}, expected an integer")
    try:
        return operator.index(value)
    except TypeError:
        raise InvalidArgument(f"{name}: got {value!r}, expected an integer") from None


def as_integer(name: str, value: Any) -> int:
    """An integer that JSON and messages may have: Python writes no ints of thousands of digits."""
    number = _index(name, value)
    if number.bit_length() > 2**13:
        raise InvalidArgument(f"{name}: got an int of thousands of digits, expected one of 64 bits")
    return number


def as_int64(name: str, value: Any) -> int:
    """An integer that the library takes in 64 bits."""
    number = _index(name, value)
    if not -(2**63) <= number < 2**63:
        raise InvalidArgument(f"{name}: got {number:#x}, expected -2**63 to 2**63 - 1")
    return number


def as_number(name: str, value: Any) -> float:
    """A float of any number that JSON has."""
    if isinstance(value, (bool, str, bytes)):
        raise InvalidArgument(f"{name}: got {value!r}, expected a number")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InvalidArgument(f"{name}: got {value!r}, expected a number") from None
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InvalidArgument(f"{name}: got {number}, expected a finite number")
    return number


def as_text(name: str, value: Any) -> str:
    """A str that has UTF-8, and that C's strings hold."""
    if not isinstance(value, str):
        raise InvalidArgument(f"{name}: got {value!r}, expected a str")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidArgument(
            f"{name}: got {value!r}, expected a str without lone surrogates, which have no UTF-8"
        ) from None
    if "\0" in value:
        raise InvalidArgument(f"{name}: got {value!r}, expected a str without a zero byte")
    return value


def as_token(name: str, value: Any) -> str | int:
    """A token as JSON has it."""
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError:
            raise InvalidArgument(f"{name}: got {value!r}, expected UTF-8") from None
    return as_text(name, value) if isinstance(value, str) else as_integer(name, value)


def as_list(name: str, given: Any, check: Callable[[str, Any], str]) -> list[str]:
    """Paths or names, of which one may stand for a list of one."""
    if isinstance(given, (str, bytes, os.PathLike)):
        given = [given]
    return [check(name, item) for item in given]


def salt_key(value: Any) -> tuple[int, int]:
    """The two halves of a hash key; one number stands for both, as in Keras."""
    parts = list(value) if isinstance(value, (list, tuple)) else [value, value]
    if len(parts) != 2:
        raise InvalidArgument(f"salt: got {value!r}, expected an integer or two")
    key = tuple(as_integer("salt", part) for part in parts)
    if not all(-(2**63) <= part < 2**64 for part in key):
        raise InvalidArgument(f"salt: got {value!r}, expected integers of 64 bits")
    return key[0] % 2**64, key[1] % 2**64


def token_bytes(name: str, value: Any) -> bytes:
    """The bytes of a string token."""
    if not isinstance(value, (str, bytes)):
        raise InvalidArgument(f"{name}: got {value!r}, expected a str or bytes")
    return value.encode() if isinstance(value, str) else value


def token_bits(name: str, value: Any, dtype: str) -> int:
    """An integer token of type `dtype` as an int64 of the same bits."""
    number = as_integer(name, value)
    bits = int(dtype.lstrip("uint"))
    low, high = (0, 2**bits) if dtype[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1))
    if not low <= number < high:
        raise InvalidArgument(f"{name}: got {number}, expected an integer in the range of {dtype}")
    return number - 2**64 if number >= 2**63 else number


def as_path(name: str, value: Any) -> str:
    """A path as a str."""
    return as_text(name, os.fsdecode(value))
