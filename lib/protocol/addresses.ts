/**
 * Ids are addresses: the service's own URL in front of an id names the same promise as the id alone.
 *
 * @module
 */

import { invalid } from "#lib/core/index.ts";
import { idInQuery, isDecodable } from "./paths.ts";

/** How a request names ids: what is shown to it for a canonical one. */
export type Form = (id: string) => string;

/** An id as a request named it. */
export interface Named {
  /** The canonical id: all that authorisation, equality and keys ever see. */
  readonly id: string;
  /** What stood in front of it; mostly empty. */
  readonly front: string;
  /** Shows the id as it was sent, to the letter, and others as one would have to send them with the same in front. */
  readonly form: Form;
}

export interface Addresses {
  /**
   * The id that a text names. One of the service's own URLs, with or without its scheme, names what a request to it would:
   * behind `/promises/` and in `/promise?id=` the id is decoded, once. A foreign URL is an opaque id; so is a query that
   * names no id. What no path could carry, a percent sign that begins no escape for one, is taken as it stands.
   *
   * @throws Fault `invalid` where URLs with escapes stand in one another too deeply to be any client's.
   */
  canonical(text: string): Named;
  /** How ids are shown behind what has stood in front of another. */
  formOf(front: string): Form;
  /** Where the service is reached: what is given out. */
  readonly ownUrl: string;
  /** All URLs that it is or was reached at. */
  readonly ownUrls: readonly string[];
  /** Where the promise is found. */
  urlOf(id: string): string;
}

/**
 * @param urls All URLs that the service is or was reached at; the first is the one that answers give. The list may only
 * grow: ids in people's hands bear the old ones.
 * @throws Error where one is no URL, or there is none: what is stored under a wrong id stays there.
 */
export function addressesAt(urls: readonly string[]): Addresses {
  const ownUrls = urls.map(toOwnUrl);
  const [ownUrl] = ownUrls;
  if (ownUrl === undefined) {
    throw new Error("the service needs a URL that it is reached at");
  }
  const spelled = (path: string): readonly string[] =>
    ownUrls.flatMap((url) => {
      const front = (url + path).toLowerCase();
      return [front, front.replace(/^[a-z]+:\/\//, "")];
    });
  const fronts = { paths: spelled("/promises/"), queries: spelled("/promise?") };
  const formOf = (front: string): Form => toForm(front, fronts.paths);
  return {
    ownUrl,
    ownUrls,
    formOf,
    canonical(text) {
      const { id, front } = named(text, fronts);
      const others = formOf(front);
      return { id, front, form: (shown) => (shown === id ? text : others(shown)) };
    },
    urlOf: (id) =>
      isCarriedByPaths(id) ? `${ownUrl}/promises/${toPath(id)}` : `${ownUrl}/promise?id=${encodeURIComponent(id)}`,
  };
}

interface Fronts {
  /** `https://HOST/promises/`, behind which the rest is an id. */
  readonly paths: readonly string[];
  /** `https://HOST/promise?`, behind which the query has it. */
  readonly queries: readonly string[];
}

/** The one of some fronts that stands there, as it is written; not where nothing stands behind it. */
function frontAt(text: string, at: number, fronts: readonly string[]): string | undefined {
  const front = fronts.find(
    (own) => text.length > at + own.length && text.slice(at, at + own.length).toLowerCase() === own,
  );
  return front && text.slice(at, at + front.length);
}

/** A client puts one URL in front of an id; its gateway and ours might each put one more. */
const escapesMax = 16;

/** However often URLs stand in front: what is canonical stays as it is. */
function named(text: string, { paths, queries }: Fronts): Pick<Named, "id" | "front"> {
  let [rest, at, escapes] = [text, 0, 0];
  let front: string[] = [];
  let asking = "";
  let isEscaped = text.includes("%");
  const goOnWith = (decoded: string) => {
    escapes += 1;
    if (escapes > escapesMax) {
      throw invalid("id", `must have at most ${escapesMax} URLs in one another`);
    }
    [rest, at, isEscaped] = [decoded, 0, decoded.includes("%")];
  };
  for (;;) {
    const path = frontAt(rest, at, paths);
    const query = path === undefined ? frontAt(rest, at, queries) : undefined;
    const asked = query && idInQuery(rest.slice(at + query.length));
    if (path !== undefined) {
      front.push(path);
      at += path.length;
      const behind = isEscaped ? rest.slice(at) : "";
      isEscaped = isEscaped && isDecodable(behind);
      if (isEscaped) {
        goOnWith(decodeURIComponent(behind));
      }
    } else if (query !== undefined && asked) {
      front = [];
      asking = `${query}id=`;
      goOnWith(asked);
    } else {
      return { id: rest.slice(at), front: front.length > 0 ? front.join("") : asking };
    }
  }
}

/** Each URL in front takes one escape off an id. */
function toForm(front: string, paths: readonly string[]): Form {
  if (front.endsWith("=")) {
    return (id) => front + encodeURIComponent(id);
  }
  return (id) => front + (id.includes("%") ? id.replaceAll("%", `%${"25".repeat(countOf(front, paths))}`) : id);
}

function countOf(front: string, paths: readonly string[]): number {
  // Something has to stand behind each.
  const text = `${front}.`;
  let count = 0;
  let at = 0;
  for (let path = frontAt(text, at, paths); path !== undefined; path = frontAt(text, at, paths)) {
    at += path.length;
    count += 1;
  }
  return count;
}

/** A URL without the slash at its end. */
function toOwnUrl(url: string): string {
  if (!(/^https?:\/\//.test(url) && URL.canParse(url))) {
    throw new Error(`the service's own URL must begin with http:// or https://, not be ${JSON.stringify(url)}`);
  }
  return url.replace(/\/+$/, "");
}

/**
 * Whether a path arrives as it was sent. Clients take dots between slashes for directions; gateways decode twice, end a
 * path at a question mark that was escaped, and may merge slashes.
 */
const isCarriedByPaths = (id: string): boolean =>
  !/[?%#]|\/\/|^\/|\/$/.test(id) && id.split("/").every((segment) => segment !== "." && segment !== "..");

/** An id in a path, its slashes as they are. */
const toPath = (id: string): string => encodeURIComponent(id).replaceAll("%2F", "/");
