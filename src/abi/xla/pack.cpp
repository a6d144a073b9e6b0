// SPDX-License-Identifier: Apache-2.0
// Batches for the handlers.
#include "abi/convert.hpp"
#include "abi/guard.hpp"
#include "abi/handles.hpp"
#include "abi/xla/packed.hpp"
#include "backend/sizes.hpp"

using seqfeat::abi::guarded;
using seqfeat::abi::require;
using seqfeat::xla::PackedLayout;

namespace {

PackedLayout layout_of(const seqfeat_layer& layer, const seqfeat_packed_capacity* capacity) {
  require(capacity, "capacity");
  return {layer.layer.columns(),
          {capacity->rows, capacity->steps, capacity->values, capacity->bytes}};
}

}  // namespace

seqfeat_status seqfeat_packed_bytes(const seqfeat_layer* layer,
                                    const seqfeat_packed_capacity* capacity, int64_t* out) {
  return guarded([&] {
    require(layer, "layer");
    require(out, "out");
    *out = layout_of(*layer, capacity).bytes();
  });
}

seqfeat_status seqfeat_layer_pack_batch(const seqfeat_layer* layer,
                                        const seqfeat_features* features,
                                        const seqfeat_packed_capacity* capacity, int64_t shards,
                                        void* batch, seqfeat_sizes* sizes) {
  return guarded([&] {
    require(layer, "layer");
    require(batch, "batch");
    const seqfeat::Features views = seqfeat::abi::to_features(features);
    const seqfeat::BatchSizes measured = layer->layer.measure(views);
    const PackedLayout layout = layout_of(*layer, capacity);
    const std::int64_t rows = layout.capacity().rows;
    const auto most = seqfeat::detail::product({rows, shards});
    if (most && measured.rows > *most) {
      throw seqfeat::InvalidArgument(seqfeat::detail::concat(
          "capacity: the batch has ", measured.rows, " rows, expected at most ", rows,
          shards == 1 ? "" : seqfeat::detail::concat(" in each of ", shards, " shards"),
          "; make smaller batches, or give the capacity more rows"));
    }
    for (std::int64_t shard = 0; shard < shards; ++shard) {
      layout.pack(views, shard * rows, static_cast<std::byte*>(batch) + shard * layout.bytes());
    }
    if (sizes != nullptr) *sizes = seqfeat::abi::from_sizes(measured);
  });
}
