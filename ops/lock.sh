#!/bin/sh
# Writes the locks anew from pyproject.toml: exact versions and hashes for every platform, and no package host.
# requirements-dev.lock has everything, requirements.lock what runs, requirements-cluster.lock that and what a cluster's launchers
# need; the latter two take the versions of the first.
# `sh ops/lock.sh --upgrade` takes the newest versions; without it what is locked stays.
set -eu
cd "$(dirname "$0")/.."
sh ops/setup.sh test
eval "$(.venv/bin/python ops/index_settings.py)"
UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1 UV_PYTHON_DOWNLOADS=never UV_INDEX_STRATEGY=unsafe-best-match
export UV_SYSTEM_CERTS UV_NATIVE_TLS UV_PYTHON_DOWNLOADS UV_INDEX_STRATEGY

lock() {
    file=$1
    shift
    .venv/bin/uv pip compile -q --generate-hashes --no-strip-extras --universal -p 3.11 pyproject.toml \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links "$@" -o "$file"
    echo "lock: $(grep -c '^[a-z0-9]' "$file") packages in $file"
}

lock requirements-dev.lock --group dev "$@"
lock requirements.lock -c requirements-dev.lock
lock requirements-cluster.lock -c requirements-dev.lock --extra cluster
