#!/usr/bin/env bash
# Four ways of naming promises, and how each is found again.
set -euo pipefail
url=${RESONATE_URL:-http://localhost:8001}
no_tags='{}'

create() {
  curl -sS --fail-with-body -o /dev/null "$url/promises" \
       -d '{"id": "'"$1"'", "timeout": 4102444800000, "tags": '"${2:-$no_tags}"'}'
}
find() {
  curl -sS --fail-with-body -G "$url/promises" "$@" | grep -o '"id":"[^"]*"'
}

create purchase/user/1/song/42
create purchase/user/1/song/43
find -d 'id=purchase/user/1/*'

create default/pods/web-7d4b9c/q9z4m/ready
find -d 'id=default/*/ready'

create f3df2439-1ce7-4603-846a-71feed5f6d31 '{"album": "blue", "kind": "track"}'
find -d 'id=*' --data-urlencode 'tags[album]=blue'

create staging/analytics/monthly-report/2026-11
find -d 'id=staging/analytics/monthly-report/2026-*'
