#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the commands of docs/nightly.md in their order and compares what they print with the page.
# usage: nightly.sh PROGRAM PAGE
set -euo pipefail
program=$(realpath "$1")
page=$(realpath "$2")
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
cd "$folder"
mkdir bin
ln -s "$program" bin/seqfeat
export PATH=$folder/bin:$PATH LC_ALL=C

# Blocks become files: 01.bash, 02.bash, 02.text, …; a text is what the bash before it prints.
awk '/^```/ { if (inside) { inside = 0 } else { inside = 1; kind = substr($0, 4);
         if (kind == "bash") ++count; name = sprintf("%02d.%s", count, kind); printf "" > name } next }
     inside { print > name }' "$page"

# What depends on the machine: seconds, and bytes of parts.
plain() { sed -E 's/[0-9.]+ s([;,])/… s\1/; s/, [0-9.]+ k?B: all whole/, … all whole/'; }

blocks=0
for block in [0-9][0-9].bash; do
  bash -e "$block" >printed 2>&1 || { cat printed; echo "FAIL $block"; exit 1; }
  expected=${block%.bash}.text
  if [[ -f $expected ]]; then
    plain <printed | diff -u "$expected" - || { echo "FAIL: the page says otherwise than $block"; exit 1; }
    blocks=$((blocks + 1))
  elif [[ -s printed ]]; then
    cat printed
    echo "FAIL: $block prints what the page does not show"
    exit 1
  fi
done
((blocks >= 4)) || { echo "FAIL: only $blocks blocks of the page were compared"; exit 1; }
echo "$blocks blocks compared"
