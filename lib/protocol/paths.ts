/**
 * Ids in paths: an id is everything behind a fixed beginning, decoded once (`protocol/rest.md` 9).
 *
 * @module
 */

/** The beginnings behind which the rest of the path is one id; a method of its own may know a longer one. */
const beginnings = ["/promises/", "/schedules/"] as const;
const subscribing = "/promises/subscribe/";

/**
 * A raw path as the router reads it: the id, slashes and all, made one segment. Nothing is decoded, trimmed or folded.
 */
export function routingPath(method: string, sentPath: string, basePaths: readonly string[] = []): string {
  const rawPath = withoutBase(sentPath, basePaths);
  const beginning =
    method === "POST" && rawPath.startsWith(subscribing)
      ? subscribing
      : beginnings.find((begins) => rawPath.startsWith(begins));
  // A path that is spelled like the router's own pattern would meet what is meant for every path twice.
  return beginning === undefined
    ? rawPath.replaceAll("*", "%2A")
    : beginning + rawPath.slice(beginning.length).replaceAll("/", "%2F");
}

/** The paths of the service's own URLs, longest first; most have none. */
export const basePathsOf = (urls: readonly string[]): readonly string[] =>
  urls
    .map((url) => new URL(url).pathname.replace(/\/+$/, ""))
    .filter((path) => path !== "")
    .sort((a, b) => b.length - a.length);

function withoutBase(path: string, basePaths: readonly string[]): string {
  const base = basePaths.find((each) => path === each || path.startsWith(`${each}/`));
  return base === undefined ? path : path.slice(base.length) || "/";
}

/** Whether every percent sign in the path begins the escape of a UTF-8 byte that belongs there. */
export function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
