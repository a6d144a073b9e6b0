// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend/concat.hpp"
#include "backend/text.hpp"
#include "cli/app.hpp"
#include "cli/output.hpp"
#include "run/hash_lines.hpp"
#include "seqfeat/backend.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::cli {
namespace {

struct HashArguments {
  run::HashOptions hash;
  bool fingerprint = false;
  std::string dtype = "string";
  std::string salt;
};

/// The key that two numbers with a comma between them say.
HashKey key_from(const std::string& text) {
  const std::vector<std::string> parts = detail::split(text);
  if (parts.size() == 2) {
    const auto first = detail::number_in<std::uint64_t>(parts[0]);
    const auto second = detail::number_in<std::uint64_t>(parts[1]);
    if (first && second) return {*first, *second};
  }
  throw InvalidArgument(
      detail::concat("--salt: got '", text,
                     "', expected two integers 0 ... 18446744073709551615, such as 133,137"));
}

void hash(HashArguments& arguments, const Globals& globals) {
  const auto dtype = dtype_from(arguments.dtype);
  if (!dtype || is_float(*dtype)) {
    throw InvalidArgument(detail::concat("--dtype: got '", arguments.dtype,
                                         "', expected string, int8 … int64 or uint8 … uint64"));
  }
  arguments.hash.dtype = *dtype;
  if (!arguments.salt.empty()) arguments.hash.salt = key_from(arguments.salt);
  Output out;
  std::string_view separator;
  if (globals.json) {
    out << R"({"schema_version":1,"dtype":")" << arguments.dtype << R"(","buckets":)";
    if (arguments.hash.buckets) {
      out << *arguments.hash.buckets << R"(,"ids":[)";
    } else {
      out << R"(null,"fingerprints":[)";
    }
  }
  run::hash_lines(arguments.hash, Backend::cpu(), [&](std::span<const std::uint64_t> hashes) {
    for (const std::uint64_t value : hashes) {
      if (globals.json) {
        out << separator << value;
        separator = ",";
      } else {
        out << value << "\n";
      }
    }
    out.flush();
  });
  if (globals.json) out << "]}\n";
  out.flush();
}

}  // namespace

void add_hash(CLI::App& app, Globals& globals) {
  auto arguments = std::make_shared<HashArguments>();
  CLI::App* command = app.add_subcommand("hash", "A token a line in, its bucket a line out");
  auto* what = command->add_option_group("what to write");
  what->add_option("--buckets", arguments->hash.buckets, "The bucket of N that a token falls into")
      ->type_name("N");
  what->add_flag("--fingerprint", arguments->fingerprint, "The 64-bit fingerprint, in decimal");
  what->require_option(1);
  command
      ->add_option("--salt", arguments->salt,
                   "Hash by SipHash under the key A,B: TensorFlow's to_hash_bucket_strong")
      ->type_name("A,B")
      ->needs("--buckets");
  command->add_option("--dtype", arguments->dtype, "What a token is: string, int8 … uint64")
      ->capture_default_str();
  command->add_option("FILE", arguments->hash.file, "Where tokens come from; - is standard input")
      ->capture_default_str();
  command->callback([arguments, &globals] { hash(*arguments, globals); });
}

}  // namespace seqfeat::cli
