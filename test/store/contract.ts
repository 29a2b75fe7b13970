import { describe } from "vitest";
import type { OpenStore } from "../support/stores.ts";
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
    listedContract(open);
    dueContract(open);
  });
}
