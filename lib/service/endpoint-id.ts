import { hashed } from "./message-id.ts";

/** What a receiver's health is known by. It tells nothing of the address, which may hold a password. */
export const endpointIdOf = (mailbox: string): string => `ep_${hashed(mailbox)}`;
