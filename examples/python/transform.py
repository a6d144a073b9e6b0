# SPDX-License-Identifier: Apache-2.0
"""One transform on Arrow tables, in this process and in others: the same rows.

docs/engines.md has Ray Data and HF datasets.
"""

import multiprocessing
import sys

import pyarrow as pa

import seqfeat as sf


def main():
    rows = [[f"word{n % 7}" for n in range(row % 5)] for row in range(1000)]
    table = pa.table({"tokens": rows, "label": [row % 2 for row in range(1000)]})

    tokens = sf.sequence_categorical_column_with_hash_bucket("tokens", 1000)
    spec = sf.Spec([sf.embedding_column(tokens, 8)], max_length=4, padding="max_length")
    transform = sf.Transform(spec, emit=["values", "lengths", "ids"], keep=["label"])
    here = transform(table)
    print(here.schema)

    batches = [pa.Table.from_batches([batch]) for batch in table.to_batches(max_chunksize=128)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        there = pa.concat_tables(pool.map(transform, batches))
    same = there.combine_chunks().equals(here.combine_chunks())
    print(f"{there.num_rows} rows, {'the same' if same else 'others'} in two other processes")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
