#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests, measures, profiles and sanitizes on a machine with a GPU and no network, in two calls of a
# few minutes; what tools/gpu-carry.sh built comes along.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
carry=$root/.carry
source "$root/tools/gpu/carried.sh"
source "$root/tools/gpu/parts.sh"
source "$root/tools/gpu/record.sh"

usage() {
  cat <<'TEXT'
usage: tools/gpu-check.sh [options]

  --call 1           tests, the headline workloads, ncu, memcheck: at most 360 s
  --call 2           the other workloads, torch, cuEmbed, racecheck, initcheck: at most 300 s; before
                     them what call 1 did not come to. Without --call all parts, without a limit
  --record FILE      the gpu-check.json of the call before: what is in it is not repeated
  --part NAME        run this part only, also if it is on record (repeatable)
  --list             print the parts and what is on record
  --figures PREFIX   write the figures on record to PREFIX-PART.json, and stop
  --rehearse         run the parts on the emulator, without a GPU and without a network
  --scale X          of a rehearsal's workloads (default 1e-6)
  --budget SECONDS   instead of the call's

Leaves gpu-check.json, log.txt and ncu's reports in $OUT (default build/gpu-check, rehearsed
build/gpu-rehearsal). A part that takes longer than its limit is cut off, and the next one runs.
Exit code: 0 passed, 1 something failed, 2 usage, 3 parts are left or were cut off.
TEXT
}
refuse() {
  printf 'gpu-check: %s\n' "$*" >&2
  exit 2
}

rehearse=false list=false budget='' call='' chosen=() inside='' earlier='' figures='' scale=1e-6
while (($#)); do
  case $1 in
    --list) list=true ;;
    --rehearse) rehearse=true ;;
    --call | --record | --part | --figures | --scale | --budget | --inside)
      (($# > 1)) || refuse "$1 needs a value"
      case $1 in
        --call) [[ $2 == [12] ]] && call=$2 || refuse "--call: got '$2', expected 1 or 2" ;;
        --record) [[ -f $2 ]] && earlier=$2 || refuse "--record: there is no file $2" ;;
        --part)
          [[ -n ${call_of[$2]:-} ]] && chosen+=("$2") || refuse "unknown part '$2'; --list prints them"
          ;;
        --figures) figures=$2 ;;
        --scale) scale=$2 ;;
        --budget) [[ $2 =~ ^[0-9]+$ ]] && budget=$2 || refuse "--budget: got '$2', expected seconds" ;;
        --inside) inside=$2 ;;
      esac
      shift
      ;;
    -h | --help) usage && exit 0 ;;
    *) refuse "unknown option '$1'; --help says more" ;;
  esac
  shift
done

# A call on a lent machine has its end; a rehearsal may run on two slow cores.
folder=gpu-check patience=1
if [[ $rehearse == true ]]; then folder=gpu-rehearsal patience=8; fi
if [[ -z $budget && -n $call ]]; then budget=$((call_limits[$call] * patience)); fi
work=${SEQFEAT_GPU_CHECK_WORK:-$root/build/$folder}
OUT=${OUT:-$work}
export OUT
mkdir -p "$work/records" "$OUT"

# A part is a process of its own, so that it can be cut off with all its children.
if [[ -n $inside ]]; then
  run_part "$inside"
  exit
fi
tree=$(identity)
if [[ -n $earlier ]]; then import_record "$earlier"; fi
if [[ $list == true ]]; then print_table && exit; fi
if [[ -n $figures ]]; then
  export_figures "$figures"
  exit
fi
# No network in a rehearsal, where the system lets us have none.
network=()
if [[ $rehearse == true ]] && unshare -n true 2>/dev/null; then
  network=(unshare -n)
  echo 'gpu-check: rehearsing without a network'
fi

# due PART: whether this call has to run it.
due() {
  if ((${#chosen[@]})); then
    [[ $1 == build || " ${chosen[*]} " == *" $1 "* ]]
  else
    [[ $1 == build || $(status_of "$1") == pending ]] && ((call_of[$1] <= ${call:-2}))
  fi
}

# run_due PART: runs it within its limit and the budget, and puts the outcome on record.
run_due() {
  local part=$1 seconds=$((limit_of[$1] * patience)) began=$SECONDS code=0 status message
  if [[ -n $budget ]] && ((budget - SECONDS < seconds)); then seconds=$((budget - SECONDS)); fi
  if ((seconds < 5)); then return; fi
  local options=(--inside "$part")
  if [[ $rehearse == true ]]; then options+=(--rehearse --scale "$scale"); fi
  rm -f -- "$work/$part.figures"
  timeout --kill-after=5 "$seconds" "${network[@]}" "$root/tools/gpu-check.sh" "${options[@]}" \
    >"$work/$part.log" 2>&1 </dev/null || code=$?
  message=$(tail -c 3000 "$work/$part.log")
  case $code in
    0) status=passed ;;
    "$unavailable") status=unavailable ;;
    124 | 137) status=cut message="cut off after $seconds s"$'\n'$message ;;
    *) status=failed ;;
  esac
  record "$part" "$status" $((SECONDS - began)) "$message"
  if [[ $status == failed || $status == cut ]]; then tail -n 30 "$work/$part.log"; fi
  printf '%s: %s (%d s)\n' "$part" "$status" $((SECONDS - began))
}

look_around
for part in "${parts[@]}"; do
  if ! due "$part"; then continue; fi
  if [[ $part != build && $(status_of build) != passed ]]; then continue; fi # nothing to run
  run_due "$part"
  write_summary # also if the next part takes the machine down
done
print_table

result=0
for part in "${parts[@]}"; do
  case $(status_of "$part") in
    failed) result=1 ;;
    pending | cut) ((result == 1)) || result=3 ;;
  esac
done
exit $result
