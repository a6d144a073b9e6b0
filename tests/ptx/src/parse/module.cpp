// SPDX-License-Identifier: Apache-2.0
// Reads a whole module: what stands outside of kernels, and the kernels.
#include "ptx/module.hpp"

#include <charconv>
#include <utility>

#include "parse/kernel.hpp"
#include "parse/variables.hpp"
#include "ptx/fault.hpp"

namespace ptx {

class ModuleReader {
 public:
  explicit ModuleReader(std::string_view text) : tokens_(tokens_of(text)), cursor_(tokens_) {
    module_.storage = storage_;
    while (!cursor_.done()) {
      read_item();
    }
  }

  [[nodiscard]] const Module& so_far() const { return module_; }
  [[nodiscard]] const Kernel* head(std::string_view name) const {
    const auto waiting = waiting_.find(name);
    if (waiting != waiting_.end()) return &waiting->second.head();
    const auto read = module_.kernels.find(name);
    return read == module_.kernels.end() ? nullptr : &read->second;
  }
  void read(std::string_view name) {
    const auto waiting = waiting_.find(name);
    if (waiting == waiting_.end()) return;
    module_.kernels.emplace(name, waiting->second.read());
    waiting_.erase(waiting);
  }
  [[nodiscard]] Module read_all() {
    for (auto& [name, reader] : waiting_) module_.kernels.emplace(name, reader.read());
    return std::move(module_);
  }

 private:
  void read_item() {
    const Token first = cursor_.peek();
    if (first.is(".version") || first.is(".address_size") || first.is(".file")) {
      cursor_.skip_line(first);
    } else if (cursor_.accept(".target")) {
      read_target();
      cursor_.skip_line(first);
    } else if (cursor_.accept(".section")) {
      while (!cursor_.done() && !cursor_.peek().is("{")) {
        cursor_.take();
      }
      cursor_.skip_braces();
    } else {
      read_linked();
    }
  }

  void read_target() {
    const std::string_view target = cursor_.word("a target such as sm_90");
    if (target.starts_with("sm_")) {
      std::from_chars(target.data() + 3, target.data() + target.size(), module_.target);
    }
  }

  // Kernels and variables. Within one module it makes no difference who else sees them.
  void read_linked() {
    const bool external = cursor_.accept(".extern");
    if (!external && !cursor_.accept(".visible")) {
      cursor_.accept(".weak");
    }
    if (!external && cursor_.accept(".entry")) {
      Program program;
      for (const auto& [name, variable] : module_.variables) {
        program.variables.push_back(variable.range);
      }
      program.storage = storage_;
      const std::string name(Cursor(cursor_).word("the name of a kernel"));
      waiting_.try_emplace(name, cursor_, symbols_, shared_, std::move(program));
    } else if (external && cursor_.accept(".shared")) {
      const Declaration dynamic = read_declaration(cursor_);
      symbols_[dynamic.name] = {Space::shared, kDynamic};
      cursor_.expect(";");
    } else if (cursor_.accept(".shared")) {
      shared_.push_back(read_declaration(cursor_));
      cursor_.expect(";");
    } else if (!external && cursor_.accept(".global")) {
      read_variable(Space::global);
    } else if (!external && cursor_.accept(".const")) {
      read_variable(Space::constant);
    } else {
      cursor_.refuse("a kernel, a .global or .const variable, or shared memory");
    }
  }

  void read_variable(Space space) {
    const Declaration variable = read_declaration(cursor_);
    std::byte* const bytes = storage_->add(variable.size, variable.alignment);
    read_values(cursor_, variable, bytes);
    cursor_.expect(";");
    const auto begin = reinterpret_cast<Address>(bytes);
    module_.variables[variable.name] = {{begin, begin + variable.size, space == Space::global}};
    symbols_[variable.name] = {space, begin};
  }

  std::vector<Token> tokens_;
  Cursor cursor_;
  Module module_;
  std::shared_ptr<Storage> storage_ = std::make_shared<Storage>();
  Symbols symbols_;
  std::vector<Declaration> shared_;
  std::map<std::string, KernelReader, std::less<>> waiting_;
};

Module parse(std::string_view text) {
  return ModuleReader(text).read_all();
}

LazyModule::LazyModule(std::string_view text) : reader_(std::make_unique<ModuleReader>(text)) {}
LazyModule::~LazyModule() = default;

const std::map<std::string, Variable, std::less<>>& LazyModule::variables() const {
  return reader_->so_far().variables;
}
const Kernel* LazyModule::head(std::string_view name) const {
  return reader_->head(name);
}
const Kernel* LazyModule::kernel(std::string_view name) {
  reader_->read(name);
  return reader_->head(name);
}

}  // namespace ptx
