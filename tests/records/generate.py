# SPDX-License-Identifier: Apache-2.0
"""Records by their grammar, with all that the wire format allows and writers never do; and mutants of them."""
import struct

KEYS = ("s", "i", "b", "u", "k", "other", "", "sé", "x" * 70)
KIND_OF = {"s": 1, "i": 3, "b": 3, "u": 3}
EDGES = (0, 1, 127, 128, 2**31 - 1, 2**31, 2**63 - 1, -1, -128, -129, -2**63)
TELLING = bytes((0, 1, 2, 8, 9, 10, 11, 12, 13, 18, 26, 0x1B, 0x1C, 62, 63, 64, 127, 0x80, 0x81, 0xFF))


def varint(number, extra=0):
    """`number` in as few bytes as it takes, and up to `extra` more that add nothing."""
    number &= 2**64 - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    for _ in range(extra):
        out[-1] |= 128
        out.append(0)
    return bytes(out)


class Generator:
    """`odd` is how often something unusual happens; `faults` how often bytes of a part are changed before its length is written."""

    def __init__(self, random, odd=0.1, faults=0.0):
        self.random, self.odd, self.faults = random, odd, faults

    def happens(self):
        return self.random.random() < self.odd

    def number(self, value):
        number = varint(value)
        return varint(value, self.random.randint(0, 10 - len(number))) if self.happens() and self.happens() else number

    def short(self, value):
        """A tag or a length: at most five bytes, or it is refused."""
        number = varint(value)
        if not (self.happens() and self.happens()):
            return number
        return varint(value, self.random.randint(0, (10 if self.happens() else 5) - len(number)))

    def tag(self, number, wire):
        return self.short(number << 3 | wire)

    def field(self, number, content):
        if self.random.random() < self.faults:
            content = mutate(self.random, content)
        return self.tag(number, 2) + self.short(len(content)) + content

    def bytes(self, most):
        return self.random.randbytes(self.random.randint(0, most))

    def unknown(self, depth=0):
        """A field that the message does not know, or knows with another wire type."""
        number = self.random.choice((1, 2, 3, 4, 15, 16, 100, 2**29 - 1))
        wire = self.random.choice((0, 1, 2, 3, 5))
        if wire == 3:
            if depth > self.random.choice((1, 3, 30)):
                return b""
            inside = b"".join(self.unknown(depth + 1) for _ in range(self.random.randint(0, 2)))
            return self.tag(number, 3) + inside + self.tag(number, 4)
        if wire == 2:
            number = max(number, 4)  # with bytes it would be known
        value = {0: lambda: self.number(self.integer()), 1: lambda: self.random.randbytes(8), 5: lambda: self.random.randbytes(4)}
        return self.field(number, self.bytes(12)) if wire == 2 else self.tag(number, wire) + value[wire]()

    def message(self, fields):
        """The fields in their order, or in another, with unknown ones between them."""
        fields = list(fields)
        if self.happens():
            self.random.shuffle(fields)
        if self.happens():
            fields.insert(self.random.randint(0, len(fields)), self.unknown())
        return b"".join(fields)

    def integer(self):
        roll = self.random.random()
        return self.random.choice(EDGES) if roll < 0.2 else self.random.randint(-2**63, 2**63 - 1) if roll < 0.3 else self.random.randint(-100, 100)

    def numbers(self, one, wire, count):
        """A repeated number: packed, in several runs, one by one, or in any mixture."""
        fields = []
        while count > 0:
            if self.happens():
                fields.append(self.tag(1, wire) + one())
                count -= 1
            else:
                run = self.random.randint(0, count) if self.happens() else count
                fields.append(self.field(1, b"".join(one() for _ in range(run))))
                count -= run
        return fields

    def list(self, kind):
        count = self.random.choice((0, 1, 1, 1, 2, 3, 5, 20))
        if kind == 1:
            longest = self.random.choice((1, 4, 12, 40))
            return self.message(self.field(1, self.bytes(longest)) for _ in range(count))
        if kind == 2:
            return self.message(self.numbers(lambda: struct.pack("<f", self.random.gauss(0, 1)), 5, count))
        return self.message(self.numbers(lambda: self.number(self.integer()), 0, count))

    def feature(self, key):
        if self.happens() and self.happens():
            return self.message(())
        kind = KIND_OF.get(key) if not (self.happens() and self.happens()) else None
        kind = kind or self.random.choice((1, 2, 3))
        fields = [self.field(kind, self.list(kind))]
        while self.happens():  # a oneof that comes again: joined if of the same kind
            again = self.random.choice((kind, 1, 2, 3))
            fields.append(self.field(again, self.list(again)))
        return self.message(fields)

    def feature_list(self, key):
        return self.message(self.field(1, self.feature(key)) for _ in range(self.random.choice((0, 1, 2, 6))))

    def key(self, key):
        if self.happens() and self.happens():
            return self.random.choice((b"\xff", b"s\x80", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"))
        return key.encode()

    def entry(self, key, content):
        fields = [self.field(1, self.key(key)), self.field(2, content(key))]
        if self.happens():
            fields.insert(self.random.randint(0, 2), self.field(1, self.key(self.random.choice(KEYS))))
        if self.happens():
            fields.append(self.field(2, content(key)))  # a message in parts
        if self.happens():
            fields.pop(self.random.randrange(len(fields)))
        return self.message(fields)

    def map(self, content):
        keys = [key for key in KEYS if self.random.random() < 0.4]
        if keys and self.happens():
            keys.append(self.random.choice(keys))
        return self.message(self.field(1, self.entry(key, content)) for key in keys)

    def parts(self, number, content):
        """A message that comes once, or in parts, or not at all."""
        count = self.random.choice((0, 2, 3)) if self.happens() else 1
        return [self.field(number, self.map(content)) for _ in range(count)]

    def record(self, mode):
        fields = self.parts(1, self.feature)
        if mode & 1:
            fields += self.parts(2, self.feature_list)
        if mode & 2 and not self.happens():
            kind = self.random.choice((1, 2, 3))
            value = {1: lambda: self.field(1, self.bytes(9)), 2: lambda: self.tag(1, 5) + self.random.randbytes(4), 3: lambda: self.tag(1, 0) + self.number(self.integer())}[kind]()
            fields.append(self.field(1, self.field(1, self.field(1, b"k") + self.field(2, self.field(kind, value)))))
        return self.message(fields)


def mutate(random, record):
    """One to three changes; bytes that mean something on the wire are the likeliest to come."""
    out = bytearray(record)
    for _ in range(random.randint(1, 3)):
        at = random.randint(0, len(out))
        byte = random.choice(TELLING) if random.random() < 0.7 else random.randrange(256)
        change = random.randrange(6)
        if change == 0:
            out.insert(at, byte)
        elif change == 1:
            del out[at:at + random.randint(0, 3)]
        elif change == 2:
            out[at:at] = out[at // 2:at // 2 + random.randint(0, 80)]
        elif change == 3:
            del out[at:]
        elif at < len(out):
            out[at] = byte
    return bytes(out)
