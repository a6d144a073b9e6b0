// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backend/concat.hpp"
#include "bench/cpu/inputs.hpp"
#include "bench/random.hpp"
#include "seqfeat/training.hpp"

// train/…: forward pass, sorting of ids, and sum and update in place; train_update/… is the last
// alone; train_sort/… are the first two, beside the first alone. 1,000 rows into a table of a
// million; beside them the least that an update can do: read gradient rows and add them to table
// rows that were put in order beforehand.

namespace seqfeat::bench {
namespace {

constexpr std::int64_t kRows = 1000;
constexpr std::int64_t kWidth = 64;
constexpr std::int64_t kTableRows = 1'000'000;
constexpr std::size_t kBatches = 6;
constexpr float kRate = 0.01F;

/// Which ids and how many a row: 19 to 25 drawn evenly, or geometric lengths of mean 22 and Zipf's
/// law.
enum class Draw : std::uint8_t { even, zipf };

/// Where a token's gradient is, and what row of the table it is for.
struct Contribution {
  std::int64_t row;
  std::int64_t slot;
};

/// The least that an update can do: a loop over what was put in order beforehand, which asks for
/// rows ahead. Compiled for the widest vectors, as the library's loops are.
#if defined(__x86_64__)
[[gnu::target_clones("avx512f", "avx2", "default")]]
#endif
void add_rows(std::span<const Contribution> sorted, const float* gradients, std::int64_t dim,
              float* table) {
  constexpr std::size_t kAhead = 12;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const Contribution& later = sorted[std::min(i + kAhead, sorted.size() - 1)];
    for (std::int64_t d = 0; d < dim; d += 16) {
      __builtin_prefetch(table + later.row * dim + d, 1);
      __builtin_prefetch(gradients + later.slot * dim + d);
    }
    float* __restrict row = table + sorted[i].row * dim;
    const float* __restrict gradient = gradients + sorted[i].slot * dim;
    for (std::int64_t d = 0; d < dim; ++d) row[d] = row[d] - kRate * gradient[d];
  }
}

struct TrainInput {
  TrainInput(Draw draw, std::int64_t table_rows) {
    std::mt19937_64 random(7);
    const std::vector<double> law = draw == Draw::zipf ? zipf(table_rows) : std::vector<double>();
    std::uniform_real_distribution<double> unit(0, 1);
    std::geometric_distribution<std::int64_t> geometric(1.0 / 23.4);
    for (std::size_t b = 0; b < kBatches; ++b) {
      Ragged& tokens = batches.emplace_back(DType::int64);
      std::vector<Contribution>& order = sorted.emplace_back();
      for (std::int64_t row = 0; row < kRows; ++row) {
        const std::int64_t length = draw == Draw::even
                                        ? 19 + static_cast<std::int64_t>(random() % 7)
                                        : std::min(geometric(random) + 1, kWidth);
        for (std::int64_t t = 0; t < length; ++t) {
          const std::int64_t id =
              draw == Draw::even
                  ? static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(table_rows))
                  : scattered(law, unit(random), table_rows);
          tokens.add_value(id);
          order.push_back({id, row * kWidth + t});
        }
        tokens.end_steps();
        tokens.end_row();
      }
      count += std::ssize(order);
      std::stable_sort(order.begin(), order.end(),
                       [](const auto& x, const auto& y) { return x.row < y.row; });
    }
  }

  static std::vector<double> zipf(std::int64_t rows) {
    std::vector<double> law;
    double sum = 0;
    for (std::int64_t i = 1; i <= rows; ++i) {
      law.push_back(sum += std::pow(static_cast<double>(i), -1.15));
    }
    return law;
  }
  /// An id by Zipf's law; frequent ones do not stand side by side.
  static std::int64_t scattered(const std::vector<double>& law, double at, std::int64_t rows) {
    const auto found = std::lower_bound(law.begin(), law.end(), at * law.back());
    const std::int64_t rank = std::min<std::int64_t>(found - law.begin(), rows - 1);
    return (rank * 2654435761) % rows;
  }

  std::vector<Ragged> batches;
  std::vector<std::vector<Contribution>> sorted;
  std::int64_t count = 0;  ///< Tokens of all batches.
};

/// One column, its table, and everything that training it takes.
class Training {
 public:
  Training(const CpuContext& context, Draw draw, std::int64_t dim, const Optimizer& optimizer)
      : table_(context.scaled(kTableRows), dim),
        input_(draw, table_.rows()),
        layer_(
            {embedding_column(sequence_categorical_column_with_identity("k", table_.rows()), dim)},
            context.backend,
            {.max_length = kWidth,
             .truncation = Truncation::keep_first,
             .padding = Padding::max_length}),
        state_((std::fill_n(table_.data(), table_.rows() * dim, 0.01F),
                layer_.bind("k_embedding", table_.view()), layer_),
               optimizer) {
    BatchSizes most;
    for (const Ragged& batch : input_.batches) {
      Features features;
      features.set("k", batch.view());
      const BatchSizes sizes = layer_.measure(features);
      most = {kRows, std::max(most.steps, sizes.steps), std::max(most.tokens, sizes.tokens), 0,
              kWidth};
    }
    const Plan plan = layer_.plan(most, Emit::values, {.trains = true});
    for (std::size_t b = 0; b < kBatches; ++b) {
      workspaces_.emplace_back(context.backend, plan, kHostStream);
    }
    values_.resize(static_cast<std::size_t>(plan.values));
    lengths_.resize(kRows);
    gradient_.resize(values_.size());
    for (std::size_t i = 0; i < gradient_.size(); ++i) {
      gradient_[i] = random_float(static_cast<std::int64_t>(i)) * 0.01F;
    }
    state_.complete();
    for (std::size_t b = 0; b < kBatches; ++b) forward(b);
  }

  void forward(std::size_t b) {
    Features features;
    features.set("k", input_.batches[b].view());
    layer_(features, {.values = values_.data(), .lengths = lengths_.data()}, workspaces_[b],
           kHostStream);
  }
  void sort(std::size_t b) { layer_.prepare_update(workspaces_[b], kHostStream); }
  void update(std::size_t b) {
    layer_.update({gradient_.data()}, workspaces_[b], state_, kHostStream);
  }

  /// The least that an update can do, by as many threads as the pool has.
  void bare(std::size_t b, cpu::ThreadPool& pool) {
    const std::vector<Contribution>& sorted = input_.sorted[b];
    const std::int64_t parts = pool.threads();
    const auto begin_of = [&](std::int64_t part) {  // a row's contributions stay together
      auto at = sorted.begin() + std::ssize(sorted) * part / parts;
      while (at != sorted.begin() && at != sorted.end() && at->row == (at - 1)->row) ++at;
      return at;
    };
    pool.run(parts, [&](std::int64_t part) {
      add_rows({begin_of(part), begin_of(part + 1)}, gradient_.data(), table_.dim(), table_.data());
    });
  }

  /// Makes a step on the first batch. "" if its rows are as a plain loop over the batch, in double,
  /// takes them along their gradients; only for Sgd.
  [[nodiscard]] std::string difference() {
    const auto dim = static_cast<std::size_t>(table_.dim());
    const auto row_at = [this](std::int64_t row) { return table_.data() + row * table_.dim(); };
    std::map<std::int64_t, std::vector<double>> expected;
    for (const Contribution& c : input_.sorted[0]) {
      const float* row = row_at(c.row);
      const float* gradient = gradient_.data() + c.slot * table_.dim();
      auto& sum = expected.try_emplace(c.row, row, row + dim).first->second;
      for (std::size_t d = 0; d < dim; ++d) sum[d] -= kRate * double{gradient[d]};
    }
    forward(0);
    update(0);
    for (const auto& [row, values] : expected) {
      for (std::size_t d = 0; d < dim; ++d) {
        const float got = row_at(row)[d];
        if (std::abs(got - values[d]) > 1e-5) {
          return detail::concat("row ", row, ", element ", d, ": got ", got, ", expected ",
                                values[d]);
        }
      }
    }
    return "";
  }

  [[nodiscard]] std::int64_t tokens() const noexcept { return input_.count; }

 private:
  EmbeddingTable table_;
  TrainInput input_;
  SequenceFeatures layer_;
  OptimizerState state_;
  std::vector<Workspace> workspaces_;
  std::vector<float> values_, gradient_;
  std::vector<std::int64_t> lengths_;
};

enum class What : std::uint8_t { step, update, sort };

/// Goes over all batches.
std::function<void()> pass_of(const std::shared_ptr<Training>& training, What what) {
  return [training, what] {
    for (std::size_t b = 0; b < kBatches; ++b) {
      if (what != What::update) {
        training->forward(b);
        training->sort(b);
      }
      if (what != What::sort) training->update(b);
    }
  };
}

std::shared_ptr<Training> make_training(const CpuContext& context, Draw draw, std::int64_t dim,
                                        const Optimizer& optimizer) {
  auto training = std::make_shared<Training>(context, draw, dim, optimizer);
  for (std::size_t b = 0; b < kBatches; ++b) training->sort(b);
  return training;
}

CpuBaseline bare_loop(const std::shared_ptr<Training>& training,
                      const std::shared_ptr<cpu::ThreadPool>& pool, std::string name) {
  return {std::move(name), [training, pool] {
            for (std::size_t b = 0; b < kBatches; ++b) training->bare(b, *pool);
          }};
}

CpuJob train_job(const CpuContext& context, Draw draw, std::int64_t dim, const Optimizer& optimizer,
                 What what) {
  const auto training = make_training(context, draw, dim, optimizer);
  CpuJob job;
  job.tokens = training->tokens();
  job.bytes = job.tokens * dim * 12;  // gradient read, table read and written
  job.ours = pass_of(training, what);
  if (what == What::sort) {
    job.baselines.push_back({"forward pass alone", [training] {
                               for (std::size_t b = 0; b < kBatches; ++b) training->forward(b);
                             }});
    return job;
  }
  job.baselines.push_back(
      bare_loop(training, std::make_shared<cpu::ThreadPool>(1), "loop over sorted rows"));
  if (context.threads > 1) {
    const std::string behind = ", " + std::to_string(context.threads) + " threads";
    job.baselines.push_back(bare_loop(training, context.pool, "loop over sorted rows" + behind));
    job.baselines.push_back(
        {"ours, one thread",
         pass_of(make_training(context.with_one_thread(), draw, dim, optimizer), what)});
  }
  if (optimizer.kind() == OptimizerKind::sgd) {
    job.difference = [training] { return training->difference(); };
  }
  return job;
}

}  // namespace

std::vector<CpuWorkload> cpu_train_workloads() {
  const std::vector<std::pair<std::string, Optimizer>> optimizers{
      {"sgd", sgd()}, {"adagrad", adagrad()}, {"rowwise", rowwise_adagrad()}, {"adam", adam()}};
  std::vector<CpuWorkload> all;
  for (const auto& [folder, what] :
       {std::pair{"train", What::step}, {"train_update", What::update}}) {
    for (const auto& [draw_name, draw] : {std::pair{"w5", Draw::even}, {"zipf", Draw::zipf}}) {
      for (const std::int64_t dim : {10, 64, 128}) {
        for (const auto& [name, optimizer] : optimizers) {
          all.push_back(cpu_workload(
              std::string(folder) + '/' + draw_name + "/d" + std::to_string(dim) + '/' + name,
              train_job, draw, dim, optimizer, what));
          all.back().group = "train";  // many, and they take gigabytes
        }
      }
    }
  }
  for (const auto& [draw_name, draw] : {std::pair{"w5", Draw::even}, {"zipf", Draw::zipf}}) {
    all.push_back(cpu_workload(std::string("train_sort/") + draw_name, train_job, draw,
                               std::int64_t{10}, sgd(), What::sort));
    all.back().group = "train";
  }
  return all;
}

}  // namespace seqfeat::bench
