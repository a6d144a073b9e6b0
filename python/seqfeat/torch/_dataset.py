# SPDX-License-Identifier: Apache-2.0
"""TFRecord files as a data set of packed batches."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch.utils.data import IterableDataset, get_worker_info

from .._arguments import as_list, as_path
from .._errors import InvalidArgument
from .._records import read_tfrecords
from .._spec import as_spec
from ._collate import kept_tensor
from ._pack import PackedBatch, pack

_MOST_WORKERS = 1024


class _Share(NamedTuple):
    """Which part of the data is whose."""

    rank: int
    ranks: int
    worker: int
    workers: int

    @classmethod
    def here(cls) -> _Share:
        distributed = torch.distributed.is_available() and torch.distributed.is_initialized()
        rank = torch.distributed.get_rank() if distributed else 0
        ranks = torch.distributed.get_world_size() if distributed else 1
        return cls(rank, ranks, 0, 1)

    def of_worker(self) -> _Share:
        info = get_worker_info()
        return self if info is None else self._replace(worker=info.id, workers=info.num_workers)


class TFRecordDataset(IterableDataset):
    """Batches of TFRecord files: (batch, kept). For a DataLoader with `batch_size=None`.

    `kept` has, for each key in `keep`, a tensor [B], or a list of bytes. Ranks and a DataLoader's
    workers share the files: of N readers each takes every N-th file (`shard="files"`), or, where
    there are fewer files, every N-th batch of all files, which each of them reads whole
    (`shard="records"`). With `even_ranks`, for which it takes `shard="records"`, every rank gives as
    many batches; at most one batch for each rank is left out.

    Each `__iter__` is a new epoch, in an order of its own if there is a `shuffle_buffer`;
    `set_epoch` says which. `state_dict` and `load_state_dict` stop and go on in the middle of an
    epoch, as torchdata's StatefulDataLoader does. Nothing here touches CUDA.

    Raises InvalidArgument for settings that cannot be; DataError, naming file and record, for broken
    files, when their batch is asked for.
    """

    def __init__(
        self,
        paths: str | os.PathLike | Sequence[str | os.PathLike],
        spec: Any,
        batch_size: int = 1024,
        keep: Sequence[str] = (),
        shuffle_buffer: int = 0,
        seed: int = 0,
        drop_last: bool = False,
        even_ranks: bool = False,
        shard: str = "files",
        record: str = "example",
    ) -> None:
        super().__init__()
        if shard not in ("files", "records"):
            raise InvalidArgument(f"shard: got {shard!r}, expected 'files' or 'records'")
        if even_ranks and shard != "records":
            raise InvalidArgument(
                "even_ranks: how many records the files have is not known; add shard='records'"
            )
        self.paths = as_list("paths", paths, as_path)
        self.spec = as_spec(spec)
        self.shard, self.even_ranks = shard, even_ranks
        self._options = dict(
            batch_size=batch_size,
            keep=list(keep) if not isinstance(keep, str) else keep,
            record=record,
            shuffle_buffer=shuffle_buffer,
            drop_last=drop_last,
        )
        self._seed = seed
        read_tfrecords([], self.spec, seed=seed, **self._options)  # refuses what is wrong
        self._share = _Share.here()
        # The next epoch of each worker, in memory that a DataLoader's workers share: each of its
        # iterations makes them anew from this object.
        self._epochs = torch.zeros(_MOST_WORKERS, dtype=torch.int64).share_memory_()
        self._here: dict[str, int] | None = None
        self._resumed: dict[str, int] | None = None

    def set_epoch(self, epoch: int) -> None:
        """The next `__iter__` is this epoch."""
        self._epochs.fill_(int(epoch))

    def state_dict(self) -> dict[str, Any]:
        """Where the iteration under way stands: plain numbers and strings."""
        here = self._here or self._resumed or {"epoch": int(self._epochs[0]), "batches": 0}
        return {**here, **self._identity()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The next `__iter__` goes on behind the last batch of `state`.

        Raises InvalidArgument if files or settings are others, or other readers share them.
        """
        for name, mine in self._identity().items():
            if state.get(name) != mine:
                raise InvalidArgument(f"state: {name} is {state.get(name)!r}, expected {mine!r}")
        self._resumed = {name: int(state[name]) for name in ("epoch", "batches")}
        self._here = None

    def _identity(self) -> dict[str, Any]:
        share = self._share.of_worker()
        settings = {name: self._options[name] for name in ("batch_size", "shuffle_buffer", "drop_last")}
        return {
            "paths": list(self.paths),
            "seed": self._seed,
            "shard": self.shard,
            "even_ranks": self.even_ranks,
            "share": list(share),
            **settings,
        }

    def __iter__(self) -> Iterator[tuple[PackedBatch, dict[str, Any]]]:
        share = self._share.of_worker()
        resumed, self._resumed = self._resumed, None
        epoch = int(self._epochs[share.worker]) if resumed is None else resumed["epoch"]
        self._epochs[share.worker] = epoch + 1
        done = 0 if resumed is None else resumed["batches"]
        self._here = {"epoch": epoch, "batches": done}
        return self._batches(share, epoch, done)

    def _batches(self, share: _Share, epoch: int, done: int) -> Iterator:
        for number, (features, kept) in enumerate(self._read(share, epoch)):
            if number < done:
                continue
            batch = pack(self.spec, features)
            self._here = {"epoch": epoch, "batches": number + 1}
            yield batch, {key: kept_tensor(values) for key, values in kept.items()}

    def _read(self, share: _Share, epoch: int) -> Iterator:
        """This reader's batches, still as they were parsed."""
        reader = share.rank * share.workers + share.worker
        readers = share.ranks * share.workers
        seed = (self._seed + epoch * 0x9E3779B97F4A7C15) % 2**64
        if self.shard == "files":
            if len(self.paths) < readers:
                raise InvalidArgument(
                    f"paths: {len(self.paths)} files cannot be shared by {readers} readers ({share.ranks} "
                    f"ranks with {share.workers} workers each); use fewer workers, or shard='records'"
                )
            mine = self.paths[reader::readers]
            yield from read_tfrecords(mine, self.spec, seed=seed, **self._options)
            return
        group: list = []
        turn = 0
        for batch in read_tfrecords(self.paths, self.spec, seed=seed, **self._options):
            group.append(batch if len(group) == share.rank and turn == share.worker else None)
            if len(group) == share.ranks:
                if group[share.rank] is not None:
                    yield group[share.rank]
                group, turn = [], (turn + 1) % share.workers
        if not self.even_ranks and len(group) > share.rank and group[share.rank] is not None:
            yield group[share.rank]


TFRecordDataset.__module__ = "seqfeat.torch"
