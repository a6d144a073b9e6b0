// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string_view>

#include "backend/concat.hpp"
#include "backend/sizes.hpp"
#include "layer/workspace_state.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat {
namespace detail {
namespace {

/// What a fault means, for people; in the order of the enumerators.
constexpr std::array<std::string_view, 10> kMeanings{
    "unknown fault",
    "row_offsets decrease or leave the steps",
    "step_offsets decrease or leave the values",
    "byte_offsets decrease or leave the bytes",
    "its length is not that of the first column; all columns of a layer need equal lengths",
    "it has more steps than max_length; set truncation to keep_first or keep_last",
    "its id is past the end of the table; give the column a default_value, or more buckets",
    "it has more numbers than the column's shape; change the shape, or give the step fewer",
    "it has another number of weights than of values; give each value one",
    "its number of crossed values is not the product of its features' values"};
static_assert(kMeanings.size() == static_cast<std::size_t>(Fault::cross_size) + 1);

}  // namespace

WorkspaceLayout workspace_layout(bool on_device, std::int64_t arena_bytes,
                                 std::int64_t scratch_bytes, std::int64_t training_bytes) {
  constexpr std::int64_t kAlignment = Buffer::kAlignment;
  WorkspaceLayout layout;
  const auto after = [](std::int64_t at, std::int64_t bytes) {
    std::int64_t end = 0;
    const auto rounded = round_up(bytes, kAlignment);
    if (!rounded || __builtin_add_overflow(at, *rounded, &end)) {
      throw InvalidArgument("capacity: the workspace's bytes overflow int64");
    }
    return end;
  };
  layout.scratch = after(0, on_device ? arena_bytes : 0);
  layout.training = after(layout.scratch, scratch_bytes);
  layout.bytes = after(layout.training, training_bytes);
  return layout;
}

WorkspaceState::WorkspaceState(const Backend& b, const Plan& p, Stream stream)
    : backend(b), plan(p), last_used(stream), memory(b.memory(), p.workspace_bytes, stream) {
  // Without a device nothing is ever under way when the next batch is packed.
  const int count = backend.on_device() ? 2 : 1;
  for (int i = 0; i < count; ++i) {
    arenas.push_back(
        {Buffer(backend.impl().staging(), plan.arena_bytes, stream), backend.impl().make_event()});
  }
}

WorkspaceState::~WorkspaceState() {
  memory.give_back_on(last_used);
  for (Arena& arena : arenas) arena.memory.give_back_on(last_used);
}

Arena& WorkspaceState::next_arena() {
  Arena& arena = arenas[next];
  next = (next + 1) % arenas.size();
  arena.copied->wait();
  return arena;
}

std::byte* WorkspaceState::arena_target(const Arena& arena) const noexcept {
  return backend.on_device() ? memory.as<std::byte>() : arena.memory.as<std::byte>();
}

void* WorkspaceState::scratch() const {
  const std::int64_t at = workspace_layout(backend.on_device(), plan.arena_bytes, 0, 0).scratch;
  return memory.as<std::byte>() + at;
}

void* WorkspaceState::training_scratch() const {
  return memory.as<std::byte>() + plan.training_offset;
}

}  // namespace detail

Workspace::Workspace(const Backend& backend, const Plan& plan, Stream stream)
    : state_(std::make_unique<detail::WorkspaceState>(backend, plan, stream)) {}
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;
Workspace::~Workspace() = default;

const Plan& Workspace::plan() const noexcept {
  return state_->plan;
}

bool Workspace::ready() const {
  return state_->arenas[state_->next].copied->passed();
}

void Workspace::check(Stream stream) const {
  if (state_->header == nullptr) return;
  std::uint64_t word = 0;
  state_->backend.copy(&word, &state_->header->status, sizeof word, stream);
  state_->backend.synchronize(stream);
  if (word == detail::kStatusOk) return;
  const auto [index, row, step, fault] = detail::status_of(word);
  const auto column = static_cast<std::size_t>(index);
  const auto kind = static_cast<std::size_t>(fault);
  const std::string name = state_->names != nullptr && column < state_->names->size()
                               ? (*state_->names)[column]
                               : detail::concat("#", column);
  throw DataError(detail::concat("column '", name, "', row ", row, ", step ", step, ": ",
                                 detail::kMeanings.at(kind < detail::kMeanings.size() ? kind : 0)));
}

void Workspace::status_async(std::uint64_t* pinned, Stream stream) const {
  if (state_->header == nullptr) throw InvalidArgument("workspace: nothing was packed into it yet");
  state_->last_used = stream;
  state_->backend.copy(pinned, &state_->header->status, sizeof *pinned, stream);
}

}  // namespace seqfeat
