// SPDX-License-Identifier: Apache-2.0
#include "run/row_batch.hpp"
#include "seqfeat/example.hpp"
#include "seqfeat/tfrecord.hpp"
#include "tests/bad_input/bad_input.hpp"
#include "tests/support/compress.hpp"
#include "tests/support/example_bytes.hpp"
#include "tests/support/record_bytes.hpp"

namespace seqfeat::test {
namespace {

std::string damaged(std::string bytes, std::size_t at) {
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  return bytes;
}

BadInput file(std::string what, std::string bytes, std::vector<std::string> words,
              Compression compression = Compression::none) {
  words.emplace_back("f.tfrecord: ");
  return {std::move(what), Refusal::data_error, std::move(words),
          [bytes = std::move(bytes), compression] {
            TfRecordReader reader(bytes, compression, "f.tfrecord");
            while (reader.next()) {
            }
          }};
}

BadInput record(std::string what, std::string bytes, std::vector<std::string> words,
                RecordKind kind = RecordKind::example, std::vector<std::string> keep = {}) {
  words.emplace_back("record 7: ");
  return {std::move(what), Refusal::data_error, std::move(words),
          [bytes = std::move(bytes), kind, keep = std::move(keep)] {
            ExampleParser parser({{"w", DType::string}, {"i", DType::int8}, {"u", DType::uint8}},
                                 kind, keep);
            parser.add(bytes, 7);
          }};
}

BadInput line(std::string what, std::string text, std::vector<std::string> words) {
  return {std::move(what), Refusal::data_error, std::move(words), [text = std::move(text)] {
            const auto rows = run::make_row_batch(run::InputFormat::jsonl,
                                                  {{"w", DType::string}, {"i", DType::int8}}, {});
            rows->add(text);
          }};
}

}  // namespace

std::vector<BadInput> bad_records() {
  const std::string one = framed(5, "hello");
  const std::string zipped = compress(one + one, kGzip);
  const std::string deflated = compress(one + one, kZlib);
  const std::string eleven(10, '\xff');
  const std::vector<std::string> keep{"k"};
  constexpr auto kSequence = RecordKind::sequence_example;
  return {
      file("a record whose header is cut", one + one.substr(0, 11), {"byte 21", "11 bytes"}),
      file("a record whose data is cut", one.substr(0, 14), {"byte 0", "cut"}),
      file("a record without its last checksum", one.substr(0, one.size() - 1), {"byte 0", "cut"}),
      file("a wrong checksum of the length", one + damaged(one, 9), {"byte 21", "length", "CRC"}),
      file("a wrong checksum of the data", one + damaged(one, 18), {"byte 21", "data", "CRC"}),
      file("a bit flipped in the length", damaged(one, 0), {"byte 0", "CRC"}),
      file("a bit flipped in the data", damaged(one, 13), {"byte 0", "CRC"}),
      file("a length of 2 to the 64 - 1", framed(~std::uint64_t{0}, "x"), {"18446744073709551615"}),
      file("a length of 2 to the 63", framed(std::uint64_t{1} << 63, "x"), {"9223372036854775808"}),
      file("a length of 2 to the 62", framed(std::uint64_t{1} << 62, "x"), {"4611686018427387904"}),
      file("a length of a terabyte", framed(std::uint64_t{1} << 40, "x"), {"1099511627776"}),
      file("text instead of records", "these are no records at all", {"byte 0", "CRC"}),
      file("a gzip stream that is cut", zipped.substr(0, zipped.size() - 9), {"cut"},
           Compression::gzip),
      file("a gzip stream with a wrong checksum", damaged(zipped, zipped.size() - 6), {"broken"},
           Compression::gzip),
      file("a zlib stream that is cut", deflated.substr(0, deflated.size() - 5), {"cut"},
           Compression::automatic),
      file("a length that lies inside gzip", compress(framed(std::uint64_t{1} << 50, "x"), kGzip),
           {"1125899906842624"}, Compression::automatic),
      file("a zlib stream that is no zlib", one, {"broken"}, Compression::zlib),

      record("a varint that is cut", "\x0a\xff", {"varint", "cut"}),
      record("a varint of eleven bytes", "\x0a" + eleven + "\x01", {"longer than ten"}),
      record("a field that runs past the end", "\x0a\x05zz", {"past the end"}),
      record("a field of 2 to the 64 - 1 bytes", "\x0a" + varint(~std::uint64_t{0}),
             {"longer than five bytes"}),
      record("a token of 2 to the 63 bytes",
             example({entry("w", field(1, "\x0a" + varint(std::uint64_t{1} << 63)))}),
             {"w: ", "longer than five bytes"}),
      record("a field with the number 0", std::string("\2\0", 2), {"number 0"}),
      record("a wire type that is none", "\x0e", {"wire type"}),
      record("a group that does not end", "\x0b", {"group"}),
      record("a group that did not begin", "\x0c", {"group"}),
      record("groups in groups in groups", std::string(200, '\x0b'), {"too deeply"}),
      record("a key that is not UTF-8 in a record", example({entry("\xff", strings({"a"}))}),
             {"UTF-8"}),
      record("floats where strings are expected", example({entry("w", floats({1}))}),
             {"w: ", "a list of floats", "a list of strings"}),
      record("integers where strings are expected", example({entry("w", integers({1}))}),
             {"w: ", "a list of int64"}),
      record("strings where integers are expected", example({entry("i", strings({"1"}))}),
             {"i: ", "a list of strings"}),
      record("128 for an int8", example({entry("i", integers({1, 128}))}), {"i: ", "128", "-128"}),
      record("-1 for a uint8", example({entry("u", integers({-1}))}), {"u: ", "-1", "0 to 255"}),
      record("packed floats that are cut", example({entry("x", field(2, field(1, "abc")))}),
             {"x: ", "cut"}),
      record("a wrong kind in the third step",
             lists({entry("w", list({strings({"a"}), strings({"b"}), integers({1})}))}),
             {"w: ", "a list of int64"}, kSequence),
      record("a step that runs past the end", lists({entry("w", field(1, "\x0a\x09"))}),
             {"w: ", "past the end"}, kSequence),
      record("nothing to keep", example({entry("w", strings({"a"}))}), {"k: ", "no list"},
             RecordKind::example, keep),
      record("two values to keep", example({entry("k", integers({1, 2}))}), {"k: ", "2 values"},
             RecordKind::example, keep),
      record("two strings to keep", example({entry("k", strings({"a", "b"}))}), {"k: ", "2 values"},
             RecordKind::example, keep),

      line("a line without JSON", "", {"empty line"}),
      line("a line that is a list", "[]", {"a list", "expected an object"}),
      line("a line that is cut", R"({"w": ["a")", {"malformed JSON", "byte"}),
      line("text behind the object", R"({"w": []} x)", {"malformed JSON"}),
      line("a NUL behind the object", std::string("{\"w\": []}\0x", 11), {"byte 10", "NUL"}),
      line("a key twice in a line", R"({"w": [], "w": []})", {"w: ", "twice"}),
      line("a bare scalar", R"({"w": "a"})", {"w: ", "'a'", "a list of steps"}),
      line("a list too deep", R"({"w": [["a", ["b"]]]})", {"w: ", "list"}),
      line("a line of 65 levels", R"({"x": )" + std::string(64, '['), {"deeper than 64"}),
      line("a number for a string", R"({"w": [1]})", {"w: ", "got 1", "string"}),
      line("a float for an integer", R"({"i": [1.0]})", {"i: ", "got 1.0", "int8"}),
      line("an integer out of range", R"({"i": [[1, -129]]})", {"i: ", "-129", "int8"}),
      line("an object for a step", R"({"w": [{}]})", {"w: ", "object"}),
      line("a token that is not UTF-8", "{\"w\": [\"\xff\"]}", {"malformed JSON", "UTF-8"}),
  };
}

}  // namespace seqfeat::test
