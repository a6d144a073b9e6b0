# SPDX-License-Identifier: Apache-2.0
"""Arrays in the memory of a CUDA device, which others take without a copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


class DeviceArray:
    """An array of a layer on a CUDA device: `torch.from_dlpack`, `cupy.asarray` and their like take it.

    It has DLPack (versioned, and legacy for who asks so) and version 3 of the CUDA array interface.
    Its work is done when you get it, so no stream has to be waited for. Whoever takes its memory by
    DLPack keeps it alive; by the CUDA array interface, this object has to live on.
    """

    __slots__ = ("_address", "_tensor", "dtype", "shape")

    def __init__(self, tensor: Any, address: int, shape: Sequence[int], dtype: str) -> None:
        self._tensor = tensor
        self._address = address
        #: The size of every dimension.
        self.shape = tuple(shape)
        #: numpy's name of the elements' type, or "bfloat16".
        self.dtype = dtype

    def __dlpack__(self, **options: Any) -> Any:
        return self._tensor.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._tensor.__dlpack_device__()

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        if self.dtype == "bfloat16":
            raise AttributeError("the CUDA array interface has no bfloat16; use DLPack")
        return {
            "version": 3,
            "shape": self.shape,
            "typestr": np.dtype(self.dtype).str,
            "data": (0 if 0 in self.shape else self._address, False),
            "strides": None,
            "stream": None,
        }

    def __repr__(self) -> str:
        return f"<seqfeat.DeviceArray {self.shape} of {self.dtype} on cuda:{self.__dlpack_device__()[1]}>"
