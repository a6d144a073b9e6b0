// SPDX-License-Identifier: Apache-2.0
#include <iterator>
#include <numeric>

#include "backend/backend_impl.hpp"
#include "layer/batch_state.hpp"

namespace seqfeat::detail {
namespace {

/// What stands in the backend's memory, for the host to read: a copy, unless it is the host's.
class HostCopy {
 public:
  HostCopy(const Backend& backend, const void* from, std::int64_t bytes, Stream stream)
      : data_(from) {
    if (!backend.on_device()) return;
    bytes_.resize(static_cast<std::size_t>(bytes));
    data_ = bytes_.data();
    backend.copy(bytes_.data(), from, bytes, stream);
    backend.synchronize(stream);
  }
  [[nodiscard]] const void* data() const noexcept { return data_; }

 private:
  const void* data_;
  std::vector<std::byte> bytes_;
};

std::int64_t bytes_of(const Offsets& offsets) noexcept {
  return offsets.count * (offsets.wide ? 8 : 4);
}

/// Ids of the kept steps, with offsets that start at 0.
ColumnIds collect(const std::string& name, const BatchFeature& feature, PadRule rule,
                  const std::int64_t* ids) {
  const RaggedView& view = feature.view;
  ColumnIds out{name, {}, {0}, {0}};
  out.row_offsets.reserve(static_cast<std::size_t>(view.rows()) + 1);
  out.step_offsets.reserve(static_cast<std::size_t>(view.steps()) + 1);
  out.ids.reserve(static_cast<std::size_t>(view.value_count));
  const bool one_each = view.step_offsets.absent() && view.values_per_step == 1;
  std::int64_t steps = 0;
  std::int64_t from = 0;  // of the values [from, to) of rows that follow each other, taken at once
  std::int64_t to = 0;
  const auto take = [&] { out.ids.insert(out.ids.end(), ids + from, ids + to); };
  for (std::int64_t row = 0; row < view.rows(); ++row) {
    const StepRange kept = kept_steps(feature, rule, row);
    if (kept.count > 0) {
      const std::int64_t begin = values_of_step(view, kept.begin).begin;
      if (begin != to) {
        take();
        from = begin;
      }
      const std::int64_t shift = std::ssize(out.ids) - from;
      const std::int64_t end = kept.begin + kept.count;
      for (std::int64_t step = kept.begin; !one_each && step < end; ++step) {
        const StepRange values = values_of_step(view, step);
        out.step_offsets.push_back(values.begin + values.count + shift);
      }
      const StepRange last = values_of_step(view, end - 1);
      to = last.begin + last.count;
      steps += kept.count;
    }
    out.row_offsets.push_back(steps);
  }
  take();
  if (one_each) {
    out.step_offsets.resize(out.ids.size() + 1);
    std::iota(out.step_offsets.begin(), out.step_offsets.end(), std::int64_t{0});
  }
  return out;
}

}  // namespace

void collect_ids(BatchState& batch, const CompiledColumns& columns, PadRule rule,
                 const BatchHeader* on_device, Stream stream) {
  const Backend& backend = batch.backend;
  const HostCopy header_copy(backend, on_device,
                             header_bytes(static_cast<std::int64_t>(columns.batch_features()),
                                          static_cast<std::int64_t>(columns.columns.size())),
                             stream);
  const HostCopy ids(backend, batch.outputs.ids, batch.sizes.ids * 8, stream);
  const auto* header = static_cast<const BatchHeader*>(header_copy.data());
  for (std::size_t c = 0; c < columns.columns.size(); ++c) {
    if (!has_ids(columns.data[c])) continue;
    BatchFeature feature = features_of(header)[columns.data[c].feature];
    // A ragged batch's features say that they are one row; exact ones agree on the batch's rows.
    if (feature.exact) feature.view.row_offsets = header->by_row.view.row_offsets;
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
