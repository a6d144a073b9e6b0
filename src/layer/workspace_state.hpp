// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend_impl.hpp"
#include "layer/measure.hpp"
#include "seqfeat/batch.hpp"

namespace seqfeat::detail {

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

  Backend backend;
  Plan plan;
  Stream last_used;  // one stream at a time uses a workspace, so the others' work is done before
  std::vector<Arena> arenas;
  std::size_t next = 0;
  Buffer memory;                  // [arena, if on a device][scratch]
  BatchHeader* header = nullptr;  // of the batch packed last, where kernels see it
  MeasuredBatch measured;         // the batch packed last, and
  bool foreign = false;           // its features were on a device
  bool nested = false;            // some of them has step offsets
  std::shared_ptr<const std::vector<std::string>> names;  // of the columns, for messages
};

/// Where the parts of a workspace's memory begin.
struct WorkspaceLayout {
  std::int64_t scratch = 0;
  std::int64_t bytes = 0;
};
[[nodiscard]] WorkspaceLayout workspace_layout(bool on_device, std::int64_t arena_bytes,
                                               std::int64_t scratch_bytes);

}  // namespace seqfeat::detail
