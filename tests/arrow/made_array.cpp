// SPDX-License-Identifier: Apache-2.0
#include "tests/arrow/made_array.hpp"

#include <atomic>
#include <memory>

namespace seqfeat::test {
namespace {

std::atomic<std::int64_t> live{0};

/// What a struct's private data holds.
template <class Struct>
struct Parts {
  std::string format;
  std::string name;
  std::vector<std::unique_ptr<std::byte[]>> memory;  // NOLINT(modernize-avoid-c-arrays)
  std::vector<const void*> buffers;
  std::vector<Struct> children;
  std::vector<Struct*> child_pointers;
  std::vector<Struct> dictionary;
};

template <class Struct>
void release(Struct* released) {
  const std::unique_ptr<Parts<Struct>> parts(static_cast<Parts<Struct>*>(released->private_data));
  for (auto* structs : {&parts->children, &parts->dictionary}) {
    for (Struct& child : *structs) {
      if (child.release != nullptr) child.release(&child);
    }
  }
  released->release = nullptr;
  --live;
}

/// What both structs have. `make` makes a child.
template <class Struct, class Make>
Struct with_parts(const MadeArray& made, std::unique_ptr<Parts<Struct>> parts, const Make& make) {
  Struct out{};
  for (const MadeArray& child : made.children) parts->children.push_back(make(child));
  for (Struct& child : parts->children) parts->child_pointers.push_back(&child);
  for (const MadeArray& entries : made.dictionary) parts->dictionary.push_back(make(entries));
  out.n_children = made.n_children.value_or(static_cast<std::int64_t>(made.children.size()));
  out.children = parts->child_pointers.empty() ? nullptr : parts->child_pointers.data();
  out.dictionary = parts->dictionary.empty() ? nullptr : parts->dictionary.data();
  out.release = release<Struct>;
  out.private_data = parts.release();
  ++live;
  return out;
}

}  // namespace

std::int64_t live_structs() noexcept {
  return live;
}

ArrowArray array_of(const MadeArray& made) {
  auto parts = std::make_unique<Parts<ArrowArray>>();
  for (const MadeArray::Buffer& buffer : made.buffers) {
    parts->buffers.push_back(nullptr);
    if (!buffer) continue;
    parts->memory.emplace_back(new std::byte[buffer->size()]);
    if (!buffer->empty()) std::memcpy(parts->memory.back().get(), buffer->data(), buffer->size());
    parts->buffers.back() = parts->memory.back().get();
  }
  const void** const buffers = parts->buffers.empty() ? nullptr : parts->buffers.data();
  ArrowArray array = with_parts(made, std::move(parts), array_of);
  array.length = made.length;
  array.offset = made.offset;
  array.null_count = made.null_count;
  array.n_buffers = made.n_buffers.value_or(static_cast<std::int64_t>(made.buffers.size()));
  array.buffers = buffers;
  return array;
}

ArrowSchema schema_of(const MadeArray& made) {
  auto parts = std::make_unique<Parts<ArrowSchema>>();
  parts->format = made.format;
  parts->name = made.name;
  const Parts<ArrowSchema>& kept = *parts;
  ArrowSchema schema = with_parts(made, std::move(parts), schema_of);
  schema.format = kept.format.c_str();
  schema.name = kept.name.c_str();
  schema.flags = ARROW_FLAG_NULLABLE;
  return schema;
}

MadeArray::Buffer bitmap_of(const std::string& bits) {
  std::vector<std::uint8_t> bytes((bits.size() + 7) / 8);
  for (std::size_t i = 0; i < bits.size(); ++i) {
    if (bits[i] == '1') bytes[i / 8] = static_cast<std::uint8_t>(bytes[i / 8] | 1U << i % 8);
  }
  return buffer_of(bytes);
}

}  // namespace seqfeat::test
