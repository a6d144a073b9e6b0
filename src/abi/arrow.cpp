// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/arrow.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "abi/convert.hpp"
#include "abi/guard.hpp"
#include "abi/handles.hpp"

using seqfeat::abi::guarded;
using seqfeat::abi::require;

struct seqfeat_arrow {
  explicit seqfeat_arrow(seqfeat::ArrowTable read) : table(std::move(read)), keys(table.keys()) {}

  seqfeat::ArrowTable table;
  std::vector<std::string> keys;
};

namespace {

seqfeat_ragged* batch_of(const seqfeat::ArrowColumn& column) {
  return new seqfeat_ragged{column.view, column.memory};
}

}  // namespace

seqfeat_status seqfeat_arrow_from_array(struct ArrowSchema* schema, struct ArrowArray* array,
                                        seqfeat_arrow** out) {
  return guarded([&] {
    require(schema, "schema");
    require(array, "array");
    require(out, "out");
    *out = new seqfeat_arrow(seqfeat::ArrowTable(schema, array));
  });
}

seqfeat_status seqfeat_arrow_from_stream(struct ArrowArrayStream* stream, seqfeat_arrow** out) {
  return guarded([&] {
    require(stream, "stream");
    require(out, "out");
    *out = new seqfeat_arrow(seqfeat::ArrowTable(stream));
  });
}

void seqfeat_arrow_free(seqfeat_arrow* arrow) {
  delete arrow;
}

int64_t seqfeat_arrow_key_count(const seqfeat_arrow* arrow) {
  return arrow->table.has_keys() ? static_cast<int64_t>(arrow->keys.size()) : -1;
}

const char* seqfeat_arrow_key(const seqfeat_arrow* arrow, int64_t index) {
  return arrow->keys[static_cast<std::size_t>(index)].c_str();
}

seqfeat_status seqfeat_arrow_column(const seqfeat_arrow* arrow, const char* key,
                                    seqfeat_dtype of_nulls, seqfeat_ragged** out, int32_t* depth) {
  return guarded([&] {
    require(arrow, "arrow");
    require(key, "key");
    require(out, "out");
    require(depth, "depth");
    const seqfeat::ArrowColumn column = arrow->table.column(key, seqfeat::abi::to_dtype(of_nulls));
    *out = batch_of(column);
    *depth = column.depth;
  });
}

seqfeat_status seqfeat_arrow_dictionary(const seqfeat_arrow* arrow, const char* key,
                                        seqfeat_ragged** indices, seqfeat_ragged** entries,
                                        int32_t* depth) {
  return guarded([&] {
    require(arrow, "arrow");
    require(key, "key");
    require(indices, "indices");
    require(entries, "entries");
    require(depth, "depth");
    std::unique_ptr<seqfeat_ragged> numbers;
    std::unique_ptr<seqfeat_ragged> numbered;
    if (const auto dictionary = arrow->table.dictionary(key)) {
      numbers.reset(batch_of(dictionary->indices));
      numbered.reset(batch_of(dictionary->entries));
      *depth = dictionary->indices.depth;
    }
    *indices = numbers.release();
    *entries = numbered.release();
  });
}

seqfeat_status seqfeat_arrow_export(const seqfeat_ragged_view* view, void* owner,
                                    void (*drop)(void* owner), struct ArrowSchema* schema,
                                    struct ArrowArray* array) {
  return guarded([&] {
    require(reinterpret_cast<const void*>(drop), "drop");
    const std::shared_ptr<const void> held(owner, [drop](void* p) { drop(p); });
    require(schema, "schema");
    require(array, "array");
    seqfeat::export_arrow(seqfeat::abi::to_view(view), held, schema, array);
  });
}
