#!/usr/bin/env sh
# Endorses the initial measurement of a realm, as the script of the same name in the Arm learning path does.
#   ./endorse-rim.sh <base64 cca-realm-initial-measurement>
# KBS_URL is the server [http://127.0.0.1:8080]; ADMIN_KEY the admin's private key [the one in the data directory].
set -eu
if [ -z "${1:-}" ]; then
  echo "Use: $0 <cca-realm-initial-measurement>"
  exit 1
fi
PATH="$(dirname "$0")/build/release/bin:$PATH"
set -- set-sample-reference-value cca.realm.cca-realm-initial-measurement "$1"
if [ -n "${ADMIN_KEY:-}" ]; then set -- --auth-private-key "$ADMIN_KEY" "$@"; fi
exec kbs-client --url "${KBS_URL:-http://127.0.0.1:8080}" config "$@"
