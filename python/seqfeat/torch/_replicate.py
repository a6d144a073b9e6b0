# SPDX-License-Identifier: Apache-2.0
"""The same tables on every rank of DistributedDataParallel."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from .._errors import InvalidArgument
from ._gradients import Rows, merged


def active_ddp() -> bool:
    """Whether a forward pass of DistributedDataParallel is under way."""
    if not torch.distributed.is_available():
        return False
    return nn.parallel.DistributedDataParallel._active_ddp_module is not None


def replicate_tables(model: nn.Module, group: Any = None) -> None:
    """Makes the tables of all layers in `model` the same on every rank, and keeps them so.

    Call it before DistributedDataParallel, which then leaves the tables alone: optimizers of
    `seqfeat.torch.optim` gather distinct ids and rows of all ranks, divided by the number of ranks,
    and add them in the order of ranks. So tables have the same bits on every rank. All ranks step
    together.

    Raises InvalidArgument without an initialised process group, or for a model without our layers.
    """
    from ._layer import SequenceFeatures

    if not torch.distributed.is_available() or not torch.distributed.is_initialized():
        raise InvalidArgument(
            "replicate_tables: there is no process group; call torch.distributed.init_process_group "
            "first"
        )
    layers = [(path, m) for path, m in model.named_modules() if isinstance(m, SequenceFeatures)]
    if not layers:
        raise InvalidArgument("replicate_tables: the model has no seqfeat.torch.SequenceFeatures")
    ignored = list(getattr(model, "_ddp_params_and_buffers_to_ignore", ()))
    whole = torch.distributed.group.WORLD if group is None else group
    first = torch.distributed.get_global_rank(whole, 0)
    for path, layer in layers:
        prefix = f"{path}." if path else ""
        for name, table in layer.named_parameters():
            ignored.append(prefix + name)
            torch.distributed.broadcast(table.data, first, group=group)
        object.__setattr__(layer, "replicas", [group])
    nn.parallel.DistributedDataParallel._set_params_and_buffers_to_ignore_for_model(model, ignored)


def gathered(rows: Rows, group: Any) -> Rows:
    """The mean over all ranks of a table's gradients, which has the same bits on every rank."""
    rows = rows.counted()
    size = torch.distributed.get_world_size(group)
    device = rows.ids.device
    counts = [torch.zeros(1, dtype=torch.int64, device=device) for _ in range(size)]
    torch.distributed.all_gather(
        counts, torch.tensor([rows.ids.shape[0]], dtype=torch.int64, device=device), group=group
    )
    sizes = [int(count) for count in counts]
    most, dim = max(sizes), rows.rows.shape[1]
    ids = rows.ids.new_zeros(most)
    ids[: rows.ids.shape[0]] = rows.ids
    part = rows.rows.new_zeros((most, dim))
    torch.mul(rows.rows, 1.0 / size, out=part[: rows.ids.shape[0]])
    all_ids = [torch.empty_like(ids) for _ in range(size)]
    all_rows = [torch.empty_like(part) for _ in range(size)]
    if most > 0:
        torch.distributed.all_gather(all_ids, ids, group=group)
        torch.distributed.all_gather(all_rows, part, group=group)
    return merged([Rows(i[:n], r[:n]) for i, r, n in zip(all_ids, all_rows, sizes)])
