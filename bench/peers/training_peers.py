# SPDX-License-Identifier: Apache-2.0
"""Training steps on the processor that torch_training.py times: ours, torch's and FBGEMM's.

Each takes the same batches and gradients: forward pass, backward pass, update. `step(i)` trains on batch i and `table()` is a numpy view of the weights.
"""
import ctypes
import json

import numpy
import torch
import torch.nn.functional as F

import training_inputs as inputs

RATE = 0.01
OURS = {"sgd": {"type": "sgd", "learning_rate": RATE}, "adagrad": {"type": "adagrad", "learning_rate": RATE},
        "rowwise": {"type": "rowwise_adagrad", "learning_rate": RATE}, "adam": {"type": "adam", "learning_rate": RATE}}


class Failed(Exception):
    pass


class Ours:
    """seqfeat through the functions of training/step.cpp."""

    def __init__(self, native, task, pooled):
        pointer = ctypes.POINTER(ctypes.c_float)
        for function, result in (("make", ctypes.c_char_p), ("add", ctypes.c_char_p), ("step", ctypes.c_char_p), ("table", pointer), ("values", pointer), ("free", None)):
            getattr(native, "trainer_" + function).restype = result
        self.native, self.task, self.trainer = native, task, ctypes.c_void_p()
        self.check(native.trainer_make(*map(ctypes.c_int64, (task.table_rows, task.dim, task.width)), int(pooled), json.dumps(OURS[task.optimizer]).encode(), ctypes.byref(self.trainer)))
        self.table()[:] = task.table
        for batch in task.batches:
            self.check(native.trainer_add(self.trainer, self.at(batch.ids), self.at(batch.offsets), ctypes.c_int64(inputs.ROWS)))
        self.gradient = self.at(task.gradient)

    @staticmethod
    def at(array):
        return ctypes.c_void_p(array.ctypes.data)

    @staticmethod
    def check(message):
        if message:
            raise Failed(message.decode())

    def step(self, i):
        self.check(self.native.trainer_step(self.trainer, ctypes.c_int64(i), self.gradient))

    def table(self):
        return numpy.ctypeslib.as_array(self.native.trainer_table(self.trainer), (self.task.table_rows, self.task.dim))

    def __del__(self):
        self.native.trainer_free(self.trainer)


def torch_optimizer(name, parameters, sparse, fused):
    if name == "sgd":
        return torch.optim.SGD(parameters, lr=RATE)
    if name == "adagrad":
        return torch.optim.Adagrad(parameters, lr=RATE)
    # torch's Adam adds epsilon after the moments' correction, SparseAdam and ours before: so they agree in the first step.
    return torch.optim.SparseAdam(parameters, lr=RATE) if sparse else torch.optim.Adam(parameters, lr=RATE, eps=1e-8 / (1 - 0.999) ** 0.5, fused=fused)


class Torch:
    """An embedding of torch's, and an optimizer over it. Subclasses have the forward pass."""
    sparse = True
    fused = False

    def __init__(self, task):
        # One row more, of zeros, stands for padding.
        self.weight = torch.nn.Parameter(torch.cat([torch.from_numpy(task.table), torch.zeros(1, task.dim)]))
        self.optimizer = torch_optimizer(task.optimizer, [self.weight], self.sparse, self.fused)
        self.padding = task.table_rows
        self.batches = [self.batch_of(batch, task) for batch in task.batches]

    def step(self, i):
        self.optimizer.zero_grad(set_to_none=True)
        values, gradient = self.forward(self.batches[i])
        values.backward(gradient)
        self.optimizer.step()

    def table(self):
        return self.weight.detach().numpy()[:-1]


class Padded(Torch):
    """Ids padded before; the embedding leaves padding out of its gradient."""

    def batch_of(self, batch, task):
        ids = numpy.full(inputs.ROWS * task.width, self.padding, dtype=numpy.int64)
        ids[inputs.slots(batch, task.width)] = batch.ids
        return torch.from_numpy(ids.reshape(inputs.ROWS, task.width)), torch.from_numpy(task.gradient).view(inputs.ROWS, task.width, task.dim)

    def forward(self, batch):
        ids, gradient = batch
        return F.embedding(ids, self.weight, padding_idx=self.padding, sparse=self.sparse), gradient


class Dense(Padded):
    """The same with a gradient as large as the table."""
    sparse = False


class DenseFused(Dense):
    """Whose optimizer is one loop over it rather than some."""
    fused = True


class FlatThenPadded(Torch):
    """Flat ids; their rows are then put where they belong among zeros."""

    def batch_of(self, batch, task):
        self.slots = inputs.ROWS * task.width
        return torch.from_numpy(batch.ids), torch.from_numpy(inputs.slots(batch, task.width)), torch.from_numpy(task.gradient)

    def forward(self, batch):
        ids, slots, gradient = batch
        flat = F.embedding(ids, self.weight, sparse=True)
        return flat.new_zeros(self.slots, flat.shape[1]).index_copy(0, slots, flat), gradient


class Flat(Torch):
    """Flat ids and no padding at all: less than ours does."""

    def batch_of(self, batch, task):
        return torch.from_numpy(batch.ids), torch.from_numpy(task.gradient[inputs.slots(batch, task.width)])

    def forward(self, batch):
        ids, gradient = batch
        return F.embedding(ids, self.weight, sparse=True), gradient


class Fbgemm:
    """FBGEMM's table-batched embedding, which pools. Its rows are a multiple of four wide: those of D10 are rounded up to 12."""

    def __init__(self, task):
        from fbgemm_gpu.split_embedding_configs import EmbOptimType
        from fbgemm_gpu.split_table_batched_embeddings_ops_common import EmbeddingLocation, PoolingMode
        from fbgemm_gpu.split_table_batched_embeddings_ops_training import ComputeDevice, SplitTableBatchedEmbeddingBagsCodegen
        kinds = {"sgd": EmbOptimType.EXACT_SGD, "rowwise": EmbOptimType.EXACT_ROWWISE_ADAGRAD, "adagrad": EmbOptimType.EXACT_ADAGRAD}
        self.tables = SplitTableBatchedEmbeddingBagsCodegen(
            [(task.table_rows, (task.dim + 3) // 4 * 4, EmbeddingLocation.HOST, ComputeDevice.CPU)], optimizer=kinds[task.optimizer],
            learning_rate=RATE, eps=1e-8 if task.optimizer == "rowwise" else 1e-10, pooling_mode=PoolingMode.SUM)
        weights = self.tables.split_embedding_weights()[0]
        weights.zero_()
        self.weights = weights[:, :task.dim]
        self.weights.copy_(torch.from_numpy(task.table))
        self.gradient = F.pad(torch.from_numpy(task.gradient), (0, weights.shape[1] - task.dim))
        self.batches = [tuple(map(torch.from_numpy, batch)) for batch in task.batches]

    def step(self, i):
        self.tables(*self.batches[i]).backward(self.gradient)

    def table(self):
        return self.weights.detach().numpy()
