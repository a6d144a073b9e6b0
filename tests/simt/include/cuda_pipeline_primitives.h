// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simt/async_copy.hpp"
