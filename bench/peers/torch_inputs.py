# SPDX-License-Identifier: Apache-2.0
"""The benchmark's inputs, made by torch on the device: bench/inputs.cpp, lookup_shapes.cpp and layer_input.cpp once more.

Ids may differ where the device's pow() rounds otherwise; everything else is the same to the bit.
"""
import torch


def signed(number):
    """A 64-bit constant as torch's int64, which wraps around."""
    return number - (1 << 64) if number >= 1 << 63 else number


def shifted(z, bits):
    """A logical shift to the right; torch's own brings the sign along."""
    return (z >> bits) & ((1 << (64 - bits)) - 1)


def random_bits(seed, index):
    """SplitMix64 at the places `index` of the sequence `seed`."""
    start = signed(seed * 0xD1342543DE82EF95 & (1 << 64) - 1)
    z = (index + 1) * signed(0x9E3779B97F4A7C15) + start
    z = (z ^ shifted(z, 30)) * signed(0xBF58476D1CE4E5B9)
    z = (z ^ shifted(z, 27)) * signed(0x94D049BB133111EB)
    return z ^ shifted(z, 31)


def remainder(bits, divisor):
    """`bits` as unsigned numbers, modulo `divisor`."""
    return ((shifted(bits, 1) % divisor) * 2 + (bits & 1)) % divisor


def power_law(count, rows, shape, seed, device):
    share = shifted(random_bits(seed, torch.arange(count, device=device)), 11).double() * 2.0**-53
    power = 1.0 - shape["alpha"]
    low, high = shape["shift"] ** power, (rows + shape["shift"]) ** power
    at = (low + share * (high - low)) ** (1.0 / power)
    row = (at - shape["shift"]).long().clamp(0, rows - 1)
    return row * 2654435761 % rows if shape["permuted"] else row


def scaled(shape, scale):
    """The shape with a share of its rows and steps."""
    def share(count, least):
        return max(least, int(count * scale + 0.5))
    if shape["kind"] == "lookup":
        return shape | {"rows": share(shape["rows"], shape["least_rows"]), "steps": share(shape["steps"], shape["least_steps"])}
    return shape | {"rows": share(shape["rows"], 8), "buckets": share(shape["buckets"], 1000)}


def ids_of(shape, batch, device):
    """Ids of a lookup, step by step; its tables are laid end to end."""
    count = shape["steps"] * shape["values"]
    ids = power_law(count, shape["rows"], shape, shape["seed"] + batch, device)
    step = torch.arange(count, device=device) // shape["values"]
    return ids + step * shape["tables"] // shape["steps"] * shape["rows"]


def row_offsets_of(shape, device):
    bits = random_bits(shape["length_seed"], torch.arange(shape["rows"], device=device))
    lengths = shape["shortest"] + remainder(bits, shape["longest"] - shape["shortest"] + 1)
    if shape["outlier"]:
        lengths[shape["rows"] // 2] = shape["outlier"]
    return torch.cat([torch.zeros(1, dtype=torch.int64, device=device), lengths.cumsum(0)])


def hashed_ids(shape, count, device):
    """Ids as a hash of random tokens spreads them: evenly."""
    return remainder(random_bits(shape["token_seed"], torch.arange(count, device=device)), shape["buckets"])


def table_of(rows, dim, dtype, device):
    """Random floats in [-1, 1), or the halves that their bits are; a piece at a time, since the bits take twice the room."""
    count = -(-rows * dim * dtype.itemsize // 4)
    table = torch.empty(count, device=device)
    for first in range(0, count, 1 << 26):
        index = torch.arange(first, min(count, first + (1 << 26)), device=device)
        floats = (random_bits(7, index) & 0xFFFFFFFF).int().float() * 2.0**-31
        table[first:first + index.numel()] = (floats.view(torch.int32) & ~0x4000).view(torch.float32)  # as Floats::reserve
    return table.view(dtype)[:rows * dim].view(rows, dim)
