// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/seqfeat.h"

int main(int argc, char** argv) {
  return seqfeat_main(argc, argv);
}
