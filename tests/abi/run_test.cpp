// SPDX-License-Identifier: Apache-2.0
// Whole runs through the C interface, over files that the caller opens.
#include <gtest/gtest.h>
#include <seqfeat/seqfeat.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <seqfeat/arrow_abi.hpp>
#include <string>
#include <vector>

namespace {

const std::string kSpec =
    R"({"columns": [{"type": "embedding_column", "dimension": 2, "categorical_column":
    {"type": "sequence_categorical_column_with_hash_bucket", "key": "tokens",
     "hash_bucket_size": 10, "dtype": "int64"}}]})";

/// Opens every file as a table of one column of lists of int64: two rows, and again two.
struct Files {
  seqfeat_status status = SEQFEAT_OK;  ///< What `open` answers.
  std::vector<std::string> opened{};
  int chunks = 0;
  int chunks_each = 2;
  std::array<std::int64_t, 3> offsets{0, 3, 4};
  std::array<std::int64_t, 4> tokens{1, 2, 3, 4};

  [[nodiscard]] seqfeat_arrow_files functions() {
    seqfeat_arrow_files functions = {};
    functions.context = this;
    functions.filter = "every row";
    functions.size = [](void*, const char*, std::int64_t* bytes) {
      *bytes = 100;
      return SEQFEAT_OK;
    };
    functions.open = [](void* context, const char* name, const char* format,
                        const char* const* columns, std::int64_t count, ArrowArrayStream* out) {
      auto& self = *static_cast<Files*>(context);
      self.opened.push_back(std::string(name) + " " + format);
      for (std::int64_t i = 0; i < count; ++i) self.opened.push_back(columns[i]);
      if (self.status == SEQFEAT_OK) self.stream(out);
      return self.status;
    };
    functions.last_error = [](void* context) {
      const auto& self = *static_cast<const Files*>(context);
      return seqfeat_error{self.status, "it is broken", "tokens", nullptr, -1, -1};
    };
    return functions;
  }

  void stream(ArrowArrayStream* out) {
    chunks = chunks_each;
    out->private_data = this;
    out->get_schema = [](ArrowArrayStream* from, ArrowSchema* schema) {
      ArrowArray unused = {};
      auto* child = new ArrowSchema{};
      static_cast<Files*>(from->private_data)->give(child, &unused);
      unused.release(&unused);
      auto* name = new std::string("tokens");
      child->name = name->c_str();
      *schema = {};
      schema->format = "+s";
      schema->n_children = 1;
      schema->children = new ArrowSchema*(child);
      schema->private_data = name;
      schema->release = [](ArrowSchema* done) {
        done->children[0]->release(done->children[0]);
        delete done->children[0];
        delete done->children;
        delete static_cast<std::string*>(done->private_data);
        done->release = nullptr;
      };
      return 0;
    };
    out->get_next = [](ArrowArrayStream* from, ArrowArray* array) {
      auto& self = *static_cast<Files*>(from->private_data);
      array->release = nullptr;
      if (self.chunks-- == 0) return 0;
      ArrowSchema unused = {};
      auto* child = new ArrowArray{};
      self.give(&unused, child);
      unused.release(&unused);
      static std::array<const void*, 1> no_nulls{nullptr};
      *array = {};
      array->length = 2;
      array->n_buffers = 1;
      array->buffers = no_nulls.data();
      array->n_children = 1;
      array->children = new ArrowArray*(child);
      array->release = [](ArrowArray* done) {
        done->children[0]->release(done->children[0]);
        delete done->children[0];
        delete done->children;
        done->release = nullptr;
      };
      return 0;
    };
    out->get_last_error = [](ArrowArrayStream*) -> const char* { return nullptr; };
    out->release = [](ArrowArrayStream* done) { done->release = nullptr; };
  }

  void give(ArrowSchema* schema, ArrowArray* array) {
    seqfeat_ragged_view view = {};
    view.row_offsets = {offsets.data(), 3, 1};
    view.values.data = tokens.data();
    view.values.count = 4;
    view.values.dtype = SEQFEAT_INT64;
    const auto drop = [](void*) {};
    ASSERT_EQ(seqfeat_arrow_export(&view, this, drop, schema, array), SEQFEAT_OK);
  }
};

struct Free {
  void operator()(seqfeat_run* run) const { seqfeat_run_free(run); }
};
using Handle = std::unique_ptr<seqfeat_run, Free>;

class AbiRun : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "abi-run-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// A run of two files, three rows a part; null if it is refused.
  Handle make(const std::vector<std::string>& more, const seqfeat_arrow_files* files,
              const seqfeat_part_form* form = nullptr) {
    std::vector<std::string> arguments{"run",    "--output",  (folder_ / "out").string(),
                                       "--emit", "lengths",   "--batch-size",
                                       "3",      "--backend", "cpu"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.insert(arguments.end(), {"far://away/a.parquet", "far://away/b.parquet?key=a/b.c"});
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    seqfeat_run* run = nullptr;
    const auto argc = static_cast<int>(argv.size());
    (void)seqfeat_run_new(kSpec.data(), kSpec.size(), argc, argv.data(), files, form, &run);
    return Handle(run);
  }
  static std::string report(const Handle& run) {
    const char* json = "";
    EXPECT_EQ(seqfeat_run_report(run.get(), &json), SEQFEAT_OK);
    return json;
  }

  std::filesystem::path folder_;
};

TEST_F(AbiRun, ReadsFilesThatTheCallerOpens) {
  Files files;
  const seqfeat_arrow_files functions = files.functions();
  const Handle run = make({}, &functions);
  ASSERT_NE(run, nullptr) << seqfeat_last_error().message;
  EXPECT_NE(report(run).find(R"("status":"running")"), std::string::npos);
  ASSERT_EQ(seqfeat_run_work(run.get()), SEQFEAT_OK) << seqfeat_last_error().message;
  EXPECT_NE(report(run).find(R"("status":"finished")"), std::string::npos) << report(run);
  EXPECT_NE(report(run).find(R"("rows":8,"tokens":16,"new_rows":8)"), std::string::npos);
  EXPECT_EQ(files.opened,
            (std::vector<std::string>{"far://away/a.parquet parquet", "tokens",
                                      "far://away/b.parquet?key=a/b.c parquet", "tokens"}));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out" / "part-00002.safetensors"));
  EXPECT_EQ(seqfeat_run_work(run.get()), SEQFEAT_INVALID_ARGUMENT);
  const Handle again = make({"--resume"}, &functions);
  ASSERT_EQ(seqfeat_run_work(again.get()), SEQFEAT_OK) << seqfeat_last_error().message;
  EXPECT_NE(report(again).find(R"("status":"finished before")"), std::string::npos);
}

/// Parts that say which tensors they have, and how large these are.
struct Form {
  seqfeat_status status = SEQFEAT_OK;

  [[nodiscard]] seqfeat_part_form functions(const char* ending = ".npz") {
    seqfeat_part_form functions = {};
    functions.ending = ending;
    functions.context = this;
    functions.encode = [](void* context, const seqfeat_tensor* tensors, std::int64_t count,
                          void (*write)(void*, const void*, std::int64_t), void* sink) {
      for (std::int64_t i = 0; i < count; ++i) {
        const std::string text = std::string(tensors[i].name) + " " + tensors[i].dtype + " " +
                                 std::to_string(tensors[i].rank) + " " +
                                 std::to_string(tensors[i].shape[0]) + " " +
                                 std::to_string(tensors[i].bytes) + "\n";
        write(sink, text.data(), static_cast<std::int64_t>(text.size()));
      }
      return static_cast<const Form*>(context)->status;
    };
    functions.last_error = [](void* context) {
      return seqfeat_error{
          static_cast<const Form*>(context)->status, "no ink", nullptr, nullptr, -1, -1};
    };
    return functions;
  }
};

TEST_F(AbiRun, WritesPartsInTheCallersForm) {
  Files files;
  Form form;
  const seqfeat_arrow_files functions = files.functions();
  const seqfeat_part_form npz = form.functions();
  const Handle run = make({}, &functions, &npz);
  ASSERT_NE(run, nullptr) << seqfeat_last_error().message;
  ASSERT_EQ(seqfeat_run_work(run.get()), SEQFEAT_OK) << seqfeat_last_error().message;
  const auto text = [&](const char* name) {
    std::ifstream file(folder_ / "out" / name);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  EXPECT_EQ(text("part-00000.npz"), "lengths I64 1 3 24\n");
  EXPECT_EQ(text("part-00002.npz"), "lengths I64 1 2 16\n");
  // Proven parts are kept, others are made again.
  std::filesystem::remove(folder_ / "out" / "manifest.json");
  std::ofstream(folder_ / "out" / "part-00000.npz", std::ios::app) << "more";
  const Handle again = make({"--resume"}, &functions, &npz);
  ASSERT_EQ(seqfeat_run_work(again.get()), SEQFEAT_OK) << seqfeat_last_error().message;
  EXPECT_NE(report(again).find(R"("rows":8,"tokens":16,"new_rows":3)"), std::string::npos);
  EXPECT_EQ(text("part-00000.npz"), "lengths I64 1 3 24\n");
  form.status = SEQFEAT_IO_ERROR;
  EXPECT_EQ(seqfeat_run_work(make({"--overwrite"}, &functions, &npz).get()), SEQFEAT_IO_ERROR);
  EXPECT_STREQ(seqfeat_last_error().message, "no ink");
  EXPECT_EQ(text("part-00000.npz"), "lengths I64 1 3 24\n");  // the old run still stands
  for (const char* ending : {".safetensors", ".csv", ""}) {
    const seqfeat_part_form other = form.functions(ending);
    EXPECT_EQ(make({}, &functions, &other), nullptr) << ending;
  }
}

TEST_F(AbiRun, StopsAndGoesOn) {
  Files files;
  const seqfeat_arrow_files functions = files.functions();
  const Handle stopped = make({}, &functions);
  seqfeat_run_stop(stopped.get());
  ASSERT_EQ(seqfeat_run_work(stopped.get()), SEQFEAT_OK);
  EXPECT_NE(report(stopped).find(R"("status":"stopped")"), std::string::npos);
  const Handle again = make({"--resume"}, &functions);
  ASSERT_EQ(seqfeat_run_work(again.get()), SEQFEAT_OK) << seqfeat_last_error().message;
  EXPECT_NE(report(again).find(R"("status":"finished")"), std::string::npos);
}

TEST_F(AbiRun, PublishesWhatAnotherRunMade) {
  Files files;
  Form form;
  const seqfeat_arrow_files functions = files.functions();
  const seqfeat_part_form npz = form.functions();
  const auto out = folder_ / "out";
  const auto made = folder_ / "made";
  const std::vector<std::string> publish{"--publish", made.string()};
  const auto finished_by = [&](const std::vector<std::string>& more, int chunks,
                               const seqfeat_part_form* in) {
    files.chunks_each = chunks;
    const Handle run = make(more, &functions, in);
    EXPECT_EQ(seqfeat_run_work(run.get()), SEQFEAT_OK) << seqfeat_last_error().message;
    return report(run);
  };
  for (const seqfeat_part_form* in : {static_cast<const seqfeat_part_form*>(nullptr), &npz}) {
    const std::string part = in == nullptr ? "part-00002.safetensors" : "part-00002.npz";
    (void)finished_by({}, 2, in);
    std::filesystem::rename(out, made);
    const std::string told = finished_by(publish, 0, in);
    EXPECT_NE(told.find(R"("status":"finished","output")"), std::string::npos) << told;
    EXPECT_NE(told.find(R"("rows":8,"tokens":16,"new_rows":8)"), std::string::npos) << told;
    EXPECT_TRUE(std::filesystem::exists(out / part));
    EXPECT_FALSE(std::filesystem::exists(made / part));
    EXPECT_FALSE(std::filesystem::exists(made / "manifest.json"));
    EXPECT_NE(finished_by({"--resume"}, 2, in).find("finished before"), std::string::npos);
    // A longer run that stands there goes whole, and only if that is allowed.
    std::filesystem::remove_all(made);
    std::filesystem::rename(out, made);
    (void)finished_by({}, 4, in);
    EXPECT_EQ(seqfeat_run_work(make(publish, &functions, in).get()), SEQFEAT_INVALID_ARGUMENT);
    EXPECT_EQ(std::string(seqfeat_last_error().message).find("--resume"), std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(made / part));
    (void)finished_by({"--overwrite", "--publish", made.string()}, 0, in);
    const std::string beyond = in == nullptr ? "part-00003.safetensors" : "part-00003.npz";
    EXPECT_TRUE(std::filesystem::exists(out / part));
    EXPECT_FALSE(std::filesystem::exists(out / beyond));
    EXPECT_FALSE(std::filesystem::exists(out / ("." + beyond + ".proof")));
    std::filesystem::remove_all(out);
    std::filesystem::remove_all(made);
  }
}

TEST_F(AbiRun, PublishesNothingElse) {
  Files files;
  Form form;
  const seqfeat_arrow_files functions = files.functions();
  const seqfeat_part_form npz = form.functions();
  const auto out = folder_ / "out";
  const auto made = folder_ / "made";
  const std::vector<std::string> publish{"--publish", made.string()};
  const auto refused = [&](const seqfeat_part_form* in) {
    EXPECT_EQ(seqfeat_run_work(make(publish, &functions, in).get()), SEQFEAT_DATA_ERROR);
    EXPECT_FALSE(std::filesystem::exists(out / "manifest.json"));
    std::filesystem::remove_all(out);
    return std::string(seqfeat_last_error().message);
  };
  EXPECT_NE(refused(nullptr).find("is no manifest of a run"), std::string::npos);
  EXPECT_EQ(make({"--publish", made.string(), "--resume"}, &functions), nullptr);
  ASSERT_EQ(seqfeat_run_work(make({}, &functions).get()), SEQFEAT_OK);
  std::filesystem::rename(out, made);
  EXPECT_NE(refused(&npz).find("expected 'part-00000.npz'"), std::string::npos);
  std::string text;
  {
    std::ifstream file(made / "manifest.json");
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  text.replace(text.find("part-00001"), 4, "../x");
  std::ofstream(made / "manifest.json") << text;
  EXPECT_NE(refused(nullptr).find("got a part '../x-00001.safetensors'"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(made / "part-00000.safetensors"));
}

TEST_F(AbiRun, TellsWhatWasWrong) {
  Files files;
  const seqfeat_arrow_files functions = files.functions();
  EXPECT_EQ(make({"--batch-size", "many"}, &functions), nullptr);
  EXPECT_EQ(seqfeat_last_error().status, SEQFEAT_INVALID_ARGUMENT);
  EXPECT_EQ(seqfeat_run_work(make({}, nullptr).get()), SEQFEAT_INVALID_ARGUMENT);
  EXPECT_NE(std::string(seqfeat_last_error().message).find("seqfeat[arrow]"), std::string::npos);
  for (const seqfeat_status status : {SEQFEAT_DATA_ERROR, SEQFEAT_IO_ERROR}) {
    files.status = status;
    const Handle run = make({"--overwrite"}, &functions);
    EXPECT_EQ(seqfeat_run_work(run.get()), SEQFEAT_DATA_ERROR);
    const seqfeat_error error = seqfeat_last_error();
    EXPECT_STREQ(error.message, "far://away/a.parquet: tokens: it is broken");
    EXPECT_STREQ(error.file, "far://away/a.parquet");
    EXPECT_STREQ(error.column, "tokens");
    EXPECT_NE(report(run).find(R"("status":"failed")"), std::string::npos);
  }
  // Contents may be left out; what cannot be read may come back.
  files.status = SEQFEAT_DATA_ERROR;
  EXPECT_EQ(seqfeat_run_work(make({"--overwrite", "--on-error", "skip"}, &functions).get()),
            SEQFEAT_OK);
  files.status = SEQFEAT_IO_ERROR;
  EXPECT_EQ(seqfeat_run_work(make({"--overwrite", "--on-error", "skip"}, &functions).get()),
            SEQFEAT_DATA_ERROR);
  seqfeat_arrow_files half = functions;
  half.open = nullptr;
  EXPECT_EQ(make({}, &half), nullptr);
}

}  // namespace
