// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "seqfeat/column.hpp"
#include "seqfeat/memory.hpp"

namespace seqfeat {

/// The words of a vocabulary column as `id_of` looks them up: slots, and behind them the bytes of
/// strings. They are read from the file here, if they stand in one.
///
/// Memory   On the host: 24 bytes a word (48 up to 8,192 words, 96 up to 2,048) and those of all
///          strings; of a file its bytes. Beside it nothing but, of a file of integers, the file's
///          bytes while they are read.
/// Throws   InvalidArgument naming the file and the line: too few lines, an empty one, a word
///          twice, one that is no int64; OutOfMemory.
[[nodiscard]] Buffer make_vocabulary_table(const CategoricalColumn& column);

}  // namespace seqfeat
