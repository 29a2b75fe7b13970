/**
 * The URL that a text is, where nobody on the way can change what is read there: by https, or on the same machine, for tests
 * and trials. Undefined otherwise.
 */
export function toSafeUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && (url.protocol === "https:" || isLocal(url)) ? url : undefined;
}

/** Whether it is read without https from the same machine. */
export const isLocal = ({ protocol, hostname }: URL): boolean =>
  protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
