// SPDX-License-Identifier: Apache-2.0
// The handlers: python/seqfeat/jax registers and calls them, and seqfeat.h says what each one gets.
#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "abi/xla/frame.hpp"
#include "abi/xla/instances.hpp"
#include "backend/concat.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/seqfeat.h"

namespace seqfeat::xla {
namespace {

using detail::concat;

/// Whether a call runs on the host or on the device that XLA names.
enum class Platform { host, device };

Purpose purpose_of(const Frame& frame, Platform platform, bool trains) {
  Purpose purpose{std::string(frame.text("spec")),
                  {frame.integer("rows"), frame.integer("steps"), frame.integer("values"),
                   frame.integer("bytes")},
                  trains};
  if (platform == Platform::device) {
    purpose.ordinal = frame.device_ordinal();
    purpose.stream = frame.stream();
  }
  return purpose;
}

FloatType float_type_of(ElementType type) {
  switch (type) {
    case ElementType::float32:
      return FloatType::float32;
    case ElementType::float16:
      return FloatType::float16;
    case ElementType::bfloat16:
      return FloatType::bfloat16;
    default:
      throw InvalidArgument(concat("table: got XLA's type ", static_cast<std::uint32_t>(type),
                                   ", expected float32, float16 or bfloat16"));
  }
}

/// The arguments from `first` on, and before `end`. The layer checks the shapes.
std::vector<TableView> tables_of(const Frame& frame, std::int64_t first, std::int64_t end) {
  std::vector<TableView> tables;
  for (std::int64_t i = first; i < end; ++i) {
    const FfiBuffer& table = frame.argument(i);
    const void* const data = elements(table, concat("argument ", i), table.type, {-1, -1});
    tables.push_back({data, table.dims[0], table.dims[1], 0, float_type_of(table.type)});
  }
  return tables;
}

const std::byte* batch_of(const Frame& frame, const Instance& instance) {
  return static_cast<const std::byte*>(elements(frame.argument(0), "argument 0, the batch",
                                                ElementType::uint8, {instance.batch_bytes()}));
}

/// An instance with these tables. If something is thrown it is not used again.
class Call {
 public:
  Call(const Purpose& purpose, const std::vector<TableView>& tables)
      : instance_(Instances::all().take(purpose, tables)) {
    instance_->bind(tables);
  }
  [[nodiscard]] Instance* operator->() const noexcept { return instance_.get(); }
  [[nodiscard]] Instance& operator*() const noexcept { return *instance_; }
  void finish() { Instances::all().give_back(std::move(instance_)); }

 private:
  std::unique_ptr<Instance> instance_;
};

template <Platform platform>
void forward(const Frame& frame) {
  Call call(purpose_of(frame, platform, false), tables_of(frame, 1, frame.arguments()));
  const std::int64_t rows = call->purpose().capacity.rows;
  const std::int64_t steps = call->padded_steps();
  Outputs outputs;
  outputs.values = elements(frame.result(0), "result 0, the values", ElementType::float32,
                            {rows, steps, call->layer().dim()});
  outputs.lengths = static_cast<std::int64_t*>(
      elements(frame.result(1), "result 1, the lengths", ElementType::uint32, {rows, 2}));
  outputs.mask = static_cast<std::uint8_t*>(
      elements(frame.result(2), "result 2, the mask", ElementType::boolean, {rows, steps}));
  call->forward(batch_of(frame, *call), outputs);
  call.finish();
}

/// The gradients of all trained tables; `write` puts one of them into the results. Tables end
/// before the argument `end`.
template <Platform platform, class Write>
void backward(const Frame& frame, std::int64_t end, const Write& write) {
  Call call(purpose_of(frame, platform, true), tables_of(frame, 2, end));
  const auto* const gradient = static_cast<const float*>(
      elements(frame.argument(1), "argument 1, the gradient", ElementType::float32,
               {call->purpose().capacity.rows, call->padded_steps(), call->layer().dim()}));
  const SparseGradient& gradients = call->backward(batch_of(frame, *call), gradient);
  for (std::size_t t = 0; t < gradients.tables().size(); ++t) {
    write(*call, gradients.tables()[t], static_cast<std::int64_t>(t));
  }
  call.finish();
}

/// Results: of each trained table its gradient [rows, D]. Each stands where an argument of zeros
/// stood, since XLA fills memory with all its threads: only rows of ids of the batch are written.
void dense(const Frame& frame) {
  const std::int64_t zeros = frame.arguments() - frame.results();
  const auto write = [&](const Instance& used, const SparseTable& table, std::int64_t t) {
    const std::int64_t rows = used.layer().table(table.table).rows;
    auto* const to = static_cast<float*>(
        elements(frame.result(t), concat("result ", t), ElementType::float32, {rows, table.dim}));
    if (frame.argument(zeros + t).data != to) {
      throw InvalidArgument(concat("result ", t, ": expected it in the place of argument ",
                                   zeros + t, ", which holds zeros"));
    }
    for (std::int64_t i = 0; i < *table.count; ++i) {
      std::memcpy(to + table.ids[i] * table.dim, table.rows + i * table.dim,
                  static_cast<std::size_t>(table.dim * 4));
    }
  };
  backward<Platform::host>(frame, zeros, write);
}

/// Results: of each trained table its ids [n, 2], their rows [n, D] and their number [1, 2], all
/// integers as two halves of 32 bits. Room that is not needed is left as it is.
template <Platform platform>
void sparse(const Frame& frame) {
  const auto write = [&](const Instance& used, const SparseTable& table, std::int64_t t) {
    const FfiBuffer& ids = frame.result(3 * t);
    void* const to_ids = elements(ids, concat("result ", 3 * t), ElementType::uint32, {-1, 2});
    void* const to_rows = elements(frame.result(3 * t + 1), concat("result ", 3 * t + 1),
                                   ElementType::float32, {ids.dims[0], table.dim});
    void* const to_count = elements(frame.result(3 * t + 2), concat("result ", 3 * t + 2),
                                    ElementType::uint32, {1, 2});
    const std::int64_t room = std::min(ids.dims[0], table.capacity);
    const Backend& backend = used.layer().backend();
    const Stream stream = used.purpose().stream;
    backend.copy(to_ids, table.ids, room * 8, stream);
    backend.copy(to_rows, table.rows, room * table.dim * 4, stream);
    backend.copy(to_count, table.count, 8, stream);
  };
  backward<platform>(frame, frame.arguments(), write);
}

/// XLA's own structures are those of ffi.hpp.
struct XLA_FFI_Error* run(struct XLA_FFI_CallFrame* frame, void (*work)(const Frame&)) noexcept {
  return reinterpret_cast<struct XLA_FFI_Error*>(handle(reinterpret_cast<CallFrame*>(frame), work));
}

}  // namespace
}  // namespace seqfeat::xla

using seqfeat::xla::Platform;

struct XLA_FFI_Error* seqfeat_xla_forward(struct XLA_FFI_CallFrame* frame) {
  return seqfeat::xla::run(frame, &seqfeat::xla::forward<Platform::host>);
}

struct XLA_FFI_Error* seqfeat_xla_forward_cuda(struct XLA_FFI_CallFrame* frame) {
  return seqfeat::xla::run(frame, &seqfeat::xla::forward<Platform::device>);
}

struct XLA_FFI_Error* seqfeat_xla_gradient(struct XLA_FFI_CallFrame* frame) {
  return seqfeat::xla::run(frame, &seqfeat::xla::dense);
}

struct XLA_FFI_Error* seqfeat_xla_sparse_gradient(struct XLA_FFI_CallFrame* frame) {
  return seqfeat::xla::run(frame, &seqfeat::xla::sparse<Platform::host>);
}

struct XLA_FFI_Error* seqfeat_xla_sparse_gradient_cuda(struct XLA_FFI_CallFrame* frame) {
  return seqfeat::xla::run(frame, &seqfeat::xla::sparse<Platform::device>);
}
