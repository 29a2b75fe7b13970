#!/usr/bin/env bash
# Makes the hook that Slack tells of buttons, as: SLACK_SIGNING_SECRET=… chat-hook.sh
set -euo pipefail

"$BASH" "$(dirname "$0")/put-hook.sh" slack <<JSON
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
