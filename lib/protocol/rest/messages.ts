/**
 * The routes of messages that were given up or are held: for an operator to see, and to send on their way again.
 *
 * @module
 */

import type { Hono } from "hono";
import * as z from "zod";
import { type Delivery, Fault, limits, type Message, shownAddress } from "#lib/core/index.ts";
import { messageIdOf } from "#lib/service/message-id.ts";
import type { MessageKey, MessagePlace, MessageSearch, Messages } from "#lib/service/messages.ts";
import type { Addresses, Form } from "../addresses.ts";
import { type DoorEnv, json } from "../context.ts";
import { once } from "../shapes.ts";
import type { DeliveryBody, MessageBody } from "./contract-messages.ts";
import { decodeCursor, encodeCursor, parseEncoded } from "./cursor.ts";
import { type Query, QueryReader } from "./query.ts";

/** Messages that one request sends on their way again at most. */
export const replayMax = 1_000;

/** Adds the message routes to an app. */
export function messageRoutes(app: Hono<DoorEnv>, messages: Messages, addresses: Addresses): void {
  app.get("/deliveries", async (c) => {
    const reader = new QueryReader(c.req.queries());
    const sent = reader.text("promiseId") ?? reader.refuse("promiseId", "is required", "");
    reader.finish();
    const { id, form } = addresses.canonical(sent);
    c.set("subject", { verb: "delivery.search", id });
    const { deliveries, isCut } = await messages.log(id, c.get("request"));
    return json({ deliveries: deliveries.map((each) => toDeliveryBody(each, form)), isCut }, 200);
  });

  app.get("/messages", async (c) => {
    c.set("subject", { verb: "message.search" });
    const searching = toSearching(c.req.queries(), limits.pageMax, ["parked", "held"]);
    const page = await messages.list(searching, c.get("request"));
    return json({ messages: page.messages.map(toMessageBody), cursor: toCursor(searching, page.next) }, 200);
  });

  app.post("/messages/replay", async (c) => {
    c.set("subject", { verb: "message.replay" });
    const searching = toSearching(c.req.queries(), replayMax, ["parked"]);
    const { replayed, next } = await messages.replayAll(searching, c.get("request"));
    return json({ replayed, cursor: toCursor(searching, next) }, 200);
  });

  app.post("/messages/:id/replay", async (c) => {
    const key = toKey(c.req.param("id"));
    c.set("subject", { verb: "message.replay", id: key.id });
    return json(toMessageBody(await messages.replay(key, c.get("request"))), 200);
  });
}

/** What an item's key can hold; nothing else was ever given out. */
const keyText = (bytesMax: number) =>
  z.string().refine((text) => text !== "" && text.isWellFormed() && Buffer.byteLength(text) <= bytesMax);

const mailbox = once(() => keyText(limits.addressBytesMax));
const messageId = once(() => keyText(1_024));

const Key = once(() => z.tuple([mailbox(), messageId()]));

const toId = ({ mailbox, id }: MessageKey): string => encodeCursor([mailbox, id]);

/** @throws Fault `messageNotFound` where no message was ever called this. */
function toKey(id: string): MessageKey {
  const key = Key().safeParse(parseEncoded(id));
  if (!key.success) {
    throw new Fault("messageNotFound", { id });
  }
  return { mailbox: key.data[0], id: key.data[1] };
}

const states = ["parked", "held"] as const satisfies readonly MessageSearch["state"][];

const Cursor = once(() =>
  z.strictObject({
    v: z.literal(1),
    parked: z.strictObject({ mailbox: mailbox(), id: messageId(), after: messageId().optional() }),
    /** Absent: parked. */
    s: z.enum(states).optional(),
    a: mailbox().optional(),
    p: z.string().optional(),
    l: z.number().int().min(1).max(replayMax),
  }),
);

function toCursor({ state, address, prefix, limit }: MessageSearch, next: MessagePlace | undefined): string | null {
  if (next === undefined) {
    return null;
  }
  const held: z.infer<ReturnType<typeof Cursor>> = {
    v: 1,
    parked: next,
    ...(state !== "parked" && { s: state }),
    ...(address !== undefined && { a: address }),
    ...(prefix !== undefined && { p: prefix }),
    l: limit,
  };
  return encodeCursor(held);
}

/**
 * @param allowed The states that may be asked for; where there is but one, it need not be said.
 * @throws Fault `invalid` with every parameter that cannot be understood.
 */
function toSearching(query: Query, limitMax: number, allowed: readonly MessageSearch["state"][]): MessageSearch {
  const cursors = query["cursor"];
  if (cursors !== undefined) {
    const { parked, s: state = "parked", a: address, p: prefix, l } = decodeCursor(Cursor(), cursors.join());
    const { after, ...place } = parked;
    return {
      state,
      ...(address !== undefined && { address }),
      ...(prefix !== undefined && { prefix }),
      limit: Math.min(l, limitMax),
      from: { ...place, ...(after !== undefined && { after }) },
    };
  }
  const reader = new QueryReader(query);
  const limit = reader.limit(limitMax);
  const [only, ...others] = allowed;
  const sent = reader.text("state") ?? (others.length === 0 ? only : undefined);
  const state = allowed.find((each) => each === sent);
  const address = reader.text("address");
  const prefix = reader.text("prefix");
  if (state === undefined) {
    reader.refuse(
      "state",
      `must be ${allowed.join(" or ")}: no other messages are ${others.length === 0 ? "replayed" : "listed"}`,
      undefined,
    );
  }
  if (address !== undefined && !mailbox().safeParse(address).success) {
    reader.refuse("address", `must be an address of at most ${limits.addressBytesMax} bytes`, undefined);
  }
  reader.finish();
  return {
    state: state ?? "parked",
    limit,
    ...(address !== undefined && { address }),
    ...(prefix !== undefined && { prefix }),
  };
}

/** What was sent, as this door shows it; fields that are unset are left out. */
export function toDeliveryBody(delivery: Delivery, form: Form): z.input<typeof DeliveryBody> {
  const { id: webhookId, promiseId, subscription, address, state, attempts, latest, createdAt, nextAt } = delivery;
  return {
    webhookId,
    promiseId: form(promiseId),
    ...(subscription !== undefined && { subscription }),
    address,
    state,
    attempts,
    latest: latest.map(({ at: sentOn, ...attempt }) => ({ sentOn, ...attempt })),
    ...(nextAt !== undefined && { nextOn: nextAt }),
    createdOn: createdAt,
  };
}

/** A message as this door shows it; fields that are unset are left out. */
export function toMessageBody(message: Message): z.input<typeof MessageBody> {
  const { kind, event, subscription, address, promiseId, attempts, lastError, parkedAt, heldAt, createdAt } = message;
  return {
    id: toId(message),
    webhookId: messageIdOf(message),
    kind,
    ...(event !== undefined && { event }),
    ...(subscription !== undefined && { subscription }),
    address: shownAddress(address),
    promiseId,
    attempts,
    ...(lastError !== undefined && { lastError }),
    ...(parkedAt !== undefined && { parkedOn: parkedAt }),
    ...(heldAt !== undefined && { heldOn: heldAt }),
    createdOn: createdAt,
  };
}
