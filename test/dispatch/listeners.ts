/**
 * Workers that listen at a hub, as plain arrays.
 *
 * @module
 */

import { type HubOptions, pollHub } from "#lib/dispatch/poll/hub.ts";
import type { PollConnection } from "#lib/ports/transport.ts";

export interface Listener {
  /** Ids of the tasks and promises that it was told of. */
  readonly heard: string[];
  readonly connection: PollConnection;
  /** Whether it reads what it is sent. */
  keepsUp: boolean;
  isClosed: boolean;
}

/** A hub, and a clock that stands still until it is set. */
export function newHub(options: Partial<HubOptions> = {}) {
  const clock = { now: 0 };
  const hub = pollHub({ serverUrl: "http://server", now: () => clock.now, ...options });
  /** Connects a worker; undefined where there is no room. */
  const tryListen = (group: string, id: string): Listener | undefined => {
    const listener = { heard: [] as string[], keepsUp: true, isClosed: false };
    const connection = hub.connect(
      { group, id },
      {
        write(text) {
          if (listener.keepsUp) {
            const { data } = JSON.parse(text);
            listener.heard.push((data.task ?? data.promise).id);
          }
          return listener.keepsUp;
        },
        close() {
          listener.isClosed = true;
        },
      },
    );
    return connection && Object.assign(listener, { connection });
  };
  const listen = (group: string, id: string): Listener => {
    const listener = tryListen(group, id);
    if (listener === undefined) {
      throw new Error("the hub takes no more");
    }
    return listener;
  };
  return { hub, clock, tryListen, listen };
}
