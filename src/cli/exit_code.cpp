// SPDX-License-Identifier: Apache-2.0
#include "cli/exit_code.hpp"

#include <cstdio>
#include <exception>
#include <new>
#include <nlohmann/json.hpp>

#include "cli/output.hpp"
#include "run/rejected.hpp"
#include "run/text.hpp"

namespace seqfeat::cli {
Failure failure_of_exception() {
  try {
    throw;
  } catch (const ClosedPipe&) {
    return {kOk, ""};  // the reader has seen enough
  } catch (const InvalidArgument& error) {
    return {kUsage, error.what()};
  } catch (const DataError& error) {
    return {kInput, error.what(), error.place()};
  } catch (const DeviceUnavailable& error) {
    return {kNoDevice, error.what()};
  } catch (const std::bad_alloc&) {
    return {kFailed, "out of memory; try a smaller --batch-size"};
  } catch (const std::exception& error) {
    return {kFailed, error.what()};
  }
}

int report(const Failure& failure, const Globals& globals) {
  if (failure.code == kOk) return globals.exit_code;
  std::fprintf(stderr, "seqfeat: %s\n", failure.message.c_str());
  if (!globals.json) return failure.code;
  nlohmann::ordered_json about{
      {"schema_version", 1},
      {"error", {{"code", failure.code}, {"message", run::utf8_or_escaped(failure.message)}}}};
  about["error"].update(run::json_of(failure.place));
  if (globals.add_to_failure) globals.add_to_failure(about);
  try {
    print(about.dump() + "\n");
  } catch (const std::exception&) {  // nobody reads stdout; the exit code says that it failed
  }
  return failure.code;
}

}  // namespace seqfeat::cli
