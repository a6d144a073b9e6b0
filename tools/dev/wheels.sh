# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Python wheels in private environments under build/, every one of them held against its hash.

# need_wheels VENV NAME: gets tools/dev/requirements/NAME.txt into build/VENV, once for every content
# of that file; an environment that was cut short is completed.
need_wheels() {
  local venv=$root/build/$1 list=$root/tools/dev/requirements/$2.txt
  local stamp=$venv/.$2 quiet=()
  if cmp -s "$list" "$stamp"; then return; fi
  need_packages python3 python3-venv || return
  say "getting $(sed -n 's/^\([a-z].*==[^ ]*\).*/\1/p' "$list" | xargs) (once, into build/$1)"
  [[ -x $venv/bin/pip ]] || python3 -m venv "$venv" || return
  if [[ ! -t 2 ]]; then quiet=(--quiet); fi
  # No source packages: building one would run what nobody has looked at.
  with_progress "$venv/bin/pip" install "${quiet[@]}" --disable-pip-version-check --no-deps \
    --only-binary :all: --require-hashes --requirement "$list" || return
  cp -- "$list" "$stamp"
}
