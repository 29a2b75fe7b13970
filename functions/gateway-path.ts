import type { APIGatewayProxyEventV2 } from "aws-lambda";

/**
 * The path of a request as its client might have sent it. An HTTP API hands over `rawPath` decoded, whatever its name
 * says, so that the path is escaped anew before the door decodes it. What the gateway has lost stays lost: captures of
 * live requests show that it decodes twice, and ends the path at a question mark that was escaped.
 */
export function gatewayPath(platform: unknown): string | undefined {
  const { event } = (platform ?? {}) as { event?: Partial<APIGatewayProxyEventV2> };
  return event?.rawPath?.split("/").map(encodeURIComponent).join("/");
}
