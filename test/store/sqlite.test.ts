import { openSqlite } from "../support/stores.ts";
import { storeContract } from "./contract.ts";

storeContract("SQLite", openSqlite);
