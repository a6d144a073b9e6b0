#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds our parser of records against Python's protobuf: who is refused, and what is read.

    check.py READ_RECORDS [--seed N] [--records N] [--mutants N] [--seconds S] [--plant]
    check.py READ_RECORDS --record MODE HEX        # one record, as a failure prints it

The last line is `N passed, N failed`. --plant changes protobuf's answer now and then, which has to be noticed.
"""
import argparse
import json
import pathlib
import random
import struct
import subprocess
import sys
import time

from generate import Generator, mutate
from messages import Refused, expected
from shrink import shrunk

ROUND = 2000
MOST_SHOWN = 5


def ours(program, batch):
    """What our parser answers to (mode, record)s; a text, the reason, where it refuses."""
    stdin = b"".join(struct.pack("<BI", mode, len(record)) + record for mode, record in batch)
    done = subprocess.run([program], input=stdin, stdout=subprocess.PIPE, check=False)
    lines = done.stdout.splitlines()
    if done.returncode != 0 or len(lines) != len(batch):
        at = batch[len(lines)] if len(lines) < len(batch) else batch[-1]
        sys.exit(f"read_records ended with {done.returncode} after {len(lines)} of {len(batch)} records, at --record {at[0]} {at[1].hex()}")
    return [bytes.fromhex(answer["refused"]).decode(errors="replace") if "refused" in answer else answer for answer in map(json.loads, lines)]


def agree(got, wanted):
    """Python's protobuf takes fields of number 0 within groups that it does not know; C++'s, which TensorFlow uses, refuses them."""
    if isinstance(got, str):
        return wanted is None or got.endswith("a field has the number 0")
    return got == wanted


def protobufs(mode, record):
    try:
        return expected(record, mode)
    except Refused:
        return None


def differs(program, batch):
    return [not agree(got, protobufs(*each)) for each, got in zip(batch, ours(program, batch))]


def show(program, mode, record):
    print(f"  --record {mode} {record.hex()}")
    for name, answer in (("ours", ours(program, [(mode, record)])[0]), ("protobuf's", protobufs(mode, record))):
        print(f"    {name}: {json.dumps(answer) if isinstance(answer, dict) else answer or 'refused'}")


class Count:
    def __init__(self, name):
        self.name, self.seen, self.taken, self.failed = name, 0, 0, 0

    def hold(self, program, batch, plant):
        for (mode, record), got in zip(batch, ours(program, batch)):
            wanted = protobufs(mode, record)
            if plant and self.seen % 100 == 99:
                wanted = None if wanted else {}
            self.seen += 1
            self.taken += isinstance(got, dict)
            if agree(got, wanted):
                continue
            self.failed += 1
            if self.failed <= MOST_SHOWN and not plant:
                print(f"FAIL records: {self.name} number {self.seen}")
                show(program, mode, shrunk(record, lambda batch: differs(program, [(mode, each) for each in batch])))

    def total(self):
        print(f"{self.name}: {self.seen}, of which {self.taken} are taken; {self.failed} answered otherwise than by protobuf")


def known(program):
    """Records that were answered wrongly once; a line each: mode, hex, what was wrong."""
    lines = [line.split(maxsplit=2) for line in pathlib.Path(__file__).with_name("known.txt").read_text().splitlines() if line and line[0] != "#"]
    count = Count("known records")
    count.hold(program, [(int(mode), bytes.fromhex(record)) for mode, record, _ in lines], False)
    return count


def batches(seed, count, seconds, of):
    """Rounds of (mode, record), until there were `count` or, if given, `seconds` are over."""
    end = time.monotonic() + seconds if seconds else None
    numbers = iter(range(count))
    while (end is None or time.monotonic() < end) and (batch := [of(f"{seed}:{n}") for _, n in zip(range(ROUND), numbers)]):
        yield batch


def a_record(name):
    rng = random.Random(f"record {name}")
    mode = rng.randrange(4)
    return mode, Generator(rng, odd=rng.choice((0.02, 0.1, 0.3))).record(mode)


def a_mutant(name):
    rng = random.Random(f"mutant {name}")
    mode = rng.randrange(4)
    if rng.random() < 0.5:
        return mode, mutate(rng, Generator(rng, odd=0.05).record(mode))
    return mode, Generator(rng, odd=rng.choice((0.02, 0.1)), faults=0.03).record(mode)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--mutants", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=0, help="ends each half after half of them")
    parser.add_argument("--plant", action="store_true")
    parser.add_argument("--record", nargs=2, metavar=("MODE", "HEX"))
    options = parser.parse_args()
    if options.record:
        mode, record = int(options.record[0]), bytes.fromhex(options.record[1])
        show(options.program, mode, record)
        return int(differs(options.program, [(mode, record)])[0])

    print(f"records: --seed {options.seed}", flush=True)
    counts = [known(options.program)]
    for name, count, of in (("records", options.records, a_record), ("mutants", options.mutants, a_mutant)):
        counts.append(Count(name))
        for batch in batches(options.seed, count, options.seconds / 2, of):
            counts[-1].hold(options.program, batch, options.plant)
    for count in counts:
        count.total()
        if count.seen == 0 or count.seen >= 100 and not 0.05 * count.seen < count.taken < 0.98 * count.seen:
            print(f"FAIL records: {count.name}: {count.taken} of {count.seen} taken says nothing")
            count.failed += 1
    failed = sum(count.failed for count in counts)
    print(f"{sum(count.seen for count in counts) - failed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
