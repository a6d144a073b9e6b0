#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# demo.sh SEQFEAT [DIRECTORY]: runs the documented example on the sample of real input and prints
# what came out. SEQFEAT is the program; examples/show_parts is expected in the same build.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
seqfeat=$(realpath "$1")
demo=$(realpath -m "${2:-$root/build/demo}")
show_parts=$(dirname "$seqfeat")/../../examples/show_parts

rm -rf -- "$demo"
mkdir -p -- "$demo"
cd "$demo"
cp -- "$root/data/set_mm_sample.tfrecord" input.tfrecord
cat >spec.json <<'JSON'
{
  "version": 1,
  "columns": [
    {
      "type": "embedding_column",
      "dimension": 10,
      "categorical_column": {
        "type": "sequence_categorical_column_with_hash_bucket",
        "key": "tokens",
        "hash_bucket_size": 1000
      }
    }
  ],
  "max_length": 64,
  "truncation": "keep_first"
}
JSON

title() { printf '\n── %s ' "$1"; printf '─%.0s' $(seq $((74 - ${#1}))); printf '\n\n'; }

title 'spec.json: hash every token to one of 1,000 buckets, embed it in 10 floats'
"$seqfeat" spec spec.json

title 'seqfeat run: every 1,024 rows become a part'
command=(run --spec spec.json --output parts --save-tables tables.safetensors
  --emit values,lengths,mask,ids input.tfrecord)
printf '$ seqfeat %s\n' "${command[*]}"
"$seqfeat" --quiet --json "${command[@]}" >run.json
ls -l parts | awk 'NR > 1 { printf "  %10d bytes  parts/%s\n", $5, $9 }'

title 'parts/part-00000.safetensors: its first rows, and one that was cut'
"$show_parts" input.tfrecord spec.json parts/part-00000.safetensors

number() { sed -n "s/.*\"$1\": *\([0-9.e+-]*\).*/\1/p" run.json; }
awk -v rows="$(number rows)" -v tokens="$(number tokens)" -v seconds="$(number seconds)" 'BEGIN {
  printf "\n%d rows and %d tokens in %.3f s: %.0f rows/s, %.1f million tokens/s\n",
         rows, tokens, seconds, rows / seconds, tokens / seconds / 1e6
}'
printf 'Everything is in %s\n' "$demo"
