// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/copy_rows.cuh"
#include "cuda/row_ids.cuh"
#include "cuda/tile.cuh"
#include "seqfeat/combine.hpp"

// Segments of any number of values and tables of any type: rows are added, clipped and converted.

namespace seqfeat::cuda {

/// What a kernel does with the rows of its segments.
enum class Method : std::uint8_t {
  copy,     ///< Copies the bytes of one row at most.
  combine,  ///< Adds rows, and converts them to the output's type.
  clip,     ///< Also limits their norms.
  weigh     ///< Also multiplies them by weights. Of a layer.
};

/// Blocks of such a kernel that are to run on a multiprocessor at once. Registers decide: four
/// blocks leave 64 a thread, three 80, two 128.
constexpr unsigned blocks_of(Method method) {
  return method == Method::copy ? 4 : method == Method::combine ? 3 : 2;
}

/// True if the method limits norms where a table asks for it.
SEQFEAT_HD constexpr bool may_clip(Method method) {
  return method == Method::clip || method == Method::weigh;
}

/// Elements of a row that is to be clipped, as they are stored; unary + widens and clips them. So
/// nothing is computed before all loads are on their way.
template <FloatType kType, int N>
struct ClippedElements {
  Elements<kType, N> elements;
  float norm;
  float max_norm;
  bool clips;

  __device__ __forceinline__ Floats<N> operator+() const {
    const Floats<N> value = +elements;
    return clips ? clip(value, norm, max_norm) : value;
  }
};

/// The same of a row that has a weight; of another one it is 1.
template <FloatType kType, int N>
struct WeightedElements {
  ClippedElements<kType, N> elements;
  float weight;
  bool weighted;

  __device__ __forceinline__ Floats<N> operator+() const {
    const Floats<N> value = +elements;
    return weighted ? value * weight : value;
  }
};

/// The rows of a segment whose ids begin at `first`: `N` elements of row i from byte `byte` on, as
/// they are stored.
template <FloatType kType, int N, Method kMethod, class Ids>
class SegmentRows {
 public:
  static constexpr bool kAllAtOnce = true;

  __device__ __forceinline__ SegmentRows(const detail::TableRule& table, const Ids& ids,
                                         std::int64_t first, std::uint64_t byte)
      : table_(table), ids_(ids), rows_(table, byte), first_(first) {}

  __device__ __forceinline__ auto operator()(std::int64_t i) const {
    const auto elements = load_elements<kType, N>(ids_.row(rows_, first_ + i));
    if constexpr (may_clip(kMethod)) {
      const bool clips = Ids::kOneTable || table_.clips;
      const float norm = clips ? ids_.norms[first_ + i] : 0.0F;
      const ClippedElements<kType, N> clipped{elements, norm, table_.max_norm, clips};
      if constexpr (kMethod == Method::weigh) {
        const float weight = table_.weighted ? ids_.weights[first_ + i].weight : 1.0F;
        return WeightedElements<kType, N>{clipped, weight, table_.weighted};
      } else {
        return clipped;
      }
    } else {
      return elements;
    }
  }

 private:
  const detail::TableRule& table_;
  const Ids& ids_;
  TableRows rows_;
  std::int64_t first_;
};

/// How rows are combined: the products of weighted ones are added first, and then divided.
template <Method kMethod>
__device__ __forceinline__ Combiner combiner_of(const detail::TableRule& table) {
  return kMethod == Method::weigh && table.weighted ? Combiner::sum : table.combiner;
}

/// What becomes of the rows of a segment, whose ids begin at `first`, once they are combined so.
template <Method kMethod, int N, class Ids>
__device__ __forceinline__ Floats<N> finish_rows(const detail::TableRule& table, const Ids& ids,
                                                 std::int64_t first, const Floats<N>& total) {
  if constexpr (kMethod == Method::weigh) {
    if (table.weighted) {
      return finish_weighted(table.combiner, ids.weights[first].divisor, total);
    }
  }
  return total;
}

/// Fills a tile, a vector a thread at a time.
template <FloatType kType, int N, Method kMethod, class TableOf, class Ids>
__device__ __forceinline__ void combine_tile(const SegmentTable& segments, unsigned count,
                                             const Tile& tile, const VectorMap& map,
                                             const TableOf& table_of, const Ids& ids,
                                             const Output& out) {
  for (VectorCursor cursor(tile.vectors, 1); cursor.at.slot < count; cursor.next()) {
    const Tile::Source from = tile.source(cursor.at, map);
    const std::int64_t n = segments.count[from.segment];
    if (n == kLongSegment) continue;
    const detail::TableRule& table = table_of(from.segment - cursor.at.slot * tile.segments);
    const std::int64_t first = segments.first[from.segment];
    const SegmentRows<kType, N, kMethod, Ids> rows(table, ids, first, from.byte);
    Floats<N> value = combine(combiner_of<kMethod>(table), n, rows);
    if (n > 0) value = finish_rows<kMethod>(table, ids, first, value);
    store_floats(tile.place(cursor.at, out), value, out.type, out.streaming);
  }
}

/// True, for the whole warp, if the tables of all columns have one type.
template <class TableOf>
__device__ bool one_type(unsigned columns, const TableOf& table_of) {
  const unsigned lane = threadIdx.x % 32;
  const unsigned type = lane < columns ? 1U << static_cast<unsigned>(table_of(lane).type) : 0;
  const unsigned types = __reduce_or_sync(0xffffffff, type);
  return (types & (types - 1)) == 0;
}

/// Fills the slots of a block with the rows of a group of `columns` columns; all threads take part.
/// `single` tells that no segment has more than one value.
template <Method kMethod, class TableOf, class Ids>
__device__ __forceinline__ void combine_rows(const SegmentTable& segments, unsigned count,
                                             unsigned columns, VectorMap& map,
                                             const TableOf& table_of, const Ids& ids,
                                             const Output& out, bool single) {
  // Tables of several types are written one after another.
  const unsigned step = columns == 1 || one_type(columns, table_of) ? columns : 1;
  std::int64_t before = 0;
#pragma unroll 1
  for (unsigned c = 0; c < columns; c += step) {
    Output slice = out;
    slice.data = out.data + (before << log_size_of(out.type));
    const bool copies = !may_clip(kMethod) && single && table_of(c).type == out.type;
    const Tile tile = cut_tile(columns, c, step, table_of, slice, copies ? kCopied : kAdded);
    if (step > 1) {
      map_vectors(tile, table_of, map);
      __syncthreads();
    }
    if (copies) {
      copy_tile(segments, count, tile, map, slice);
    } else {
      with_vectors<kAdded>(tile, [&]<FloatType kType, int N>() {
        combine_tile<kType, N, kMethod>(segments, count, tile, map, table_of, ids, slice);
      });
    }
    before += table_of(c).dim;
  }
}

/// The same for a kernel that copies, if it meets segments of several values all the same: a graph
/// captured over a batch of single values may be replayed over another. A warp takes a segment and
/// a lane an element, which needs few registers and is slow.
template <class TableOf, class Ids>
__device__ __forceinline__ void combine_elements(const SegmentTable& segments, unsigned count,
                                                 unsigned columns, const TableOf& table_of,
                                                 const Ids& ids, const Output& out) {
  for (unsigned s = threadIdx.x / 32; s < count * columns; s += kWarps) {
    const unsigned slot = small_quotient(s, columns);
    const unsigned column = s - slot * columns;
    unsigned char* to = out.data + static_cast<std::uint64_t>(out.slot_bytes) * slot;
    for (unsigned before = 0; before < column; ++before) {
      to += table_of(before).dim << log_size_of(out.type);
    }
    const detail::TableRule& table = table_of(column);
    const unsigned log_size = log_size_of(table.type);
    for (std::int64_t d = threadIdx.x % 32; d < table.dim; d += 32) {
      const TableRows rows(table, static_cast<std::uint64_t>(d) << log_size);
      const auto element = [&](std::int64_t i) {
        return Floats<1>{load_element(ids.row(rows, segments.first[s] + i), table.type)};
      };
      store_floats(to + (d << log_size_of(out.type)),
                   combine(table.combiner, segments.count[s], element), out.type, out.streaming);
    }
  }
}

}  // namespace seqfeat::cuda
