# SPDX-License-Identifier: Apache-2.0
"""The program `seqfeat`: `python -m seqfeat`, and the console script."""

from __future__ import annotations

import sys

from . import _core
from ._arrow_files import ArrowFiles


def main() -> int:
    """Runs the program with the arguments of this process; returns its exit code."""
    return _core.program(sys.argv[1:], ArrowFiles())


if __name__ == "__main__":
    sys.exit(main())
