#!/bin/sh
# Makes tests/golden/form-N.tar.zst with the code of a commit: a desk that traded 160 loops, and some of its states.
#   sh tests/golden/make.sh 1 e4b4374 (2 7293ed4, 3 365148f, 4 f122b99, 5 45c18ca)
# These are what the journals' forms (executor/journal/form.py) and the states' schema versions were; they are never made anew.
set -eu
cd "$(dirname "$0")/../.."
here=$(pwd)
python=$here/.venv/bin/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '[journal]\nrotate_bytes = 65536\n[synthetic]\nsymbols = ["BTCUSDT", "ENAUSDT"]\nstep_ms = 5000\n' >"$work/small.toml"
mkdir "$work/code" && git archive "$2" | tar -x -C "$work/code"
cd "$work/code"
export PYTHONPATH="$work/code" HEDGE_DATA="$work/desk"
"$python" -m executor run --data "$HEDGE_DATA" --config "$work/small.toml" --speed max --loops 160
"$python" -m dagster asset materialize --select nav,positions,router_health,compare_summary,shadow_head,health -m hedge_assets.definitions
cd "$HEDGE_DATA"
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --exclude=owner.pid --exclude=pulse.json --exclude=.refresh.lock -cf "$work/desk.tar" .
"$python" -c 'import sys, zstandard; sys.stdout.buffer.write(zstandard.ZstdCompressor(level=19).compress(sys.stdin.buffer.read()))' \
    <"$work/desk.tar" >"$here/tests/golden/form-$1.tar.zst"
