// SPDX-License-Identifier: Apache-2.0
// What is behind the handles of seqfeat.h that more than one file of this folder uses.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "abi/crosses.hpp"
#include "seqfeat/backend.hpp"
#include "seqfeat/batch.hpp"
#include "seqfeat/layer.hpp"
#include "seqfeat/seqfeat.h"
#include "seqfeat/spec_json.hpp"

struct seqfeat_spec {
  seqfeat::Spec spec;
  std::string json;                                              ///< Canonical.
  std::vector<std::pair<std::string, seqfeat::DType>> features;  ///< By key.
};

/// A batch on the host, and what keeps its memory alive.
struct seqfeat_ragged {
  seqfeat::RaggedView view;
  std::shared_ptr<const void> memory;
};

struct seqfeat_backend {
  seqfeat::Backend backend;
  std::string name;
  pid_t process;  ///< The one that opened it.

  /// Throws DeviceUnavailable in a forked child of the process that opened a device.
  void require_usable() const;
};

struct seqfeat_workspace {
  seqfeat_backend backend;
  seqfeat::Workspace workspace;
};

struct seqfeat_layer {
  seqfeat_layer(const seqfeat::Spec& spec, seqfeat_backend on)
      : backend(std::move(on)),
        layer(spec.columns, backend.backend, spec.options),
        crosses(seqfeat::abi::crosses_of(layer.columns())) {}

  seqfeat_backend backend;
  mutable seqfeat::SequenceFeatures layer;  ///< `prepare` binds tables that it makes.
  std::vector<seqfeat::abi::CrossedKeys> crosses;

  // On the CPU the tables of the layer's own stand here and stay until the layer is freed, so that
  // pointers to them stay good, whatever is bound later: a column has one of each type at most.
  using OwnedTables = std::map<std::pair<std::string, seqfeat::FloatType>, seqfeat::EmbeddingTable>;
  mutable std::mutex mutex;
  mutable std::atomic<bool> complete = false;
  mutable OwnedTables owned;
  std::map<std::string, bool, std::less<>> bound;  ///< Names of tables that were given.

  /// Makes the tables that nobody gave, and throws as `require_usable` does. After the first time
  /// it costs a look at a flag: a lock that is taken at every call would be taken for ever in a
  /// child that is forked meanwhile.
  void prepare() const;
};
