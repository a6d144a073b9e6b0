# SPDX-License-Identifier: Apache-2.0
"""A table with list columns goes straight into the layer; pyarrow is needed for this example.

A table of polars or pandas, or of anything else with `__arrow_c_stream__`, does as well.
"""

import sys

import pyarrow as pa

import seqfeat as sf


def main():
    table = pa.table(
        {
            "tokens": [["sea", "cloud", "sea"], ["wind"], None],
            "shop": pa.array([[3, 1, 3], [2], []], pa.list_(pa.int16())),
            "price": [1.5, 2.5, 3.5],  # a column that no spec asks for
        }
    )
    tokens = sf.sequence_categorical_column_with_hash_bucket("tokens", 1000)
    shop = sf.sequence_categorical_column_with_identity("shop", 5)
    layer = sf.SequenceFeatures([sf.embedding_column(tokens, 4), sf.indicator_column(shop)])
    batch = layer(table)
    print("values", batch.values.shape, "lengths", batch.lengths.tolist())

    # Hashing alone: a column in, ids out, padded or back as an Arrow array.
    ids = sf.hash_bucket(table["tokens"], 1000)
    padded, lengths, mask = ids.pad(value=-1)
    print(padded)
    print(pa.array(ids).type)

    # The program's own reading of lists gives the same.
    same = ids.to_list() == sf.hash_bucket(table["tokens"].to_pylist(), 1000).to_list()
    return 0 if same and batch.lengths.tolist() == [3, 1, 0] else 1


if __name__ == "__main__":
    sys.exit(main())
