#!/bin/sh
# Gets the programs of others that the tests try this project with: prometheus and promtool, alertmanager and amtool, nginx, redis-server, chromium.
# What is on the path is used; else Debian's packages are unpacked into .venv/tools, where nothing is started and the system
# is left as it is, but for two template files that Alertmanager wants in /usr/share. Chromium needs its libraries, so it is installed, as root on Debian only. What cannot be had is said
# once a day, its tests are skipped, and this never fails.
set -u

cd "$(dirname "$0")/.." || exit 0
tools=.venv/tools
said=$tools/could-not-be-had

say() { printf 'needs: %s\n' "$*" >&2; }
has() { for name; do command -v "$name" >/dev/null 2>&1 && return 0; [ -x "$tools/usr/bin/$name" ] && return 0; [ -x "$tools/usr/sbin/$name" ] && return 0; done; return 1; }

missing=
{ has prometheus && has promtool; } || missing="$missing prometheus"
{ has alertmanager prometheus-alertmanager && has amtool; } || missing="$missing prometheus-alertmanager"
has nginx || missing="$missing nginx"
has redis-server || missing="$missing redis-tools"
has chromium chromium-browser google-chrome google-chrome-stable || missing="$missing chromium"
if [ -z "$missing" ]; then exit 0; fi

# Without a network every try takes long: once a day is enough, or after `rm .venv/tools/could-not-be-had`.
if [ -n "$(find "$said" -mtime -1 2>/dev/null)" ] && [ "$(cat "$said")" = "$missing" ]; then exit 0; fi
mkdir -p "$tools" || exit 0
if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg >/dev/null 2>&1; then
    say "cannot get$missing here (no apt-get); their tests are skipped unless you install them"
    printf '%s' "$missing" >"$said"
    exit 0
fi

# Only one at a time; the lock is on this very file, so that nothing is left behind.
if command -v flock >/dev/null 2>&1; then exec 9<ops/needs.sh && flock 9; fi

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; elif sudo -n true >/dev/null 2>&1; then sudo -n "$@"; else return 1; fi; }
listed() { LC_ALL=C apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [0-9]'; }

patience="-o Acquire::Retries=0 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20"
: >"$tools/log"
for package in $missing; do
    listed "$package" || { as_root timeout 120 apt-get $patience update -qq >>"$tools/log" 2>&1; break; }
done

# Debian's Alertmanager looks for its two templates at one fixed place, whatever its configuration says.
templates=/usr/share/prometheus/alertmanager
lay_templates() {
    if [ ! -d "$1$templates" ] || [ -e "$templates/default.tmpl" ]; then return 0; fi
    as_root mkdir -p "$templates" && as_root cp "$1$templates"/*.tmpl "$templates/"
}

lay_programs() {
    for place in usr/bin usr/sbin; do
        if [ -d "$1/$place" ]; then mkdir -p "$tools/$place" && cp "$1/$place"/* "$tools/$place/" || return 1; fi
    done
}

# Unpack one package, and nothing else of it than its programs.
unpack() {
    folder=$(mktemp -d "$tools/.get.XXXXXX") || return 1
    chmod 755 "$folder"
    (cd "$folder" && timeout 200 apt-get $patience -qq -o APT::Sandbox::User=root download "$1") >>"$tools/log" 2>&1 &&
        dpkg -x "$folder"/*.deb "$folder/tree" >>"$tools/log" 2>&1 &&
        lay_programs "$folder/tree" && lay_templates "$folder/tree"
    got=$?
    rm -rf "$folder"
    return $got
}

# Redis without Debian's package of the server, which would start one: the tools hold the same program under another name. It and the
# libraries it needs are put beside each other, and what is called redis-server is a script that starts it with these.
unpack_redis() {
    folder=$(mktemp -d "$tools/.get.XXXXXX") || return 1
    chmod 755 "$folder"
    (cd "$folder" && timeout 200 apt-get $patience -qq -o APT::Sandbox::User=root download redis-tools libjemalloc2 liblzf1 liblua5.1-0 libatomic1) >>"$tools/log" 2>&1 &&
        for each in "$folder"/*.deb; do dpkg -x "$each" "$folder/tree" >>"$tools/log" 2>&1 || return 1; done &&
        mkdir -p "$tools/usr/bin" "$tools/usr/redis" &&
        find "$folder/tree/usr/lib" -name '*.so*' -exec cp -d {} "$tools/usr/redis/" \; &&
        cp "$folder/tree/usr/bin/redis-check-rdb" "$tools/usr/redis/redis-server" &&
        printf '%s\n' '#!/bin/sh' 'here=$(cd "$(dirname "$0")/../redis" && pwd)' 'LD_LIBRARY_PATH="$here" exec "$here/redis-server" "$@"' >"$tools/usr/bin/redis-server" &&
        chmod 755 "$tools/usr/bin/redis-server"
    rm -rf "$folder"
    "$tools/usr/bin/redis-server" --version >>"$tools/log" 2>&1 || { rm -f "$tools/usr/bin/redis-server"; return 1; }
}

for package in $missing; do
    case $package in
    redis-tools) unpack_redis && continue ;;
    chromium) as_root env DEBIAN_FRONTEND=noninteractive timeout 600 apt-get $patience install -y -qq --no-install-recommends chromium fonts-dejavu-core >>"$tools/log" 2>&1 && has chromium && continue ;;
    nginx) unpack nginx && { "$tools/usr/sbin/nginx" -v >>"$tools/log" 2>&1 || { rm -f "$tools/usr/sbin/nginx"; false; }; } && continue ;;
    *) unpack "$package" && continue ;;
    esac
    failed="${failed-} $package"
done
if [ -n "${failed-}" ]; then
    say "could not get$failed (see $tools/log); their tests are skipped"
    printf '%s' "$failed" >"$said"
fi
exit 0
