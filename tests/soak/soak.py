#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random jobs for `seqfeat run`, interrupted in every way, against a plain recomputation and an undisturbed run.

    soak.py SEQFEAT [--seed N] [--seconds S] [--jobs N] [--only SEED:JOB] [--plant model|bytes]

Every job is a matter of its seed; only when a signal comes is not. A failure prints the commands that led there, leaves their files, and ends the soak.
The last line is `N passed, N failed`. --plant puts a fault in, which has to be noticed.
"""
import argparse
import collections
import json
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import files
from job import Job
from model import Model, difference
from process import Commands, Failure

LOCK = ".seqfeat-lock"


def contents(folder):
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.name != LOCK} if folder.exists() else {}


def same(found, expected, what):
    for name in sorted(found.keys() | expected.keys()):
        if found.get(name) != expected.get(name):
            how = "is missing" if name not in found else "should not be there" if name not in expected else "has other bytes"
            raise Failure(f"{what}: {name} {how}")


class Shard:
    """One shard of a job: a directory made in peace, and one made in trouble, which have to be equal."""

    def __init__(self, job, number, commands, counts, plant):
        self.job, self.number, self.commands, self.counts, self.plant = job, number, commands, counts, plant
        self.random = job.random
        self.peace, self.trouble = (job.folder / f"{name}-{number}" for name in ("peace", "trouble"))

    def arguments(self, output, *more):
        return [*self.job.arguments(self.number), "--output", str(output), *more]

    def threads(self):
        return self.random.choice((1, 2, 3, 8))

    # ---- In peace.

    def make_in_peace(self):
        save = [] if self.job.tables_file or not {"values", "ragged"} & set(self.job.emit.split(",")) else ["--save-tables", str(self.job.folder / f"saved-{self.number}.safetensors")]
        begun = time.monotonic()
        self.commands.run(self.arguments(self.peace, *save))
        self.seconds = time.monotonic() - begun
        self.commands.run(["verify", str(self.peace)])
        self.wanted = contents(self.peace)
        tables = self.job.tables
        if save:
            saved = pathlib.Path(save[1])
            tables = {name: values for name, (_, _, values) in files.read_safetensors(saved.read_bytes()).items()} if saved.exists() else {}
        self.hold_against_model(tables)

    def hold_against_model(self, tables):
        rows, size = self.job.rows_of(self.number), self.job.batch_size
        model = Model(self.commands.program, self.job.spec, rows, tables)
        parts = [rows[at:at + size] for at in range(0, len(rows), size)]
        found = [name for name in self.wanted if name.startswith("part-")]
        if len(parts) != len(found):
            raise Failure(f"{len(found)} parts, expected {len(parts)}")
        for name, part in zip(found, parts):
            expected = model.part(part, self.job.emit.split(","), self.job.keep)
            if self.plant == "model":
                values = next(iter(expected.values()))[2]
                values[:1] = [values[0] + 1] if values else []
            if problem := difference(expected, files.read_safetensors(self.wanted[name])):
                raise Failure(f"{name}: {problem}")
        manifest = json.loads(self.wanted["manifest.json"])
        rejected = [json.loads(line) for line in self.wanted.get("rejected.jsonl", b"").splitlines()]
        for what, got, expected in (("rows", manifest["rows"], len(rows)), ("rejected", manifest["rejected"], len(rejected)),
                                    ("rejected.jsonl", [(line["file"], line["record"]) for line in rejected], self.job.rejected_of(self.number))):
            if got != expected:
                raise Failure(f"{what}: got {got}, expected {expected}")
        self.counts["parts held against the model"] += len(parts)

    # ---- In trouble.

    def make_in_trouble(self):
        way = "--resume"
        self.old = {}
        if self.random.random() < 0.25:
            way = "--overwrite"
            self.commands.run([*self.job.arguments(self.number, self.job.batch_size + 1), "--output", str(self.trouble)])
            self.old = contents(self.trouble)
        elif self.random.random() < 0.3:
            self.broken_file()
        for _ in range(self.random.choice((0, 1, 2, 5))):
            trouble = self.random.choice((self.killed, self.killed, self.killed, self.cut_short, self.two_at_once))
            trouble(way)
            self.whole_so_far()
        self.commands.run(self.arguments(self.trouble, way), self.threads())
        if self.plant == "bytes":
            flip(self.trouble / "manifest.json", self.random)
        same(contents(self.trouble), self.wanted, "after the trouble")
        if self.random.random() < 0.4:
            self.damaged_later()

    def whole_so_far(self):
        """Parts are whole, whatever happened, and a manifest is that of a finished run, the old or the new one."""
        found = contents(self.trouble)
        for name, data in found.items():
            if "seqfeat-tmp" not in name and data not in (self.wanted.get(name), self.old.get(name)):
                raise Failure(f"{name} is not that of an undisturbed run")
        if "manifest.json" in found:
            finished = self.wanted if found["manifest.json"] == self.wanted["manifest.json"] else self.old
            for name, data in finished.items():
                if found.get(name) != data:
                    raise Failure(f"there is a manifest, but not its {name}")

    def temporaries(self):
        return {name for name in contents(self.trouble) if "seqfeat-tmp" in name}

    def clean(self, what, before):
        """Only a kill leaves temporaries; those of an earlier one may stay until a run gets that far."""
        if left := self.temporaries() - before:
            raise Failure(f"{what} left {sorted(left)}")

    def killed(self, way):
        before = self.temporaries()
        how = self.random.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT))
        code = self.commands.kill(self.arguments(self.trouble, way), self.threads(), how, self.random.uniform(0, 0.8 * self.seconds))
        self.counts["signals that came too late" if code == 0 else how.name] += 1
        if code not in (-signal.SIGKILL, -how):
            self.clean(how.name, before)

    def cut_short(self, way):
        before = self.temporaries()
        kib = self.random.randint(0, max(len(data) for data in self.wanted.values()) // 1024 + 1)
        code, _, err = self.commands.run(self.arguments(self.trouble, way), self.threads(), (0, 1), kib)
        self.counts["cut short by ulimit -f"] += code
        if code and "File too large" not in err:
            raise Failure(f"no reason was given: {err}")
        self.clean("a file that may not grow", before)

    def two_at_once(self, way):
        first, second = (self.commands.start(self.arguments(self.trouble, way), self.threads(), before=before) for before in ("", "(the one before goes on) "))
        codes = sorted(self.commands.finish(process, (0, 2))[0] for process in (first, second))
        self.counts["refused beside another"] += codes[1] == 2
        if codes == [2, 2]:
            raise Failure("both of two runs were refused")

    def broken_file(self):
        """A file ends in the middle of a record and is repaired later."""
        numbers = [number for number, rows in self.job.rows.items() if rows and number % self.job.shards == self.number]
        if not numbers or not self.job.form.startswith("tfrecord") or self.job.skips:
            return
        file = self.job.files[self.random.choice(numbers)]
        data = file.read_bytes()
        file.write_bytes(data[:-3])
        self.commands.note(f"cp {file} {file}.whole; truncate -s -3 {file}")
        self.commands.run(self.arguments(self.trouble), self.threads(), (3,))
        file.write_bytes(data)
        self.commands.note(f"mv {file}.whole {file}")
        self.counts["broken files"] += 1
        self.whole_so_far()

    def damaged_later(self):
        parts = sorted(self.trouble.glob("part-*"))
        if not parts:
            return
        part = self.random.choice(parts)
        if self.random.random() < 0.5:
            part.unlink()
            self.commands.note(f"rm {part}")
        else:
            flip(part, self.random)
            self.commands.note(f"# a bit in the last bytes of {part} is flipped")
        self.commands.run(["verify", str(self.trouble)], codes=(3,))
        if part.exists():
            (self.trouble / "manifest.json").unlink()
            self.commands.note(f"rm {self.trouble}/manifest.json")
        self.commands.run(self.arguments(self.trouble, "--resume"), self.threads())
        same(contents(self.trouble), self.wanted, "after damage")
        self.commands.run(["verify", str(self.trouble)])
        self.counts["damaged and made again"] += 1


def flip(file, rng):
    data = bytearray(file.read_bytes())
    data[-1 - rng.randrange(min(8, len(data)))] ^= 1 << rng.randrange(8)
    file.write_bytes(data)


class Disk:
    """A small file system under a folder, for whoever may mount one."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.there = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "seqfeat-soak", str(folder)], stderr=subprocess.DEVNULL, check=False).returncode == 0

    def resize(self, kib):
        subprocess.run(["mount", "-o", f"remount,size={kib}k", str(self.folder)], check=True)

    def close(self):
        if self.there:
            subprocess.run(["umount", str(self.folder)], check=True)
            self.there = False


def full_disk(shard):
    """The disk is full, and larger later."""
    disk = Disk(shard.job.folder / f"disk-{shard.number}")
    try:
        if not disk.there:
            return
        kib = shard.random.randint(4, sum(map(len, shard.wanted.values())) // 1024 + 8)
        shard.trouble = disk.folder / "trouble"
        shard.old = {}
        disk.resize(kib)
        shard.commands.note(f"mount -t tmpfs -o size={kib}k seqfeat-soak {disk.folder}")
        code, _, err = shard.commands.run(shard.arguments(shard.trouble), shard.threads(), (0, 1))
        shard.counts["full disks"] += code
        if code and "No space left" not in err:
            raise Failure(f"no reason was given: {err}")
        shard.whole_so_far()
        shard.clean("a full disk", set())
        disk.resize(65536)
        shard.commands.note(f"mount -o remount,size=65536k {disk.folder}")
        shard.commands.run(shard.arguments(shard.trouble, "--resume"), shard.threads())
        same(contents(shard.trouble), shard.wanted, "after a full disk")
    finally:
        disk.close()


def soak_one(program, name, counts, plant):
    """Runs the job of that name; true unless something was wrong."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="seqfeat-soak-"))
    commands = Commands(program)
    try:
        job = Job(random.Random(name), folder)
        for number in range(job.shards):
            shard = Shard(job, number, commands, counts, plant)
            shard.make_in_peace()
            shard.make_in_trouble()
            if job.random.random() < 0.15 and sum(map(len, shard.wanted.values())) < 30_000_000:
                full_disk(shard)
    except Failure as failure:
        if not plant:
            print(f"FAIL soak: --only {name}: {failure}\nthe commands, whose files are in {folder}:", *commands.lines, sep="\n  ")
            return False
        shutil.rmtree(folder)
        return False
    shutil.rmtree(folder)
    counts["jobs"] += 1
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--jobs", type=int, default=10**9)
    parser.add_argument("--only", metavar="SEED:JOB")
    parser.add_argument("--plant", choices=("model", "bytes"))
    options = parser.parse_args()
    program, counts = str(options.program.resolve()), collections.Counter()
    if options.only:
        passed = soak_one(program, options.only, counts, options.plant)
        print(f"{int(passed)} passed, {int(not passed)} failed")
        return int(not passed)

    print(f"soak: --seed {options.seed}", flush=True)
    end, failed = time.monotonic() + options.seconds, 0
    for number in range(options.jobs):
        if time.monotonic() > end or failed and not options.plant:
            break
        failed += not soak_one(program, f"{options.seed}:{number}", counts, options.plant)
    print(", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    if not options.plant and not failed and counts["SIGKILL"] == 0:
        print("FAIL soak: no kill came in time, which says nothing")
        failed = 1
    print(f"{counts['jobs']} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
