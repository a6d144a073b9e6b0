# SPDX-License-Identifier: Apache-2.0
"""Tables for people: the same for a terminal and for Markdown."""

from .model import LIMITS
from .opcodes import KINDS


def table(header, rows):
    """Markdown, with columns padded so that it reads well in a terminal too; all but the first hold numbers."""
    widths = [max(len(str(row[i])) for row in [header, *rows]) for i in range(len(header))]
    def line(row):
        first, *others = row
        cells = [str(first).ljust(widths[0]), *(str(cell).rjust(width) for cell, width in zip(others, widths[1:]))]
        return f"| {' | '.join(cells)} |"

    rule = ["-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:])]
    return "\n".join([line(header), f"|{'|'.join(rule)}|", *map(line, rows)])


def time_of(seconds):
    return f"{seconds * 1e3:.3f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.1f} us"


def paths_table(costs):
    """`costs`: {path: Counter of kinds}"""
    return table(("path", *KINDS), [(name, *(f"{kinds[kind]:.0f}" for kind in KINDS)) for name, kinds in costs.items()])


def measured_of(prediction, measured):
    if prediction.workload not in measured:
        return "not measured"
    seconds, _ = measured[prediction.workload]
    return f"{time_of(seconds)}, {prediction.seconds / seconds:.0%} of the roof"


def predictions_table(predictions, measured):
    """`measured`: {workload: (seconds, where)}"""
    rows = [(one.workload, f"{one.instructions:.0f}", f"{one.bytes / one.tokens:.1f}",
             *(time_of(one.limits[limit]) for limit in LIMITS), time_of(one.seconds), one.bound,
             f"{one.tokens / one.seconds / 1e9:.1f}", measured_of(one, measured)) for one in predictions]
    return table(("workload", "instructions a token", "bytes a token", *LIMITS, "roof", "bound by", "G tokens/s", "measured"), rows)


def listing(path, kernel, blocks, times, sources):
    """The instructions of a path, block by block, with the source they came from."""
    lines = [f"{path.name}: {path.kernel}"]
    for index in sorted(blocks):
        block = kernel.blocks[index]
        lines.append(f"-- block {index}, {len(block.instructions)} instructions" + "".join(f" * {factor}" for factor in times[index]))
        for one in block.instructions:
            chain = "<".join(name for name, _ in sources.chain(one.places))
            lines.append(f"   {one.address:6x}  {one.text:64} {chain}")
    return "\n".join(lines)


def counts_table(codes, accesses):
    """Static counts: a line a kernel and architecture."""
    columns = [f"{name}.{bits}" for name in ("LDG", "STG", "LDS", "STS") for bits in (128, 64, 32)] + ["generic", "division", "local"]
    rows = []
    for code in codes:
        found = accesses(code.function.instructions)
        found["generic"] = sum(count for name, count in found.items() if name.startswith(("LD.", "ST.")))
        rows.append((f"{code.architecture} {code.kernel}", code.registers, code.stack, code.shared, *(found[column] for column in columns)))
    return table(("kernel", "registers", "stack", "shared", *columns), rows)
