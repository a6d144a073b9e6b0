// SPDX-License-Identifier: Apache-2.0
#include "tests/training/learner.hpp"

#include <cstring>
#include <random>

namespace seqfeat::test {

std::vector<std::byte> as_elements(const std::vector<float>& floats, FloatType type) {
  std::vector<std::byte> bytes(floats.size() * static_cast<std::size_t>(size_of(type)));
  for (std::size_t i = 0; i < floats.size(); ++i) {
    if (type == FloatType::float32) {
      std::memcpy(bytes.data() + i * 4, &floats[i], 4);
      continue;
    }
    const std::uint16_t half =
        type == FloatType::float16 ? float16_from_float(floats[i]) : bfloat16_from_float(floats[i]);
    std::memcpy(bytes.data() + i * 2, &half, 2);
  }
  return bytes;
}

Learner::Learner(const Backend& backend, const Lesson& lesson)
    : lesson_(lesson),
      layer_(lesson.columns, backend, lesson.options),
      tables_(bind_tables(layer_, lesson)),
      state_(layer_, lesson.optimizer) {
  fill_tables();
}

std::map<std::string, Learner::Memory> Learner::bind_tables(SequenceFeatures& layer,
                                                            const Lesson& lesson) {
  std::map<std::string, Memory> tables;
  std::mt19937_64 random(7);
  std::normal_distribution<float> normal(0.0F, 1.0F);
  constexpr float kScales[] = {1, 1, 1,        1,
                               1, 1, 0x1p-18F, 0};  // float16 has none or few bits of some
  for (std::size_t c = 0; c < layer.columns().size(); ++c) {
    const auto* embedding = std::get_if<EmbeddingColumn>(&layer.columns()[c]);
    if (embedding == nullptr) continue;
    const FloatType type = lesson.table_types[c % lesson.table_types.size()];
    const std::int64_t pitch = embedding->dimension() + lesson.gap;
    const std::int64_t rows = embedding->categorical().rows();
    const auto shared = lesson.shared.find(embedding->table());
    const std::string name = shared == lesson.shared.end() ? embedding->table() : shared->second;
    if (embedding->shared_table() && tables.contains(name)) continue;
    if (!tables.contains(name)) {
      std::vector<float> numbers(static_cast<std::size_t>(rows * pitch));
      for (float& number : numbers)
        number = normal(random) * kScales[random() % std::size(kScales)];
      std::vector<std::byte> first = as_elements(numbers, type);
      tables.emplace(name, Memory{Buffer(layer.backend().memory(),
                                         static_cast<std::int64_t>(first.size()), kHostStream),
                                  std::move(first)});
    }
    layer.bind(embedding->table(),
               {tables.at(name).buffer.data(), rows, embedding->dimension(), pitch, type});
  }
  return tables;
}

void Learner::fill_tables() {
  const Backend& backend = layer_.backend();
  for (const auto& [name, memory] : tables_) {
    backend.copy(memory.buffer.data(), memory.first.data(),
                 static_cast<std::int64_t>(memory.first.size()), kHostStream);
  }
  backend.synchronize(kHostStream);
}

void Learner::step(const Features& features, const std::vector<float>& gradient, FloatType type,
                   Emit emit, std::int64_t room) {
  const Backend& backend = layer_.backend();
  BatchSizes sizes = layer_.measure(features);
  sizes = {sizes.rows * room,  sizes.steps * room,        sizes.tokens * room,
           sizes.bytes * room, sizes.padded_steps * room, -1};
  const Plan plan = layer_.plan(sizes, emit, {.trains = true});
  Workspace workspace(backend, plan, kHostStream);
  const Buffer values(backend.memory(), (plan.values + plan.ragged_values) * 4, kHostStream);
  const Buffer lengths(backend.memory(), plan.capacity.rows * 8, kHostStream);
  const Buffer ids(backend.memory(), plan.ids * 8, kHostStream);
  Outputs outputs{.lengths = lengths.as<std::int64_t>()};
  (wants_ragged(emit) ? outputs.ragged_values : outputs.values) = values.data();
  if (wants_ids(emit)) outputs.ids = ids.as<std::int64_t>();
  (void)layer_(features, outputs, workspace, kHostStream);
  const std::vector<std::byte> elements = as_elements(gradient, type);
  const Uploaded uploaded(backend, elements.data(), static_cast<std::int64_t>(elements.size()));
  layer_.update({uploaded.data(), type}, workspace, state_, kHostStream);
  backend.synchronize(kHostStream);
}

std::vector<std::byte> Learner::bytes() const {
  std::vector<std::byte> all;
  const auto add = [&](const void* data, std::int64_t size) {
    const std::vector<std::byte> bytes = downloaded(layer_.backend(), data, size);
    all.insert(all.end(), bytes.begin(), bytes.end());
  };
  for (const auto& [name, memory] : tables_) add(memory.buffer.data(), memory.buffer.size_bytes());
  for (const StateTensor& tensor : state_.tensors()) add(tensor.data, tensor.bytes());
  return all;
}

}  // namespace seqfeat::test
