# SPDX-License-Identifier: Apache-2.0
"""The page of Hugging Face's datasets runs."""

from engines_support import run_page


def test_the_page_runs(tmp_path, monkeypatch):
    run_page("datasets.md", tmp_path, monkeypatch)
