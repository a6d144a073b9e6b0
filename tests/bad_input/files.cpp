// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "seqfeat/safetensors.hpp"
#include "seqfeat/table.hpp"
#include "seqfeat/tfrecord.hpp"
#include "tests/bad_input/bad_input.hpp"
#include "tests/support/temporary_directory.hpp"

namespace seqfeat::test {
namespace {

/// Files that can be opened and not read, or not be opened, by any user.
const std::filesystem::path& place() {
  static const TemporaryDirectory kDirectory;
  static const bool kMade = [] {
    std::filesystem::create_symlink(kDirectory / "gone", kDirectory / "dangling");
    std::filesystem::create_symlink("loop", kDirectory / "loop");
    std::filesystem::create_directory(kDirectory / "directory");
    std::ofstream(kDirectory / "empty");
    return ::mkfifo((kDirectory / "pipe").c_str(), 0600) == 0;
  }();
  static_cast<void>(kMade);
  return kDirectory.path();
}

std::string safetensors(const std::string& header, const std::string& data, std::uint64_t length) {
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header + data;
}

BadInput tensors(std::string what, std::string bytes, std::vector<std::string> words) {
  words.emplace_back("t.safetensors: ");
  return {std::move(what), Refusal::data_error, std::move(words), [bytes = std::move(bytes)] {
            const SafetensorsFile file(std::as_bytes(std::span(bytes)), "t.safetensors");
          }};
}

BadInput header(std::string what, const std::string& json, std::vector<std::string> words,
                const std::string& data = "12345678") {
  return tensors(std::move(what), safetensors(json, data, json.size()), std::move(words));
}

std::string tensor(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return "{\"t\":{\"dtype\":" + dtype + ",\"shape\":" + shape + ",\"data_offsets\":" + offsets +
         "}}";
}

BadInput unreadable(std::string what, const char* name, std::vector<std::string> words,
                    bool records = true) {
  words.emplace_back(name);
  return {std::move(what), Refusal::data_error, std::move(words), [name, records] {
            const auto file = place() / name;  // an absolute name stays as it is
            if (records) {
              (void)TfRecordReader(file).next();
            } else {
              (void)load_table(file, "t");
            }
          }};
}

BadInput table(std::string what, const TensorView& tensor, std::vector<std::string> words) {
  return {std::move(what), Refusal::data_error, std::move(words), [tensor] {
            const auto file = place() / "tables.safetensors";
            write_safetensors(file, std::vector{std::pair{std::string("w_embedding"), tensor}}, {});
            (void)load_table(file, "w_embedding");
          }};
}

}  // namespace

std::vector<BadInput> bad_files() {
  constexpr auto kArgument = Refusal::invalid_argument;
  static const std::vector<std::byte> kBytes(64);
  const std::string f32 = R"("F32")";
  std::string ones = "[";
  for (int i = 0; i < 64; ++i) ones += "1,";
  const auto two = [](const char* a, const char* b) {
    return std::string(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":)") + a +
           R"(},"b":{"dtype":"F32","shape":[1],"data_offsets":)" + b + "}}";
  };
  return {
      tensors("a file of seven bytes", "1234567", {"7 bytes"}),
      tensors("a header of 2 to the 64 - 1", safetensors("{}", "", ~std::uint64_t{0}),
              {"18446744073709551615"}),
      tensors("a header that overruns by one", safetensors("{}", "", 3), {"claims 3", "at most 2"}),
      tensors("a header that ends early", safetensors("{\"t\":1}", "", 3), {"JSON"}),
      header("tensors that overlap", two("[0,4]", "[2,6]"), {"'b'", "[2, 6]", "begin at 4"}),
      header("tensors with a gap", two("[0,4]", "[5,9]"), {"'b'", "begin at 4"}, "123456789"),
      header("bytes behind the tensors", tensor(f32, "[1]", "[0,4]"), {"end at byte 4 of 8"}),
      header("a tensor beyond the file", tensor(f32, "[9]", "[0,36]"), {"'t'", "8 bytes"}),
      header("offsets that decrease", tensor(f32, "[1]", "[4,0]"), {"'t'", "begin <= end"}),
      header("a shape of another size", tensor(f32, "[3]", "[0,8]"), {"'t'", "12 bytes", "hold 8"}),
      header("a shape that overflows", tensor(f32, "[4611686018427387904,2]", "[0,8]"), {"int64"}),
      header("a negative shape", tensor(f32, "[-2]", "[0,8]"), {"'t'", "shape", "-2"}),
      header("a shape of fractions", tensor(f32, "[2.0]", "[0,8]"), {"'t'", "shape", "2.0"}),
      header("a shape of rank 65", tensor(f32, ones + "1]", "[0,8]"), {"'t'", "more than 64"}),
      header("a dtype that is unknown", tensor("\"F31\"", "[2]", "[0,8]"), {"'t'", "F31"}),
      header("metadata that is a number", R"({"__metadata__":{"k":1}})", {"'k'", "string"}),
      header("a tensor twice", R"({"t":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"t":{}})",
             {"'t'", "twice"}),
      header("a tensor without a shape", R"({"t":{"dtype":"U8"}})", {"'t'", "must have"}),
      header("a tensor that is a list", R"({"t":[]})", {"'t'", "object"}),
      header("a header that is cut", R"({"t":{)", {"byte", "JSON"}),
      header("a header of lists in lists", "{\"t\":" + std::string(100'000, '['), {"'t'", "array"}),
      header("a NUL in the header", std::string("{}\0", 3), {"NUL"}),
      {"a tensor that is not there",
       kArgument,
       {"'w_embeding'", "'w_embedding'"},
       [] {
         const auto file = place() / "near.safetensors";
         save_tables(file,
                     {{"w_embedding", {reinterpret_cast<const float*>(kBytes.data()), 2, 2}}});
         (void)load_table(file, "w_embeding");
       }},
      table("a table of integers", {"I32", {4, 4}, kBytes}, {"'w_embedding'", "I32", "F32"}),
      table("a table of rank 1", {"F32", {16}, kBytes}, {"'w_embedding'", "[16]", "[rows, dim]"}),
      unreadable("a missing file", "missing", {"No such file"}),
      unreadable("a directory as a file", "directory", {"directory"}),
      unreadable("a dangling link", "dangling", {"No such file"}),
      unreadable("a link to itself", "loop", {"symbolic links"}),
      unreadable("a file in a file", "empty/x", {"Not a directory"}),
      unreadable("memory that nobody may read", "/proc/self/mem", {"cannot read"}),
      unreadable("a missing table file", "missing", {"No such file"}, false),
      unreadable("a directory as a table file", "directory", {"directory"}, false),
      unreadable("a pipe as a table file", "pipe", {"regular file"}, false),
      unreadable("an empty table file", "empty", {"0 bytes"}, false),
      {"writing into a missing directory",
       Refusal::io_error,
       {"missing/f.tfrecord", "No such file"},
       [] { TfRecordWriter(place() / "missing" / "f.tfrecord").close(); }},
      {"writing over a directory",
       Refusal::io_error,
       {"directory"},
       [] { TfRecordWriter(place() / "directory").close(); }},
      {"tensors whose data has another size",
       kArgument,
       {"'t'", "16 bytes", "64"},
       [] {
         (void)safetensors_header(
             std::vector{std::pair{std::string("t"), TensorView{"F32", {4}, kBytes}}}, {});
       }},
  };
}

}  // namespace seqfeat::test
