// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <sys/wait.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/cli/process.hpp"
#include "tests/cli/specs.hpp"

namespace seqfeat::test {
namespace {

/// Expects `code` and a message that holds `place`.
void expect(const Folder& folder, const std::vector<std::string>& arguments, int code,
            const std::string& place) {
  const Ended ended = seqfeat(folder, arguments);
  std::string line;
  for (const std::string& argument : arguments) line += argument + " ";
  EXPECT_EQ(ended.code, code) << line << ended.err;
  EXPECT_NE(ended.err.find(place), std::string::npos) << line << ended.err;
}

TEST(CliExitCode, IsTwoForOptionsThatCannotBeMeant) {
  const Folder folder;
  const std::string text = folder.write("a.txt", "a\n");
  const std::string spec = folder.write("s.json", kSpec);
  expect(folder, {}, 2, "--help");
  expect(folder, {"frobnicate"}, 2, "--help");
  expect(folder, {"hash"}, 2, "--buckets");
  expect(folder, {"hash", "--buckets", "1"}, 2, "got 1");
  expect(folder, {"hash", "--buckets", "-5"}, 2, "got -5");
  expect(folder, {"hash", "--buckets", "2", "--dtype", "float"}, 2, "got 'float'");
  expect(folder, {"run", "--spec", spec, "--output", folder / "o"}, 2, "FILES");
  const auto run = [&](std::vector<std::string> more, const std::string& place) {
    std::vector<std::string> all{"run", "--spec", spec, "--output", folder / "o", text};
    all.insert(all.end(), more.begin(), more.end());
    expect(folder, all, 2, place);
  };
  run({"--batch-size", "0"}, "--batch-size");
  run({"--emit", "values,valeus"}, "'valeus'");
  run({"--emit", ""}, "--emit");
  run({"--keep", "label"}, "--keep label");
  run({"--input-format", "csv"}, "'csv'");
  run({"--resume", "--overwrite"}, "--overwrite");
  run({"--tables", folder / "none.safetensors"}, "none.safetensors");
  run({"--tables", text}, "a.txt");
  run({"--emit", "ids", "--save-tables", folder / "t"}, "--save-tables");
  run({folder.write("b.jsonl", "{}\n")}, "b.jsonl");
  EXPECT_TRUE(contents(folder / "o").empty());
}

TEST(CliExitCode, IsTwoForInstructionsThatNobodyKnows) {
  const Folder folder;
  const Ended wrong = seqfeat(folder, {"doctor"}, "", {{"SEQFEAT_SIMD", "mmx"}});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("got 'mmx', expected 'scalar', 'sse4.2', 'avx2' or 'avx512'"),
            std::string::npos);
  const Ended forced = seqfeat(folder, {"doctor"}, "", {{"SEQFEAT_SIMD", "scalar"}});
  EXPECT_EQ(forced.code, 0);
  EXPECT_NE(forced.out.find("in use: scalar"), std::string::npos) << forced.out;
  const Ended parts = seqfeat(folder, {"doctor", "--json"}, "", {{"SEQFEAT_SIMD", "scalar"}});
  const auto json = nlohmann::json::parse(parts.out)["simd_of_parts"];
  EXPECT_EQ(json.size(), 6U);
  for (const auto& [part, simd] : json.items()) EXPECT_EQ(simd, "scalar") << part;
}

TEST(CliExitCode, IsTwoForASpecThatCannotBeUsed) {
  const Folder folder;
  expect(folder, {"spec", folder / "none.json"}, 2, "none.json");
  expect(folder, {"spec", folder / "."}, 2, "directory");
  expect(folder, {"spec", folder.write("s.json", "{")}, 2, "s.json");
  expect(folder, {"spec", folder.write("t.json", R"({"columns": [], "colums": 1})")}, 2, "colums");
}

TEST(CliExitCode, IsTwoForADirectoryThatIsInUse) {
  const Folder folder;
  const std::string text = folder.write("a.txt", "a\n");
  const std::string spec = folder.write("s.json", kSpec);
  expect(folder, {"run", "--spec", spec, "--output", text, text}, 2, "got a file");
  ASSERT_EQ(seqfeat(folder, {"run", "--spec", spec, "--output", folder / "o", text}).code, 0);
  expect(folder, {"run", "--spec", spec, "--output", folder / "o", text}, 2, "not empty");
}

TEST(CliExitCode, IsThreeForInputThatIsMissingOrMalformed) {
  const Folder folder;
  const std::string spec = folder.write("s.json", kSpec);
  const auto run = [&](const std::string& file, const std::string& place) {
    expect(folder,
           {"run", "--quiet", "--overwrite", "--input-format", "jsonl", "--spec", spec, "--output",
            folder / "o", file},
           3, place);
  };
  run(folder / "none.jsonl", "none.jsonl");
  run(folder / ".", "directory");
  const std::vector<std::pair<std::string, std::string>> bad{
      {R"({"tokens": ["a", 5]})", "tokens: got 5, expected string"},
      {R"({"tokens": "a"})", "tokens: got the string 'a'"},
      {R"({"tokens": [["a", ["b"]]]})", "tokens: got a list"},
      {R"({"tokens": [1.5]})", "tokens: got 1.5"},
      {R"({"tokens": [], "tokens": []})", "tokens: got the key twice"},
      {R"({"x": {"y": 1, "y": 2}})", "y: got the key twice"},
      {R"({"tokens": ["a")", "got malformed JSON"},
      {R"({"tokens": ["\ud800"]})", "got malformed JSON"},
      {"{\"tokens\": [\"\xff\"]}", "got malformed JSON"},
      {"{} x", "got malformed JSON"},
      {"[1]", "got a list"},
      {"", "got an empty line"},
      {"{\"x\": " + std::string(100000, '['), "got nesting deeper than 64"}};
  for (const auto& [line, what] : bad) {
    run(folder.write("b.jsonl", "{\"tokens\": [\"a\"]}\n" + line + "\n"), "b.jsonl:2: " + what);
  }
}

TEST(CliExitCode, IsThreeForARowThatIsTooLongAndNamesItsPlaceInTheInput) {
  const Folder folder;
  const std::string spec = folder.write("s.json", kShortSpec);
  const std::string first = folder.write("a.txt", "a\nb\n");
  const std::string second = folder.write("b.txt", "a\nb c\na b c\n");
  expect(folder, {"run", "--quiet", "--spec", spec, "--output", folder / "o", first, second}, 3,
         "b.txt:3: ");
}

TEST(CliExitCode, IsFourForCudaWithoutADevice) {
  const Folder folder;
  const std::string text = folder.write("a.txt", "a\n");
  const std::string spec = folder.write("s.json", kSpec);
  const Ended ended = seqfeat(
      folder,
      {"run", "--quiet", "--spec", spec, "--output", folder / "o", "--backend", "cuda", text}, "",
      {{"CUDA_VISIBLE_DEVICES", ""}});
  EXPECT_EQ(ended.code, 4) << ended.err;
}

TEST(CliExitCode, IsOneWhereStandardOutputCannotBeWritten) {
  const Folder folder;
  const std::string text = folder.write("a.txt", "a\n");
  const std::string command = std::string("'") + tested_program() + "' hash --buckets 9 " + text +
                              " > /dev/full 2> /dev/null";
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 1);
}

TEST(CliExitCode, IsZeroWithoutAWordWhereTheReaderHasEnough) {
  const Folder folder;
  std::string lines;
  for (int i = 0; i < 200000; ++i) lines += "token\n";
  const std::string text = folder.write("a.txt", lines);
  const std::string command = std::string("('") + tested_program() + "' hash --buckets 9 " + text +
                              "; echo code $? >&2) 2> " + (folder / "err") +
                              " | head -n 1 > /dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(read_file(folder / "err"), "code 0\n");
}

}  // namespace
}  // namespace seqfeat::test
