#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds, tests, sanitizes and measures on a machine with a GPU and no network. Run it again to go
# on: a stage that passed is not repeated until the sources change.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
carry=$root/.carry
source "$root/tools/gpu/stages.sh"
source "$root/tools/gpu/record.sh"

usage() {
  cat <<'TEXT'
usage: tools/gpu-check.sh [options]

  --list           print the stages and what is on record
  --stage NAME     run this stage only, also if it passed (repeatable)
  --from NAME      run this stage and all after it, also if they passed
  --rehearse       run every stage on the emulator, without a GPU and without a network
  --budget SECONDS stop starting and cut off after so long (default 520; rehearsed 4160)

Leaves gpu-check.json, log.txt and a JSON a benchmark in $OUT (default build/gpu-check, rehearsed
build/gpu-rehearsal). A missing package comes from .carry/, which tools/gpu-carry.sh makes.
Exit code: 0 passed, 1 something failed, 2 usage, 3 stages are left: call again.
TEXT
}
refuse() {
  printf 'gpu-check: %s\n' "$*" >&2
  exit 2
}
is_stage() { [[ " ${stages[*]} " == *" $1 "* ]] || refuse "unknown stage '$1'; --list prints them"; }

rehearse=false list=false budget='' chosen=() from='' inside=''
while (($#)); do
  case $1 in
    --list) list=true ;;
    --rehearse) rehearse=true ;;
    --stage | --from | --budget | --inside)
      (($# > 1)) || refuse "$1 needs a value"
      case $1 in
        --stage) is_stage "$2" && chosen+=("$2") ;;
        --from) is_stage "$2" && from=$2 ;;
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
if [[ $rehearse == true ]]; then
  folder=gpu-rehearsal patience=8
fi
budget=${budget:-$((520 * patience))}
work=${SEQFEAT_GPU_CHECK_WORK:-$root/build/$folder}
OUT=${OUT:-$work}
export OUT
mkdir -p "$work" "$OUT"

# A stage is a process of its own, so that it can be cut off with all its children.
if [[ -n $inside ]]; then
  run_stage "$inside"
  exit
fi
tree=$(tree_checksum)
if [[ $list == true ]]; then
  for stage in "${stages[@]}"; do printf '%-13s %s\n' "$stage" "$(status_of "$stage")"; done
  exit 0
fi
# No network in a rehearsal, where the system lets us have none.
if [[ $rehearse == true && -z ${SEQFEAT_NO_NETWORK:-} ]] && unshare -n true 2>/dev/null; then
  export SEQFEAT_NO_NETWORK=1
  echo 'gpu-check: rehearsing without a network'
fi
network=()
if [[ -n ${SEQFEAT_NO_NETWORK:-} ]]; then network=(unshare -n); fi

# due STAGE: whether this call has to run it.
reached=false
due() {
  if ((${#chosen[@]})); then
    [[ " ${chosen[*]} " == *" $1 "* ]]
    return
  fi
  if [[ -n $from ]]; then
    [[ $1 != "$from" ]] || reached=true
    [[ $reached == true ]]
    return
  fi
  [[ $(status_of "$1") != passed && $(status_of "$1") != unavailable ]]
}

# run_due STAGE: runs it within its limit and the budget, and puts the outcome on record.
run_due() {
  local stage=$1 limit left=$((budget - SECONDS)) before started=$SECONDS code=0 status message
  limit=$(($(stage_limit "$stage") * patience))
  if ((left < 30)); then return; fi
  local seconds=$((left < limit ? left : limit))
  printf '== %s\n' "$stage"
  before=$(clocks)
  local options=(--inside "$stage")
  if [[ $rehearse == true ]]; then options+=(--rehearse); fi
  SEQFEAT_SANITIZER_SECONDS=$((seconds > 40 ? seconds - 30 : 10)) \
    timeout --kill-after=10 "$seconds" "${network[@]}" "$root/tools/gpu-check.sh" "${options[@]}" \
    >"$work/$stage.log" 2>&1 </dev/null || code=$?
  message=$(tail -c 3000 "$work/$stage.log")
  case $code in
    0) status=passed ;;
    "$unavailable") status=unavailable ;;
    124 | 137)
      status=failed
      message="stopped after $seconds s"$'\n'$message
      if ((seconds < limit)); then # the call's time was up, not the stage's: go on next time
        rm -f -- "$work/records/$stage.json"
        printf '%s: cut off, to be continued\n' "$stage"
        return
      fi
      ;;
    *) status=failed ;;
  esac
  record "$stage" "$status" $((SECONDS - started)) "$message" "$before"
  if [[ $status != passed ]]; then tail -n 30 "$work/$stage.log"; fi
  printf '%s: %s (%d s)\n' "$stage" "$status" $((SECONDS - started))
}

for stage in "${stages[@]}"; do
  if ! due "$stage"; then continue; fi
  if [[ $stage != build && $(status_of build) != passed ]]; then continue; fi # nothing to run
  run_due "$stage"
  write_summary # also if the next stage takes the machine down
done
write_summary

result=0
for stage in "${stages[@]}"; do
  status=$(status_of "$stage")
  printf '%-13s %s\n' "$stage" "$status"
  case $status in
    failed) result=1 ;;
    pending) ((result == 1)) || result=3 ;;
  esac
done
exit $result
