// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "backend/backend_impl.hpp"
#include "seqfeat/backend.hpp"

// A device whose streams are queues: nothing runs before the test says so, so that a test chooses
// how far copies and kernels have got when the host goes on. The ops are those of the CPU.

namespace seqfeat::test {

/// Work in its order. A piece may wait for another queue, which then runs as far as that needs.
class WorkQueue {
 public:
  [[nodiscard]] Stream stream() noexcept {
    return Stream(reinterpret_cast<CUstream_st*>(this));  // never looked into but by of()
  }
  [[nodiscard]] static WorkQueue& of(Stream stream) noexcept {
    return *reinterpret_cast<WorkQueue*>(stream.handle());
  }

  void add(std::function<void()> work) { work_.push_back(std::move(work)); }
  [[nodiscard]] std::int64_t added() const noexcept { return done_ + std::ssize(work_); }
  [[nodiscard]] std::int64_t done() const noexcept { return done_; }

  /// Runs what was added first; false if there is nothing.
  bool run_one() {
    if (work_.empty()) return false;
    const std::function<void()> work = std::move(work_.front());
    work_.pop_front();
    work();
    ++done_;
    return true;
  }
  void run_until(std::int64_t done) {
    while (done_ < done && run_one()) {
    }
  }
  void run_all() {
    while (run_one()) {
    }
  }

 private:
  std::deque<std::function<void()>> work_;
  std::int64_t done_ = 0;
};

/// A point in a queue.
class QueueEvent final : public detail::Event {
 public:
  void record(Stream stream) override {
    queue_ = &WorkQueue::of(stream);
    position_ = queue_->added();
  }
  [[nodiscard]] bool passed() const override {
    return queue_ == nullptr || queue_->done() >= position_;
  }
  void wait() const override {
    if (queue_ != nullptr) queue_->run_until(position_);
  }
  /// Makes what `waiting` is given from here on wait for this point.
  void hold_back(WorkQueue& waiting) const {
    waiting.add([event = *this] { event.wait(); });
  }

  QueueEvent() = default;
  QueueEvent(const QueueEvent& other) : queue_(other.queue_), position_(other.position_) {}

 private:
  WorkQueue* queue_ = nullptr;
  std::int64_t position_ = 0;
};

/// Memory that is given back in the order of a queue. It is overwritten then, so that work which
/// still reads it shows.
class QueuedMemory final : public MemoryResource {
 public:
  void* allocate(std::int64_t bytes, std::int64_t /*alignment*/, Stream stream) override {
    return blocks_.emplace_back(host_memory_resource(), bytes, stream).data();
  }
  void deallocate(void* pointer, std::int64_t bytes, std::int64_t /*alignment*/,
                  Stream stream) noexcept override {
    WorkQueue::of(stream).add([=] { std::memset(pointer, 0xdd, static_cast<std::size_t>(bytes)); });
  }

 private:
  std::deque<Buffer> blocks_;
};

class QueuedBackend final : public detail::BackendImpl {
 public:
  /// Without `memory`, that of the CPU.
  explicit QueuedBackend(std::shared_ptr<MemoryResource> memory = nullptr)
      : memory_(memory != nullptr ? std::move(memory) : cpu_.memory()) {}

  [[nodiscard]] std::string name() const override { return "queued"; }
  [[nodiscard]] std::string description() const override { return "a device of the test's"; }
  [[nodiscard]] bool on_device() const noexcept override { return true; }
  [[nodiscard]] const std::shared_ptr<MemoryResource>& memory() const noexcept override {
    return memory_;
  }
  [[nodiscard]] const std::shared_ptr<MemoryResource>& staging() const noexcept override {
    return memory_;
  }
  [[nodiscard]] bool can_read(const void* /*pointer*/) const override { return false; }
  void copy(void* to, const void* from, std::int64_t bytes, Stream stream) const override {
    add(stream, [=] { std::memcpy(to, from, static_cast<std::size_t>(bytes)); });
  }
  void synchronize(Stream stream) const override { WorkQueue::of(stream).run_all(); }
  [[nodiscard]] std::unique_ptr<detail::Event> make_event() const override {
    return std::make_unique<QueueEvent>();
  }
  void check_stream(Stream /*stream*/) const override {}
  [[nodiscard]] Stream own_stream() const noexcept override { return own_->stream(); }

  void hash(const detail::HashArgs& args, Stream stream) const override {
    add(stream, [this, args] { cpu_.impl().hash(args, kHostStream); });
  }
  void map(const detail::MapArgs& args, Stream stream) const override {
    add(stream, [this, args] { cpu_.impl().map(args, kHostStream); });
  }
  void lookup(const detail::LookupArgs& args, Stream stream) const override {
    add(stream, [this, args] { cpu_.impl().lookup(args, kHostStream); });
  }
  void sequence_features(const detail::LayerArgs& args, const detail::TrainingArgs* /*training*/,
                         Stream stream) const override {
    add(stream, [this, args] { cpu_.impl().sequence_features(args, nullptr, kHostStream); });
  }
  [[nodiscard]] std::int64_t scratch_bytes(
      const detail::LayerShape& shape) const noexcept override {
    return cpu_.impl().scratch_bytes(shape);
  }

 private:
  static void add(Stream stream, std::function<void()> work) {
    WorkQueue::of(stream).add(std::move(work));
  }
  Backend cpu_ = Backend::cpu();
  std::shared_ptr<MemoryResource> memory_;
  std::unique_ptr<WorkQueue> own_ = std::make_unique<WorkQueue>();
};

}  // namespace seqfeat::test
