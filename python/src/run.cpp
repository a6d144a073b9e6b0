// SPDX-License-Identifier: Apache-2.0
// Whole runs over files, and the program.
#include <string>
#include <vector>

#include "core.hpp"
#include "files.hpp"

namespace seqfeat::python {
namespace {

/// The program: `arguments` are what stands behind its name.
int program(const nb::list& arguments, nb::object files) {
  std::vector<std::string> texts{"seqfeat"};
  for (nb::handle argument : arguments) texts.emplace_back(nb::cast<nb::str>(argument).c_str());
  std::vector<char*> argv;
  for (std::string& text : texts) argv.push_back(text.data());
  argv.push_back(nullptr);
  const ArrowFiles opener(std::move(files));
  const nb::gil_scoped_release release;
  return seqfeat_main_with(static_cast<int>(texts.size()), argv.data(), opener.get());
}

class Run {
 public:
  Run(const std::string& spec, const std::vector<std::string>& arguments, nb::object files,
      nb::object form)
      : files_(std::move(files)), form_(std::move(form)) {
    std::vector<const char*> argv{"run"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    check(seqfeat_run_new(spec.data(), spec.size(), static_cast<int>(argv.size()), argv.data(),
                          files_.get(), form_.get(), &run_));
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  Run(Run&&) = delete;
  Run& operator=(Run&&) = delete;
  ~Run() { seqfeat_run_free(run_); }

  void work() {
    without_gil([this] { return seqfeat_run_work(run_); });
  }
  void stop() { seqfeat_run_stop(run_); }
  [[nodiscard]] nb::str report() {
    const char* json = nullptr;
    check(seqfeat_run_report(run_, &json));
    return nb::str(json);
  }

 private:
  ArrowFiles files_;
  PartForm form_;
  seqfeat_run* run_ = nullptr;
};

}  // namespace

void bind_run(nb::module_& module) {
  using namespace nb::literals;
  module.def("program", program, "arguments"_a, "files"_a.none() = nb::none(),
             "Runs the program `seqfeat` and returns its exit code.");
  nb::class_<Run>(module, "Run", "A run over files.")
      .def(nb::init<const std::string&, const std::vector<std::string>&, nb::object, nb::object>(),
           "spec"_a, "arguments"_a, "files"_a.none(), "form"_a.none())
      .def("work", &Run::work)
      .def("stop", &Run::stop)
      .def("report", &Run::report);
}

}  // namespace seqfeat::python
