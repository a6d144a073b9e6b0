// SPDX-License-Identifier: Apache-2.0
#pragma once

// Stands where the toolkit's header would: CUDA C++ sources compile as plain C++20 with this folder
// on the include path, and run on the SIMT emulator. See ../README.md.

#include "simt/atomics.hpp"
#include "simt/builtins.hpp"
#include "simt/cache_hints.hpp"
#include "simt/control.hpp"
#include "simt/launch.hpp"
#include "simt/math.hpp"
#include "simt/qualifiers.hpp"
#include "simt/runtime_api.hpp"
#include "simt/shared_memory.hpp"
#include "simt/synchronization.hpp"
#include "simt/vector_types.hpp"
#include "simt/warp.hpp"
