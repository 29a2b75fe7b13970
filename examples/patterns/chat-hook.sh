#!/usr/bin/env bash
# Makes the hook that Slack tells of buttons, as: SLACK_SIGNING_SECRET=… chat-hook.sh
set -euo pipefail
url=${RESONATE_URL:-http://localhost:8001}

curl -sS --fail-with-body -X PUT "$url/hooks/slack/config" ${RESONATE_TOKEN:+-H "authorization: Bearer $RESONATE_TOKEN"} -d @- <<JSON
{
  "secrets": ["$SLACK_SIGNING_SECRET"],
  "prefix": "release-",
  "definition": {
    "provider": "slack",
    "promiseId": { "path": "\$.actions[0].value" },
    "rules": [
      { "types": ["block_actions"], "where": [{ "path": "\$.actions[0].action_id", "equals": "approve" }], "do": "resolve" },
      { "types": ["block_actions"], "where": [{ "path": "\$.actions[0].action_id", "equals": "refuse" }], "do": "reject" }
    ],
    "value": { "from": "path", "path": "\$.user.username" },
    "encoding": "sdk"
  }
}
JSON
