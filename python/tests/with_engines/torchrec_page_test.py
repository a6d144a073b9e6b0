# SPDX-License-Identifier: Apache-2.0
"""The page of TorchRec runs."""

from engines_support import run_page


def test_the_page_runs(tmp_path, monkeypatch):
    run_page("torchrec.md", tmp_path, monkeypatch)
