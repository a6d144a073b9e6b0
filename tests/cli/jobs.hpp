// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "seqfeat/safetensors.hpp"
#include "tests/cli/process.hpp"
#include "tests/cli/specs.hpp"
#include "tests/support/example_bytes.hpp"
#include "tests/support/record_bytes.hpp"

namespace seqfeat::test {

using Json = nlohmann::json;

/// A TFRecord file of these records.
[[nodiscard]] inline std::string framed_all(const std::vector<std::string>& records) {
  std::string bytes;
  for (const std::string& record : records) bytes += framed(record);
  return bytes;
}

/// Runs of the program over small files, as a nightly job does them.
class Jobs : public ::testing::Test {
 protected:
  /// Runs over `files` into the directory `output`, ten rows a part.
  Ended run(const std::string& output, const std::vector<std::string>& files,
            const std::vector<std::string>& more = {}) const {
    return seqfeat(folder_, arguments(output, files, more));
  }
  [[nodiscard]] std::vector<std::string> arguments(
      const std::string& output, const std::vector<std::string>& files,
      const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all{"run", "--quiet", "--spec", spec_, "--output", folder_ / output};
    if (std::find(more.begin(), more.end(), "--batch-size") == more.end()) {
      all.insert(all.end(), {"--batch-size", "10"});
    }
    all.insert(all.end(), more.begin(), more.end());
    all.insert(all.end(), files.begin(), files.end());
    return all;
  }

  /// A file of `rows` lines, different for every `seed`.
  [[nodiscard]] std::string text(const std::string& name, int rows, int seed = 0) const {
    std::string lines;
    for (int i = 0; i < rows; ++i) {
      for (int t = 0; t <= i % 5; ++t) lines += "t" + std::to_string(seed + i * 7 + t) + " ";
      lines += "\n";
    }
    return folder_.write(name, lines);
  }

  /// The rows of a file, converted to TFRecords of examples or sequence examples (`kind`).
  [[nodiscard]] std::string tfrecord(const std::string& from, const std::string& kind) const {
    const std::string to = folder_ / (kind + ".tfrecord");
    const Ended ended =
        seqfeat(folder_, {"convert", "--quiet", "--to", "tfrecord", "--record", kind, from, to});
    EXPECT_EQ(ended.code, 0) << ended.err;
    return to;
  }

  [[nodiscard]] Json manifest(const std::string& output) const {
    return Json::parse(read_file(folder_ / (output + "/manifest.json")));
  }
  /// The lines of rejected.jsonl.
  [[nodiscard]] std::vector<Json> rejected(const std::string& output) const {
    std::istringstream text(read_file(folder_ / (output + "/rejected.jsonl")));
    std::vector<Json> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(Json::parse(line));
    return lines;
  }
  [[nodiscard]] std::string part(const std::string& output, int index) const {
    return folder_ / (output + "/part-0000" + std::to_string(index) + ".safetensors");
  }
  /// The int64s of a tensor.
  [[nodiscard]] static std::vector<std::int64_t> integers_of(const std::string& file,
                                                             const std::string& name) {
    return elements_of<std::int64_t>(file, name);
  }
  [[nodiscard]] static std::vector<float> floats_of(const std::string& file,
                                                    const std::string& name) {
    return elements_of<float>(file, name);
  }
  [[nodiscard]] static std::string bytes_of(const std::string& file, const std::string& name) {
    const SafetensorsFile opened(file);
    const auto data = opened.tensors().at(name).data;
    return {reinterpret_cast<const char*>(data.data()), data.size()};
  }
  /// Changes a byte of a file.
  static void flip(const std::string& file, std::size_t from_end) {
    std::string bytes = read_file(file);
    bytes.at(bytes.size() - from_end) ^= 1;
    std::ofstream(file, std::ios::binary) << bytes;
  }

  Folder folder_;
  std::string spec_ = folder_.write("s.json", kSpec);

 private:
  template <class T>
  [[nodiscard]] static std::vector<T> elements_of(const std::string& file,
                                                  const std::string& name) {
    const SafetensorsFile opened(file);
    const auto data = opened.tensors().at(name).data;
    std::vector<T> values(data.size() / sizeof(T));
    std::memcpy(values.data(), data.data(), data.size());
    return values;
  }
};

}  // namespace seqfeat::test
