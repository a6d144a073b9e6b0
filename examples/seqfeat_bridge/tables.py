# SPDX-License-Identifier: Apache-2.0
"""From variables to tables: what is there, whether it is what was asked for, and its bytes as safetensors. Needs no TensorFlow."""
import json
import struct
from dataclasses import dataclass

from .columns import Table, buckets_of, categorical_name_of, tables_of
from .naming import candidates_of, listed
from .numbered import is_numbered, named_by_configuration, named_by_spec
from .output import Refusal, reading

TYPES = {"float32": ("F32", 4), "float16": ("F16", 2), "bfloat16": ("BF16", 2)}


@dataclass(frozen=True)
class Found:
    name: str
    variables: list  # one, or the parts in their order

    @property
    def type(self):
        return TYPES[self.variables[0].dtype]

    @property
    def shape(self):
        return [sum(variable.shape[0] for variable in self.variables), self.variables[0].shape[1]]


def tables_of_spec(text):
    """The tables of a spec's embedding columns; a shared one once."""
    found = {}
    for column in json.loads(text)["columns"]:
        if column["type"] not in ("embedding_column", "shared_embedding_column"):
            continue
        inner = column["categorical_column"]
        name = column.get("table") or categorical_name_of(inner) + "_embedding"
        found[name] = Table(name, buckets_of(inner), column["dimension"], column.get("trainable", True))
    return list(found.values())


def find_tables(variables, layers=(), expected=None, take=None):
    """The tables among the variables, by name. With `expected`, a spec's tables, they are all that is looked for."""
    variables = named_by_configuration(variables, layers)
    if expected and not any(variable.table for variable in variables):
        variables = named_by_spec(variables, expected)
    described = {**described_by(layers), **{table.name: table for table in expected or ()}}
    found = candidates_of(variables, described, take)
    missing = []
    if expected is not None:
        wanted = {table.name for table in expected} | set(take or ())
        missing = sorted(wanted - found.keys())
        found = {name: candidates for name, candidates in found.items() if name in wanted}
    if missing or not found:
        raise Refusal(f"no {'table of ' + ', '.join(missing) if missing else 'embedding table'}. The variables are:\n{listed(variables)}\n{advice(variables)}")
    return [one_table(name, candidates, described.get(name)) for name, candidates in sorted(found.items())]


def described_by(layers):
    """{name: table}, without those of which several layers have different ones."""
    found = {}
    for table in (table for _, layer in layers for table in tables_of(layer)):
        found.setdefault(table.name, set()).add((table.rows, table.dimension))
    return {name: Table(name, *shapes.pop()) for name, shapes in found.items() if len(shapes) == 1}


def advice(variables):
    if any(is_numbered(variable) for variable in variables):
        return "This form numbers its variables, and nothing says which is whose: give --spec SPEC.json, or --take NAME=VARIABLE"
    return "A table under another name: --take NAME=VARIABLE"


def one_table(name, candidates, described):
    """The table of these candidates, if they are one whole variable or all parts of one."""
    candidates = sorted(candidates, key=lambda candidate: candidate.part or 0)
    if [candidate.part for candidate in candidates] not in ([None], list(range(len(candidates)))):
        keys = [candidate.variable.key for candidate in candidates]
        raise Refusal(f"several variables want the name '{name}':\n" + "\n".join(f"  {key}" for key in keys) + f"\nSay which: --take {name}={keys[0]}")
    found = Found(name, [candidate.variable for candidate in candidates])
    first = found.variables[0]
    for variable in found.variables:
        if variable.dtype not in TYPES or variable.dtype != first.dtype:
            raise Refusal(f"'{name}': a table is float32, float16 or bfloat16, got\n  {variable}\nConvert it in TensorFlow")
        if len(variable.shape) != 2 or variable.shape[1] != first.shape[1]:
            raise Refusal(f"'{name}': a table has two dimensions, got\n{listed(found.variables)}")
    if len(found.variables) > 1 and not described:
        raise Refusal(f"'{name}' is in {len(found.variables)} parts, and nothing says whether rows or columns were cut:\n{listed(found.variables)}\n"
                      "Give --spec SPEC.json, or save it with tf.compat.v1.train.Saver, which joins parts")
    if described and not described.fits(found.shape):
        raise Refusal(f"'{name}': the column has {described.rows or 'some'} rows of {described.dimension}, got {found.shape}:\n{listed(found.variables)}")
    return found


def write_safetensors(file, tables):
    """One table in memory at a time, or one part of it."""
    header, end = {}, 0
    for table in tables:
        tag, width = table.type
        start, end = end, end + table.shape[0] * table.shape[1] * width
        header[table.name] = {"dtype": tag, "shape": table.shape, "data_offsets": [start, end]}
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file.write(struct.pack("<Q", len(text)) + text)
    for table in tables:
        for variable in table.variables:
            with reading(variable.key):
                data = variable.read()
            file.write(data)
