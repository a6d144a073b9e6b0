// SPDX-License-Identifier: Apache-2.0
#include "run/made_from.hpp"

#include <utility>

#include "backend/concat.hpp"
#include "run/text.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/fingerprint.hpp"

namespace seqfeat::run {

using detail::concat;

MadeFrom::MadeFrom(const RunOptions& options, InputFormat format,
                   std::shared_ptr<TableHashes> tables)
    : tables_(std::move(tables)),
      draft_{{kFormKey, "part 2"},
             {"spec", "fingerprint64:" + hex_of(fingerprint64(to_json(options.spec)))},
             {kTablesKey, tables_->draft()},
             {"batch_size", std::to_string(options.batch_size)},
             {"emit", json_list(options.emit.names())},
             {"keep", json_list(options.keep)},
             {"input_format", std::string(to_string(format))},
             {"on_error", options.on_error.skip ? "skip" : "fail"},
             {"shard", options.shard.text()}} {}

std::optional<Metadata> MadeFrom::complete() const {
  auto tables = tables_->wait();
  if (!tables) return std::nullopt;
  Metadata all = draft_;
  all[kTablesKey] = std::move(*tables);
  return all;
}

void check_same(const Metadata& expected, const Metadata& found, const std::string& place) {
  const auto check = [&](const std::string& name, const std::string& value) {
    const auto other = found.find(name);
    if (other != found.end() && other->second == value) return;
    throw InvalidArgument(concat(place, ": made with ", name, " ",
                                 other == found.end() ? "unknown" : other->second, ", expected ",
                                 value,
                                 "; --resume needs what the run began with, "
                                 "--overwrite starts anew"));
  };
  check(kFormKey, expected.at(kFormKey));  // the names of the others depend on it
  for (const auto& [name, value] : expected) check(name, value);
}

}  // namespace seqfeat::run
