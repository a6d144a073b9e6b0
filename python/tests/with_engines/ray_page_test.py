# SPDX-License-Identifier: Apache-2.0
"""The page of Ray Data runs."""

import pytest

from engines_support import run_page


def test_the_page_runs(ray_here, tmp_path, monkeypatch):
    pytest.importorskip("torch")
    run_page("ray.md", tmp_path, monkeypatch)
