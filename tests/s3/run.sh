#!/usr/bin/env bash
# run.sh COMMAND...: an S3-speaking server (s3rver, npm) on loopback while COMMAND runs, its bucket in
# HOTLINE_TEST_S3. For example: tests/s3/run.sh build/asan/bin/evidence_test
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ -d "$here/node_modules/@20minutes" ] || (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund)
folder=$(mktemp -d)
port=${S3_PORT:-4568}
node "$here/serve.mjs" "$folder" "$port" &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; rm -rf "$folder"' EXIT
for _ in $(seq 100); do
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  sleep 0.1
done
HOTLINE_TEST_S3="http://127.0.0.1:$port/evidence" "$@"
