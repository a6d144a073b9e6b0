// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// The structs of the Arrow C data interface and of the Arrow C stream interface. Their layout is a
// public binary interface that never changes. The guards are the ones that the specification asks
// for, so that any other header with the same structs may stand beside this one.

// NOLINTBEGIN(modernize-*,cppcoreguidelines-*,readability-identifier-naming): C, not C++
extern "C" {

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

/// The type of an array. A null `release` says that the struct was released or moved away.
struct ArrowSchema {
  const char* format;    ///< The type as text, such as "i" for int32 or "+l" for a list.
  const char* name;      ///< The field's name; may be null.
  const char* metadata;  ///< Pairs of keys and values in a binary form; may be null.
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;  ///< The type of the dictionary's values, or null.
  void (*release)(struct ArrowSchema*);
  void* private_data;  ///< The producer's.
};

/// The data of an array. A null `release` says that the struct was released or moved away.
struct ArrowArray {
  int64_t length;
  int64_t null_count;  ///< -1 where nobody has counted.
  int64_t offset;      ///< Elements before the first one, in every buffer.
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;  ///< The producer's.
};

#endif  // ARROW_C_DATA_INTERFACE

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

/// Arrays of one type, one after the other. Functions return 0 or an errno.
struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  /// At the end `out` comes back released.
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  /// Words about the last failure, valid until the next call; may be null.
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;  ///< The producer's.
};

#endif  // ARROW_C_STREAM_INTERFACE

}  // extern "C"
// NOLINTEND(modernize-*,cppcoreguidelines-*,readability-identifier-naming)
