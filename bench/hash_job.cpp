// SPDX-License-Identifier: Apache-2.0
#include "bench/hash_job.hpp"

#include <array>
#include <memory>
#include <span>
#include <string>

#include "bench/hash_kernels.hpp"
#include "seqfeat/hash.hpp"

namespace seqfeat::bench {
namespace {

/// Something that writes ids, which should become `expected`. `enqueue(ids)` enqueues it.
template <class Id, class Enqueue>
Candidate candidate(Context& context, std::shared_ptr<const std::vector<Id>> expected,
                    Enqueue enqueue) {
  const auto bytes = static_cast<std::int64_t>(std::span(*expected).size_bytes());
  const auto ids = std::make_shared<Buffer>(context.allocate(bytes));
  Candidate result;
  result.outputs = {{ids->data(), bytes}};
  result.launch = [ids, enqueue](std::int64_t) { enqueue(ids->as<Id>()); };
  result.difference = [&context, ids, expected] {
    return context.difference("ids", ids->as<const Id>(), std::span<const Id>(*expected));
  };
  return result;
}

template <class Id>
std::shared_ptr<const std::vector<Id>> buckets_of(Context& context, const ValuesView& host) {
  const auto ids = std::make_shared<std::vector<Id>>(static_cast<std::size_t>(host.count));
  hash(context.cpu, host, kHashBuckets, ids->data(), kHostStream);
  return ids;
}

template <class Id>
void count_traffic(std::int64_t count, std::int64_t token_bytes, Job& job) {
  job.tokens = count;
  job.bytes = job.ideal_bytes = token_bytes + static_cast<std::int64_t>(sizeof(Id)) * count;
  job.note = "int" + std::to_string(8 * sizeof(Id)) + " ids";
}

std::int64_t bytes_of(const Strings& strings) {
  return static_cast<std::int64_t>(strings.bytes.size() + std::span(strings.offsets).size_bytes());
}

/// What the chained kernel should find, from loads and a hash of the host's own.
std::shared_ptr<const std::vector<std::int32_t>> chained_buckets(const Strings& strings) {
  const auto ids =
      std::make_shared<std::vector<std::int32_t>>(static_cast<std::size_t>(strings.count()));
  in_parallel(strings.count(), [&](std::int64_t begin, std::int64_t end) {
    const FastModulo buckets(kHashBuckets);
    const auto* bytes = reinterpret_cast<const unsigned char*>(strings.bytes.data());
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const std::int64_t size = strings.offsets[i + 1] - strings.offsets[i];
      const MemoryBytes token(bytes + strings.offsets[i]);
      (*ids)[i] = static_cast<std::int32_t>(chained_bucket(
          buckets, [&](std::uint32_t salt) { return fingerprint64(Salted(token, salt), size); }));
    }
  });
  return ids;
}

}  // namespace

template <class Id>
Job hash_strings(Context& context, const Strings& strings) {
  const auto tokens = std::make_shared<DeviceStrings>(context.upload(strings));
  const auto expected = buckets_of<Id>(context, strings.view());
  Job job;
  count_traffic<Id>(strings.count(), bytes_of(strings), job);
  job.ours = candidate(context, expected, [&context, tokens](Id* ids) {
    hash(context.backend, tokens->view, kHashBuckets, ids, context.device.stream());
  });
  job.baselines = {{"byte at a time, %", candidate(context, expected, [&context, tokens](Id* ids) {
                      hash_byte_at_a_time(tokens->bytes.as<const std::uint8_t>(),
                                          tokens->offsets.as<const std::int32_t>(),
                                          tokens->view.count, kHashBuckets, ids,
                                          context.device.stream());
                    })}};
  return job;
}

Job hash_strings_chained(Context& context, const Strings& strings) {
  const auto tokens = std::make_shared<DeviceStrings>(context.upload(strings));
  Job job;
  count_traffic<std::int32_t>(strings.count(), bytes_of(strings), job);
  job.tokens *= kRepetitions;
  job.ours = candidate(context, chained_buckets(strings), [&context, tokens](std::int32_t* ids) {
    hash_chained(tokens->bytes.as<const std::uint8_t>(), tokens->offsets.as<const std::int32_t>(),
                 tokens->view.count, kHashBuckets, ids, context.device.stream());
  });
  job.note += ", a kernel of the benchmark's around the library's functions for one token";
  return job;
}

template <class Id>
Job hash_integers(Context& context, const std::vector<std::int64_t>& integers) {
  const auto count = static_cast<std::int64_t>(integers.size());
  const auto tokens =
      std::make_shared<Buffer>(context.upload(std::span<const std::int64_t>(integers)));
  Job job;
  count_traffic<Id>(count, tokens->size_bytes(), job);
  job.ours =
      candidate(context, buckets_of<Id>(context, {DType::int64, integers.data(), {}, count, 0}),
                [&context, tokens, count](Id* ids) {
                  hash(context.backend, {DType::int64, tokens->data(), {}, count, 0}, kHashBuckets,
                       ids, context.device.stream());
                });
  return job;
}

template Job hash_strings<std::int32_t>(Context&, const Strings&);
template Job hash_strings<std::int64_t>(Context&, const Strings&);
template Job hash_integers<std::int32_t>(Context&, const std::vector<std::int64_t>&);

}  // namespace seqfeat::bench
