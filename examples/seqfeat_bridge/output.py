# SPDX-License-Identifier: Apache-2.0
"""Refusals, and a file that is written whole or not at all."""
import contextlib
import os
import pathlib
import sys


class Refusal(Exception):
    """What the source lacks, said to the user. The tool then exits with 1 and leaves no file."""


@contextlib.contextmanager
def reading(source):
    """Turns what others' readers raise about broken files into a refusal: h5py, zipfile, json and TensorFlow each have kinds of their own."""
    try:
        yield
    except Refusal:
        raise
    except Exception as why:
        raise Refusal(f"cannot read '{source}': {type(why).__name__}: {(str(why).splitlines() or [''])[0]}") from why


@contextlib.contextmanager
def replacing(path):
    """Opens a temporary file beside `path`, which takes that name once all bytes are on the disk."""
    path = pathlib.Path(path)
    temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    try:
        with open(temporary, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def run(program, source, out, suffix, work):
    """Calls `work` and returns the exit code. After a failure there is no file `out`, neither a new one nor an old one."""
    out = pathlib.Path(out)
    # Arguments in the wrong order must not cost the user a model, so only what is named like an output is replaced or removed.
    if out.suffix != suffix or out.is_dir() or (out.exists() and os.path.exists(source) and out.samefile(source)):
        print(f"{program}: the output must be a file *{suffix} other than the source, got '{out}'; usage: {program} SOURCE OUT{suffix}", file=sys.stderr)
        return 1
    done = False
    try:
        work()
        done = True
    except (Refusal, OSError) as why:
        print(f"{program}: {why}", file=sys.stderr)
    finally:
        if not done:
            out.unlink(missing_ok=True)
    return 0 if done else 1
