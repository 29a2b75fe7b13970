import { openTable } from "../support/stores.ts";
import { storeContract } from "./contract.ts";

storeContract("DynamoDB", () => openTable());
