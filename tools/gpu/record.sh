# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What gpu-check.sh writes down: a JSON object a stage, and all of them in one file.

# json_string TEXT: quoted and escaped; bytes that are no text become "?".
json_string() {
  local text
  text=$(LC_ALL=C tr -c '\11\12\15\40-\176' '?' <<<"$1")
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\t'/\\t}
  text=${text//$'\r'/\\r}
  text=${text//$'\n'/\\n}
  printf '"%s"' "$text"
}

clock_fields=name,driver_version,clocks.sm,clocks.mem,clocks.max.sm,clocks.max.mem,power.draw,temperature.gpu
# The device's name, driver and clocks now; settings are only read.
clocks() {
  if ! command -v nvidia-smi >/dev/null 2>&1; then
    echo "unavailable: no nvidia-smi on PATH"
    return
  fi
  nvidia-smi --id=0 --format=csv,noheader --query-gpu="$clock_fields" 2>&1 || true
}

# tool_version COMMAND...: the last line that it prints about itself.
tool_version() {
  if ! command -v "$1" >/dev/null 2>&1; then
    echo "unavailable: no $1 on PATH"
    return
  fi
  "$@" 2>&1 | grep . | tail -n 1
}

# What a result depends on: the sources, by one checksum.
tree_checksum() {
  (
    cd "$root" || exit
    find CMakeLists.txt CMakePresets.json bench cmake cuda data examples include src tests tools \
      -type f ! -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-64
  )
}

commit() {
  git -C "$root" describe --always --abbrev=40 --dirty --exclude '*' 2>/dev/null ||
    cat "$carry/commit" 2>/dev/null || echo unknown
}

# record STAGE STATUS SECONDS MESSAGE CLOCKS_BEFORE
record() {
  mkdir -p "$work/records"
  {
    printf '{"stage": %s, "status": "%s", "seconds": %d, "rehearsed": %s,\n' \
      "$(json_string "$1")" "$2" "$3" "$rehearse"
    printf ' "tree": "%s", "commit": %s,\n' "$tree" "$(json_string "$(commit)")"
    printf ' "message": %s,\n' "$(json_string "$4")"
    printf ' "clocks_before": %s,\n "clocks_after": %s}\n' "$(json_string "$5")" \
      "$(json_string "$(clocks)")"
  } >"$work/records/$1.json.part"
  mv -- "$work/records/$1.json.part" "$work/records/$1.json"
}

# status_of STAGE: what is on record for these sources, or "pending".
status_of() {
  local file=$work/records/$1.json
  if [[ -f $file ]] && grep -q "\"tree\": \"$tree\"" "$file"; then
    sed -n 's/.*"status": "\([a-z ]*\)".*/\1/p' "$file" | head -n 1
  else
    echo pending
  fi
}

# All stages in $OUT/gpu-check.json, and their output in $OUT/log.txt.
write_summary() {
  local stage separator=''
  {
    printf '{"schema_version": 1, "rehearsed": %s,\n' "$rehearse"
    printf ' "commit": %s, "tree": "%s",\n' "$(json_string "$(commit)")" "$tree"
    printf ' "clock_fields": "%s",\n "device": %s,\n' "$clock_fields" "$(json_string "$(clocks)")"
    printf ' "tools": {"nvcc": %s, "compute-sanitizer": %s, "cmake": %s, "c++": %s},\n' \
      "$(json_string "$(tool_version nvcc --version)")" \
      "$(json_string "$(tool_version compute-sanitizer --version)")" \
      "$(json_string "$(cmake --version | head -n 1)")" \
      "$(json_string "$(c++ --version | head -n 1)")"
    printf ' "stages": [\n'
    for stage in "${stages[@]}"; do
      printf '%s' "$separator"
      if [[ $(status_of "$stage") == pending ]]; then
        printf '{"stage": "%s", "status": "pending"}\n' "$stage"
      else
        cat "$work/records/$stage.json"
      fi
      separator=,
    done
    printf ']}\n'
  } >"$OUT/gpu-check.json"
  for stage in "${stages[@]}"; do
    [[ -f $work/$stage.log ]] || continue
    printf '== %s\n' "$stage"
    tail -c 1000000 "$work/$stage.log"
  done >"$OUT/log.txt"
}
