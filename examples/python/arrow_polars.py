# SPDX-License-Identifier: Apache-2.0
"""A frame of polars goes straight into the layer, and hashing is an expression in its queries.

A table of pyarrow or pandas does as well: see arrow.py.
"""

import sys

import polars as pl

import seqfeat as sf
import seqfeat.polars  # noqa: F401, registers `.seqfeat` on expressions and series


def main():
    frame = pl.DataFrame({"tokens": [["sea", "cloud", "sea"], ["wind"], None], "price": [1.5, 2.5, 3.5]})
    tokens = sf.sequence_categorical_column_with_hash_bucket("tokens", 1000)
    layer = sf.SequenceFeatures([sf.embedding_column(tokens, 4)])
    batch = layer(frame)
    print("values", batch.values.shape, "lengths", batch.lengths.tolist())

    # In a lazy query; null stays null.
    hashed = frame.lazy().with_columns(ids=pl.col("tokens").seqfeat.hash_bucket(1000)).collect()
    print(hashed)
    ids = [row or [] for row in hashed["ids"].to_list()]
    same = ids == sf.hash_bucket(frame["tokens"], 1000).to_list()
    return 0 if same and batch.lengths.tolist() == [3, 1, 0] else 1


if __name__ == "__main__":
    sys.exit(main())
