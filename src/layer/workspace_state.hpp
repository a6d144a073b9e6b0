// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend_impl.hpp"
#include "layer/measure.hpp"
#include "seqfeat/batch.hpp"

namespace seqfeat::detail {

/// What a workspace that trains knows of the batch computed last.
enum class Contributions : std::uint8_t {
  none,
  kept,
  grouped,
  grouped_in_capture,  ///< Each replay of the graph groups; a call outside of it has not.
};

/// A pinned arena and the event that says when its copy has passed.
struct Arena {
  Buffer memory;
  std::unique_ptr<Event> copied;
};

struct WorkspaceState {
  WorkspaceState(const Backend& backend, const Plan& plan, Stream stream);
  WorkspaceState(const WorkspaceState&) = delete;
  WorkspaceState& operator=(const WorkspaceState&) = delete;
  WorkspaceState(WorkspaceState&&) = delete;
  WorkspaceState& operator=(WorkspaceState&&) = delete;
  ~WorkspaceState();

  /// The arena to pack into next; waits until its last copy has passed.
  Arena& next_arena();

  /// Where kernels find the batch, which begins with its header, and scratch memory.
  [[nodiscard]] std::byte* arena_target(const Arena& arena) const noexcept;
  [[nodiscard]] void* scratch() const;
  /// Memory that training keeps from op to op.
  [[nodiscard]] void* training_scratch() const;
  void forget_contributions() noexcept { contributions = Contributions::none; }

  Backend backend;
  Plan plan;
  Stream last_used;  // one stream at a time uses a workspace, so the others' work is done before
  std::vector<Arena> arenas;
  std::size_t next = 0;
  Buffer memory;                  // [arena, if on a device][scratch][training]
  BatchHeader* header = nullptr;  // of the batch packed last, where kernels see it
  MeasuredBatch measured;         // the batch packed last, and
  bool foreign = false;           // its features were on a device
  std::int64_t ids = 0;           // how many it has at most
  bool nested = false;            // some of them has step offsets
  bool single = false;            // all of them have one value a step
  Contributions contributions = Contributions::none;
  std::shared_ptr<const std::vector<std::string>> names;  // of the columns, for messages
};

/// Where the parts of a workspace's memory begin.
struct WorkspaceLayout {
  std::int64_t scratch = 0;
  std::int64_t training = 0;
  std::int64_t bytes = 0;
};
[[nodiscard]] WorkspaceLayout workspace_layout(bool on_device, std::int64_t arena_bytes,
                                               std::int64_t scratch_bytes,
                                               std::int64_t training_bytes);

}  // namespace seqfeat::detail
