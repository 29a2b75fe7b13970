import { hash } from "node:crypto";

/** Characters of a hash that no two mailboxes have in common. */
const hashLength = 27;

/** What a receiver's health is known by. It tells nothing of the address, which may hold a password. */
export const endpointIdOf = (mailbox: string): string =>
  `ep_${hash("sha256", mailbox, "base64url").slice(0, hashLength)}`;
