/**
 * Where a message goes: the addresses of tasks and listeners (`protocol/rpc.md` 12.2).
 *
 * @module
 */

export type Address =
  /** A receiver that the message is posted to, at the URL as it was given. */
  | { readonly scheme: "http"; readonly url: string }
  /** Workers that listen on a stream: one of a group, the named one before others (`any`), or that one alone (`uni`). */
  | { readonly scheme: "poll"; readonly cast: "any" | "uni"; readonly group: string; readonly id?: string }
  /** A function of the service's own account and region: that version or alias of it, or the newest code. */
  | { readonly scheme: "lambda"; readonly name: string; readonly alias?: string }
  /** A queue, a topic or an event bus of the service's own account and region. */
  | { readonly scheme: "sqs" | "sns" | "eventbridge"; readonly name: string };

const schemeForm = /^([a-z]+):\/\//i;

/** Behind the scheme: the cast, the group up to the first slash, and all behind that up to a query or fragment. */
const pollForm = /^(any|uni)@([^/?#]+)(?:\/([^?#]*))?/;

/**
 * A function, and a version or an alias behind a colon or a slash: `lambda://f:live` is no URL, and clients that want one
 * can say `lambda://f/live`.
 */
const functionForm = /^([\w-]{1,64})(?:[:/]([\w-]{1,128}))?\/?$/;

/** Names as the services give them; those of FIFO queues and topics end in `.fifo`. */
const nameForms = {
  sqs: /^(?=.{1,80}$)[\w-]+(\.fifo)?$/,
  sns: /^(?=.{1,256}$)[\w-]+(\.fifo)?$/,
  eventbridge: /^[\w.-]{1,256}$/,
} as const;

/** What an address says; undefined where it is none. Whether anybody is there is another question. */
export function parseAddress(text: string): Address | undefined {
  const [front, given] = schemeForm.exec(text) ?? [];
  const scheme = given?.toLowerCase();
  switch (scheme) {
    case "http":
    case "https":
      return URL.canParse(text) ? { scheme: "http", url: text } : undefined;
    case "poll":
      return parsePoll(text.slice(front?.length));
    case "lambda":
      return parseFunction(text.slice(front?.length));
    case "sqs":
    case "sns":
    case "eventbridge": {
      const name = text.slice(front?.length);
      return nameForms[scheme].test(name) ? { scheme, name } : undefined;
    }
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

function parseFunction(rest: string): Address | undefined {
  const [, name, alias] = functionForm.exec(rest) ?? [];
  return name === undefined ? undefined : { scheme: "lambda", name, ...(alias && { alias }) };
}

/** One spelling of the addresses that reach the same receivers, so that each of them is told once. */
export function canonicalAddress(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === undefined) {
    return address;
  }
  switch (parsed.scheme) {
    case "http":
      return address;
    case "poll":
      return `poll://${parsed.cast}@${parsed.group}${parsed.id === undefined ? "" : `/${parsed.id}`}`;
    case "lambda":
      return `lambda://${parsed.name}${parsed.alias === undefined ? "" : `/${parsed.alias}`}`;
    default:
      return `${parsed.scheme}://${parsed.name}`;
  }
}

/**
 * Where messages to the address wait until they are taken: for any worker of a group in one place, whomever they name;
 * else at the address itself.
 */
export function mailboxOf(address: string): string {
  const parsed = parseAddress(address);
  return parsed?.scheme === "poll" && parsed.cast === "any" ? `poll://any@${parsed.group}` : canonicalAddress(address);
}
