# SPDX-License-Identifier: Apache-2.0
"""Optimizers of tables: torch.optim.Optimizer that read and write only the rows that occur.

Arithmetic is that of `sf.Optimizer` in C++, to the last bit, for every kind of gradient. State stands
in `optimizer.state`, as torch's optimizers keep it.
"""

from __future__ import annotations

from collections.abc import Iterable

from ._optimizer import OfTables

__all__ = ["SGD", "Adagrad", "Adam", "Ftrl", "RowwiseAdagrad"]


class SGD(OfTables):
    """w - lr * (g + weight_decay * w) on the rows that occur."""

    _type = "sgd"

    def __init__(
        self,
        params: Iterable,
        lr: float = 0.01,
        weight_decay: float = 0.0,
        stochastic_rounding: int | None = None,
    ) -> None:
        super().__init__(
            params, dict(lr=lr, weight_decay=weight_decay, stochastic_rounding=stochastic_rounding)
        )


class Adagrad(OfTables):
    """torch.optim.Adagrad on the rows that occur; with `epsilon_in_root` as Keras has it."""

    _type = "adagrad"
    _slots = ("accumulator",)

    def __init__(
        self,
        params: Iterable,
        lr: float = 0.01,
        eps: float = 1e-10,
        initial_accumulator_value: float = 0.0,
        epsilon_in_root: bool = False,
        stochastic_rounding: int | None = None,
    ) -> None:
        super().__init__(
            params,
            dict(
                lr=lr,
                eps=eps,
                initial_accumulator_value=initial_accumulator_value,
                epsilon_in_root=epsilon_in_root,
                stochastic_rounding=stochastic_rounding,
            ),
        )


class RowwiseAdagrad(OfTables):
    """Adagrad with one accumulator a row, of the mean of its gradient's squares."""

    _type = "rowwise_adagrad"
    _slots = ("accumulator",)

    def __init__(
        self,
        params: Iterable,
        lr: float = 0.01,
        eps: float = 1e-8,
        stochastic_rounding: int | None = None,
    ) -> None:
        super().__init__(params, dict(lr=lr, eps=eps, stochastic_rounding=stochastic_rounding))


class Adam(OfTables):
    """torch.optim.SparseAdam; with `weight_decay` decoupled, as AdamW, on the rows that occur."""

    _type = "adam"
    _slots = ("moment1", "moment2")

    def __init__(
        self,
        params: Iterable,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        stochastic_rounding: int | None = None,
    ) -> None:
        super().__init__(
            params,
            dict(
                lr=lr,
                betas=betas,
                eps=eps,
                weight_decay=weight_decay,
                stochastic_rounding=stochastic_rounding,
            ),
        )


class Ftrl(OfTables):
    """Follow the regularized leader, as Keras' legacy Ftrl, on the rows that occur."""

    _type = "ftrl"
    _slots = ("accumulator", "linear")

    def __init__(
        self,
        params: Iterable,
        lr: float = 1e-3,
        initial_accumulator_value: float = 0.1,
        l1: float = 0.0,
        l2: float = 0.0,
        beta: float = 0.0,
        lr_power: float = -0.5,
        stochastic_rounding: int | None = None,
    ) -> None:
        super().__init__(
            params,
            dict(
                lr=lr,
                initial_accumulator_value=initial_accumulator_value,
                l1=l1,
                l2=l2,
                beta=beta,
                lr_power=lr_power,
                stochastic_rounding=stochastic_rounding,
            ),
        )
