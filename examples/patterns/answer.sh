#!/usr/bin/env bash
# Answers a question, as: answer.sh expense-1:0 true
set -euo pipefail
url=${RESONATE_URL:-http://localhost:8001}

data=$(printf '%s' "$2" | base64 | tr -d '\n')
curl -sS --fail-with-body -X PATCH "$url/promises/$1" -d '{"state": "RESOLVED", "value": {"data": "'"$data"'"}}'
