// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/runner.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <fstream>
#include <ostream>

#include "tests/golden/kinds.hpp"

namespace seqfeat::golden {
namespace {

// The form of cases has two numbers: scripts that add kinds of columns write 1.
constexpr std::array kFormats = {1, 2};

/// One line, whatever a message holds.
std::string on_one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return text;
}

class Runner {
 public:
  Runner(const Where& where, std::ostream& out) : where_(&where), out_(&out) {}

  /// Counts what `body` does as one pair: an exception is a failure.
  template <class Body>
  void count(const std::string& backend, const std::string& file, const std::string& name,
             const Body& body) {
    try {
      body();
      ++counts_.passed;
    } catch (const std::exception& difference) {
      ++counts_.failed;
      *out_ << "FAIL " << backend << ' ' << file << ' '
            << on_one_line(name + ": " + difference.what()) << '\n';
    }
  }

  void fail(const std::string& file, const std::string& reason) {
    count(where_->backends.front().name, file, "-", [&] { throw BadCase(reason); });
  }

  void run_case(const std::string& file, const Json& json, const Json& tensors) {
    const Case c(json, tensors);
    std::string name = "-";
    const Kind* kind = nullptr;
    try {
      name = c.name();
      const auto found = kinds().find(c.kind());
      if (found == kinds().end()) throw BadCase("unknown kind '" + c.kind() + '\'');
      kind = &found->second;
    } catch (const std::exception& e) {
      fail(file, name + ": " + e.what());
      return;
    }
    const bool once = kind->on == kOnce;
    if (once && !where_->cases_without_backend) return;
    for (const test::NamedBackend& named : where_->backends) {
      if (kind->on == kWhereItTrains && !named.backend.trains()) continue;
      count(named.name, file, name, [&] { kind->run(c, named.backend); });
      if (once) return;
    }
  }

  void run_file(const std::filesystem::path& path) {
    const std::string file = path.filename().string();
    try {
      std::ifstream stream(path);
      if (!stream) throw BadCase("cannot be opened");
      const Json json = Json::parse(stream);
      const Json& format = member(json, "format");
      if (std::find(kFormats.begin(), kFormats.end(), format) == kFormats.end()) {
        throw BadCase("got format " + format.dump() + ", expected 1 or 2");
      }
      const Json& cases = member(json, "cases");
      if (!cases.is_array() || cases.empty()) throw BadCase("has no cases");
      const Json tensors = json.value("tensors", Json::object());
      for (const Json& one : cases) run_case(file, one, tensors);
    } catch (const std::exception& e) {
      fail(file, e.what());
    }
  }

  [[nodiscard]] Counts counts() const noexcept { return counts_; }

 private:
  const Where* where_;
  std::ostream* out_;
  Counts counts_;
};

}  // namespace

std::map<std::string, Kind, std::less<>>& kinds() {
  static std::map<std::string, Kind, std::less<>> table;
  return table;
}

Counts run_directory(const std::filesystem::path& directory, const Where& where,
                     std::ostream& out) {
  Runner runner(where, out);
  std::vector<std::filesystem::path> files;
  try {
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
    if (files.empty()) throw BadCase("no .json files in it");
  } catch (const std::exception& e) {
    runner.fail(directory.string(), e.what());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) runner.run_file(file);
  return runner.counts();
}

}  // namespace seqfeat::golden
