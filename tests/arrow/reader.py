# SPDX-License-Identifier: Apache-2.0
"""Calls the reader through ctypes, with the pointers that capsules hold."""

import ctypes
import json

api = ctypes.pythonapi
api.PyCapsule_GetPointer.restype = ctypes.c_void_p
api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
api.PyCapsule_New.restype = ctypes.py_object
api.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]

STRUCT_BYTES = 80  # of the largest, ArrowArray


def pointer(capsule, name):
    return api.PyCapsule_GetPointer(capsule, name)


class Exported:
    """What we export, for consumers: they take each struct once."""

    def __init__(self, schema, array):
        self.schema, self.array = schema, array

    def __arrow_c_array__(self, requested_schema=None):
        return tuple(
            api.PyCapsule_New(ctypes.addressof(struct), name, None)
            for struct, name in ((self.schema, b"arrow_schema"), (self.array, b"arrow_array"))
        )


class Stream:
    """One array as a stream."""

    def __init__(self, source):
        import pyarrow

        array = pyarrow.array(source)
        self.chunks = pyarrow.chunked_array([array], type=array.type)

    def __arrow_c_stream__(self, requested_schema=None):
        return self.chunks.__arrow_c_stream__()


class Reader:
    def __init__(self, native):
        self.native = ctypes.CDLL(native)
        for name, arguments in (("read_array", 3), ("read_stream", 2), ("round_trip", 4), ("measure", 2)):
            function = getattr(self.native, name)
            function.restype = ctypes.c_char_p
            function.argtypes = [ctypes.c_void_p] * arguments

    def read(self, source, key):
        """The answer of the reader about a column of anything with Arrow's protocol."""
        key = key.encode()
        if hasattr(source, "__arrow_c_stream__"):
            capsule = source.__arrow_c_stream__()
            answer = self.native.read_stream(pointer(capsule, b"arrow_array_stream"), key)
        else:
            schema, array = source.__arrow_c_array__()
            answer = self.native.read_array(
                pointer(schema, b"arrow_schema"), pointer(array, b"arrow_array"), key
            )
        return json.loads(answer)

    def _stream(self, source):
        source = source if hasattr(source, "__arrow_c_stream__") else Stream(source)
        return source.__arrow_c_stream__()

    def round_trip(self, source, key):
        """A column, read and exported."""
        capsule = self._stream(source)
        exported = Exported(ctypes.create_string_buffer(STRUCT_BYTES), ctypes.create_string_buffer(STRUCT_BYTES))
        answer = self.native.round_trip(
            pointer(capsule, b"arrow_array_stream"), key.encode(), exported.schema, exported.array
        )
        if answer != b"{}":
            raise ValueError(answer.decode())
        return exported

    def measure(self, source, key):
        capsule = self._stream(source)
        return json.loads(self.native.measure(pointer(capsule, b"arrow_array_stream"), key.encode()))
