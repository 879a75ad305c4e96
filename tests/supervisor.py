"""A process over a daemon and all that descends from it: they end together, whoever ends first.

Run as `python supervisor.py PROGRAM ARGUMENTS...`. SIGTERM, or the end of the parent, kills at
once the program and everything that it has left behind, also what has made itself a daemon.
"""

import ctypes
import os
import signal
import subprocess
import sys

import psutil

# of Linux's <sys/prctl.h>
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def set_process_option(option, value):
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def kill_descendants():
    """Kill from the top, so that no daemon sees and reports the end of what is below it."""
    while processes := psutil.Process().children(recursive=True):
        for process in processes:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        os.wait()


def supervise(command):
    """Run a command in the foreground and return its exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    # orphans become children of this process
    set_process_option(PR_SET_CHILD_SUBREAPER, 1)
    set_process_option(PR_SET_PDEATHSIG, signal.SIGTERM)
    try:
        daemon = subprocess.Popen(command)
        while True:
            pid, status = os.wait()
            if pid == daemon.pid:
                return os.waitstatus_to_exitcode(status)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        kill_descendants()


if __name__ == "__main__":
    sys.exit(supervise(sys.argv[1:]))
