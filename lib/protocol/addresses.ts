/**
 * Ids are addresses: the service's own URL in front of an id names the same promise as the id alone.
 *
 * @module
 */

/** An id as a request named it. */
export interface Named {
  /** The canonical id: all that authorisation, equality and keys ever see. */
  readonly id: string;
  /** What stood in front of it, to be repeated in the answer; mostly empty. */
  readonly form: string;
}

export interface Addresses {
  /** Takes the service's own URL, with or without its scheme, off the front of an id. A foreign URL is an opaque id. */
  canonical(text: string): Named;
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
  const fronts = ownUrls.flatMap((url) => {
    const front = `${url}/promises/`.toLowerCase();
    return [front, front.replace(/^[a-z]+:\/\//, "")];
  });
  const frontAt = (text: string, at: number): string | undefined =>
    fronts.find((own) => text.length > at + own.length && text.slice(at, at + own.length).toLowerCase() === own);
  return {
    ownUrl,
    ownUrls,
    canonical(text) {
      let at = 0;
      // However often the URL stands in front: what is canonical stays as it is.
      for (let front = frontAt(text, at); front !== undefined; front = frontAt(text, at)) {
        at += front.length;
      }
      return { id: text.slice(at), form: text.slice(0, at) };
    },
    urlOf: (id) =>
      isCarriedByPaths(id) ? `${ownUrl}/promises/${toPath(id)}` : `${ownUrl}/promise?id=${encodeURIComponent(id)}`,
  };
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
