# SPDX-License-Identifier: Apache-2.0
"""What an optimizer of tables keeps for the tables of one layer in one of its groups."""

from __future__ import annotations

from typing import Any

import torch

from .. import _core


class Part:
    """The tables of a layer that are in one group, and their state in `_core`.

    State tensors stand in `optimizer.state`, where torch looks for them, and are bound; what changes
    there, or in the group, is taken over before each step.
    """

    def __init__(self, optimizer: Any, group: int, layer: Any) -> None:
        self._optimizer, self._number, self.layer = optimizer, group, layer
        self._settings: Any = None
        self._engine: Any = None
        self._tables: Any = None
        self._kept: list = []
        self.state: Any = None
        #: Names of the trained tables that are in the group, and whether they are all.
        self.names: list[str] = []
        self.whole = False

    @property
    def _group(self) -> dict:
        """The group, of which load_state_dict makes another object."""
        return self._optimizer.param_groups[self._number]

    def _find(self, engine: Any) -> None:
        ids = {id(parameter) for parameter in self._group["params"]}
        tables = self.layer.tables
        self.names = [name for name in engine.trained if id(tables[name]) in ids]
        self.whole = len(self.names) == len(engine.trained)
        self._engine, self._tables, self.state = engine, engine.bound, None

    def ready(self) -> None:
        """Looks at the layer's tables as they are now."""
        engine = self.layer.ready()
        if engine is not self._engine or engine.bound is not self._tables:
            self._find(engine)

    def begin(self) -> Any:
        """The state of `_core`, with everything that was changed since."""
        optimizer, group = self._optimizer, self._group
        settings = optimizer._settings_of(group)
        if self.state is None or settings != self._settings:
            self.state = _core.State(self._engine.core, optimizer._json(group))
            self._settings, self._kept = settings, []
            self._slots = self.state.tensors
        kept = optimizer.state
        tables = [(kept[self.layer.tables[name]], name) for name in self.names]
        now = [held.get(slot) for held, _ in tables for slot in optimizer._slots]
        if not self._kept or any(a is not b for a, b in zip(now, self._kept)):
            self._bind(dict((name, held) for held, name in tables))
        step = max([held.get("step", 0) for held, _ in tables], default=0)
        if self.state.step != step:
            self.state.step = int(step)
        rate = float(group["lr"])
        if self.state.learning_rate != rate:
            self.state.learning_rate = rate
        self._held = [held for held, _ in tables]
        return self.state

    def _bind(self, kept: dict[str, dict]) -> None:
        engine = self._engine
        for table, slot, rows, dim, initial in self._slots:
            if table not in kept:  # another group's; a step of this one does not touch it
                self.state.bind(table, slot, engine.nothing.data_ptr())
                continue
            tensor = kept[table].get(slot)
            if tensor is None:
                tensor = torch.full((rows, dim), initial, dtype=torch.float32, device=engine.device)
                kept[table][slot] = tensor
            self.state.bind(table, slot, tensor.data_ptr())
        self._kept = [held[slot] for held in kept.values() for slot in self._optimizer._slots]

    def end(self) -> None:
        """Notes that a step was made."""
        step = self.state.step
        for held in self._held:
            held["step"] = step

    def addresses(self) -> tuple[int, ...]:
        """Where the tensors of state stand that are bound."""
        return tuple(tensor.data_ptr() for tensor in self._kept)
