# SPDX-License-Identifier: Apache-2.0
"""tf.Example and tf.SequenceExample as Python's protobuf knows them, and what our parser has to read in them."""
import struct

from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory

FIELD = descriptor_pb2.FieldDescriptorProto
TYPES = {"b": "int8", "i": "int64", "s": "string", "u": "uint64"}  # of read_records.cpp
RANGES = {"int8": (-2**7, 2**7 - 1), "int64": (-2**63, 2**63 - 1), "uint64": (0, 2**64 - 1)}
KINDS = {"string": "bytes_list"} | {name: "int64_list" for name in RANGES}


def add_field(to, name, number, kind, type_name=None, repeated=False, oneof=None):
    field = to.field.add(name=name, number=number, type=kind, label=FIELD.LABEL_REPEATED if repeated else FIELD.LABEL_OPTIONAL)
    if type_name:
        field.type_name = f".records.{type_name}"
    if oneof is not None:
        field.oneof_index = oneof


def add_map(file, name, field, of):
    """message NAME { map<string, OF> FIELD = 1; } by its definition, a repeated message of key and value: as a map, Python's protobuf (not C++'s, which TensorFlow
    uses) leaves out entries with fields that it does not know."""
    entry = file.message_type.add(name=f"{name}Entry")
    add_field(entry, "key", 1, FIELD.TYPE_STRING)
    add_field(entry, "value", 2, FIELD.TYPE_MESSAGE, of)
    add_field(file.message_type.add(name=name), field, 1, FIELD.TYPE_MESSAGE, entry.name, repeated=True)


def make_messages():
    file = descriptor_pb2.FileDescriptorProto(name="records.proto", package="records", syntax="proto3")
    for name, kind in (("BytesList", FIELD.TYPE_BYTES), ("FloatList", FIELD.TYPE_FLOAT), ("Int64List", FIELD.TYPE_INT64)):
        add_field(file.message_type.add(name=name), "value", 1, kind, repeated=True)
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    for number, (name, of) in enumerate((("bytes_list", "BytesList"), ("float_list", "FloatList"), ("int64_list", "Int64List")), 1):
        add_field(feature, name, number, FIELD.TYPE_MESSAGE, of, oneof=0)
    add_map(file, "Features", "feature", "Feature")
    add_field(file.message_type.add(name="FeatureList"), "feature", 1, FIELD.TYPE_MESSAGE, "Feature", repeated=True)
    add_map(file, "FeatureLists", "feature_list", "FeatureList")
    add_field(file.message_type.add(name="Example"), "features", 1, FIELD.TYPE_MESSAGE, "Features")
    sequence = file.message_type.add(name="SequenceExample")
    add_field(sequence, "context", 1, FIELD.TYPE_MESSAGE, "Features")
    add_field(sequence, "feature_lists", 2, FIELD.TYPE_MESSAGE, "FeatureLists")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return tuple(message_factory.GetMessageClass(pool.FindMessageTypeByName(f"records.{name}")) for name in ("Example", "SequenceExample"))


EXAMPLE, SEQUENCE_EXAMPLE = make_messages()


class Refused(Exception):
    pass


def values(feature, dtype):
    kind = feature.WhichOneof("kind")
    if kind is None:
        return []
    if kind != KINDS[dtype]:
        raise Refused(f"{kind} for {dtype}")
    found = list(getattr(feature, kind).value)
    if dtype == "string":
        return [value.hex() for value in found]
    low, high = RANGES[dtype]
    if not all(low <= value <= high for value in found):
        raise Refused(f"a value is outside {dtype}")
    return found


def kept(features):
    """Exactly one value, of any kind."""
    feature = features.get("k")
    kind = feature.WhichOneof("kind") if feature is not None else None
    found = getattr(feature, kind).value if kind else []
    if len(found) != 1:
        raise Refused(f"k has {len(found)} values")
    if kind == "bytes_list":
        return found[0].hex()
    if kind == "float_list":  # Python keeps floats as doubles, which changes NaNs
        return {"float": struct.unpack("<I", struct.pack("<f", found[0]))[0] if found[0] == found[0] else "nan"}
    return found[0]


def expected(record, mode):
    """What our parser has to answer: protobuf's reading under the rules of docs/semantics.md, or Refused."""
    try:
        parsed = (SEQUENCE_EXAMPLE if mode & 1 else EXAMPLE).FromString(record)
    except message.DecodeError as error:
        raise Refused(str(error)) from None
    # A key may come more than once: the last one counts.
    features = {entry.key: entry.value for entry in (parsed.context if mode & 1 else parsed.features).feature}
    lists = {entry.key: entry.value for entry in parsed.feature_lists.feature_list} if mode & 1 else {}
    answer = {}
    for key, dtype in TYPES.items():
        if mode & 1:
            answer[key] = [values(step, dtype) for step in lists[key].feature] if key in lists else []
        else:
            answer[key] = [[value] for value in values(features[key], dtype)] if key in features else []
    if mode & 2:
        answer["k"] = kept(features)
    return answer
