#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The sample of real input in data/: every fifth row of set.mm, and its longest.

    make_sample.py OUTPUT [--source SET_MM] [--every N]

A fifth keeps the skew of the lengths (the median and the tail are those of the whole); the longest row, 500 times as long as the median, stays
where it stands. The same set.mm gives the same bytes.
"""
import argparse

import make_set_mm


def sample(rows, every):
    longest = max(range(len(rows)), key=lambda i: len(rows[i]))
    return [row for i, row in enumerate(rows) if i % every == 0 or i == longest]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output")
    parser.add_argument("--source", default=make_set_mm.SOURCE, help=f"default: {make_set_mm.SOURCE}")
    parser.add_argument("--every", type=int, default=5, help="default: 5")
    args = parser.parse_args()
    rows = sample(make_set_mm.rows_of(args.source), args.every)
    make_set_mm.write(rows, args.output)
    print(f"{args.output}: {make_set_mm.summary(rows)}")


if __name__ == "__main__":
    main()
