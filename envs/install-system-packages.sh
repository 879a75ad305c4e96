#!/usr/bin/env bash
# Install what neither pip nor conda brings, on Debian or Ubuntu; as root.
# graphviz draws the graphs of `make dag`.
set -euo pipefail
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends graphviz
