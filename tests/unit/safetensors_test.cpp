// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/safetensors.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "seqfeat/crc32c.hpp"
#include "seqfeat/error.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/temporary_directory.hpp"

namespace seqfeat::test {
namespace {

using Tensors = std::vector<std::pair<std::string, TensorView>>;

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string with_length(const std::string& header, const std::string& data, std::uint64_t length) {
  std::string out;
  for (int i = 0; i < 8; ++i) out += static_cast<char>((length >> (8 * i)) & 0xff);
  return out + header + data;
}
std::string file_of(const std::string& header, const std::string& data) {
  return with_length(header, data, header.size());
}

class Safetensors : public testing::Test {
 protected:
  SafetensorsFile open(const std::string& bytes) {
    std::ofstream(file(), std::ios::binary | std::ios::trunc) << bytes;
    return SafetensorsFile(file());
  }
  std::string refused(const std::string& bytes) {
    std::string why = refusal<DataError>([&] { return open(bytes); });
    EXPECT_TRUE(why.empty() || holds(why, file().string())) << why;
    return why;
  }
  std::string refused(const std::string& header, const std::string& data) {
    return refused(file_of(header, data));
  }
  [[nodiscard]] std::filesystem::path file() const { return directory_ / "t.safetensors"; }

 private:
  TemporaryDirectory directory_;
};

std::string tensor(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

TEST_F(Safetensors, WritesTheFormatByteForByte) {
  const Tensors tensors = {{"b", {"U8", {3}, bytes_of("xyz")}},
                           {"a", {"I16", {1, 1}, bytes_of("12")}}};
  const WrittenFile written = write_safetensors(file(), tensors, {{"k", "v\n"}, {"j", ""}});
  std::string header =
      R"({"__metadata__":{"j":"","k":"v\n"},"b":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},)"
      R"("a":{"dtype":"I16","shape":[1,1],"data_offsets":[3,5]}})";
  header.append((8 - header.size() % 8) % 8, ' ');
  const std::string expected = file_of(header, "xyz12");
  EXPECT_EQ(contents(file()), expected);
  EXPECT_EQ(written.bytes, static_cast<std::int64_t>(expected.size()));
  EXPECT_EQ(written.crc32c, crc32c(bytes_of(expected)));
  EXPECT_EQ(safetensors_header(tensors, {{"k", "v\n"}, {"j", ""}}) + "xyz12", expected);
}

TEST_F(Safetensors, ReadsBackWhatWasWritten) {
  const Tensors tensors = {{"ids/日本 \"x\"", {"I64", {2}, bytes_of("0123456789abcdef")}},
                           {"", {"BOOL", {}, bytes_of("\x01")}},
                           {"none", {"F32", {0, 1000}, {}}}};
  write_safetensors(file(), tensors, {{"spec", "{\"a\": [1]}"}});
  const SafetensorsFile got(file());
  ASSERT_EQ(got.tensors().size(), 3U);
  EXPECT_EQ(got.metadata(),
            (std::map<std::string, std::string, std::less<>>{{"spec", "{\"a\": [1]}"}}));
  for (const auto& [name, written] : tensors) {
    const TensorView& read = got.tensors().at(name);
    EXPECT_EQ(read.dtype, written.dtype);
    EXPECT_EQ(read.shape, written.shape);
    EXPECT_TRUE(
        std::equal(read.data.begin(), read.data.end(), written.data.begin(), written.data.end()));
  }
}

TEST_F(Safetensors, DataBeginsAtAMultipleOfEight) {
  for (std::size_t n = 1; n < 20; ++n) {
    const std::string header =
        safetensors_header(Tensors{{std::string(n, 'n'), {"U8", {1}, bytes_of("x")}}}, {});
    EXPECT_EQ(header.size() % 8, 0U);
  }
  EXPECT_EQ(safetensors_header({}, {}), file_of("{}      ", ""));
}

TEST_F(Safetensors, ReadsEveryTypeOfTheFormat) {
  const std::map<std::string, int> sizes = {{"BOOL", 1},    {"U8", 1},  {"I8", 1},  {"F8_E5M2", 1},
                                            {"F8_E4M3", 1}, {"I16", 2}, {"U16", 2}, {"F16", 2},
                                            {"BF16", 2},    {"I32", 4}, {"U32", 4}, {"F32", 4},
                                            {"F64", 8},     {"I64", 8}, {"U64", 8}};
  for (const auto& [dtype, size] : sizes) {
    const std::string data(static_cast<std::size_t>(3 * size), 'x');
    const auto header =
        "{\"t\":" + tensor(dtype, "[3]", "[0," + std::to_string(3 * size) + "]") + "}";
    EXPECT_EQ(open(file_of(header, data)).tensors().at("t").data.size(), data.size());
    EXPECT_TRUE(holds(refused(header, data + "x"), "expected to fill"));
  }
  EXPECT_TRUE(
      holds(refused("{\"t\":" + tensor("F31", "[1]", "[0,4]") + "}", "1234"), "'t'", "F31"));
}

TEST_F(Safetensors, OutlivesItsOwnerThroughTheKeeper) {
  std::shared_ptr<void> keeper;
  std::span<const std::byte> data;
  {
    const SafetensorsFile got = open(file_of("{\"t\":" + tensor("U8", "[2]", "[0,2]") + "}", "ab"));
    keeper = got.keeper();
    data = got.tensors().at("t").data;
  }
  EXPECT_EQ(data[1], std::byte{'b'});
}

TEST_F(Safetensors, RefusesLengthsThatLie) {
  EXPECT_TRUE(holds(refused(""), "0 bytes"));
  EXPECT_TRUE(holds(refused("1234567"), "7 bytes"));
  for (const std::uint64_t length :
       {std::uint64_t{3}, std::uint64_t{1} << 32, ~std::uint64_t{0}, std::uint64_t{1} << 63}) {
    EXPECT_TRUE(
        holds(refused(with_length("{}", "", length)), "header claims " + std::to_string(length)));
  }
  EXPECT_TRUE(holds(refused(with_length("{}", "", 0)), "'{'"));
  EXPECT_TRUE(holds(refused(file_of(" {}", "")), "'{'"));
}

TEST_F(Safetensors, RefusesTensorsThatLackAMember) {
  for (const char* member : {"dtype", "shape", "data_offsets"}) {
    auto json = nlohmann::json::parse(R"({"dtype": "U8", "shape": [2], "data_offsets": [0, 2]})");
    json.erase(member);
    EXPECT_TRUE(holds(refused("{\"t\":" + json.dump() + "}", "12"), "'t'",
                      "must have dtype, shape and data_offsets"));
  }
}

TEST_F(Safetensors, RefusesHeadersOverTheFormatsLimit) {
  std::ofstream(file(), std::ios::binary) << with_length("{}", "", 100'000'001);
  std::filesystem::resize_file(file(), 100'000'100);
  const std::string why = refusal<DataError>([&] { return SafetensorsFile(file()); });
  EXPECT_TRUE(holds(why, "100000001", "100000000")) << why;
}

TEST_F(Safetensors, RefusesBrokenHeaders) {
  const std::string good = tensor("U8", "[2]", "[0,2]");
  const std::vector<std::string> broken = {
      "{",
      "{\"t\":}",
      "{\"t\":" + good,
      "{\"t\":" + good + "}x",
      "{\"t\":" + good + ",}",
      "{\"t\":" + good + "}" + std::string(1, '\0'),
      "{\"\xff\":" + good + "}",
      "{" + std::string(1000, '{'),
      "{\"t\":" + std::string(1000, '['),
      "{\"t\":1}",
      "{\"t\":null}",
      "{\"t\":[]}",
      "{\"t\":\"x\"}",
      "{\"t\":true}",
      "{\"t\":1.5}",
      "{\"t\":{}}",
      "{\"t\":{\"dtype\":\"U8\"}}",
      "{\"t\":" + good + ",\"t\":" + good + "}",
      "{\"__metadata__\":{},\"__metadata__\":{},\"t\":" + good + "}",
      "{\"__metadata__\":{\"a\":\"\",\"a\":\"\"},\"t\":" + good + "}",
      "{\"__metadata__\":{\"a\":1},\"t\":" + good + "}",
      "{\"__metadata__\":{\"a\":{}},\"t\":" + good + "}",
      "{\"__metadata__\":[],\"t\":" + good + "}",
      R"({"__metadata__":null,"t":)" + good + "}",
      R"({"t":{"dtype":"U8","dtype":"U8","shape":[2],"data_offsets":[0,2]}})",
      R"({"t":{"dtype":"U8","shape":[2],"data_offsets":[0,2],"more":1}})",
      R"({"t":{"dtype":1,"shape":[2],"data_offsets":[0,2]}})",
      R"({"t":{"dtype":["U8"],"shape":[2],"data_offsets":[0,2]}})",
      R"({"t":{"dtype":"U8","shape":2,"data_offsets":[0,2]}})",
      R"({"t":{"dtype":"U8","shape":"2","data_offsets":[0,2]}})",
      R"({"t":{"dtype":"U8","shape":{"0":2},"data_offsets":[0,2]}})"};
  for (const std::string& header : broken) EXPECT_NE(refused(header, "ab"), "") << header;
}

TEST_F(Safetensors, RefusesShapesAndOffsetsThatAreNoSizes) {
  for (const char* shape :
       {"[-2]", "[2.0]", "[\"2\"]", "[null]", "[true]", "[[2]]", "[{}]", "[3]", "[1]", "[]",
        "[2,2]", "[0]", "[9223372036854775808]", "[18446744073709551617]",
        "[4294967296,4294967296,2]", "[9223372036854775807,2]", "[-1,-2]"}) {
    EXPECT_TRUE(holds(refused("{\"t\":" + tensor("U8", shape, "[0,2]") + "}", "ab"), "'t'"))
        << shape;
  }
  for (const char* offsets :
       {"[]", "[0]", "[0,2,2]", "[2,0]", "[-1,1]", "[0,3]", "[1,3]", "[1,2]",
        "[0,9223372036854775807]", "[9223372036854775805,9223372036854775807]",
        "[18446744073709551615,1]", "[0.0,2]"}) {
    EXPECT_TRUE(holds(refused("{\"t\":" + tensor("U8", "[2]", offsets) + "}", "ab"), "'t'"))
        << offsets;
  }
  const std::string many = "[" + std::string(200, '1') + "]";
  EXPECT_NE(refused("{\"t\":" + tensor("U8", many, "[0,2]") + "}", "ab"), "");
  std::string deep = "[1";
  for (int i = 0; i < 100; ++i) deep += ",1";
  EXPECT_TRUE(holds(refused("{\"t\":" + tensor("U8", deep + "]", "[0,1]") + "}", "a"), "64"));
}

TEST_F(Safetensors, AZeroAmongTheSizesOutweighsAnOverflow) {
  const std::string shape = "[9223372036854775807,9223372036854775807,0]";
  const SafetensorsFile got = open(file_of("{\"t\":" + tensor("F64", shape, "[0,0]") + "}", ""));
  EXPECT_TRUE(got.tensors().at("t").data.empty());
}

TEST_F(Safetensors, RefusesTensorsThatDoNotTileTheData) {
  const auto two = [](const std::string& a, const std::string& b) {
    return "{\"a\":" + tensor("U8", "[2]", a) + ",\"b\":" + tensor("U8", "[2]", b) + "}";
  };
  EXPECT_EQ(refused(two("[2,4]", "[0,2]"), "abcd"), "");
  EXPECT_TRUE(holds(refused(two("[0,2]", "[1,3]"), "abc"), "'b'", "[1, 3]", "begin at 2"));
  EXPECT_TRUE(holds(refused(two("[0,2]", "[0,2]"), "ab"), "'b'", "[0, 2]"));
  EXPECT_TRUE(holds(refused(two("[0,2]", "[3,5]"), "abcde"), "'b'", "begin at 2"));
  EXPECT_TRUE(holds(refused(two("[1,3]", "[3,5]"), "abcde"), "'a'", "begin at 0"));
  EXPECT_TRUE(holds(refused(two("[0,2]", "[2,4]"), "abc"), "'b'", "3 bytes"));
  EXPECT_TRUE(holds(refused(two("[0,2]", "[2,4]"), "abcde"), "byte 4 of 5"));
  EXPECT_TRUE(holds(refused("{}", "x"), "byte 0 of 1"));
}

TEST_F(Safetensors, EveryTruncationOfAFileIsRefused) {
  const Tensors tensors = {{"a", {"U8", {3}, bytes_of("xyz")}},
                           {"b", {"I16", {1, 1}, bytes_of("12")}}};
  const std::string whole = safetensors_header(tensors, {{"k", "v"}}) + "xyz12";
  EXPECT_EQ(refused(whole), "");
  for (std::size_t n = 0; n < whole.size(); ++n) EXPECT_NE(refused(whole.substr(0, n)), "") << n;
}

TEST_F(Safetensors, RefusesToWriteWhatCouldNotBeReadBack) {
  const auto why = [&](const Tensors& tensors) {
    std::string message =
        refusal<InvalidArgument>([&] { return write_safetensors(file(), tensors, {}); });
    EXPECT_FALSE(std::filesystem::exists(file()));
    return message;
  };
  const auto x = bytes_of("x");
  EXPECT_TRUE(holds(why({{"t", {"U9", {1}, x}}}), "'t'", "U9"));
  EXPECT_TRUE(holds(why({{"t", {"U8", {2}, x}}}), "'t'", "U8 [2]", "1"));
  EXPECT_TRUE(holds(why({{"t", {"U8", {-1}, x}}}), "'t'", "-1"));
  EXPECT_TRUE(holds(why({{"t", {"U8", {1}, x}}, {"t", {"U8", {1}, x}}}), "'t'", "twice"));
  EXPECT_TRUE(holds(why({{"__metadata__", {"U8", {1}, x}}}), "__metadata__"));
  EXPECT_TRUE(holds(why({{"\xff", {"U8", {1}, x}}}), "UTF-8"));
}

}  // namespace
}  // namespace seqfeat::test
