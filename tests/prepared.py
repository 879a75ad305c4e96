"""Dry runs by a process that has imported what Snakemake needs: python prepared.py.

Half the time of a dry run goes into imports of packages that no test changes. Here they are
imported once. Each run is a fork of its own, as fresh as a new process: neither the library nor a
Snakefile was read before. One request a line comes in as JSON, one exit code a line goes out.
"""

import atexit
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

PACKAGES = ("snakemake.cli", "snakemake_executor_plugin_slurm", "awkward", "numba", "pydantic")


@cache
def start_server():
    server = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def stop():
        with server:  # at the end of its input it ends
            server.stdin.close()

    atexit.register(stop)
    return server


def run_prepared(arguments, folder, environment, output: Path):
    """Run Snakemake with arguments, in a folder; return its exit code."""
    server = start_server()
    request = {
        "arguments": [str(argument) for argument in arguments],
        "folder": str(folder),
        "environment": environment,
        "output": str(output),
    }
    print(json.dumps(request), file=server.stdin, flush=True)
    return int(server.stdout.readline())


def _serve():
    for name in PACKAGES:
        __import__(name)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(_run(json.loads(line)))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)


def _run(request):
    with Path(request["output"]).open("w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.setsid()
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    del sys.path[0]  # the folder of this file
    sys.path[:0] = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    sys.argv = ["snakemake", *request["arguments"]]
    from snakemake.cli import main

    code = 1
    try:
        code = main(request["arguments"])
    except SystemExit as end:
        code = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


if __name__ == "__main__":
    _serve()
