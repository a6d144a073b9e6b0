# SPDX-License-Identifier: Apache-2.0
"""Objects that give their memory away by the protocols of other packages."""

import numpy as np


class Tensor:
    """A DLPack producer, on a device or on the host, that counts how often it is asked."""

    def __init__(self, array, device=(1, 0), copies=True):
        self.array, self.device, self.copies, self.asked = array, device, copies, 0

    def __dlpack__(self, **options):
        self.asked += 1
        if self.device[0] == 2:
            if not self.copies:
                raise BufferError("no copies")
            assert options.pop("dl_device") == (1, 0)
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.device


class Part(Tensor):
    def detach(self):
        return self


class Jagged:
    """As torch's nested tensors with the jagged layout."""

    layout = "torch.jagged"
    _ragged_idx = 1

    def __init__(self, values, offsets, lengths=None):
        self._parts = values, offsets, lengths

    def values(self):
        return Part(self._parts[0])

    def offsets(self):
        return Part(self._parts[1])

    def lengths(self):
        return self._parts[2]

    def contiguous(self):
        values, offsets, lengths = self._parts
        rows = [values[at : at + n] for at, n in zip(offsets, lengths)]
        return Jagged(np.concatenate(rows), np.cumsum([0, *lengths]))


class Arrow:
    """A producer of Arrow memory that is nothing else."""

    def __init__(self, producer):
        self._producer = producer

    def __arrow_c_array__(self, requested_schema=None):
        return self._producer.__arrow_c_array__(requested_schema)
