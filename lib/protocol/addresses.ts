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
  // However often the URL stands in front: what is canonical stays as it is.
  const formOf = (text: string): string => {
    const front = fronts.find((own) => text.length > own.length && text.slice(0, own.length).toLowerCase() === own);
    return front === undefined ? "" : text.slice(0, front.length) + formOf(text.slice(front.length));
  };
  return {
    ownUrl: ownUrls[0],
    canonical(text) {
      const form = formOf(text);
      return { id: text.slice(form.length), form };
    },
    urlOf: (id) => `${ownUrls[0]}/promises/${encodeURIComponent(id).replaceAll("%2F", "/")}`,
  };
}
