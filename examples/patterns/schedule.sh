#!/usr/bin/env bash
# A promise every working day at 8 in Vienna, whatever that is in UTC; a worker of the group "reports" runs "report" for it.
set -euo pipefail
url=${RESONATE_URL:-http://localhost:8001}
id=${1:-vienna-reports}
ask() { curl -sS --fail-with-body -w '\n' "$@"; }

call=$(printf '{"func": "report", "args": ["songs"], "version": 1}' | base64 | tr -d '\n')
ask -X POST "$url/schedules" -H "idempotency-key: $id" -d '{
  "id": "'"$id"'",
  "cron": "0 8 * * MON-FRI",
  "timezone": "Europe/Vienna",
  "promiseId": "{{.id}}-{{.timestamp}}",
  "promiseTimeout": 3600000,
  "promiseParam": {"data": "'"$call"'"},
  "promiseTags": {"resonate:target": "poll://any@reports"}
}'
ask "$url/schedules/$id"
ask -X DELETE "$url/schedules/$id"
