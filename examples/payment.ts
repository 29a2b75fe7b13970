/**
 * A process of its own that takes the payment for one purchase, and resolves its promise.
 *
 *   node examples/payment.ts URL ID
 */

import { promiseApi } from "./promise-api.ts";
import { running } from "./telling.ts";

const [url = "", id = ""] = process.argv.slice(2);

await running(async () => {
  // The key belongs to the work, not to the process: one that crashes here and starts again may ask again.
  const { status, body } = await promiseApi(url).complete(
    id,
    { state: "RESOLVED", value: { data: "paid" } },
    `payment of ${id}`,
  );
  console.log(JSON.stringify({ status, state: body.state }));
});
