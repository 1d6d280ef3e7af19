#!/bin/sh
# Brings the chart library of the operator page into ops/dashboard/static: one file, its style and its licence, of one exact version.
# It is committed, so that a user's machine needs neither npm nor a network; run this to take another version, and look at the page after it.
set -eu
cd "$(dirname "$0")/.."
version=${1:-1.6.32}
static=$(pwd -P)/ops/dashboard/static
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent "uplot@$version" >/dev/null && tar xzf uplot-*.tgz)
install -m 644 "$work/package/dist/uPlot.iife.min.js" "$static/uplot.js"
install -m 644 "$work/package/dist/uPlot.min.css" "$static/uplot.css"
install -m 644 "$work/package/LICENSE" "$static/uplot.LICENSE"
echo "vendor: uPlot $version, $(wc -c <"$static/uplot.js") bytes"
