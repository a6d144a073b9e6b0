# SPDX-License-Identifier: Apache-2.0
"""Which variables are embedding tables, and of which columns. Needs no TensorFlow."""
import re
from dataclasses import dataclass
from typing import Optional

from .columns import scope_of
from .output import Refusal
from .variables import Variable

# TensorFlow 2's keys are paths of objects, in whose parts a slash is written `.S` and a dot `..`.
OBJECT_PATH = re.compile(r"(?:.*/)?(?P<name>[^/]+)\.Sembedding_weights/\.ATTRIBUTES/VARIABLE_VALUE")
# Names with scopes: TensorFlow 1, `.h5`, and beside the keys of TensorFlow 2.
SCOPED = re.compile(r"(?P<scopes>.+)/embedding_weights(?:/part_(?P<part>\d+))?(?::0)?(?:/\.ATTRIBUTES/VARIABLE_VALUE)?")
# A shared table of `tf.feature_column.shared_embeddings` is called like its collection, without a part of its own.
SHARED = re.compile(r"(?P<scopes>(?:.*/)?[^/]+_shared_embedding)(?:/part_(?P<part>\d+))?(?::0)?")

# What optimizers remember of a variable: VARIABLE/SLOT is no table by its end; OPTIMIZER/SLOT/VARIABLE has to be told apart.
OPTIMIZER = re.compile(r"(?i)(adadelta|adafactor|adagrad|adagrad_?da|adam|adamax|adamw|ftrl|lion|nadam|rmsprop|sgd|lossscaleoptimizer|optimizer)(_\d+)?")
SLOTS = {"accumulated_delta_var", "accumulated_grad", "accumulator", "average", "average_gradient", "c", "linear", "m", "momentum", "r", "u", "v", "velocity", "vhat"}
OPTIMIZER_KEY = re.compile(r"optimizer_weights/.*|(?:.*/)?optimizer/vars/.*|.*/\.OPTIMIZER_SLOT/.*|(?:.*/)?_variables/\d+/\.ATTRIBUTES/.*")


def is_slot(variable, names):
    """Whether an optimizer keeps it. `names` are the names of all variables."""
    if OPTIMIZER_KEY.fullmatch(variable.key):
        return True
    parts = (variable.full_name or variable.key).split("/")
    return any(parts[i] in SLOTS and (OPTIMIZER.fullmatch(parts[i - 1]) or "/".join(parts[i + 1:]) in names) for i in range(1, len(parts)))


def unescaped(part):
    return re.sub(r"\.(.)", lambda match: "/" if match[1] == "S" else match[1], part)


def column_of(scopes, known):
    """The column in whose scopes a variable was made: the longest that is known as `{scopes: name}`, else the innermost scope."""
    parts = scopes.split("/")
    ends = ("/".join(parts[i:]) for i in range(len(parts)))
    return next((known[end] for end in ends if end in known), parts[-1])


@dataclass(frozen=True)
class Candidate:
    name: str            # of the table
    variable: Variable
    part: Optional[int] = None   # of a table that a partitioner cut


def candidate_of(variable, known):
    """The table, or the part of one, that a variable is by its name; None if it is none."""
    if len(variable.shape) != 2:
        return None
    if variable.table:
        return Candidate(variable.table, variable)
    if found := OBJECT_PATH.fullmatch(variable.key):
        return Candidate(unescaped(found["name"]), variable)
    for text in (variable.key, variable.full_name):
        if found := SCOPED.fullmatch(text) or SHARED.fullmatch(text):
            return Candidate(column_of(found["scopes"], known), variable, int(found["part"]) if found["part"] else None)
    return None


def candidates_of(variables, known=(), take=None):
    """{name of a table: its candidates}. `known` are names that a configuration or a spec tells; `take` is {name: key of a variable}, the user's own choice."""
    take = take or {}
    names = {variable.full_name or variable.key for variable in variables}
    known = {**{scope_of(name): name for name in known}, **{name: name for name in known}}
    found = {}
    for variable in variables:
        if variable.key in take.values() or is_slot(variable, names):
            continue
        candidate = candidate_of(variable, known)
        if candidate:
            found.setdefault(candidate.name, []).append(candidate)
    by_key = {variable.key: variable for variable in variables}
    for name, key in take.items():
        if key not in by_key:
            raise Refusal(f"--take {name}={key}: there is no such variable. There are:\n{listed(variables)}")
        found[name] = [Candidate(name, by_key[key])]
    return found


def listed(variables):
    return "\n".join(f"  {variable}" for variable in variables) or "  none at all"
