# SPDX-License-Identifier: Apache-2.0
"""The norm of all gradients, tables' included."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from .._errors import InvalidArgument
from ._collect import gradients_of
from ._tables import owner_of


def clip_grad_norm_(
    parameters: torch.Tensor | Iterable[torch.Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> torch.Tensor:
    """`torch.nn.utils.clip_grad_norm_` for tables too: sparse, dense or fused. Returns the norm.

    Tables' gradients count with the rows that occur, so that the three kinds give the same bits. Of
    replicated tables they are those of all ranks.
    """
    if isinstance(parameters, torch.Tensor):
        parameters = [parameters]
    layers: dict = {}
    others = []
    for parameter in parameters:
        layer = owner_of(parameter)
        if layer is None:
            if parameter.grad is not None:
                others.append(parameter.grad)
        else:
            layers.setdefault(layer, []).append(parameter)
    tables = [rows for layer in layers for rows in _rows(layer, layers[layer])]
    norms = [torch.linalg.vector_norm(rows.valid(), norm_type) for rows in tables]
    norms += [torch.linalg.vector_norm(gradient, norm_type).float() for gradient in others]
    if not norms:
        return torch.tensor(0.0)
    total = torch.linalg.vector_norm(torch.stack([n.to(norms[0].device) for n in norms]), norm_type)
    if error_if_nonfinite and not torch.isfinite(total):
        raise InvalidArgument(f"clip_grad_norm_: the norm is {total}, expected a finite number")
    factor = torch.clamp(max_norm / (total + 1e-6), max=1.0)
    for gradient in others:
        gradient.mul_(factor.to(gradient.device))
    for layer, its in layers.items():
        _scale(layer, its, factor)
    return total


def _names(layer, parameters) -> list[str]:
    """The names of trained tables that are among the parameters."""
    wanted = {id(parameter) for parameter in parameters}
    return [name for name in layer.ready().trained if id(layer.tables[name]) in wanted]


def _rows(layer, parameters) -> list:
    return list(gradients_of(layer, _names(layer, parameters)).values())


def _scale(layer, parameters, factor) -> None:
    names = _names(layer, parameters)
    if layer.gradient == "fused":
        for rows in gradients_of(layer, names).values():
            rows.rows.mul_(factor.to(rows.rows.device))
        return
    for name in names:
        gradient = layer.tables[name].grad
        if gradient is not None:
            values = gradient._values() if gradient.is_sparse else gradient
            values.mul_(factor.to(values.device))
