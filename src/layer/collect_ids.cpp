// SPDX-License-Identifier: Apache-2.0
#include "backend/backend_impl.hpp"
#include "layer/batch_state.hpp"

namespace seqfeat::detail {
namespace {

/// A copy on the host of what stands in the backend's memory.
class HostCopy {
 public:
  HostCopy(const Backend& backend, const void* from, std::int64_t bytes, Stream stream)
      : bytes_(static_cast<std::size_t>(bytes)) {
    backend.copy(bytes_.data(), from, bytes, stream);
    backend.synchronize(stream);
  }
  [[nodiscard]] const void* data() const noexcept { return bytes_.data(); }

 private:
  std::vector<std::byte> bytes_;
};

std::int64_t bytes_of(const Offsets& offsets) noexcept {
  return offsets.count * (offsets.wide ? 8 : 4);
}

/// Ids of the kept steps, with offsets that start at 0.
ColumnIds collect(const std::string& name, const BatchFeature& feature, PadRule rule,
                  const std::int64_t* ids) {
  ColumnIds out{name, {}, {0}, {0}};
  for (std::int64_t row = 0; row < feature.view.rows(); ++row) {
    const StepRange kept = kept_steps(feature, rule, row);
    for (std::int64_t s = kept.begin; s < kept.begin + kept.count; ++s) {
      const StepRange values = values_of_step(feature.view, s);
      out.ids.insert(out.ids.end(), ids + values.begin, ids + values.begin + values.count);
      out.step_offsets.push_back(static_cast<std::int64_t>(out.ids.size()));
    }
    out.row_offsets.push_back(static_cast<std::int64_t>(out.step_offsets.size()) - 1);
  }
  return out;
}

}  // namespace

void collect_ids(BatchState& batch, const CompiledColumns& columns, PadRule rule,
                 const std::byte* header_target, Stream stream) {
  const Backend& backend = batch.backend;
  const HostCopy header_copy(backend, header_target,
                             header_bytes(static_cast<std::int64_t>(columns.features.size()),
                                          static_cast<std::int64_t>(columns.columns.size())),
                             stream);
  const HostCopy ids(backend, batch.outputs.ids, batch.shape.ids * 8, stream);
  const auto* header = static_cast<const BatchHeader*>(header_copy.data());
  for (std::size_t c = 0; c < columns.columns.size(); ++c) {
    BatchFeature feature = features_of(header)[columns.data[c].feature];
    const HostCopy rows(backend, feature.view.row_offsets.data, bytes_of(feature.view.row_offsets),
                        stream);
    const HostCopy steps(backend, feature.view.step_offsets.data,
                         bytes_of(feature.view.step_offsets), stream);
    feature.view.row_offsets.data = rows.data();
    if (!feature.view.step_offsets.absent()) feature.view.step_offsets.data = steps.data();
    batch.column_ids.push_back(
        collect(columns.names[c], feature, rule,
                static_cast<const std::int64_t*>(ids.data()) + first_ids_of(header)[c]));
  }
}

}  // namespace seqfeat::detail
