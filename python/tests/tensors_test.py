# SPDX-License-Identifier: Apache-2.0
"""Tensors of other packages: DLPack, jagged ones of torch, and arrays on a device.

No device is needed: producers and layers on one are played by objects on the host.
"""

import numpy as np
import pytest

import seqfeat as sf
from seqfeat import _input
from seqfeat._device import DeviceArray
from producers import Jagged, Tensor
from support import embedding, ids_layer


def test_dlpack_on_the_host():
    array = np.array([[5, 6], [7, -1]])
    for device in ((1, 0), (3, 0)):
        assert sf.hash_bucket(Tensor(array, device), 10).to_list() == sf.hash_bucket(array, 10).to_list()
    assert ids_layer(dtype="int64")({"tokens": Tensor(array)}).lengths.tolist() == [2, 1]


def test_on_the_host_a_tensor_of_a_device_is_refused_with_its_name():
    tensor = Tensor(np.array([[5]]), device=(2, 1))
    layer = sf.SequenceFeatures([embedding(dtype="int64")], backend="cpu")
    for call, name in (
        (lambda: layer({"tokens": tensor}), "tokens"),
        (lambda: sf.hash_bucket(tensor, 10), "values"),
        (lambda: layer.bind("tokens_embedding", tensor), "table 'tokens_embedding'"),
    ):
        with pytest.raises(sf.InvalidArgument, match=rf"^{name}: got .* DLPack device \(2, 1\), expected one on the host"):
            call()
    assert tensor.asked == 0


def test_for_a_layer_on_a_device_its_producer_copies_to_the_host():
    array = np.array([[5, 6], [7, -1]])
    tensor = Tensor(array, device=(2, 0))
    core = _input.to_core(tensor, "int64", "tokens", from_device=True)
    assert core.to_list() == sf.Ragged.from_dense(array).to_list() and tensor.asked == 1
    with pytest.raises(sf.InvalidArgument, match=r"tokens: .*\(2, 0\) that gives no copy .*no copies"):
        _input.to_core(Tensor(array, (2, 0), copies=False), "int64", "tokens", from_device=True)


VALUES = np.array([1, 2, 3, -1, 5], np.int32)


@pytest.mark.parametrize("offsets", [np.int32, np.int64])
def test_a_jagged_tensor_is_rows_of_tokens(offsets):
    offsets = np.array([0, 2, 2, 5], offsets)
    rows = [[1, 2], [], [3, -1, 5]]
    tensor = Jagged(VALUES, offsets)
    assert sf.hash_bucket(tensor, 10).to_list() == sf.hash_bucket(rows, 10).to_list()
    assert ids_layer(dtype="int64")({"tokens": tensor}).lengths.tolist() == [2, 0, 3]
    some = sf.hash_bucket(Jagged(VALUES, offsets, [1, 0, 2]), 10)
    assert some.to_list() == sf.hash_bucket([[1], [], [3, -1]], 10).to_list()


def test_trailing_dimensions_of_a_jagged_tensor_are_values_of_a_step():
    tensor = Jagged(np.arange(6).reshape(3, 2), np.array([0, 1, 3]))
    assert sf.hash_bucket(tensor, 10).to_list() == sf.hash_bucket([[[0, 1]], [[2, 3], [4, 5]]], 10).to_list()


def test_jagged_tensors_that_cannot_be():
    offsets = np.array([0, 2, 5])
    with pytest.raises(sf.InvalidArgument, match="values: got float64, expected strings or integers"):
        sf.hash_bucket(Jagged(VALUES.astype(float), offsets), 10)
    with pytest.raises(sf.DataError):
        sf.hash_bucket(Jagged(VALUES, np.array([0, 2, 9])), 10)
    with pytest.raises(sf.InvalidArgument, match="nested: got False, but a Jagged has rows"):
        sf.hash_bucket(Jagged(VALUES, offsets), 10, nested=False)
    transposed = Jagged(VALUES, offsets)
    transposed._ragged_idx = 2
    with pytest.raises(sf.InvalidArgument, match="dimension 2 is ragged, expected 1"):
        sf.hash_bucket(transposed, 10)


def test_jagged_tensors_of_torch():
    torch = pytest.importorskip("torch")
    values, offsets = torch.from_numpy(VALUES), torch.tensor([0, 2, 2, 5])
    tensor = torch.nested.nested_tensor_from_jagged(values, offsets)
    assert sf.hash_bucket(tensor, 10).to_list() == sf.hash_bucket([[1, 2], [], [3, -1, 5]], 10).to_list()
    some = torch.nested.nested_tensor_from_jagged(values, offsets, lengths=torch.tensor([1, 0, 2]))
    assert sf.hash_bucket(some, 10).to_list() == sf.hash_bucket([[1], [], [3, -1]], 10).to_list()
    deep = torch.nested.nested_tensor([torch.zeros(2, 3, dtype=torch.int64)], layout=torch.jagged)
    assert sf.hash_bucket(deep, 10).to_list() == sf.hash_bucket([[[0] * 3] * 2], 10).to_list()
    with pytest.raises(sf.InvalidArgument, match="dimension 2 is ragged"):
        sf.hash_bucket(deep.transpose(1, 2), 10)


@pytest.mark.parametrize("dtype, typestr", [("float32", "<f4"), ("float16", "<f2"), ("int64", "<i8"), ("bool", "|b1")])
def test_an_array_on_a_device_says_where_it_is(dtype, typestr):
    array = np.ones((2, 3), dtype)
    address = array.__array_interface__["data"][0]
    device = DeviceArray(Tensor(array, device=(1, 0)), address, [2, 3], dtype)
    assert device.__cuda_array_interface__ == {
        "version": 3,
        "shape": (2, 3),
        "typestr": typestr,
        "data": (address, False),
        "strides": None,
        "stream": None,
    }
    assert np.shares_memory(np.from_dlpack(device), array) and device.__dlpack_device__() == (1, 0)
    empty = DeviceArray(Tensor(array[:0]), address, [0, 3], dtype)
    assert empty.__cuda_array_interface__["data"] == (0, False)


def test_an_array_of_bfloat16_on_a_device_has_dlpack_alone():
    array = DeviceArray(Tensor(np.ones(2, np.uint16)), 4096, [2], "bfloat16")
    assert not hasattr(array, "__cuda_array_interface__") and hasattr(array, "__dlpack__")
