#!/usr/bin/env bash
# Makes the hook that Stripe tells of payments, as: STRIPE_WEBHOOK_SECRET=whsec_… payment-hook.sh
set -euo pipefail

"$BASH" "$(dirname "$0")/put-hook.sh" stripe <<JSON
{
  "secrets": ["$STRIPE_WEBHOOK_SECRET"],
  "prefix": "order-",
  "definition": {
    "provider": "stripe",
    "promiseId": { "path": "\$.data.object.metadata.promise" },
    "rules": [
      {
        "types": ["checkout.session.completed", "checkout.session.async_payment_succeeded"],
        "where": [{ "path": "\$.data.object.payment_status", "equals": "paid" }],
        "do": "resolve"
      },
      { "types": ["checkout.session.expired", "checkout.session.async_payment_failed"], "do": "reject" }
    ],
    "value": { "from": "path", "path": "\$.data.object" },
    "encoding": "sdk"
  }
}
JSON
