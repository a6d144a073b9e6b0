# SPDX-License-Identifier: Apache-2.0
"""Finished runs over the rows of one data set become one."""

from __future__ import annotations

import json
import os
import re
import shutil
import warnings
from collections.abc import Sequence
from typing import Any

from .._errors import DataError, InvalidArgument
from .._part_forms import part_name, proof_name
from .._run import in_python


def join(folder: str, runs: Sequence[str], max_errors: int) -> None:
    """Moves the parts of finished runs, which are folders inside, into `folder`, in this order.

    Their manifests and lists of rejected records become one. Warnings are given once more here.

    Raises InvalidArgument where runs were not made from the same; DataError where more than
    `max_errors` rows were left out.
    """
    manifests = [_manifest(os.path.join(folder, run)) for run in runs]
    first = manifests[0]
    for manifest in manifests:
        _check_same(first["made_from"], manifest["made_from"])
    rejected = _sum(manifests, "rejected")
    if rejected > max_errors:
        raise DataError(
            f"{rejected} rows cannot be used, more than max_errors {max_errors}; mend the rows or allow "
            "for more"
        )
    manifest = {
        **first,
        "backend": ", ".join(sorted({each["backend"] for each in manifests})),
        # Rows that come from memory have no size of a file.
        "inputs": [{**file, "bytes": None} for each in manifests for file in each["inputs"]],
        "rows": _sum(manifests, "rows"),
        "tokens": _sum(manifests, "tokens"),
        "rejected": rejected,
        "warnings": _one_of_each_kind([text for each in manifests for text in each["warnings"]]),
        "parts": _moved_parts(folder, runs, manifests),
    }
    if manifest["options"]["on_error"] == "skip":
        with open(os.path.join(folder, "rejected.jsonl"), "wb") as lines:
            for run in runs:
                with open(os.path.join(folder, run, "rejected.jsonl"), "rb") as some:
                    shutil.copyfileobj(some, lines)
            _sync(lines)
    with open(os.path.join(folder, "manifest.json"), "w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=2, ensure_ascii=False)
        file.write("\n")
        _sync(file)
    for text in manifest["warnings"]:
        warnings.warn(in_python(text), stacklevel=2)


def _manifest(run: str) -> dict[str, Any]:
    with open(os.path.join(run, "manifest.json"), encoding="utf-8") as file:
        return json.load(file)


def _check_same(expected: dict[str, str], got: dict[str, str]) -> None:
    for name in sorted({*expected, *got}):
        if got.get(name) != expected.get(name):
            raise InvalidArgument(
                f"{name}: got {got.get(name)} in one task and {expected.get(name)} in another, expected "
                "the same in all; all workers have to see the same files"
            )


def _moved_parts(folder: str, runs: Sequence[str], manifests: Sequence[dict]) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    row = 0
    for run, manifest in zip(runs, manifests):
        for part in manifest["parts"]:
            old = part["file"]
            new = part_name(len(parts), os.path.splitext(old)[1])
            for before, after in ((old, new), (proof_name(old), proof_name(new))):
                if os.path.exists(os.path.join(folder, run, before)):  # not every form has proofs
                    os.rename(os.path.join(folder, run, before), os.path.join(folder, after))
            parts.append({**part, "file": new, "first_row": row})
            row += part["rows"]
    return parts


def _one_of_each_kind(texts: Sequence[str]) -> list[str]:
    """Warnings that differ in their numbers alone are one."""
    return list({re.sub(r"\d+", "", text): text for text in reversed(texts)}.values())[::-1]


def _sum(manifests: Sequence[dict], name: str) -> int:
    return sum(each[name] for each in manifests)


def _sync(file: Any) -> None:
    """Brings to the disk what may get its name there before its bytes else."""
    file.flush()
    os.fsync(file.fileno())
