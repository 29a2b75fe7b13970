/**
 * Where a message goes: the addresses of tasks and listeners (`protocol/rpc.md` 12.2).
 *
 * @module
 */

export type Address =
  /** A receiver that the message is posted to, at the URL as it was given. */
  | { readonly scheme: "http"; readonly url: string }
  /** Workers that listen on a stream: one of a group, the named one before others (`any`), or that one alone (`uni`). */
  | { readonly scheme: "poll"; readonly cast: "any" | "uni"; readonly group: string; readonly id?: string };

const schemeForm = /^([a-z]+):\/\//i;

/** Behind the scheme: the cast, the group up to the first slash, and all behind that up to a query or fragment. */
const pollForm = /^(any|uni)@([^/?#]+)(?:\/([^?#]*))?/;

/** What an address says; undefined where it is none. Whether anybody is there is another question. */
export function parseAddress(text: string): Address | undefined {
  const [front, scheme] = schemeForm.exec(text) ?? [];
  switch (scheme?.toLowerCase()) {
    case "http":
    case "https":
      return URL.canParse(text) ? { scheme: "http", url: text } : undefined;
    case "poll":
      return parsePoll(text.slice(front?.length));
    default:
      return undefined;
  }
}

function parsePoll(rest: string): Address | undefined {
  const [, cast, group, id] = pollForm.exec(rest) ?? [];
  if (cast === undefined || group === undefined) {
    return undefined;
  }
  return { scheme: "poll", cast: cast === "any" ? "any" : "uni", group, ...(id && { id }) };
}

/** One spelling of the addresses that reach the same workers, so that each of them is told once. */
export function canonicalAddress(address: string): string {
  const parsed = parseAddress(address);
  if (parsed?.scheme !== "poll") {
    return address;
  }
  const { cast, group, id } = parsed;
  return `poll://${cast}@${group}${id === undefined ? "" : `/${id}`}`;
}

/**
 * Where messages to the address wait until they are taken: for any worker of a group in one place, whomever they name;
 * else at the address itself.
 */
export function mailboxOf(address: string): string {
  const parsed = parseAddress(address);
  if (parsed?.scheme !== "poll") {
    return address;
  }
  return parsed.cast === "any" ? `poll://any@${parsed.group}` : canonicalAddress(address);
}
