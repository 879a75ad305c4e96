"""A real SLURM on this machine for tests: one controller, several nodes, pretended GPUs.

All daemons and jobs end with the process that started them. They listen on 127.0.0.1 only and
write into one folder under /tmp. SLURM enforces neither cores nor devices here; memory is enforced
by polling, and every node believes in the CPUs and the memory that it is told to have.
"""

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PROGRAMS = (
    "munged",
    "slurmctld",
    "slurmd",
    "sbatch",
    "scancel",
    "scontrol",
    "sinfo",
    "squeue",
    "srun",
)
SUPERVISOR = Path(__file__).with_name("supervisor.py")
# below the ports that the kernel gives to outgoing connections: a crashed node finds its own free
PORTS = range(12000, 32000)

SETTINGS = Path(__file__).with_suffix(".conf").read_text()


@dataclass
class Slurm:
    """A cluster whose node1 has no GPUs and whose other nodes have; a single node has all.

    Partitions are `cpu` (the default one) and `gpu`.
    """

    nodes: int = 2
    cpus: int = 4
    memory_mb: int = 8000
    gpus: int = 2
    gpu_type: str = "fake"
    down_after: int = 10  # seconds without an answer until a node counts as down
    credential_seconds: int = 10
    folder: Path | None = field(default=None, init=False)
    daemons: dict[str, subprocess.Popen] = field(default_factory=dict, init=False)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def environment(self):
        """Variables that lead SLURM's programs to this cluster."""
        return {"SLURM_CONF": str(self.folder / "slurm.conf")}

    @property
    def name(self):
        return self.folder.name

    @property
    def node_names(self):
        return [f"node{i + 1}" for i in range(self.nodes)]

    def start(self):
        """Start all daemons and wait until every node is idle."""
        # a short path, whatever TMPDIR says: those of unix sockets end at 107 characters
        self.folder = Path(tempfile.mkdtemp(prefix="slurm", dir="/tmp"))
        try:
            self._write_files()
            self._start_daemon("munged", *self._command_munge())
            self.wait_for((self.folder / "munge.socket").exists, 10)
            self._start_controller()
            for name in self.node_names:
                self._start_daemon(name, "slurmd", "-D", "-N", name)
            self.wait_for(lambda: set(self.list_nodes().values()) == {"idle"}, 30)
        except BaseException:
            self.stop()
            raise

    def stop(self):
        """End all daemons and jobs, and remove the folder."""
        # the others still ask munge
        for name in reversed(list(self.daemons)):
            self._end_daemon(name)
        if self.folder is not None:
            shutil.rmtree(self.folder)
            self.folder = None

    def run(self, *command):
        """Run one of SLURM's programs on this cluster and return what it prints."""
        done = subprocess.run(
            list(map(str, command)),
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode:
            raise RuntimeError(f"{command} failed: {done.stderr}{done.stdout}")
        return done.stdout

    def submit(self, command, *options):
        """Submit a shell command as a job and return the job's id."""
        options = ("--output=/dev/null", *options)
        return self.run("sbatch", "--parsable", *options, "--wrap", command).strip()

    def list_jobs(self):
        """All jobs, ended ones too, as SLURM shows them: names of properties to texts."""
        lines = self.run("scontrol", "--oneliner", "--details", "show", "job").splitlines()
        return [parse_job(line) for line in lines if line.startswith("JobId=")]

    def find_job(self, job_id):
        """The job of this id."""
        (job,) = [job for job in self.list_jobs() if job["JobId"] == str(job_id)]
        return job

    def list_nodes(self):
        """State of every node by its name, like idle, mixed, down*."""
        return dict(line.split() for line in self.run("sinfo", "-hN", "-o%N %T").splitlines())

    def wait_for(self, predicate, seconds=30):
        """Call until something true is returned, and return that."""
        end = time.monotonic() + seconds
        while not (value := predicate()):
            self._check_daemons()
            if time.monotonic() > end:
                raise TimeoutError(f"not within {seconds} s\n{self.describe()}")
            time.sleep(0.1)
        return value

    def wait_for_state(self, job_id, *states, seconds=30):
        """Wait until a job is in one of the states, and return the job."""

        def find():
            job = self.find_job(job_id)
            return job if job["JobState"] in states else None

        return self.wait_for(find, seconds)

    def clear(self):
        """Start crashed nodes, cancel all jobs and wait until all nodes are idle."""
        for name in self.node_names:
            if name not in self.daemons:
                self.start_node(name)
        self.run("scancel", "--user=root")
        self.wait_for(lambda: set(self.list_nodes().values()) == {"idle"})

    def crash_node(self, name):
        """Kill a node's daemon and its jobs at once, like a loss of power."""
        self._end_daemon(name)

    def start_node(self, name):
        """Start a crashed node; the jobs that were lost with it are requeued at once."""
        # by itself the controller notices the loss only after `down_after` or much later
        self.run("scontrol", "update", f"NodeName={name}", "State=DOWN", "Reason=crashed")
        self._start_daemon(name, "slurmd", "-D", "-b", "-N", name)
        self.wait_for(lambda: self.list_nodes()[name] in ("idle", "mixed", "allocated"))

    def restart_controller(self):
        """End the controller in order and start it with its saved state; nodes go on."""
        with self.silence():
            pass

    @contextmanager
    def silence(self):
        """Be without a controller for a while; nodes and jobs go on."""
        self.run("scontrol", "shutdown", "slurmctld")
        self.daemons.pop("slurmctld").wait(30)
        try:
            yield
        finally:
            self._start_controller()

    def expire(self, job_id):
        """Let a running job reach its time limit: SLURM looks at the limits every 30 s."""
        self.run("scontrol", "update", f"JobId={job_id}", "EndTime=now+1")

    def release(self, job_id):
        """Let a requeued job run in two seconds."""
        # not now: a node that has just come back kills what it ran before, by the job's id
        self.run("scontrol", "update", f"JobId={job_id}", "StartTime=now+2")

    def describe(self):
        """Queue, nodes, and the ends of the logs."""
        parts = []
        if "UP" in self._ping():
            parts += [self.run("squeue", "--states=all"), self.run("sinfo", "-N", "-l")]
        for log in sorted(self.folder.glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()[-15:]
            parts.append("\n".join([f"--- {log.name}", *lines]))
        return "\n".join(parts)

    def _start_controller(self):
        self._start_daemon("slurmctld", "slurmctld", "-D")
        self.wait_for(lambda: "UP" in self._ping(), 30)

    def _ping(self):
        command = ("scontrol", "ping")
        environment = {**os.environ, **self.environment}
        return subprocess.run(command, env=environment, capture_output=True, text=True).stdout

    def _start_daemon(self, name, *command):
        with (self.folder / f"{name}.log").open("a") as log:
            self.daemons[name] = subprocess.Popen(
                [sys.executable, SUPERVISOR, *command],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests
            )

    def _end_daemon(self, name):
        daemon = self.daemons.pop(name)
        daemon.terminate()
        daemon.wait(30)

    def _check_daemons(self):
        for name, daemon in self.daemons.items():
            if daemon.poll() is not None:
                raise RuntimeError(f"{name} has ended: {daemon.returncode}\n{self.describe()}")

    def _command_munge(self):
        options = {name: self.folder / f"munge.{name}" for name in ("socket", "pid", "seed", "key")}
        options["key"].write_bytes(os.urandom(128))
        options["key"].chmod(0o400)
        return (
            "munged",
            "--foreground",
            f"--socket={options['socket']}",
            f"--pid-file={options['pid']}",
            f"--seed-file={options['seed']}",
            f"--key-file={options['key']}",
        )

    def _write_files(self):
        self.folder.chmod(0o755)
        ports = find_ports(1 + self.nodes)
        gpu_nodes = self.node_names[1:] or self.node_names
        gres = f"Gres=gpu:{self.gpu_type}:{self.gpus}"
        lines = [
            f"NodeName={name} NodeAddr=127.0.0.1 Port={port} CPUs={self.cpus}"
            f" RealMemory={self.memory_mb} {gres if self.gpus and name in gpu_nodes else ''}"
            for name, port in zip(self.node_names, ports[1:], strict=True)
        ]
        times = "DefaultTime=10 MaxTime=1440"
        lines.append(f"PartitionName=cpu Nodes={self.node_names[0]} Default=YES {times}")
        if self.gpus:
            lines.append(f"PartitionName=gpu Nodes={','.join(gpu_nodes)} {times}")
        self._write_devices(gpu_nodes)
        settings = SETTINGS.format(
            name=self.name,
            folder=self.folder,
            controller_port=ports[0],
            down_after=self.down_after,
            credential_seconds=self.credential_seconds,
        )
        (self.folder / "slurm.conf").write_text(settings + "\n".join(lines) + "\n")
        (self.folder / "controller").mkdir()
        for name in self.node_names:
            (self.folder / name).mkdir()

    def _write_devices(self, gpu_nodes):
        # a GPU has to be a character device: these are like /dev/null
        devices = [self.folder / f"gpu{i}" for i in range(self.gpus)]
        for device in devices:
            os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        (self.folder / "gres.conf").write_text(
            "".join(
                f"NodeName={name} Name=gpu Type={self.gpu_type} File={device}\n"
                for name in gpu_nodes
                for device in devices
            )
        )


def find_ports(count):
    """Free ports of 127.0.0.1; processes of other ids begin to look at other places."""
    first = os.getpid() * 61 % len(PORTS)
    ports = []
    for port in [*PORTS[first:], *PORTS[:first]]:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        ports.append(port)
        if len(ports) == count:
            return ports
    raise RuntimeError(f"no {count} free ports in {PORTS}")


def parse_job(line):
    """Properties of a job from one line of `scontrol --oneliner show job`."""
    _, *parts = re.split(r"(?:^|\s)([A-Z][\w/:]*)=", line.strip())
    return dict(zip(parts[::2], map(str.strip, parts[1::2]), strict=True))
