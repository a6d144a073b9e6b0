// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "seqfeat/pad.hpp"  // looks forward, on purpose
