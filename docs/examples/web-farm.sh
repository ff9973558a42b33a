#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Brings a host to a wanted state, as an Ansible role would: run it as often as you like, the second time it changes nothing.
#
#   web-farm.sh SERVER ISO COUNT [--check]
#
# uploads the ISO, makes the VMs web01 ... web<COUNT> that boot from it, and starts them. Prints what changed, one JSON object a line;
# ends with the exit status of the first command that fails (poolctl --help lists them).
set -euo pipefail

export POOLCTL_SERVER=$1
iso=$2
count=$3
poolctl() { command poolctl --batch --output json "${@}" ${check:+--check}; }
check=${4:-}

poolctl iso upload local "$iso"
for ((i = 1; i <= count; i++)); do
    name=$(printf 'web%02d' "$i")
    poolctl vm create "$name" --memory 64M --vcpus 1 --disk local:64M --iso "local/$(basename "$iso")" --network default --if-not-exists
    # with --check there may be no VM yet that could be started
    if [ -z "$check" ] || command poolctl vm show "$name" >/dev/null 2>&1; then
        poolctl vm start "$name"
    fi
done
