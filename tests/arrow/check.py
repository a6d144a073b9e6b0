#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds our reader and exporter of Arrow memory against real producers and consumers.

Usage: check.py LIBARROW_READER [--measure TOKENS]

Needs pyarrow. polars, pandas, duckdb and nanoarrow take part where they are installed. Prints a
line for each producer, and last `N passed, N failed`. With --measure it prints how long it takes to
read a column, beside a copy of its bytes.
"""

import argparse
import sys

from producers import PRODUCERS, present
from reader import Reader
from rows import meaning


class Count:
    def __init__(self):
        self.passed = self.failed = 0

    def hold(self, name, got, expected):
        if got == expected:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL {name}\n  got      {str(got)[:300]}\n  expected {str(expected)[:300]}")


def check(reader, count, producer, consumers):
    before = count.passed + count.failed
    for name, source, key, rows, depth in producer.cases():
        name = f"{producer.NAME}: {name}"
        expected = meaning(rows, depth)
        got = reader.read(source(), key)
        count.hold(name, got.get("rows", got), expected)
        count.hold(f"{name}: depth", got.get("depth"), depth)
        if "entries" in got:
            decoded = [[[got["entries"][i][0][0] for i in step] for step in row] for row in got["indices"]]
            count.hold(f"{name}: dictionary", decoded, expected)
        for consumer in consumers:
            exported = reader.round_trip(source(), key)
            count.hold(f"{name}: exported to {consumer.NAME}", meaning(consumer.take(exported), 2), expected)
    print(f"{producer.NAME} {producer.module.__version__}: {count.passed + count.failed - before} checks")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("native", metavar="library")
    arguments.add_argument("--measure", type=int, metavar="TOKENS")
    arguments = arguments.parse_args()
    reader = Reader(arguments.native)
    if arguments.measure:
        from measure import measure

        measure(reader, arguments.measure)
        return 0
    count = Count()
    producers = [producer for producer in PRODUCERS if present(producer)]
    consumers = [producer for producer in producers if hasattr(producer, "take")]
    for producer in producers:
        check(reader, count, producer, consumers)
    for producer in PRODUCERS:
        if producer not in producers:
            print(f"{producer.NAME}: not installed")
    print(f"{count.passed} passed, {count.failed} failed")
    return 1 if count.failed or not count.passed else 0


if __name__ == "__main__":
    sys.exit(main())
