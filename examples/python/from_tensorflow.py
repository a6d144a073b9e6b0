# SPDX-License-Identifier: Apache-2.0
"""Ragged and sparse tensors of TensorFlow go in; ids and padding are those that TensorFlow makes."""

import sys

import numpy as np
import tensorflow as tf

import seqfeat as sf

ROWS = [["sea", "cloud", "sea"], [], ["wind"]]


def main():
    # A RaggedTensor of strings is values and offsets.
    ragged = tf.ragged.constant(ROWS, tf.string, row_splits_dtype=tf.int64)
    tokens = sf.Ragged(ragged.flat_values.numpy(), ragged.row_splits.numpy())
    theirs = ragged.with_flat_values(tf.strings.to_hash_bucket_fast(ragged.flat_values, 1000))
    ours = sf.hash_bucket(tokens, 1000)
    print("ids", ours.to_list())
    same = ours.to_list() == theirs.to_list()

    # Padding and the mask.
    ids, lengths, mask = ours.pad()
    same = same and np.array_equal(ids, theirs.to_tensor().numpy())
    same = same and np.array_equal(mask, tf.sequence_mask(theirs.row_lengths()).numpy())

    # A SparseTensor is values, indices and a shape; it is what tf.io.parse_example gives.
    sparse = ragged.to_sparse()
    from_sparse = sf.Ragged.from_sparse(sparse.values.numpy(), sparse.indices.numpy(), sparse.dense_shape.numpy())
    same = same and sf.hash_bucket(from_sparse, 1000).pad()[0].tolist() == ids.tolist()

    # The layer, with a table of TensorFlow's.
    table = tf.random.stateless_normal([1000, 4], seed=[1, 2]).numpy()
    column = sf.sequence_categorical_column_with_hash_bucket("tokens", 1000)
    layer = sf.SequenceFeatures([sf.embedding_column(column, 4)], backend="cpu")
    layer.load_tables({"tokens_embedding": table})
    values, lengths, _ = layer({"tokens": tokens})
    embedded = tf.gather(table, theirs.to_tensor()).numpy() * mask[:, :, np.newaxis]
    same = same and np.array_equal(values, embedded)
    print("values", values.shape, "lengths", lengths.tolist())
    print("TensorFlow's are", "the same" if same else "others")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
