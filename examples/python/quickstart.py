# SPDX-License-Identifier: Apache-2.0
"""Two rows of words become padded vectors, their lengths and a mask."""

import seqfeat as sf

tokens = sf.sequence_categorical_column_with_hash_bucket("tokens", 1000)
layer = sf.SequenceFeatures([sf.embedding_column(tokens, 10)])
values, lengths, mask = layer({"tokens": [["sea", "cloud", "sea"], ["wind"]]})
print(values.shape, lengths, mask, sep="\n")
