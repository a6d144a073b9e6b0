#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# train_sequence_model_test.sh PROGRAM TFRECORD: a thousand steps in one go, with two threads, and
# stopped at 500 and resumed give identical files; the last call beats the most frequent symbol.
set -euo pipefail
program=$1
input=$2
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT

SEQFEAT_NUM_THREADS=1 "$program" "$input" "$folder/one" | tee "$folder/one.txt"
SEQFEAT_NUM_THREADS=2 "$program" "$input" "$folder/two" >/dev/null
SEQFEAT_NUM_THREADS=1 "$program" "$input" "$folder/resumed" 1000 500 >/dev/null
cmp -s "$folder/resumed/tables.safetensors" "$folder/one/tables.safetensors" && exit 1
SEQFEAT_NUM_THREADS=2 "$program" "$input" "$folder/resumed" >/dev/null
for other in two resumed; do
  for file in tables model; do
    cmp "$folder/one/$file.safetensors" "$folder/$other/$file.safetensors"
  done
done

# The picture of what the first run printed: two lines with a point for each that it printed.
if command -v python3 >/dev/null; then
  "$(dirname "$0")/draw_loss.py" "$folder/loss.svg" <"$folder/one.txt"
  printed=$(grep -c '^step ' "$folder/one.txt")
  [[ $(grep -o '<circle' "$folder/loss.svg" | wc -l) == $((2 * printed)) ]]
fi
