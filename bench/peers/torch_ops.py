#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The sizes of seqfeat-bench in torch's operations, on a CUDA device.

    seqfeat-bench --definitions > shapes.json
    python torch_ops.py --definitions shapes.json --json torch.json

Lookups are embedding_bag, or embedding where a step has one id. The road begins at ids, since torch hashes no strings: embedding, nested tensor, to_padded_tensor,
lengths and mask; `/pad` behind a name is to_padded_tensor alone. Before anything is timed, results are held against a plain gather.

Exit code: 0, 1 if a result was wrong, 2 usage, 4 without torch or a CUDA device. --rehearse runs tiny sizes on the processor: no figure of it means anything.
"""
import argparse
import collections
import json
import sys

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    print("torch_ops: torch is not installed", file=sys.stderr)
    sys.exit(4)

import timing
import torch_inputs as inputs

Job = collections.namedtuple("Job", "workload launch check tokens bytes ideal_bytes note")
TOLERANCE = 1e-4  # of sums of 64 floats below 2 in another order


class WrongResult(Exception):
    pass


def expect(what, truth):
    if not truth:
        raise WrongResult(f"{what} differs from a plain gather")


def some_of(count):
    """About a thousand places, the first and the last among them."""
    return sorted({*range(0, count, max(1, count // 1000)), count - 1})


def rounding(exact, dtype):
    """What rounding a sum to `dtype` once may add to its error; torch, too, adds halves up in float32."""
    return 0 if dtype == torch.float32 else exact.abs() * torch.finfo(dtype).eps / 2


def lookup_job(name, shape, device):
    dtype, id_dtype = getattr(torch, shape["type"]), getattr(torch, shape["ids"])
    table = inputs.table_of(shape["tables"] * shape["rows"], shape["dim"], dtype, device)
    batches = [inputs.ids_of(shape, batch, device).to(id_dtype) for batch in range(shape["batches"])]
    offsets = torch.arange(shape["steps"] + 1, device=device, dtype=id_dtype) * shape["values"]  # other offsets would be converted
    bags = shape["values"] > 1

    def launch(i):
        ids = batches[i % len(batches)]
        return F.embedding_bag(ids, table, offsets, mode="sum", include_last_offset=True) if bags else F.embedding(ids, table)

    def check():
        got = launch(0)
        for step in some_of(shape["steps"]):
            ids = batches[0][step * shape["values"]:(step + 1) * shape["values"]]
            exact = table[ids].double().sum(0)
            expect(f"step {step}", bool(((got[step].double() - exact).abs() <= (TOLERANCE + rounding(exact, dtype) if bags else 0)).all()))

    ids, row = batches[0].numel(), shape["dim"] * dtype.itemsize
    rest = id_dtype.itemsize * (ids + (offsets.numel() if bags else 0)) + shape["steps"] * row
    note = f"embedding_bag, CSR, {shape['ids']} ids and offsets" if bags else f"embedding, {shape['ids']} ids"
    return Job(name, launch, check, ids, rest + ids * row, rest + batches[0].unique().numel() * row, note)


def road_jobs(name, shape, device):
    """The whole road from ids on, and its padding alone."""
    offsets = inputs.row_offsets_of(shape, device)
    count, rows, dim = int(offsets[-1]), shape["rows"], shape["dim"]
    width = int(offsets.diff().max())
    table = inputs.table_of(shape["buckets"], dim, getattr(torch, shape["type"]), device)
    ids = inputs.hashed_ids(shape, count, device)
    places = torch.arange(width, device=device)
    ragged = F.embedding(ids, table)

    def padded(values):
        nested = torch.nested.nested_tensor_from_jagged(values, offsets, min_seqlen=1, max_seqlen=width)
        return torch.nested.to_padded_tensor(nested, 0.0, (rows, width, dim))

    def road(_):
        lengths = offsets.diff()
        return padded(F.embedding(ids, table)), lengths, places < lengths[:, None]

    def check_values(values):
        for row in some_of(rows):
            begin, end = int(offsets[row]), int(offsets[row + 1])
            expect(f"row {row}", torch.equal(values[row, :end - begin], ragged[begin:end]) and not values[row, end - begin:].any())

    def check_road():
        values, lengths, mask = road(0)
        check_values(values)
        expect("the mask", torch.equal(mask.sum(1), lengths) and int(lengths.sum()) == count)

    row_bytes = dim * table.element_size()
    output = rows * width * row_bytes
    rest = 8 * count + 8 * offsets.numel() + output + 8 * rows + rows * width
    pad = count * row_bytes + 8 * offsets.numel() + output
    return [Job(name, road, check_road, count, rest + count * row_bytes, rest + ids.unique().numel() * row_bytes, "from ids on: embedding, to_padded_tensor, lengths, mask"),
            Job(name + "/pad", lambda _: padded(ragged), lambda: check_values(padded(ragged)), count, pad, pad, "to_padded_tensor alone")]


def fits(definition, prefix):
    """As seqfeat-bench selects: of a group only where a prefix names it."""
    return definition["workload"].startswith(prefix) and prefix.startswith(definition["group"])


def selected(definitions, prefixes):
    return [d for d in definitions if (any(fits(d, p) for p in prefixes) if prefixes else not d["group"])]


def run(job, device, sampling, copy):
    job.check()
    results = [timing.result(job, "cold", 1, timing.cold_samples(device, job.launch, sampling), copy),
               timing.result(job, "dirty", 1, timing.cold_samples(device, job.launch, sampling, "write"), copy),
               timing.result(job, "warm", sampling.back_to_back, timing.warm_samples(device, job.launch, sampling), copy)]
    job.check()
    return results


def measure(definitions, options):
    device = timing.Device("cpu" if options.rehearse else "cuda")
    machine = device.describe() | {"commit": options.commit, "scale": options.scale, "clocks_before": timing.clocks()}
    report = {"schema_version": 1, "rehearsed": options.rehearse, "machine": machine, "bandwidth": timing.bandwidth(device, int(options.scale * 2**30), options), "results": [], "failures": []}
    for definition in selected(definitions, options.workload):
        name, shape = definition["workload"], inputs.scaled(definition, options.scale)
        print(f"torch_ops: {name}", file=sys.stderr)
        try:
            for job in [lookup_job(name, shape, device.name)] if shape["kind"] == "lookup" else road_jobs(name, shape, device.name):
                report["results"] += run(job, device, options, report["bandwidth"]["copy"])
        except (WrongResult, RuntimeError) as error:  # the others are still worth measuring
            print(f"torch_ops: {name}: {error}", file=sys.stderr)
            report["failures"].append({"workload": name, "reason": str(error)})
        machine["clocks_after"] = timing.clocks()
        write(report, options.json)  # what there is, also if the next one is cut off
    return report


def write(report, file):
    if file:
        with open(file, "w", encoding="utf-8") as out:
            out.write(json.dumps(report, indent=1) + "\n")


def main(arguments):
    parser = argparse.ArgumentParser(description="The sizes of seqfeat-bench in torch's operations.")
    parser.add_argument("--definitions", required=True, help="what seqfeat-bench --definitions printed")
    parser.add_argument("--workload", action="append", default=[], metavar="PREFIX", help="only names that begin so (repeatable)")
    parser.add_argument("--json", help="where the figures go; default stdout")
    parser.add_argument("--samples", type=int, default=30)
    parser.add_argument("--back-to-back", type=int, default=20)
    parser.add_argument("--warm-up", type=int, default=3)
    parser.add_argument("--scale", type=float)
    parser.add_argument("--commit", default="unknown")
    parser.add_argument("--rehearse", action="store_true", help="tiny sizes on the processor")
    options = parser.parse_args(arguments)
    if options.scale is None:
        options.scale = 1e-6 if options.rehearse else 1.0
    if not options.rehearse and not torch.cuda.is_available():
        print("torch_ops: torch sees no CUDA device; --rehearse runs tiny sizes on the processor", file=sys.stderr)
        return 4
    with open(options.definitions, encoding="utf-8") as file:
        definitions = json.load(file)["workloads"]
    for prefix in options.workload:
        if not any(fits(d, prefix) for d in definitions):
            parser.error(f"--workload: got '{prefix}', expected the beginning of a name in {options.definitions}")
    with torch.inference_mode():
        report = measure(definitions, options)
    if not options.json:
        print(json.dumps(report, indent=1))
    return 1 if report["failures"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
