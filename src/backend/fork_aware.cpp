// SPDX-License-Identifier: Apache-2.0
#include "backend/fork_aware.hpp"

#include <pthread.h>

#include <algorithm>
#include <mutex>
#include <vector>

namespace seqfeat::detail {
namespace {

struct Registry {
  std::mutex mutex;
  std::vector<ForkAware*> objects;
};

/// Never destroyed: objects with static lifetime may end after it would.
Registry& registry() {
  static auto* const kRegistry = [] {
    pthread_atfork(
        [] {
          registry().mutex.lock();
          for (ForkAware* object : registry().objects) object->before_fork();
        },
        [] {
          for (ForkAware* object : registry().objects) object->after_fork_in_parent();
          registry().mutex.unlock();
        },
        [] {
          for (ForkAware* object : registry().objects) object->after_fork_in_child();
          registry().mutex.unlock();
        });
    return new Registry;
  }();
  return *kRegistry;
}

}  // namespace

ForkAware::ForkAware() {
  const std::lock_guard lock(registry().mutex);
  registry().objects.push_back(this);
}

ForkAware::~ForkAware() {
  const std::lock_guard lock(registry().mutex);
  std::erase(registry().objects, this);
}

}  // namespace seqfeat::detail
