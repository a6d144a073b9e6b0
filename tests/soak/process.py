# SPDX-License-Identifier: Apache-2.0
"""Runs the program, also so that it is killed, and remembers every command as a shell would take it."""
import os
import shlex
import signal
import subprocess
import time

LONGEST = 120  # seconds; who takes longer hangs


class Failure(Exception):
    pass


class Commands:
    def __init__(self, program):
        self.program, self.lines = program, []

    def note(self, line):
        self.lines.append(line)

    def start(self, arguments, threads, kib=None, before=""):
        """Starts the program; with `kib`, no file may grow beyond so many KiB."""
        command = [self.program, *arguments]
        words = f"{before}{shlex.join(command)}"
        if kib is not None:
            command = ["bash", "-c", 'ulimit -f "$0" && exec "$@"', str(kib), *command]
            words = f"(ulimit -f {kib}; {words})"
        self.note(f"SEQFEAT_NUM_THREADS={threads} {words}" if kib is None else f"export SEQFEAT_NUM_THREADS={threads}; {words}")
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {"SEQFEAT_NUM_THREADS": str(threads)})

    def finish(self, process, codes):
        """Waits for the end, whose code has to be one of `codes`; minus a signal's number is its."""
        try:
            out, err = process.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Failure(f"it did not end within {LONGEST} s") from None
        self.lines[-1] += f"   # exit code {process.returncode}"
        if process.returncode not in codes:
            raise Failure(f"exit code {process.returncode}, expected one of {codes}; stderr: {err.decode(errors='replace')[-1000:]}")
        return process.returncode, out, err.decode(errors="replace")

    def run(self, arguments, threads=1, codes=(0,), kib=None):
        return self.finish(self.start(arguments, threads, kib), codes)

    def kill(self, arguments, threads, how, after):
        """Sends `how` after so many seconds. Returns the exit code."""
        process = self.start(arguments, threads, before=f"timeout -s {how.name[3:]} {after:.4f} ")
        time.sleep(after)
        process.send_signal(how)
        kind = {signal.SIGKILL: -signal.SIGKILL, signal.SIGTERM: 143, signal.SIGINT: 130}[how]
        # Before it has set its handlers up, a signal ends it as any other program.
        return self.finish(process, (0, kind, -how))[0]
