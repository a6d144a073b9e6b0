// SPDX-License-Identifier: Apache-2.0
#include "backend/backend_impl.hpp"

#include <cstring>

#include "backend/concat.hpp"
#include "cpu/ops.hpp"
#include "cpu/pooled_memory.hpp"
#include "cpu/thread_pool.hpp"
#include "cpu/training.hpp"

namespace seqfeat::cpu {
namespace {

/// Work is done before a call returns, so an event has always passed.
class NoEvent final : public detail::Event {
 public:
  void record(Stream /*stream*/) override {}
  [[nodiscard]] bool passed() const override { return true; }
  void wait() const override {}
};

class CpuBackend final : public detail::BackendImpl {
 public:
  explicit CpuBackend(std::shared_ptr<MemoryResource> memory)
      : pool_(thread_count_from_environment()),
        memory_(memory != nullptr ? std::move(memory) : make_pooled_memory()) {
    static_cast<void>(detail::simd_in_use());  // a bad SEQFEAT_SIMD shows here rather than in an op
  }

  [[nodiscard]] std::string name() const override { return "cpu"; }
  [[nodiscard]] std::string description() const override {
    return detail::concat("cpu, ", pool_.threads(), pool_.threads() == 1 ? " thread" : " threads");
  }
  [[nodiscard]] bool on_device() const noexcept override { return false; }

  [[nodiscard]] const std::shared_ptr<MemoryResource>& memory() const noexcept override {
    return memory_;
  }
  [[nodiscard]] const std::shared_ptr<MemoryResource>& staging() const noexcept override {
    return memory_;
  }
  [[nodiscard]] bool can_read(const void* /*pointer*/) const override { return true; }
  void copy(void* to, const void* from, std::int64_t bytes, Stream /*stream*/) const override {
    std::memcpy(to, from, static_cast<std::size_t>(bytes));
  }
  void synchronize(Stream /*stream*/) const override {}
  [[nodiscard]] std::unique_ptr<detail::Event> make_event() const override {
    return std::make_unique<NoEvent>();
  }
  void check_stream(Stream /*stream*/) const override {}
  [[nodiscard]] Stream own_stream() const noexcept override { return kHostStream; }

  void hash(const detail::HashArgs& args, Stream /*stream*/) const override {
    cpu::hash(pool_, args);
  }
  void map(const detail::MapArgs& args, Stream /*stream*/) const override { cpu::map(pool_, args); }
  void lookup(const detail::LookupArgs& args, Stream /*stream*/) const override {
    cpu::lookup(pool_, args);
  }
  void sequence_features(const detail::LayerArgs& args, const detail::TrainingArgs* training,
                         Stream /*stream*/) const override {
    cpu::sequence_features(pool_, args);
    if (training != nullptr) cpu::keep_contributions(pool_, args, *training);
  }
  [[nodiscard]] std::int64_t scratch_bytes(
      const detail::LayerShape& shape) const noexcept override {
    return cpu::scratch_bytes(shape);
  }

  [[nodiscard]] bool trains() const noexcept override { return true; }
  [[nodiscard]] std::int64_t training_scratch_bytes(
      const detail::TrainingShape& shape) const override {
    return cpu::training_scratch_bytes(shape);
  }
  [[nodiscard]] bool is_capturing(Stream /*stream*/) const override { return false; }
  void group(const detail::TrainingArgs& args, Stream /*stream*/) const override {
    cpu::group(pool_, args);
  }
  void sum_gradients(const detail::TrainingArgs& args, const detail::GradientArgs& gradient,
                     const detail::SparseRows* tables, Stream /*stream*/) const override {
    cpu::sum_gradients(pool_, args, gradient, tables);
  }
  void update(const detail::TrainingArgs& args, const detail::GradientArgs& gradient,
              const detail::UpdateArgs& step, Stream /*stream*/) const override {
    cpu::update(pool_, args, gradient, step);
  }
  void weight_gradients(const detail::LayerArgs& layer, const detail::WeightGradientArgs& args,
                        Stream /*stream*/) const override {
    cpu::weight_gradients(pool_, layer, args);
  }
  void apply(const detail::AppliedRows& rows, const detail::UpdateArgs& step,
             Stream /*stream*/) const override {
    cpu::apply(pool_, rows, step);
  }

 private:
  mutable ThreadPool pool_;
  std::shared_ptr<MemoryResource> memory_;
};

}  // namespace
}  // namespace seqfeat::cpu

namespace seqfeat::detail {

std::shared_ptr<const BackendImpl> make_cpu_backend(std::shared_ptr<MemoryResource> memory) {
  return std::make_shared<cpu::CpuBackend>(std::move(memory));
}

}  // namespace seqfeat::detail
