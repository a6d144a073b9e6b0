# SPDX-License-Identifier: Apache-2.0
"""These tests run where the engines are installed: ray, datasets, torchrec."""

import importlib.util
import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path += [str(HERE.parent), str(HERE)]  # support.py and engines_support.py
if importlib.util.find_spec("pyarrow"):
    from same_rows_support import columnar, want  # noqa: F401, fixtures
collect_ignore_glob = [
    f"{package}_*.py"
    for package in ("ray", "datasets", "torchrec")
    if importlib.util.find_spec(package) is None
]


@pytest.fixture(scope="session")
def ray_here():
    """A real local Ray of two workers, with a store of 100 MB, and two GPUs that do not exist."""
    import ray

    # Workers import what these tests define.
    folders = [str(HERE), str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(folders)
    os.environ["RAY_DISABLE_IMPORT_WARNING"] = "1"
    for attempt in range(3):
        try:
            ray.init(
                num_cpus=2,
                num_gpus=2,
                object_store_memory=100 * 2**20,
                include_dashboard=False,
                log_to_driver=False,
                logging_level="ERROR",
            )
            break
        except Exception as error:  # it gives a node 30 seconds, which a busy machine may not have
            if attempt == 2 or "timed out" not in str(error):
                raise
            ray.shutdown()
    yield ray
    ray.shutdown()


@pytest.fixture
def data(ray_here):
    """ray.data, which keeps the order of rows."""
    context = ray_here.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    return ray_here.data
