#!/bin/sh
# Runs the tour on a database directory, then opens it again and checks it: ./examples/tour.sh [DIRECTORY]
#
# Without a directory a temporary one is used and removed. The command is built first; set BOWLINE to use another.
set -eu
cd "$(dirname "$0")/.."

if [ -z "${BOWLINE:-}" ]; then
    cargo build --release --quiet -p bowline-cli
    BOWLINE=target/release/bowline
fi
if [ $# -gt 0 ]; then
    database=$1
else
    temporary=$(mktemp -d)
    trap 'rm -rf "$temporary"' EXIT
    database=$temporary/shop.bowline
fi

say() { printf '\n== %s\n' "$1"; }

say "load, refusals, preview, delete"
# Exit code 1: the script holds statements that are refused, on purpose.
"$BOWLINE" sql "$database" -f examples/tour.sql --echo --keep-going 2>&1 || [ $? -eq 1 ]

say "reopened in a new process"
"$BOWLINE" sql "$database" -c 'SELECT * FROM customer ORDER BY customer_id' -c 'SELECT * FROM orders ORDER BY order_id'

say "checked"
"$BOWLINE" check "$database"
