import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { namesById } from "#lib/protocol/paths.ts";

const eventOf = (platform: unknown): Partial<APIGatewayProxyEventV2> =>
  (platform as { event?: Partial<APIGatewayProxyEventV2> } | undefined)?.event ?? {};

/**
 * The path of a request as its client might have sent it. An HTTP API hands over `rawPath` decoded, whatever its name
 * says, so that the path is escaped anew before the door decodes it. What the gateway has lost stays lost: captures of
 * live requests show that it decodes twice, and ends the path at a question mark that was escaped.
 */
export const gatewayPath = (platform: unknown): string | undefined =>
  eventOf(platform).rawPath?.split("/").map(encodeURIComponent).join("/");

/** The query of a request as its client sent it, behind its question mark: the gateway hands it over as it is. */
export function gatewaySearch(platform: unknown): string | undefined {
  const { rawQueryString } = eventOf(platform);
  return rawQueryString === "" ? "" : rawQueryString && `?${rawQueryString}`;
}

/**
 * Whether the path may name another thing than its client meant: a percent sign in it was an escape once, or would have
 * been one for a second decoding; and no route with an id in its path takes a query, so that what stands there may be the
 * rest of an id.
 */
export function isAltered(platform: unknown): boolean {
  const { rawPath = "", rawQueryString = "" } = eventOf(platform);
  return namesById(rawPath) && (rawPath.includes("%") || rawQueryString !== "");
}
