// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.hpp"

#include <pthread.h>

#include <cstdlib>

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
  pthread_kill(waiter_.native_handle(), SIGINT);  // so that it looks at once
  waiter_.join();
}

void SignalStop::wait() {
  int signal = 0;
  while (sigwait(&signals_, &signal) == 0 && !done_) {
    if (signal_ != 0) std::_Exit(kSignal + signal);
    signal_ = signal;
    stop_.request_stop();
  }
}

}  // namespace seqfeat::cli
