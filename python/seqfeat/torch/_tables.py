# SPDX-License-Identifier: Apache-2.0
"""The tables of a layer as parameters, under names that a state_dict takes."""

from __future__ import annotations

import weakref
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any

import torch
from torch import nn

from .._errors import InvalidArgument
from .._tables import check_name

_TYPES = {torch.float32: "float32", torch.float16: "float16", torch.bfloat16: "bfloat16"}

#: The layer and the name of every table, by the parameter's id. A parameter cannot say it itself:
#: attributes of its own would go into files that hold it.
_OWNERS: dict[int, tuple[Any, Any, str]] = {}


def adopt(parameter: nn.Parameter, layer: Any, name: str) -> None:
    """Notes that `parameter` is the table `name` of `layer`; the first name of a shared one stays."""
    key = id(parameter)
    known = _OWNERS.get(key)
    if known is not None and known[0]() is parameter and known[1]() is layer:
        return
    gone = weakref.ref(parameter, lambda _: _OWNERS.pop(key, None))
    _OWNERS[key] = (gone, weakref.ref(layer), name)


def owner_of(parameter: Any) -> Any:
    """The layer whose table a parameter is, or None."""
    held, layer, _ = _OWNERS.get(id(parameter), (lambda: None, lambda: None, ""))
    return layer() if held() is parameter else None


def escaped(name: str) -> str:
    """A table's name as a part of a path in a state_dict, where a dot divides."""
    return name.replace("%", "%25").replace(".", "%2E")


def unescaped(name: str) -> str:
    """The name itself."""
    return name.replace("%2E", ".").replace("%25", "%")


class Tables(nn.Module):
    """The tables of a layer by their names: a Mapping of parameters. A shared one is one of them.

    In a state_dict they stand under their names, with `%25` for `%` and `%2E` for a dot.
    """

    def __init__(self, layer: Any, tables: dict[str, nn.Parameter]) -> None:
        super().__init__()
        object.__setattr__(self, "_layer", weakref.ref(layer))
        for name, table in tables.items():
            self._parameters[escaped(name)] = table
        self.adopt_all()

    def adopt_all(self) -> None:
        """Makes every parameter known as a table."""
        for name, table in self.items():
            adopt(table, self._layer(), name)

    def __getitem__(self, name: str) -> nn.Parameter:
        return self._parameters[escaped(name)]

    def __setitem__(self, name: str, table: nn.Parameter) -> None:
        """Uses a parameter as the table; one that another name has is then shared."""
        check_name(name, self)
        if not isinstance(table, nn.Parameter):
            raise TypeError(f"table {name!r}: got {type(table).__name__}, expected an nn.Parameter")
        if table.shape != self[name].shape:
            raise InvalidArgument(
                f"table {name!r}: got {tuple(table.shape)}, expected {tuple(self[name].shape)}"
            )
        self._parameters[escaped(name)] = table
        adopt(table, self._layer(), name)

    def __iter__(self) -> Iterator[str]:
        return map(unescaped, self._parameters)

    def __len__(self) -> int:
        return len(self._parameters)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and escaped(name) in self._parameters

    def keys(self) -> KeysView:
        """The tables' names."""
        return KeysView(self)

    def values(self) -> ValuesView:
        """The parameters."""
        return ValuesView(self)

    def items(self) -> ItemsView:
        """Names and parameters."""
        return ItemsView(self)

    def get(self, name: str, default: Any = None) -> Any:
        """The table, or `default`."""
        return self[name] if name in self else default

    def extra_repr(self) -> str:
        return "\n".join(f"({name}): {tuple(t.shape)} of {t.dtype}" for name, t in self.items())

    def __getstate__(self) -> dict:
        return {key: value for key, value in self.__dict__.items() if key != "_layer"}

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
        super()._load_from_state_dict(*args, **kwargs)
        self.adopt_all()  # assign=True brings parameters of its own


Mapping.register(Tables)


def table_for_core(name: str, table: torch.Tensor) -> tuple:
    """A table as `_core` takes it. Raises InvalidArgument for types and strides that it does not."""
    if table.dtype not in _TYPES:
        raise InvalidArgument(
            f"table {name!r}: got {table.dtype}, expected float32, float16 or bfloat16"
        )
    if table.stride(1) != 1 and table.shape[1] > 1:
        raise InvalidArgument(f"table {name!r}: got strides {table.stride()}, expected rows")
    pitch = table.stride(0) if table.shape[0] > 1 else table.shape[1]
    return name, table.data_ptr(), *table.shape, pitch, _TYPES[table.dtype]


def to_table(name: str, array: Any, like: torch.Tensor) -> torch.Tensor:
    """What stands in a tensor, a numpy array or anything with DLPack, of the table's shape."""
    tensor = array if isinstance(array, torch.Tensor) else torch.as_tensor(array)
    if tensor.shape != like.shape or not tensor.is_floating_point():
        raise InvalidArgument(
            f"table {name!r}: got {tensor.dtype} {tuple(tensor.shape)}, expected floats "
            f"{tuple(like.shape)}"
        )
    return tensor
