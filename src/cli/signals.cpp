// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.hpp"

#include <pthread.h>

#include <cstdlib>
#include <ctime>

#include "cli/exit_code.hpp"

namespace seqfeat::cli {

SignalStop::SignalStop() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  waiter_ = std::thread([this] { wait(); });
}

SignalStop::~SignalStop() {
  done_ = true;
  waiter_.join();
}

void SignalStop::wait() {
  constexpr timespec kTurn{.tv_sec = 0, .tv_nsec = 50'000'000};
  while (!done_) {
    const int signal = sigtimedwait(&signals_, nullptr, &kTurn);
    if (signal <= 0) continue;
    if (signal_ != 0) std::_Exit(kSignal + signal);
    signal_ = signal;
    stop_.request_stop();
  }
}

}  // namespace seqfeat::cli
