#!/usr/bin/env bash
# Makes a hook of a name by what it reads, as: put-hook.sh NAME < hook.json
set -euo pipefail
url=${RESONATE_URL:-http://localhost:8001}

curl -sS --fail-with-body -X PUT "$url/hooks/$1/config" ${RESONATE_TOKEN:+-H "authorization: Bearer $RESONATE_TOKEN"} -d @-
