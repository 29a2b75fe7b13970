/**
 * The workers that listen on a stream, kept in memory, and the choice among them (`protocol/rpc.md` 12.4).
 *
 * A worker that froze keeps its connection open: that it takes nothing is seen only when a task is offered again.
 *
 * @module
 */

import { type Address, type EpochMs, parseAddress } from "#lib/core/index.ts";
import type { Outgoing, PollHub, PollStream, Worker } from "#lib/ports/transport.ts";
import { toBody } from "../body.ts";
import { type Connection, choose } from "./choose.ts";
import { offers } from "./offers.ts";

export interface HubOptions {
  /** Where workers find the server. */
  readonly serverUrl: string;
  readonly now: () => EpochMs;
  readonly connectionsMax?: number;
  /** Offers that are remembered until they are taken. */
  readonly offersMax?: number;
  /** How long they are; longer than it takes until a task that nobody takes is offered again. */
  readonly forgetAfterMs?: number;
}

type PollAddress = Extract<Address, { scheme: "poll" }>;

export function pollHub(options: HubOptions): PollHub {
  const { serverUrl, now, connectionsMax = 1_000, offersMax = 10_000, forgetAfterMs = 120_000 } = options;
  const members = registry();
  const open = offers<Connection>({ now, offersMax, forgetAfterMs });
  const slow = new Set<Connection>();
  let tellReady: (mailboxes: readonly string[]) => void = () => {};
  let turn = 0;
  let isClosed = false;

  const forget = (connection: Connection) => {
    members.remove(connection);
    slow.delete(connection);
    for (const taskId of connection.unanswered) {
      open.remove(taskId);
    }
  };

  const heardFrom = (pid: string) => {
    for (const connection of slow) {
      if (connection.id === pid) {
        slow.delete(connection);
      }
    }
  };

  /** Whom this offer was made to before, in vain. */
  const lastTo = (message: Outgoing): Connection | undefined => {
    const last = message.kind === "execute" ? open.lastTo(message.id, message.version) : undefined;
    if (last !== undefined) {
      slow.add(last);
    }
    return last;
  };

  return {
    async send(message) {
      const address = toPoll(message.address);
      const avoided = lastTo(message);
      const promiseId = message.kind === "execute" ? message.id : message.promise.id;
      const candidates = new Set(
        members.reachable(address).filter(({ stream }) => stream.mayHave?.(promiseId) ?? true),
      );
      const text = candidates.size > 0 ? toBody(message, serverUrl) : "";
      for (;;) {
        const chosen = choose(candidates, { address, slow, avoided });
        if (chosen === undefined) {
          return "nobody";
        }
        if (chosen.stream.write(text)) {
          chosen.lastTurn = ++turn;
          if (message.kind === "execute") {
            open.add(message.id, message.version, chosen);
          }
          return "sent";
        }
        chosen.isStuck = true;
        candidates.delete(chosen);
      }
    },

    connect(worker, stream) {
      if (isClosed || members.size >= connectionsMax) {
        return undefined;
      }
      const connection = newConnection(worker, stream);
      members.add(connection);
      tellReady(connection.mailboxes);
      return {
        drained() {
          if (connection.isStuck) {
            connection.isStuck = false;
            tellReady(connection.mailboxes);
          }
        },
        gone: () => forget(connection),
      };
    },

    mailboxes: () => [...new Set(members.all().flatMap(({ isStuck, mailboxes }) => (isStuck ? [] : mailboxes)))],

    onReady(tell) {
      tellReady = tell;
    },

    taken(taskId, pid) {
      open.remove(taskId);
      heardFrom(pid);
    },

    heardFrom,

    lapsed(pid) {
      for (const connection of members.all()) {
        if (connection.id === pid) {
          slow.add(connection);
        }
      }
    },

    get connected() {
      return members.size;
    },

    closeAll() {
      isClosed = true;
      for (const connection of members.all()) {
        forget(connection);
        connection.stream.close();
      }
    },
  };
}

function toPoll(text: string): PollAddress {
  const address = parseAddress(text);
  if (address?.scheme !== "poll") {
    throw new Error("only poll:// addresses have listeners");
  }
  return address;
}

function newConnection({ group, id }: Worker, stream: PollStream): Connection {
  return { group, id, stream, mailboxes: mailboxesOf(group, id), unanswered: new Set(), lastTurn: 0, isStuck: false };
}

/** A name that no address can spell has no mailbox, and must not be taken for another's. */
function mailboxesOf(group: string, id: string): readonly string[] {
  if (/[/?#]/.test(group)) {
    return [];
  }
  return [`poll://any@${group}`, ...(/[?#]/.test(id) ? [] : [`poll://uni@${group}/${id}`])];
}

/** Connections by group, oldest first. */
function registry() {
  const groups = new Map<string, Set<Connection>>();
  let size = 0;
  return {
    get size() {
      return size;
    },
    all: (): Connection[] => [...groups.values()].flatMap((group) => [...group]),
    add(connection: Connection) {
      const group = groups.get(connection.group) ?? new Set();
      groups.set(connection.group, group.add(connection));
      size += 1;
    },
    remove(connection: Connection) {
      const group = groups.get(connection.group);
      if (group?.delete(connection)) {
        size -= 1;
        if (group.size === 0) {
          groups.delete(connection.group);
        }
      }
    },
    /** Those that a message to the address may go to. */
    reachable: ({ group, cast, id }: PollAddress): Connection[] =>
      [...(groups.get(group) ?? [])].filter((each) => !each.isStuck && (cast === "any" || each.id === id)),
  };
}
