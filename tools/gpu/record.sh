# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What gpu-check.sh writes down: a JSON object a part, each on a line of its own, so that a later
# call can read the file without a JSON parser.

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

# Of the programs that were carried along their sources', else those here.
identity() {
  if [[ $rehearse != true && -f $carry/tree ]]; then cat "$carry/tree"; else tree_checksum; fi
}
commit() {
  if [[ $rehearse != true && -f $carry/commit ]]; then
    cat "$carry/commit"
  else
    git -C "$root" describe --always --abbrev=40 --dirty --exclude '*' 2>/dev/null || echo unknown
  fi
}

# figures_of PART: what it measured, on one line.
figures_of() {
  if [[ -s $work/$1.figures ]]; then tr -d '\n' <"$work/$1.figures"; else echo null; fi
}

# What does not change during a call is asked for once: nvidia-smi may take a second.
look_around() {
  device_now=$(clocks)
  commit_now=$(commit)
  tools_now=$(
    printf '"nvcc": %s, "ncu": %s, "compute-sanitizer": %s' \
      "$(json_string "$(tool_version nvcc --version)")" \
      "$(json_string "$(tool_version ncu --version)")" \
      "$(json_string "$(tool_version compute-sanitizer --version)")"
  )
}

# record PART STATUS SECONDS MESSAGE
record() {
  local file=$work/records/$1.json
  mkdir -p "$work/records"
  {
    printf '{"part": %s, "status": "%s", "tree": "%s", "call": %d, "seconds": %d, ' \
      "$(json_string "$1")" "$2" "$tree" "${call:-0}" "$3"
    printf '"predicted": %d, "limit": %d, "rehearsed": %s, "commit": %s, ' \
      "${predicted_of[$1]}" "${limit_of[$1]}" "$rehearse" "$(json_string "$commit_now")"
    printf '"message": %s, "clocks_after": %s, "figures": %s}\n' \
      "$(json_string "$4")" "$(json_string "$(clocks)")" "$(figures_of "$1")"
  } >"$file.new"
  mv -- "$file.new" "$file"
}

# import_record FILE: what an earlier call did with the same sources; this machine's own records stay.
import_record() {
  local line part
  while IFS= read -r line; do
    [[ $line == '{"part": "'* && $line == *"\"tree\": \"$tree\""* ]] || continue
    [[ $line == *"\"rehearsed\": $rehearse"* ]] || continue
    part=${line#*: \"}
    part=${part%%\"*}
    [[ -f $work/records/$part.json ]] || printf '%s\n' "${line%,}" >"$work/records/$part.json"
  done <"$1"
}

# export_figures PREFIX: what the parts on record measured, as PREFIX-PART.json.
export_figures() {
  local part figures
  for part in "${parts[@]}"; do
    [[ $(status_of "$part") != pending ]] || continue
    figures=$(sed -n 's/.*"figures": \({.*}\)}$/\1/p' "$work/records/$part.json")
    [[ -z $figures ]] || printf '%s\n' "$figures" >"$1-$part.json" || return
  done
}

# status_of PART: what is on record for these sources, or "pending".
status_of() {
  local file=$work/records/$1.json
  if [[ -f $file ]] && grep -q "\"tree\": \"$tree\"" "$file"; then
    sed -n 's/.*"status": "\([a-z]*\)", "tree".*/\1/p' "$file"
  else
    echo pending
  fi
}

# seconds_of PART: how long it took, or "-".
seconds_of() {
  [[ $(status_of "$1") == pending ]] && echo - && return
  sed -n 's/.*"call": [0-9]*, "seconds": \([0-9]*\),.*/\1/p' "$work/records/$1.json"
}

# All parts in $OUT/gpu-check.json, and the output of this call's in $OUT/log.txt.
write_summary() {
  local part separator=''
  {
    printf '{"schema_version": 2, "rehearsed": %s,\n' "$rehearse"
    printf ' "commit": %s, "tree": "%s",\n' "$(json_string "$commit_now")" "$tree"
    printf ' "clock_fields": "%s",\n "device": %s,\n' "$clock_fields" "$(json_string "$device_now")"
    printf ' "tools": {%s},\n' "$tools_now"
    printf ' "parts": [\n'
    for part in "${parts[@]}"; do
      printf '%s' "$separator"
      if [[ $(status_of "$part") == pending ]]; then
        printf '{"part": "%s", "status": "pending"}' "$part"
      else
        printf '%s' "$(cat "$work/records/$part.json")"
      fi
      separator=$',\n'
    done
    printf '\n]}\n'
  } >"$OUT/gpu-check.json"
  for part in "${parts[@]}"; do
    [[ -f $work/$part.log ]] || continue
    printf '== %s\n' "$part"
    tail -c 1000000 "$work/$part.log"
  done >"$OUT/log.txt"
}

# The parts as people read them: predicted are seconds on an H200, estimated and not measured.
print_table() {
  local part
  printf '%-13s %4s  %-11s %7s %9s %6s\n' part call status seconds predicted limit
  for part in "${parts[@]}"; do
    printf '%-13s %4s  %-11s %7s %9s %6s\n' "$part" "${call_of[$part]}" "$(status_of "$part")" \
      "$(seconds_of "$part")" "${predicted_of[$part]}" "${limit_of[$part]}"
  done
}
