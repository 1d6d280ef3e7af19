#!/bin/sh
# Makes .venv-peers from ops/peers.lock (every file checked by hash): the engines that `make bench` and tests compare expectancy with.
# `sh ops/peers.sh --lock` writes the lock anew. freqtrade comes without what it needs to trade: of it, one module of formulas is used.
set -eu
cd "$(dirname "$0")/.."
sh ops/setup.sh test
eval "$(.venv/bin/python ops/index_settings.py)"
UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1 UV_PYTHON_DOWNLOADS=never UV_INDEX_STRATEGY=unsafe-best-match UV_LINK_MODE=${UV_LINK_MODE:-copy}
export UV_SYSTEM_CERTS UV_NATIVE_TLS UV_PYTHON_DOWNLOADS UV_INDEX_STRATEGY UV_LINK_MODE
uv=.venv/bin/uv

if [ "${1:-}" = --lock ]; then
    compile() { "$uv" pip compile -q --generate-hashes -p 3.11 --no-header --no-annotate --no-emit-index-url --no-emit-find-links "$@" -; }
    {
        printf 'nautilus_trader\nquantstats\nscipy\n' | compile
        printf 'freqtrade\n' | compile --no-deps
    } >ops/peers.lock.new
    mv ops/peers.lock.new ops/peers.lock
    echo "peers: $(grep -c '^[a-z0-9]' ops/peers.lock) packages in ops/peers.lock"
    exit 0
fi

stamp=.venv-peers/.hedge-stamp
if [ -f "$stamp" ] && cmp -s "$stamp" ops/peers.lock; then exit 0; fi
rm -rf .venv-peers
.venv/bin/python -m venv --without-pip .venv-peers
"$uv" pip install -q --python .venv-peers/bin/python --no-deps --require-hashes -r ops/peers.lock
cp ops/peers.lock "$stamp"
echo "peers: .venv-peers has $(grep -c '^[a-z0-9]' ops/peers.lock) packages"
