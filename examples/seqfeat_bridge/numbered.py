# SPDX-License-Identifier: Apache-2.0
"""Variables that have numbers for names: `layers/sequence_features/vars/0` in a `.keras` archive and in `.weights.h5`. Needs no TensorFlow."""
import collections
import re
from dataclasses import replace

from .columns import tables_of
from .naming import listed
from .output import Refusal


def is_numbered(variable):
    """Whether it is one of a layer; an optimizer's and a metric's are not looked at."""
    return re.fullmatch(r"(?!optimizer/|metrics/)(.*/)?vars/\d+", variable.key) is not None


def by_number(variables):
    return sorted(variables, key=lambda variable: int(variable.key.rpartition("/")[2]))


def orders_of(tables, frozen):
    """The orders in which a layer may have made its variables: trainable ones first, each by name; by name alone if it was not trainable from the start."""
    by_name = sorted(tables, key=lambda table: table.name)
    trainable_first = sorted(by_name, key=lambda table: not table.trainable)
    return [trainable_first, by_name] if frozen and by_name != trainable_first else [trainable_first]


def fitting(orders, variables):
    """The orders in which the shapes of tables and variables agree."""
    agree = lambda order: all(table.fits(variable.shape) for table, variable in zip(order, variables))
    return [order for order in orders if len(order) == len(variables) and agree(order)]


def with_tables(variables, tables):
    return [replace(variable, table=tables.get(variable.key, "")) for variable in variables]


def named_by_configuration(variables, layers):
    """The variables with their tables, by what a model's configuration says of its layers."""
    tables = {}
    for group, layer in layers:
        here = by_number(variable for variable in variables if re.fullmatch(re.escape(group) + r"/\d+", variable.key))
        if not here:
            continue  # another form; or a layer that stands in two models, which is saved with the first
        orders = orders_of(tables_of(layer), frozen=not layer.get("trainable", True))
        fits = fitting(orders, here)
        if not fits:
            raise Refusal(f"'{group}' does not hold the tables that the configuration of layer '{layer.get('name')}' describes: expected "
                          f"{', '.join(f'{table.name} [{table.rows}, {table.dimension}]' for table in orders[0])}; there are:\n{listed(here)}")
        if len(fits) == 1:
            tables.update({variable.key: table.name for table, variable in zip(fits[0], here)})
    return with_tables(variables, tables)


def named_by_spec(variables, expected):
    """The same by a spec's tables, where there is no configuration, if one group of variables has their shapes in one order."""
    groups = collections.defaultdict(list)
    for variable in filter(is_numbered, variables):
        groups[variable.key.rpartition("/")[0]].append(variable)
    fits = [(here, order) for here in map(by_number, groups.values()) for order in fitting(orders_of(expected, frozen=True), here)]
    if len(fits) != 1:
        return variables
    return with_tables(variables, {variable.key: table.name for variable, table in zip(*fits[0])})
