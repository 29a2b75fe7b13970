import { hash, randomUUID } from "node:crypto";
import type { Message } from "#lib/core/index.ts";

/** Characters of a hash that no two messages have in common. */
const hashLength = 27;

/**
 * What a receiver knows a message by, at however many attempts, replayed ones included: the header `webhook-id`. A later
 * promise of the same id has other messages.
 */
export const messageIdOf = ({ mailbox, id, createdAt }: Pick<Message, "mailbox" | "id" | "createdAt">): string =>
  `msg_${hash("sha256", JSON.stringify([mailbox, id, createdAt]), "base64url").slice(0, hashLength)}`;

/** The same of a message that is not kept: of an offer. */
export const newMessageId = (): string => `msg_${randomUUID()}`;
