#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# commands.sh ROOT: what ./dev builds, chooses and prints, in a checkout whose tools only write down
# how they are called.
set -uo pipefail
here=$(mktemp -d)
trap 'rm -rf -- "$here"' EXIT
failures=0
checkout=$here/checkout tools=$here/tools calls=$here/calls
program=$checkout/build/cpu/src/cli/seqfeat
mkdir -p "$checkout/tools" "$checkout/src" "$tools"
cp -R -- "$1/dev" "$checkout"
cp -R -- "$1/tools/dev" "$checkout/tools"
touch "$checkout"/{CMakeLists.txt,CMakePresets.json}
mkdir -p "$checkout"/{cmake,include,cuda,bench,examples}

# fake NAME: a tool of that name, whose body is stdin.
fake() {
  { printf '#!/usr/bin/env bash\nprintf "%%s\\n" "%s $*" >>"%s"\n' "$1" "$calls" && cat; } >"$tools/$1"
  chmod +x "$tools/$1"
}
# The first words of a call say what CMake is to do.
fake cmake <<TOOL
case \$1 in
  --preset) echo '-- Configuring done'
            folder=$checkout/build/\$2; [[ \$3 != -B ]] || folder=\$4; [[ \$5 != -B ]] || folder=\$6
            mkdir -p "\$folder" && : >"\$folder/CMakeCache.txt" ;;
  --build) for ((i = 0; i < \${SLOW:-0}; ++i)); do echo "[\$((i + 1))/9] Building slow.cpp.o"; sleep 1.4; done
           [[ -z \${BROKEN:-} ]] || { echo 'a.cpp:1: error: planted'; exit 1; }
           echo '[1/1] Linking seqfeat'
           mkdir -p "$(dirname "$program")"
           printf '#!/bin/sh\necho "seqfeat was given: \$*"\n' >"$program"; chmod +x "$program" ;;
  --version) echo 'cmake version 3.99.0' ;;
esac
TOOL
fake c++ <<<''
fake apt-get <<<''
PATH=$tools:$PATH

run() {
  : >"$calls"
  "$checkout/dev" "$@" >"$here/out" 2>"$here/err" </dev/null
}
expect() {
  if [[ $2 != "$3" ]]; then
    printf '%s: got "%s", expected "%s"\n' "$1" "$2" "$3"
    failures=$((failures + 1))
  fi
}
holds() { # WHAT FILE PATTERN
  if ! grep -qE -- "$3" "$2"; then
    printf '%s: expected /%s/, got:\n%s\n' "$1" "$3" "$(cat "$2")"
    failures=$((failures + 1))
  fi
}
lacks() {
  if grep -qE -- "$3" "$2"; then
    printf '%s: expected no /%s/, got:\n%s\n' "$1" "$3" "$(cat "$2")"
    failures=$((failures + 1))
  fi
}

# ---- The program.
BROKEN=1 run cli hash
expect 'a broken build' "$?" 2
holds 'a broken build shows the error' "$here/err" 'a.cpp:1: error: planted'
expect 'a broken build: stdout' "$(cat "$here/out")" ''
rm -rf -- "$checkout/build"

run cli --where
expect 'cli --where' "$(cat "$here/out")" "$program"
holds 'the first build says what it does' "$here/err" 'building the program in build/cpu'
holds 'the first build shows steps' "$here/err" '^\[1/1\] Linking seqfeat$'
holds 'no benchmarks, no tests' "$calls" 'cmake --preset cpu .*-DSEQFEAT_TESTS=OFF.* -DSEQFEAT_BENCH=OFF'
holds 'only the program is built' "$calls" 'cmake --build .* --target seqfeat_cli$'

run cli hash --buckets 3
expect 'arguments go through' "$(cat "$here/out")" 'seqfeat was given: hash --buckets 3'
expect 'what is built is quiet' "$(cat "$here/err")" ''
lacks 'what is built asks no tool' "$calls" cmake
touch -d '1 minute' "$checkout/src/new.cpp"
run cli hash
holds 'a new source is built' "$calls" 'cmake --build'
rm "$checkout/src/new.cpp"
run cli bench
holds 'bench wants benchmarks' "$calls" 'cmake --preset cpu .*-DSEQFEAT_BENCH=ON'
lacks 'bench leaves the tests alone' "$calls" SEQFEAT_TESTS

# ---- On a terminal the line moves while a source takes long.
: >"$calls"
rm -rf -- "$checkout/build"
if command -v script >/dev/null; then # of util-linux
  SLOW=2 script -qec "'$checkout/dev' cli --where" "$here/terminal" </dev/null >/dev/null 2>&1
  moves=$(tr '\r' '\n' <"$here/terminal" | grep -cE '[0-9]+ s  \[[12]/9\] Building slow')
  ((moves >= 4)) || expect 'moves of the line' "$moves" 'at least 4'
fi

# ---- Packages.
mkdir "$here/bare"
(
  root=$checkout
  source "$root/tools/dev/common.sh"
  has_package() { [[ $1 != zlib1g-dev ]]; }
  need_packages g++ zlib1g-dev
) >"$here/out" 2>"$here/err"
holds 'what is installed is said' "$here/err" '^dev: installing Debian packages .*: zlib1g-dev$'

# ---- Wheels: every one has its hashes, and what is no longer listed so is got again.
for list in "$1"/tools/dev/requirements/*.txt; do
  expect "wheels without a hash in $list" "$(grep -A 1 '==' "$list" | grep -c -- '--hash=sha256:')" "$(grep -c '==' "$list")"
done
fake python3 <<TOOL
[[ \$2 != venv ]] || { mkdir -p "\$3/bin" && cp "$tools/pip" "\$3/bin/pip"; }
TOOL
fake pip <<<''
wheels() {
  : >"$calls"
  (root=$checkout && source "$root/tools/dev/common.sh" && source "$root/tools/dev/wheels.sh" && need_wheels venv sass) 2>"$here/err"
}
wheels
holds 'hashes are required' "$calls" '^pip install .*--require-hashes --requirement .*/sass.txt$'
holds 'what is got is said' "$here/err" 'getting nvidia-cuda-cuobjdump==[0-9.]+ nvidia-cuda-nvdisasm=='
wheels
lacks 'wheels that are there' "$calls" 'pip install'
echo '# changed' >>"$checkout/tools/dev/requirements/sass.txt"
wheels
holds 'wheels of another list' "$calls" 'pip install'

# ---- A bare check leaves out what the hour has no time for.
bare_check() { # SECONDS that ./dev test took
  (
    root=$checkout
    source "$root/tools/dev/common.sh"
    source "$root/tools/dev/check.sh"
    for step in "${check_steps[@]}"; do eval "check_$step() { echo 'built: '\$built; echo '1 passed, 0 failed'; }"; done
    SEQFEAT_DAY=1 SEQFEAT_TEST_TOOK=$1 check_everything
  ) >"$here/out" 2>"$here/err"
}
bare_check ''
holds 'without an hour all is checked' "$here/out" '^== check took format . s, nvcc . s, ptx . s, records . s, soak . s, tsan . s, mutants . s$'
expect 'the mutants are those of the sanitizer' "$(grep built "$here/out" | tail -n 1)" 'built: tsan'
bare_check 970
lacks 'all fits' "$here/out" 'left out'
bare_check 1700
holds 'a slow machine' "$here/out" 'records . s, soak . s, tsan left out, mutants . s$'
holds 'it is said' "$here/err" 'check tsan is left out: it would take 2[0-9]+ s here, and 1[0-9]+ s are left'
expect 'the mutants are those of the plain build' "$(grep built "$here/out" | tail -n 1)" 'built: cpu'
expect 'what is left out counts nothing' "$(tail -n 1 "$here/out")" '6 passed, 0 failed'
bare_check 3590
holds 'no time is left' "$here/out" 'format . s, nvcc left out, ptx left out, .*, mutants left out$'

# ---- Where to install, and with what.
fake nvidia-smi <<<'exit 9'
fake nvcc <<<''
run install "$here/prefix"
holds 'no driver' "$here/err" "CPU backend only .*nvcc is here, but no working driver"
holds 'no driver: cpu' "$calls" 'cmake --preset cpu '
run install --cuda "$here/prefix"
holds '--cuda' "$here/err" 'CPU and CUDA backends \(as --cuda says\)'
holds '--cuda is built' "$calls" 'cmake --preset cuda '
fake nvidia-smi <<<''
run install "$here/prefix"
holds 'a driver' "$here/err" 'CPU and CUDA backends .*nvcc and a working driver are here'
holds 'a driver: cuda' "$calls" 'cmake --preset cuda .*-DSEQFEAT_BENCH=OFF'
holds 'the prefix' "$calls" "cmake --install .* --prefix $here/prefix"
run install --cpu "$here/prefix"
holds '--cpu' "$here/err" 'CPU backend only \(as --cpu says\)'
for arguments in '' 'a b' '--cpu --cuda a' '--gpu a'; do
  # shellcheck disable=SC2086
  run install $arguments
  expect "install $arguments" "$?" 2
done

exit $((failures > 0))
