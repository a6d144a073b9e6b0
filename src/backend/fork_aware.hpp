// SPDX-License-Identifier: Apache-2.0
// What has locks or threads, and goes on to work in a forked child.
#pragma once

namespace seqfeat::detail {

/// An object that is told of forks. A forked child has only the thread that forked: locks that
/// others held stay locked in it, and threads are gone.
///
/// A constructor registers the object and its destructor forgets it; forks on other threads wait
/// meanwhile.
class ForkAware {
 public:
  ForkAware();
  ForkAware(const ForkAware&) = delete;
  ForkAware& operator=(const ForkAware&) = delete;
  ForkAware(ForkAware&&) = delete;
  ForkAware& operator=(ForkAware&&) = delete;

  /// Takes the locks of the object, so that nobody else holds them while the process forks.
  virtual void before_fork() noexcept = 0;
  /// Gives them back, in the parent.
  virtual void after_fork_in_parent() noexcept = 0;
  /// Gives them back in the child, and forgets threads.
  virtual void after_fork_in_child() noexcept = 0;

 protected:
  virtual ~ForkAware();
};

}  // namespace seqfeat::detail
