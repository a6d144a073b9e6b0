# SPDX-License-Identifier: Apache-2.0
"""Makes a record smaller by taking fields out of it and bytes out of their values; the lengths around them follow."""
from generate import varint


def read_varint(data, at):
    for end in range(at, min(at + 10, len(data))):
        if data[end] < 128:
            return sum((byte & 127) << 7 * k for k, byte in enumerate(data[at:end + 1])), end + 1
    raise ValueError


def split(data):
    """(tag, value) of each field as they are on the wire, without the length of bytes; the rest that is none, last."""
    fields, at = [], 0
    while at < len(data):
        try:
            tag, begin = read_varint(data, at)
            size, after = read_varint(data, begin) if tag & 7 in (0, 2) else (None, begin)
            end = {0: after, 1: begin + 8, 2: after + (size or 0), 3: begin, 4: begin, 5: begin + 4}[tag & 7]
            if end > len(data):
                raise ValueError
        except (ValueError, KeyError):
            return [*fields, (data[at:], None)]
        fields.append((data[at:begin], data[after if tag & 7 == 2 else begin:end]) if tag & 7 == 2 else (data[at:end], None))
        at = end
    return fields


def join(fields):
    return b"".join(head if value is None else head + varint(len(value)) + value for head, value in fields)


def smaller(data):
    """Records with something left out, the largest parts first."""
    fields = split(data)
    for i, (head, value) in enumerate(fields):
        yield join(fields[:i] + fields[i + 1:])
        for shorter in smaller(value) if value else bytes_left_out(head):
            if value:
                yield join(fields[:i] + [(head, shorter)] + fields[i + 1:])
            else:
                yield join(fields[:i]) + shorter + join(fields[i + 1:])
    yield from bytes_left_out(data)


def bytes_left_out(data):
    for at in range(len(data)):
        yield data[:at] + data[at + 1:]


def shrunk(record, still_bad):
    """`still_bad` says of each of a list of records whether it shows the fault."""
    while True:
        candidates = sorted({each for each in smaller(record) if len(each) < len(record)}, key=len)
        found = [each for each, bad in zip(candidates, still_bad(candidates)) if bad]
        if not found:
            return record
        record = found[0]
