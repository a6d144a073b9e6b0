// SPDX-License-Identifier: Apache-2.0
#include "cli/exit_code.hpp"

#include <cstdio>
#include <exception>
#include <new>

#include "cli/output.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::cli {
namespace {

int say(const char* what, int code) {
  std::fprintf(stderr, "seqfeat: %s\n", what);
  return code;
}

}  // namespace

int report_exception() {
  try {
    throw;
  } catch (const ClosedPipe&) {
    return kOk;  // whoever read has enough
  } catch (const InvalidArgument& error) {
    return say(error.what(), kUsage);
  } catch (const DataError& error) {
    return say(error.what(), kInput);
  } catch (const DeviceUnavailable& error) {
    return say(error.what(), kNoDevice);
  } catch (const std::bad_alloc&) {
    return say("out of memory; try a smaller --batch-size", kFailed);
  } catch (const std::exception& error) {
    return say(error.what(), kFailed);
  }
}

}  // namespace seqfeat::cli
