import { hash, randomUUID } from "node:crypto";
import type { Message } from "#lib/core/index.ts";

/** Characters of a hash that no two texts have in common. */
const hashLength = 27;

/** A short text in place of one that may be long, or tell too much. */
export const hashed = (text: string): string => hash("sha256", text, "base64url").slice(0, hashLength);

/**
 * What a receiver knows a message by, at however many attempts, replayed ones included: the header `webhook-id`. A later
 * promise of the same id has other messages.
 */
export const messageIdOf = ({ mailbox, id, createdAt }: Pick<Message, "mailbox" | "id" | "createdAt">): string =>
  `msg_${hashed(JSON.stringify([mailbox, id, createdAt]))}`;

/** The same of a message that is not kept: of an offer. */
export const newMessageId = (): string => `msg_${randomUUID()}`;
