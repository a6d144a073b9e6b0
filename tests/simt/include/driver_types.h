// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simt/runtime_types.hpp"
