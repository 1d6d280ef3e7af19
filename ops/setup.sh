#!/bin/sh
# Makes .venv and puts this project into it: `run` (the default) from requirements.lock, `cluster` from requirements-cluster.lock,
# `test` from requirements-dev.lock: each has what the one before has, in the same versions, and more. Every file is checked by its hash.
# Going from one to the next only adds. Costs nothing when there is nothing to do; two at once wait for each other.
set -eu

cd "$(dirname "$0")/.."
root=$(pwd -P)
venv=.venv
stamp=$venv/.hedge-stamp
started=$(date +%s)

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

purpose=${1:-run}
case $purpose in
    run) lock=requirements.lock enough="run cluster test" ;;
    cluster) lock=requirements-cluster.lock enough="cluster test" ;;
    test) lock=requirements-dev.lock enough=test ;;
    *) say "the purpose was $purpose, run, cluster or test is allowed; call: sh ops/setup.sh run"; exit 2 ;;
esac

# What the environment was made from; the place counts because its scripts name it.
wanted() {
    printf '%s\n' "$root"
    set -- requirements.lock requirements-cluster.lock requirements-dev.lock pyproject.toml ops/setup.sh ops/hedge_dagster.pth
    if command -v sha256sum >/dev/null 2>&1; then cat "$@" | sha256sum; else cat "$@" | shasum -a 256; fi
}

# The stamp's first line is the purpose, the rest is what the environment was made from.
made_for() { [ -x "$venv/bin/python" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$1
$want" ]; }
is_current() {
    for each in $enough; do made_for "$each" && return 0; done
    return 1
}

want=$(wanted)
if is_current; then exit 0; fi

# The lock is on this very file, so that nothing is left behind.
if command -v flock >/dev/null 2>&1; then
    exec 9<ops/setup.sh
    flock -n 9 || { say "another setup is at work here, waiting for it"; flock 9; }
    if is_current; then exit 0; fi
fi

# The first Python on the path that is new enough.
find_python() {
    for name in ${PYTHON:-} python3 python3.11 python3.12 python3.13; do
        if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; then
            printf '%s' "$name"
            return 0
        fi
    done
    return 1
}

python=$(find_python) || fail "python3 was $(python3 --version 2>&1 || true), 3.11 to 3.13 is needed; install python3.11 or name one: make setup PYTHON=/path/to/python3"

# Debian ships Python without the part that makes environments.
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    command -v apt-get >/dev/null 2>&1 || fail "$python cannot make environments (no ensurepip); install its venv package and call again"
    if [ "$(id -u)" = 0 ]; then as_root=; elif sudo -n true >/dev/null 2>&1; then as_root="sudo -n"; else
        fail "$python cannot make environments; run once: sudo apt-get install -y $package"
    fi
    say "installing the system package $package"
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 ||
        { $as_root apt-get update -qq >&2 &&
            $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null; } ||
        fail "$package could not be installed; install it by hand and call again"
fi

# What is there for running stays good while tools are added.
made_for run || made_for cluster || rm -f "$stamp"
if [ ! -x "$venv/bin/pip" ] || ! "$venv/bin/pip" --version >/dev/null 2>&1 || ! "$venv/bin/python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'; then
    say "making $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv" || fail "$venv could not be made; see the lines above"
fi

# uv reads none of pip's settings (index, wheels, certificates): hand them over, for this run only.
eval "$("$venv/bin/python" ops/index_settings.py)"
UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1 UV_PYTHON_DOWNLOADS=never UV_INDEX_STRATEGY=${UV_INDEX_STRATEGY:-unsafe-best-match}
PIP_DISABLE_PIP_VERSION_CHECK=1
export UV_SYSTEM_CERTS UV_NATIVE_TLS UV_PYTHON_DOWNLOADS UV_INDEX_STRATEGY PIP_DISABLE_PIP_VERSION_CHECK
# Cache and environment may be on different disks; copying then is no news.
UV_LINK_MODE=${UV_LINK_MODE:-copy} && export UV_LINK_MODE

# Nothing that runs needs uv, so it is locked with the tools.
count=$(grep -c '^[a-z0-9]' "$lock")
with_uv() {
    awk '/^[a-z0-9]/ { on = /^uv==/ } on' requirements-dev.lock >"$venv/uv.lock"
    "$venv/bin/pip" install -qq --no-deps --require-hashes -r "$venv/uv.lock" >&2 || return 1
    say "installing the packages of $lock (up to $count, each checked by its hash)"
    if [ -t 2 ]; then
        "$venv/bin/uv" pip install --python "$venv/bin/python" --require-hashes -r "$lock" >&2
    else
        "$venv/bin/uv" pip install -q --python "$venv/bin/python" --require-hashes -r "$lock" >&2
    fi
}

say "installing uv, the installer"
if ! with_uv; then
    say "uv could not do it, pip tries (a minute or so)"
    "$venv/bin/pip" install -qq --no-deps --require-hashes -r "$lock" >&2 ||
        fail "the packages could not be installed; see the lines above (is a package index reachable: pip config list?)"
fi

"$venv/bin/pip" install -qq --no-index --no-deps --no-build-isolation --config-settings editable_mode=compat -e . >&2 ||
    fail "the project itself could not be installed; see the lines above"
cp ops/hedge_dagster.pth "$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/hedge_dagster.pth"
printf '%s\n%s' "$purpose" "$want" >"$stamp"
say "done in $(($(date +%s) - started)) s: activate with . .venv/bin/activate"
