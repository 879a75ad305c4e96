#!/usr/bin/env bash
# Install what neither pip nor conda brings, on Debian or Ubuntu; as root.
#   graphviz  draws the graphs of `make dag`
#   SLURM     is what the tests in tests/cluster start and stop by themselves
#   XRootD    serves files to the tests of what is read over the network
# Nothing happens where all programs are present. No service is started.
set -euo pipefail

packages=(graphviz slurmctld slurmd slurm-client munge xrootd-server)
programs=(dot slurmctld slurmd sbatch srun scontrol squeue scancel sinfo munged xrootd)
policy=/usr/sbin/policy-rc.d
patience=600 # seconds for another apt to end

list_missing() {
    local program
    for program in "${programs[@]}"; do
        command -v "$program" > /dev/null || echo "$program"
    done
}

# apt waits for dpkg's lock when told to, but never for the lock of its lists
run_apt() {
    local log until=$((SECONDS + patience))
    log=$(mktemp)
    until apt-get -qq -o DPkg::Lock::Timeout="$patience" -o Acquire::Retries=3 "$@" > "$log" 2>&1; do
        if ! grep -q "Could not get lock" "$log" || ((SECONDS > until)); then
            cat "$log" >&2
            rm -f "$log"
            return 1
        fi
        sleep 2
    done
    rm -f "$log"
}

[[ -n "$(list_missing)" ]] || exit 0
if ((EUID)); then
    echo "missing: $(list_missing | xargs); run this script as root" >&2
    exit 1
fi
if ! command -v apt-get > /dev/null; then
    echo "missing: $(list_missing | xargs); there is no apt-get: install what brings them" >&2
    exit 1
fi

# one at a time: the policy below must not be taken away under another run
exec 9> /var/lock/rapidmass-system-packages
flock 9
[[ -n "$(list_missing)" ]] || exit 0

# packages start their services unless a policy forbids it with 101
if [[ ! -e $policy ]]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
run_apt update
run_apt install --yes --no-install-recommends "${packages[@]}"
[[ -z "$(list_missing)" ]] || { echo "still missing: $(list_missing | xargs)" >&2; exit 1; }
