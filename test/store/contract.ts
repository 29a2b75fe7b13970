import { describe } from "vitest";
import type { OpenStore } from "../support/stores.ts";
import { byIdContract } from "./contract-by-id.ts";
import { collectionsContract } from "./contract-collections.ts";
import { dueContract } from "./contract-due.ts";
import { fieldsContract } from "./contract-fields.ts";
import { listedContract } from "./contract-listed.ts";
import { recordsContract } from "./contract-records.ts";
import { transactionsContract } from "./contract-transactions.ts";
import { writesContract } from "./contract-writes.ts";

/** All that the port promises, asked of one implementation. */
export function storeContract(name: string, open: OpenStore): void {
  describe(name, () => {
    writesContract(open);
    transactionsContract(open);
    fieldsContract(open);
    recordsContract(open);
    collectionsContract(open);
    listedContract(open);
    byIdContract(open);
    dueContract(open);
  });
}
