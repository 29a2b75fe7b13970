#!/usr/bin/env bash
# Has a receiver told of a promise's end, and ends the promise: subscribe.sh http://127.0.0.1:9000
set -euo pipefail
url=${RESONATE_URL:-http://localhost:8001}
receiver=$1
id=${2:-download/$(date +%Y%m%d-%H%M%S)-$$}
ask() { curl -sS --fail-with-body -w '\n' "$@"; }

ask -X POST "$url/promises" -d '{"id": "'"$id"'", "timeout": 4102444800000}'
ask -X POST "$url/promises/subscribe/$id" -d '{"id": "shop", "timeout": 4102444800000, "recv": "'"$receiver"'"}'
ask -X PATCH "$url/promises/$id" -d '{"state": "RESOLVED", "value": {"data": "done"}}'
