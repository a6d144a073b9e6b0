// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "bench/cpu_workload.hpp"
#include "bench/inputs.hpp"
#include "seqfeat/seqfeat.hpp"

// layer/…, parse/…, crc32c, end_to_end/…: held against a memcpy that moves the same bytes.

namespace seqfeat::bench {
namespace {

constexpr std::int64_t kBatch = 1024;
const ParseSpec kSpec = {{"tokens", DType::string}};

/// A file of records in memory.
struct Records {
  std::string bytes;  ///< Framed, as in a TFRecord file.
  std::vector<std::string> records;
};

std::string frame(std::string_view record) {
  const auto text = [](std::uint64_t number, int size) {
    std::string out;
    for (int i = 0; i < size; ++i) out += static_cast<char>(number >> (8 * i));
    return out;
  };
  const std::string length = text(record.size(), 8);
  const auto crc = [&](std::string_view bytes) {
    return text(mask_crc(crc32c(std::as_bytes(std::span(bytes)))), 4);
  };
  return length + crc(length) + std::string(record) + crc(record);
}

Records set_mm(const CpuContext& context) {
  Records all;
  TfRecordReader reader(context.set_mm);
  while (const auto record = reader.next()) {
    all.bytes += frame(*record);
    all.records.emplace_back(*record);
  }
  return all;
}

void append_varint(std::string& out, std::size_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
  out += static_cast<char>(value);
}
std::string field(char tag, std::string_view bytes) {
  std::string out(1, tag);
  append_varint(out, bytes.size());
  return out.append(bytes);
}

/// 16,384 rows of 19 to 25 tokens out of a million words of 8 bytes.
Records w5(const CpuContext& context) {
  Records all;
  const std::int64_t rows = context.scaled(16'384, 16);
  std::uint64_t next = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    std::string list;
    for (std::uint64_t left = 19 + random_bits(20, next++) % 7; left > 0; --left) {
      char word[16];
      std::snprintf(word, sizeof word, "w%07u",
                    static_cast<unsigned>(random_bits(21, next++) % 1'000'000));
      list += field(0x0a, word);
    }
    const std::string entry = field(0x0a, "tokens") + field(0x12, field(0x0a, list));
    all.records.push_back(field(0x0a, field(0x0a, entry)));
    all.bytes += frame(all.records.back());
  }
  return all;
}

/// Parses records into batches.
std::vector<Features> batches_of(std::span<const std::string> records) {
  std::vector<Features> batches;
  for (std::size_t first = 0; first < records.size(); first += kBatch) {
    const auto size = std::min<std::size_t>(kBatch, records.size() - first);
    batches.push_back(parse_example(records.subspan(first, size), kSpec));
  }
  return batches;
}

/// The layer with outputs that are used again and again.
struct LayerState {
  SequenceFeatures layer;
  std::optional<Workspace> workspace;
  Buffer values, lengths, mask;
  Outputs outputs;

  LayerState(const CpuContext& context, std::int64_t dim, std::int64_t buckets)
      : layer({embedding_column(sequence_categorical_column_with_hash_bucket("tokens", buckets),
                                dim)},
              context.backend, {.max_length = 512, .truncation = Truncation::keep_first}) {}

  /// Makes room for every one of `batches`.
  void reserve(const std::vector<Features>& batches) {
    Capacity most;
    for (const Features& batch : batches) {
      const Capacity c = layer.measure(batch);
      most = {std::max(most.rows, c.rows),     std::max(most.steps, c.steps),
              std::max(most.values, c.values), std::max(most.bytes, c.bytes),
              std::max(most.width, c.width),   std::max(most.ids, c.ids)};
    }
    const Plan plan = layer.plan(most);
    const Backend& backend = layer.backend();
    workspace.emplace(backend, plan, kHostStream);
    values = Buffer(backend.memory(), plan.values * 4, kHostStream);
    lengths = Buffer(backend.memory(), most.rows * 8, kHostStream);
    mask = Buffer(backend.memory(), plan.mask, kHostStream);
    outputs = {values.as<float>(), lengths.as<std::int64_t>(), mask.as<std::uint8_t>(), nullptr};
  }

  BatchShape run(const Features& batch) { return layer(batch, outputs, *workspace, kHostStream); }
};

/// Tokens, and bytes of table rows read and of values written, of a pass over `batches`.
void count(CpuJob& job, LayerState& state, const std::vector<Features>& batches, std::int64_t dim) {
  for (const Features& batch : batches) {
    const Capacity c = state.layer.measure(batch);
    job.tokens += c.values;
    job.bytes += (c.values + c.rows * c.width) * dim * 4 + c.rows * (c.width + 8);
  }
}

using Source = Records (*)(const CpuContext&);

CpuJob layer_job(const CpuContext& context, Source source, std::int64_t dim, std::int64_t buckets) {
  const Records records = source(context);
  auto batches = std::make_shared<std::vector<Features>>(batches_of(records.records));
  auto state = std::make_shared<LayerState>(context, dim, buckets);
  state->reserve(*batches);
  CpuJob job;
  count(job, *state, *batches, dim);
  job.ours = [batches, state] {
    for (const Features& batch : *batches) state->run(batch);
  };
  job.baseline_name = "memcpy";
  job.baseline = memcpy_of(job.bytes);
  return job;
}

CpuJob parse_job(const CpuContext& context, Source source) {
  auto records = std::make_shared<Records>(source(context));
  auto parser = std::make_shared<ExampleParser>(kSpec, RecordKind::example);
  CpuJob job;
  for (const Features& batch : batches_of(records->records)) {
    job.tokens += batch.find("tokens")->value_count;
  }
  job.bytes = static_cast<std::int64_t>(records->bytes.size());
  job.ours = [records, parser] {
    TfRecordReader reader(records->bytes, Compression::none, "memory");
    for (std::int64_t row = 0; const auto record = reader.next(); ++row) {
      if (row % kBatch == 0) parser->clear();
      parser->add(*record, row);
    }
  };
  job.baseline_name = "memcpy of the file";
  job.baseline = memcpy_of(2 * job.bytes);
  return job;
}

CpuJob end_to_end_job(const CpuContext& context, Source source, std::int64_t dim,
                      std::int64_t buckets) {
  auto records = std::make_shared<Records>(source(context));
  auto parser = std::make_shared<ExampleParser>(kSpec, RecordKind::example);
  auto state = std::make_shared<LayerState>(context, dim, buckets);
  const std::vector<Features> batches = batches_of(records->records);
  state->reserve(batches);
  CpuJob job;
  count(job, *state, batches, dim);
  job.bytes += static_cast<std::int64_t>(records->bytes.size());
  job.ours = [records, parser, state] {
    TfRecordReader reader(records->bytes, Compression::none, "memory");
    std::int64_t row = 0;
    const auto flush = [&] {
      if (parser->rows() > 0) state->run(parser->features());
      parser->clear();
    };
    parser->clear();
    while (const auto record = reader.next()) {
      parser->add(*record, row++);
      if (parser->rows() == kBatch) flush();
    }
    flush();
  };
  job.baseline_name = "memcpy";
  job.baseline = memcpy_of(job.bytes);
  return job;
}

CpuJob crc_job(const CpuContext& context) {
  const std::int64_t size = context.scaled(std::int64_t{64} << 20, 4096);
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(size));
  auto sum = std::make_shared<std::uint32_t>();
  CpuJob job;
  job.bytes = size;
  job.ours = [bytes, sum] { *sum = crc32c(*bytes, *sum); };
  job.baseline_name = "memcpy";
  job.baseline = memcpy_of(2 * size);
  return job;
}

}  // namespace

std::vector<CpuWorkload> cpu_layer_workloads() {
  std::vector<CpuWorkload> all;
  const auto add = [&all](std::string name, auto job, auto... arguments) {
    all.push_back(
        {std::move(name), [=](const CpuContext& context) { return job(context, arguments...); }});
  };
  for (const std::int64_t dim : {10, 64, 128}) {
    add("layer/setmm512/d" + std::to_string(dim), layer_job, set_mm, dim, std::int64_t{1000});
  }
  for (const std::int64_t dim : {64, 128}) {
    add("layer/w5/d" + std::to_string(dim), layer_job, w5, dim, std::int64_t{1'000'000});
  }
  add("parse/setmm", parse_job, set_mm);
  add("parse/w5", parse_job, w5);
  add("crc32c", crc_job);
  for (const std::int64_t dim : {10, 64}) {
    add("end_to_end/setmm512/d" + std::to_string(dim), end_to_end_job, set_mm, dim,
        std::int64_t{1000});
  }
  return all;
}

}  // namespace seqfeat::bench
