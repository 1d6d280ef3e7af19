#!/bin/sh
# Writes requirements.lock anew from pyproject.toml: exact versions and hashes for every platform, and no package host.
# `sh ops/lock.sh --upgrade` takes the newest versions; without it what is locked stays.
set -eu
cd "$(dirname "$0")/.."
sh ops/setup.sh
eval "$(.venv/bin/python ops/index_settings.py)"
UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1 UV_PYTHON_DOWNLOADS=never UV_INDEX_STRATEGY=unsafe-best-match
export UV_SYSTEM_CERTS UV_NATIVE_TLS UV_PYTHON_DOWNLOADS UV_INDEX_STRATEGY
.venv/bin/uv pip compile -q --generate-hashes --no-strip-extras --universal -p 3.11 pyproject.toml --group dev \
    --no-header --no-annotate --no-emit-index-url --no-emit-find-links "$@" -o requirements.lock
echo "lock: $(grep -c '^[a-z0-9]' requirements.lock) packages in requirements.lock"
