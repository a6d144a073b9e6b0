// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "runtime/runtime.hpp"

namespace simt {

/// A graph of nodes that run one after another.
cudaGraph_t make_graph(std::vector<GraphNode> nodes);

}  // namespace simt
