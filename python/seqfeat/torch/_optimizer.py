# SPDX-License-Identifier: Apache-2.0
"""What the optimizers of tables have in common: groups, gradients of every kind, steps, state."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import torch
from torch.optim import optimizer as hooks

from .. import _core
from .._errors import InvalidArgument
from ._collect import gradients_of
from ._parts import Part
from ._tables import owner_of


def _is_watched(optimizer: torch.optim.Optimizer) -> bool:
    """Whether a profiler or a hook wants to know of steps."""
    return bool(
        torch.autograd._profiler_enabled()
        or optimizer._optimizer_step_pre_hooks
        or optimizer._optimizer_step_post_hooks
        or hooks._global_optimizer_pre_hooks
        or hooks._global_optimizer_post_hooks
    )


class _Probe(torch.nn.Parameter):
    """A parameter without a number of its own that speaks for fused gradients to a GradScaler.

    Its gradient is 1, or infinite if some row's is; what the scaler makes of it is the factor for
    the rows.
    """

    def __new__(cls, owner: Any) -> _Probe:
        return super().__new__(cls, torch.zeros(()), requires_grad=True)

    def __init__(self, owner: Any) -> None:
        self._owner = owner

    @property
    def grad(self) -> torch.Tensor | None:
        return self._owner._factor()

    @grad.setter
    def grad(self, value: torch.Tensor | None) -> None:
        if value is None:
            self._owner._forget()


class OfTables(torch.optim.Optimizer):
    """What the optimizers have in common."""

    #: How the optimizer is called in JSON.
    _type = ""
    #: The tensors of state that it keeps of each table.
    _slots: tuple[str, ...] = ()

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        #: By torch's names, all that the numbers of a step follow from, but for the learning rate.
        self._settings = tuple(name for name in defaults if name != "lr")
        self._parts: list[Part] = []
        self._probe: _Probe | None = None
        super().__init__(params, defaults)
        if self._fused():
            self._probe = _Probe(self)
            self.param_groups[-1]["params"].append(self._probe)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Adds tables with settings of their own; refuses parameters that are no tables."""
        params = param_group.get("params", ())
        params = [params] if isinstance(params, torch.Tensor) else list(params)
        layers: dict[Any, None] = {}
        for place, parameter in enumerate(params):
            held = parameter[1] if isinstance(parameter, tuple) else parameter
            layer = owner_of(held)
            if isinstance(held, torch.Tensor) and layer is None:
                raise InvalidArgument(
                    f"params: number {place}, {tuple(held.shape)}, is no table of a "
                    "seqfeat.torch.SequenceFeatures; give it to an optimizer of torch.optim, and "
                    "layer.parameters() to this one"
                )
            layers[layer] = None
        super().add_param_group({**param_group, "params": params})
        _core.check_optimizer(self._json(self.param_groups[-1]))
        self._parts += [Part(self, len(self.param_groups) - 1, layer) for layer in layers]

    def _settings_of(self, group: dict[str, Any]) -> tuple:
        return tuple(group[name] for name in self._settings)

    def _json(self, group: dict[str, Any]) -> str:
        settings = {name: group[name] for name in self._settings}
        if "eps" in settings:
            settings["epsilon"] = settings.pop("eps")
        if "betas" in settings:
            settings["beta_1"], settings["beta_2"] = settings.pop("betas")
        return json.dumps({"type": self._type, "learning_rate": float(group["lr"]), **settings})

    def _fused(self) -> dict[Any, list[Part]]:
        """Layers with gradient="fused", and their parts."""
        layers: dict[Any, list[Part]] = {}
        for part in self._parts:
            if part.layer.gradient == "fused":
                layers.setdefault(part.layer, []).append(part)
        return layers

    def parts_of(self, layer: Any) -> list[Part]:
        """What is kept for the tables of a layer, a part for each group."""
        return [part for part in self._parts if part.layer is layer]

    def _factor(self) -> torch.Tensor | None:
        """The probe's gradient, which a GradScaler looks at and multiplies."""
        pending = [(layer.ready(), layer.engine.pending) for layer in self._fused()]
        pending = [(engine, p) for engine, p in pending if p.passes]
        if not pending:
            return None
        if pending[0][1].factor is None:
            finite = [
                torch.isfinite(rows.valid()).all()
                for engine, p in pending
                for rows in p.tables(engine).values()
            ]
            factor = torch.where(torch.stack(finite).all(), 1.0, float("inf"))
            for _, p in pending:
                p.factor = factor
        return pending[0][1].factor

    def _forget(self) -> None:
        for part in self._parts:
            if part.layer.gradient == "fused" and part.layer.engine is not None:
                part.layer.engine.pending.clear()

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets all gradients, fused ones too."""
        self._forget()
        for group in self.param_groups:
            for table in group["params"]:
                if table is self._probe or table.grad is None:
                    continue
                if set_to_none:
                    table.grad = None
                else:
                    table.grad.detach_().zero_()
                    table.grad.__dict__.pop("_seqfeat_ids", None)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step on the rows that the backward passes since the last one had."""
        if _is_watched(self):
            return self._recorded_step(closure)
        return self._step(closure)

    step.hooked = True  # torch's own wrapping takes as long as a step: only if somebody looks

    def _step(self, closure: Callable[[], Any] | None) -> Any:
        loss = None if closure is None else closure()
        for part in self._parts:
            part.ready()
            if part.layer.gradient != "fused":
                with torch.no_grad():
                    self._apply(part, gradients_of(part.layer, part.names))
        for layer, parts in self._fused().items():
            self._fused_step(layer, parts)
        return loss

    _recorded_step = torch.optim.Optimizer.profile_hook_step(_step)

    def _fused_step(self, layer: Any, parts: list[Part]) -> None:
        engine, pending = layer.engine, layer.engine.pending
        if not pending.passes and layer.replicas is None:
            return
        asked = [name for name in engine.trained if layer.tables[name].requires_grad]
        if len(parts) > 1 or not parts[0].whole:
            missing = sorted(set(asked).difference(*(part.names for part in parts)))
            if missing:
                raise InvalidArgument(
                    "step: with gradient='fused' one optimizer takes all tables of a layer; this "
                    f"one lacks {', '.join(missing)}"
                )
        one = pending.passes[0] if len(pending.passes) == 1 else None
        simple = isinstance(one, tuple) and pending.factor is None and layer.replicas is None
        if simple and parts[0].whole and len(asked) == len(engine.trained):
            engine.update(*one, parts[0].begin())
            parts[0].end()
        else:
            with torch.no_grad():
                sums = gradients_of(layer, asked)
                for part in parts:
                    self._apply(part, {n: sums[n] for n in part.names if n in sums}, bool(sums))
        pending.clear()

    @staticmethod
    def _apply(part: Part, tables: dict, counts: bool = False) -> None:
        if tables or counts:
            part.layer.engine.apply(tables, part.begin())
            part.end()

    # The probe is nobody's business in a file.

    def state_dict(self) -> dict[str, Any]:
        """The state of tables and the groups, as torch's optimizers write it."""
        if self._probe is None:
            return super().state_dict()
        params = self.param_groups[-1]["params"]
        params.pop()
        try:
            return super().state_dict()
        finally:
            params.append(self._probe)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on where `state_dict` was taken: the steps that follow have the same bits."""
        if self._probe is not None:
            self.param_groups[-1]["params"].pop()
        try:
            super().load_state_dict(state_dict)
        finally:
            if self._probe is not None:
                self.param_groups[-1]["params"].append(self._probe)
        # torch gives state the type of its parameter; ours is float32 beside tables of 16 bits too.
        tables = [p for group in self.param_groups for p in group["params"] if p is not self._probe]
        numbers = [number for group in state_dict["param_groups"] for number in group["params"]]
        for number, table in zip(numbers, tables):
            for slot, value in state_dict["state"].get(number, {}).items():
                if isinstance(value, torch.Tensor):
                    kept = torch.empty(value.shape, dtype=torch.float32, device=table.device)
                    self.state[table][slot] = kept.copy_(value)

    def __getstate__(self) -> dict[str, Any]:
        raise TypeError(
            "an optimizer of tables cannot be pickled or copied; make one anew and load its state_dict"
        )
