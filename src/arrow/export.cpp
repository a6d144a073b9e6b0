// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "arrow/moved.hpp"
#include "seqfeat/arrow.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat {
namespace {

/// One level of what is exported: its type and its memory.
struct Level {
  std::string format;
  const char* name = "";
  std::int64_t length = 0;
  std::array<const void*, 3> buffers{};  // of which the first is a validity bitmap: there are none
  std::int64_t buffer_count = 0;
};

/// What a struct that we made keeps for its life: for a parent this is the child's struct, too. A
/// consumer may move the child away and release it later than the parent: it has parts of its own.
template <class Struct>
struct Parts {
  std::shared_ptr<const void> owner;
  Level level;
  Struct child{};
  std::array<Struct*, 1> children{&child};
};

template <class Struct>
void release(Struct* released) {
  const std::unique_ptr<Parts<Struct>> parts(static_cast<Parts<Struct>*>(released->private_data));
  if (parts->child.release != nullptr) parts->child.release(&parts->child);
  released->release = nullptr;
}

/// Makes the struct of the first level, whose child is the next one.
template <class Struct>
Struct make(std::span<const Level> levels, const std::shared_ptr<const void>& owner) {
  auto parts = std::make_unique<Parts<Struct>>();
  parts->owner = owner;
  parts->level = levels.front();
  const bool has_child = levels.size() > 1;
  Struct made{};
  made.n_children = has_child ? 1 : 0;
  made.children = has_child ? parts->children.data() : nullptr;
  if constexpr (std::is_same_v<Struct, ArrowArray>) {
    made.length = parts->level.length;
    made.n_buffers = parts->level.buffer_count;
    made.buffers = parts->level.buffers.data();
  } else {
    made.format = parts->level.format.c_str();
    made.name = parts->level.name;
    made.flags = ARROW_FLAG_NULLABLE;
  }
  if (has_child) parts->child = make<Struct>(levels.subspan(1), owner);
  made.private_data = parts.release();
  made.release = release<Struct>;
  return made;
}

Level lists(const Offsets& offsets, const char* name) {
  return {offsets.wide ? "+L" : "+l", name, offsets.count - 1, {nullptr, offsets.data}, 2};
}

Level values(const RaggedView& batch, const char* name) {
  // Arrays without elements get pointers too: not every consumer takes null for "nothing".
  static constexpr std::int64_t kNothing = 0;
  const auto or_nothing = [](const void* data) { return data == nullptr ? &kNothing : data; };
  const void* const data = or_nothing(batch.data);
  if (batch.dtype == DType::string) {
    const Offsets& ends = batch.byte_offsets;
    return {ends.absent() || ends.wide ? "Z" : "z",
            name,
            batch.value_count,
            {nullptr, or_nothing(ends.data), data},
            3};
  }
  constexpr std::string_view kFormats = "csilCSILfg";  // in the order of DType
  const auto type = static_cast<std::size_t>(batch.dtype) - static_cast<std::size_t>(DType::int8);
  return {std::string(1, kFormats[type]), name, batch.value_count, {nullptr, data}, 2};
}

/// The levels of a batch, outermost first. Consumers expect the children of lists to be "item"s.
std::vector<Level> levels_of(const RaggedView& batch) {
  constexpr const char* kItem = "item";
  std::vector<Level> levels{lists(batch.row_offsets, "")};
  if (!batch.step_offsets.absent()) {
    levels.push_back(lists(batch.step_offsets, kItem));
  } else if (batch.values_per_step != 1) {
    levels.push_back(
        {"+w:" + std::to_string(batch.values_per_step), kItem, batch.steps(), {nullptr}, 1});
  }
  levels.push_back(values(batch, kItem));
  return levels;
}

}  // namespace

void export_arrow(const RaggedView& batch, const std::shared_ptr<const void>& owner,
                  ArrowSchema* schema, ArrowArray* array) {
  if (schema == nullptr || array == nullptr) {
    throw InvalidArgument("export_arrow: got a null pointer for the schema or the array");
  }
  if (batch.location != Location::host) {
    throw InvalidArgument("export_arrow: the batch is on a device, expected host memory; copy it");
  }
  validate(batch, "batch");
  const std::vector<Level> levels = levels_of(batch);
  detail::Moved<ArrowSchema> made;
  *made.fill() = make<ArrowSchema>(levels, nullptr);
  *array = make<ArrowArray>(levels, owner);
  *schema = *made.fill();
  made.fill()->release = nullptr;
}

}  // namespace seqfeat
