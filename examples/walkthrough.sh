#!/usr/bin/env bash
# The whole story in one go, each command shown before it runs: a realm attests and is refused, its operator asks why and
# approves what was measured, the realm attests again and gets the secret. Leaves nothing behind.
#   examples/walkthrough.sh          needs avouchd, avouch, kbs-client and arc on the PATH
set -euo pipefail

work=$(mktemp -d)
server=
finish() {
  [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT
cd "$work"

bold= plain=
if [ -t 1 ]; then bold=$'\033[1m' plain=$'\033[0m'; fi
tell() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
try() { printf '$ %s\n' "$*"; "$@"; }
# Commands that are meant to be refused.
refused() {
  printf '$ %s\n' "$*"
  if "$@"; then echo "walkthrough: this should have been refused" >&2; exit 1; fi
}

tell "1. The server starts, with no config at all. It makes its own keys."
avouchd --data-dir "$work/data" --listen 127.0.0.1:0 >server.log 2>&1 &
server=$!
for _ in $(seq 100); do
  grep -q 'listening' server.log && break
  kill -0 "$server" 2>/dev/null || { cat server.log; exit 1; }
  sleep 0.05
done
cat server.log
url=http://$(sed -n 's/.*listening address="\([^"]*\)".*/\1/p' server.log)
kbs=(kbs-client --url "$url")
admin=(config --auth-private-key data/admin.key)
operator=(avouch --url "$url" --admin-token-file data/admin-token)
realm=(avouch realm run --state "$work/platform" --)

tell "2. The operator stores a secret, and endorses the platform on which the realm will run."
printf 'The password is: open sesame\n' >message.txt
try "${kbs[@]}" "${admin[@]}" set-resource --path cca-trustee/demo-message/message.txt --resource-file message.txt
try "${kbs[@]}" "${admin[@]}" set-resource-policy --affirming
printf '$ avouch realm endorsements > platform.json\n'
avouch realm endorsements --state "$work/platform" >platform.json
try "${operator[@]}" endorsement add platform.json

tell "3. In the realm: make a key, attest, and look at the result. The platform is known; what the realm booted is not."
openssl genrsa -traditional -out realm.key 2048 2>/dev/null
printf '$ avouch realm run -- kbs-client attest --tee-key-file realm.key > ear.jwt\n'
"${realm[@]}" "${kbs[@]}" attest --tee-key-file realm.key >ear.jwt
printf '$ arc verify ear.jwt\n'
arc verify ear.jwt 2>/dev/null | sed -n '/^\[trust/,$p'

tell "4. So the secret is refused, in the words that users of Trustee know. The realm learns nothing but an id."
refused "${realm[@]}" "${kbs[@]}" get-resource --tee-key-file realm.key --attestation-token ear.jwt \
  --path cca-trustee/demo-message/message.txt

tell "5. The operator asks why."
try "${operator[@]}" why --last

tell "6. The measured value is that of the image that was built, so the operator approves exactly that."
try "${operator[@]}" refval approve --last

tell "7. The realm attests again and gets its secret, sealed to its key all the way."
printf '$ avouch realm run -- kbs-client attest --tee-key-file realm.key > ear.jwt\n'
"${realm[@]}" "${kbs[@]}" attest --tee-key-file realm.key >ear.jwt
arc verify ear.jwt 2>/dev/null | sed -n '/^\[trust/,$p'
printf '$ avouch realm run -- kbs-client get-resource … | base64 -d\n'
"${realm[@]}" "${kbs[@]}" get-resource --tee-key-file realm.key --attestation-token ear.jwt \
  --path cca-trustee/demo-message/message.txt | base64 -d
