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
  /** Where the promise is found. */
  urlOf(id: string): string;
}

/**
 * @param ownUrls All URLs that the service is or was reached at, without a slash at the end; the first is the one
 * that answers give. The list may only grow: ids in people's hands bear the old ones.
 */
export function addressesAt(ownUrls: readonly [string, ...string[]]): Addresses {
  const fronts = ownUrls.flatMap((url) => {
    const front = `${url}/promises/`.toLowerCase();
    return [front, front.replace(/^[a-z]+:\/\//, "")];
  });
  const frontAt = (text: string, at: number): string | undefined =>
    fronts.find((own) => text.length > at + own.length && text.slice(at, at + own.length).toLowerCase() === own);
  return {
    ownUrl: ownUrls[0],
    canonical(text) {
      let at = 0;
      // However often the URL stands in front: what is canonical stays as it is.
      for (let front = frontAt(text, at); front !== undefined; front = frontAt(text, at)) {
        at += front.length;
      }
      return { id: text.slice(at), form: text.slice(0, at) };
    },
    urlOf: (id) => `${ownUrls[0]}/promises/${encodeURIComponent(id).replaceAll("%2F", "/")}`,
  };
}
