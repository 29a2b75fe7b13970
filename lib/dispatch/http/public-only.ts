/**
 * Receivers on the public internet only: whoever may name one must not reach through the service what only it can.
 *
 * @module
 */

import { type LookupAddress, type LookupAllOptions, lookup as resolve } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";

/** Which receivers are posted to. */
export interface Guard {
  /** @throws Error where the URL by itself is one that is not. */
  check(url: URL): void;
  /** Finds the addresses of a name. The connection is made to what it finds, so that a name cannot change its mind. */
  readonly lookup: LookupFunction;
}

type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** @param resolver How names are resolved; the system's way, unless a test has another. */
export const publicOnly = (resolver: Resolve = resolve): Guard => ({
  check({ protocol, hostname }) {
    if (protocol !== "https:") {
      throw new Error("only https:// receivers are posted to");
    }
    // The URL has brought every notation of an address into one form.
    const literal = hostname.replace(/^\[|\]$/g, "");
    if (ipaddr.isValid(literal) && !isPublic(literal)) {
      throw notPublic();
    }
  },
  lookup(hostname, options, done) {
    resolver(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) {
        done(error ?? new Error("the name has no address"), "", 4);
      } else if (!addresses.every(({ address }) => isPublic(address))) {
        done(notPublic(), "", 4);
      } else if (options.all) {
        done(null, addresses);
      } else {
        done(null, first.address, first.family);
      }
    });
  },
});

const notPublic = (): Error => Object.assign(new Error("the receiver's address is not public"), { code: "ENOTPUBLIC" });

/** All of IPv6 that is given out so far for the public internet. */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");

/** Loopback, link-local (where metadata is), private, multicast, translated, reserved and unallocated addresses are not. */
function isPublic(text: string): boolean {
  if (!ipaddr.isValid(text)) {
    return false;
  }
  const address = ipaddr.process(text);
  return address.range() === "unicast" && (address instanceof ipaddr.IPv4 || address.match(globalUnicast));
}
