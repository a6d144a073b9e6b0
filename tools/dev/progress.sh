# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Shows what a long command prints while it runs, on stderr, so that stdout stays clean.

# with_progress COMMAND...: on a terminal all steps of a build share one line, which also counts the
# seconds, because one source may take ten. Elsewhere every step is a line. Warnings and errors are
# shown as they are; a build with nothing to do shows nothing.
with_progress() {
  local show=show_lines
  if [[ -t 2 ]]; then show=show_one_line; fi
  "$@" 2>&1 </dev/null | "$show" >&2
  return "${PIPESTATUS[0]}"
}

# What a build tool says when it has nothing to do.
says_nothing() {
  [[ -z $1 || $1 == 'ninja: no work to do.' || $1 == *'] Built target '* ||
    $1 == 'Consolidate compiler generated dependencies of target '* || $1 == 'gmake'* || $1 == 'make'*': '* ]]
}

# A step of ninja, make, CMake, apt-get or pip.
is_step() {
  [[ $1 =~ ^\[\ *[0-9]+(/[0-9]+|%)\]\  || $1 == '-- '* || $1 == *' ...' ||
    $1 =~ ^\ *(Get|Hit|Ign|Fetched|Selecting|Preparing|Unpacking|Setting|Processing|Reading|Building|Collecting|Downloading|Using|Installing|Saved|Created|Found)[:\ ] ]]
}

show_lines() {
  local line
  while IFS= read -r line || [[ -n $line ]]; do
    says_nothing "$line" || printf '%s\n' "$line"
  done
}

show_one_line() {
  local line pending='' step='working' columns status started=$SECONDS
  columns=$(stty size <&2 2>/dev/null | cut -d ' ' -f 2) || true
  ((columns > 20)) 2>/dev/null || columns=80
  while :; do
    status=0
    IFS= read -r -t 1 line || status=$?
    pending+=$line # read leaves half a line where its second is over
    if ((status <= 128)); then
      line=$pending pending=''
      if says_nothing "$line"; then
        :
      elif is_step "$line"; then
        step=$line
      else
        printf '\r\033[K%s\n' "$line"
      fi
      ((status == 0)) || break
    fi
    if [[ $step != working ]] || ((SECONDS > started)); then
      line="$((SECONDS - started)) s  $step"
      printf '\r\033[K%s' "${line:0:columns-1}"
    fi
  done
  if [[ $step != working ]] || ((SECONDS > started)); then printf '\r\033[K'; fi
}
