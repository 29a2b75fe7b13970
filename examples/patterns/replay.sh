#!/usr/bin/env bash
# Lists the messages that were given up, and sends them on their way again.
set -euo pipefail
url=${RESONATE_URL:-http://localhost:8001}
ask() { curl -sS --fail-with-body -w '\n' "$@"; }

ask "$url/messages?state=parked"
ask -X POST "$url/messages/replay"
