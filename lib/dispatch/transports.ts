import { type Address, parseAddress } from "#lib/core/index.ts";
import type { Transport } from "#lib/ports/transport.ts";

/** All transports as one: the scheme of a message's address decides. */
export const transports = (byScheme: Readonly<Record<Address["scheme"], Transport>>): Transport => ({
  async send(message, onAnswer) {
    const address = parseAddress(message.address);
    if (address === undefined) {
      throw new Error("nothing is sent to addresses of this form");
    }
    return byScheme[address.scheme].send(message, onAnswer);
  },
});
