// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph.hpp"

#include <memory>
#include <set>

struct CUgraph_st {
  std::vector<simt::GraphNode> nodes;
};

struct CUgraphExec_st {
  // Shared with launches that were themselves captured.
  std::shared_ptr<const std::vector<simt::GraphNode>> nodes;
};

namespace simt {
namespace {

std::set<cudaGraph_t>& graphs() {
  // Never destroyed: objects that outlive the other statics still ask.
  static auto& set = *new std::set<cudaGraph_t>;
  return set;
}

std::set<cudaGraphExec_t>& executables() {
  // Never destroyed: objects that outlive the other statics still ask.
  static auto& set = *new std::set<cudaGraphExec_t>;
  return set;
}

/// No kernel of a graph overlaps one outside of it.
void note_boundary(const std::vector<GraphNode>& nodes) {
  for (const GraphNode& node : nodes) note_full_wait(node.stream);
}

cudaError_t run_all(const std::vector<GraphNode>& nodes) {
  note_boundary(nodes);
  for (const GraphNode& node : nodes) {
    if (const cudaError_t error = node.work(); error != cudaSuccess) return error;
  }
  note_boundary(nodes);
  return cudaSuccess;
}

}  // namespace

cudaGraph_t make_graph(std::vector<GraphNode> nodes) {
  auto* graph = new CUgraph_st{std::move(nodes)};
  graphs().insert(graph);
  return graph;
}

}  // namespace simt

using simt::api_call;

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t* nodes, std::size_t* count) {
  return api_call([&] {
    if (!simt::graphs().count(graph) || !count) return cudaErrorInvalidValue;
    if (nodes) return cudaErrorNotSupported;
    *count = graph->nodes.size();
    return cudaSuccess;
  });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  return api_call([&] {
    if (!simt::graphs().erase(graph)) return cudaErrorInvalidValue;
    delete graph;
    return cudaSuccess;
  });
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long) {
  return api_call([&] {
    if (!executable || !simt::graphs().count(graph)) return cudaErrorInvalidValue;
    using Nodes = std::vector<simt::GraphNode>;
    auto* made = new CUgraphExec_st{std::make_shared<const Nodes>(graph->nodes)};
    simt::executables().insert(made);
    *executable = made;
    return cudaSuccess;
  });
}

cudaError_t cudaGraphUpload(cudaGraphExec_t executable, cudaStream_t stream) {
  return api_call([&] {
    if (!simt::resolve(stream)) return cudaErrorInvalidResourceHandle;
    return simt::executables().count(executable) ? cudaSuccess : cudaErrorInvalidValue;
  });
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  return api_call([&] {
    if (!simt::executables().count(executable)) return cudaErrorInvalidValue;
    return simt::enqueue(stream, simt::NodeKind::graph,
                         [nodes = executable->nodes] { return simt::run_all(*nodes); });
  });
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  return api_call([&] {
    if (!simt::executables().erase(executable)) return cudaErrorInvalidValue;
    delete executable;
    return cudaSuccess;
  });
}
