#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Token rows of real mathematics: the formula of every statement of Metamath's set.mm.

    make_set_mm.py OUTPUT [--source SET_MM]

A row is the formula of one axiom ($a) or theorem ($p), its proof left out, in the file's order; a token is a Metamath symbol. OUTPUT ends in
.tfrecord (tf.Examples with the feature `tokens`) or .jsonl. set.mm is CC0; Debian has it in the package metamath-databases.
"""
import argparse
import itertools
import json
import pathlib

import tfrecord_writer

SOURCE = "/usr/share/metamath/databases/set.mm"


def outside_comments(tokens):
    """Comments do not nest."""
    for token in tokens:
        if token != "$(":
            yield token
        elif "$)" not in tokens:  # goes on behind the first one
            return


def statements(text):
    """Yields the tokens of every $a and $p statement, its kind and formula only."""
    tokens = outside_comments(iter(text.split()))
    for token in tokens:
        if token in ("$a", "$p"):
            yield list(itertools.takewhile(lambda one: one not in ("$.", "$="), tokens))


def rows_of(source):
    return list(statements(pathlib.Path(source).read_text(encoding="ascii")))


def write(rows, output):
    output = pathlib.Path(output)
    if output.suffix == ".jsonl":
        lines = (json.dumps({"tokens": row}) + "\n" for row in rows)
        output.write_text("".join(lines), encoding="ascii")
    elif output.suffix == ".tfrecord":
        with output.open("wb") as file:
            for row in rows:
                example = tfrecord_writer.bytes_example("tokens", [token.encode("ascii") for token in row])
                file.write(tfrecord_writer.record(example))
    else:
        raise SystemExit(f"make_set_mm.py: {output}: got the extension '{output.suffix}', expected .tfrecord or .jsonl")


def summary(rows):
    lengths = sorted(map(len, rows))
    return (f"{len(rows):,} rows, {sum(lengths):,} tokens, {len({t for r in rows for t in r}):,} distinct, "
            f"median length {lengths[len(lengths) // 2]}, longest {lengths[-1]:,}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output")
    parser.add_argument("--source", default=SOURCE, help=f"default: {SOURCE}")
    args = parser.parse_args()
    if not pathlib.Path(args.source).exists():
        raise SystemExit(f"make_set_mm.py: {args.source}: no such file; install Debian's metamath-databases or name one with --source")
    rows = rows_of(args.source)
    write(rows, args.output)
    print(f"{args.output}: {summary(rows)}")


if __name__ == "__main__":
    main()
