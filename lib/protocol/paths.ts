/**
 * Ids in paths: an id is everything behind a fixed beginning, decoded once (`protocol/rest.md` 9).
 *
 * @module
 */

/** The beginnings behind which the rest of the path is one id; a method of its own may know a longer one. */
const beginnings = ["/promises/", "/schedules/"] as const;
const subscribing = "/promises/subscribe/";

/** A promise's links, which only a POST can mean: to every other method it is the end of an id. */
const linking = /^\/promises\/(?<id>.+)\/links$/s;

/** Paths that have the id in the query, `/promise?id=…`: gateways decode, cut and fold paths, but no query. */
const namedByQuery: ReadonlyMap<string, string> = new Map([
  ["/promise", "/promises/"],
  ["/promise/subscribe", subscribing],
  ["/schedule", "/schedules/"],
]);

export const pathsByQuery: readonly string[] = [...namedByQuery.keys()];

/**
 * A raw path as the router reads it: the id, slashes and all, made one segment. Nothing is decoded, trimmed or folded.
 */
export function routingPath(
  { method, url }: Pick<Request, "method" | "url">,
  sentPath: string,
  basePaths: readonly string[] = [],
): string {
  const rawPath = withoutBase(sentPath, basePaths);
  const behind = namedByQuery.get(rawPath);
  if (behind !== undefined) {
    const id = idInQuery(url.split("?", 2)[1] ?? "");
    return id === undefined ? rawPath : behind + encodeURIComponent(id);
  }
  const linked = method === "POST" && !rawPath.startsWith(subscribing) ? linking.exec(rawPath)?.groups : undefined;
  if (linked?.["id"] !== undefined) {
    return `/promises/${linked["id"].replaceAll("/", "%2F")}/links`;
  }
  const beginning =
    method === "POST" && rawPath.startsWith(subscribing)
      ? subscribing
      : beginnings.find((begins) => rawPath.startsWith(begins));
  // A path that is spelled like the router's own pattern would meet what is meant for every path twice.
  return beginning === undefined
    ? rawPath.replaceAll("*", "%2A")
    : beginning + rawPath.slice(beginning.length).replaceAll("/", "%2F");
}

/** The id in a query, where it is named once and can be decoded. */
export function idInQuery(query: string): string | undefined {
  const [given, ...others] = query.split("&").filter((pair) => pair.startsWith("id="));
  const text = given?.slice("id=".length).replaceAll("+", " ");
  return others.length === 0 && text !== undefined && isDecodable(text) ? decodeURIComponent(text) : undefined;
}

/** Whether a path names a promise or a schedule, below whatever base, so that one that was altered on its way names another. */
export const namesById = (path: string): boolean => beginnings.some((begins) => path.includes(begins));

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
