/** The doors, behind the HTTP API. */

import { handle } from "hono/aws-lambda";
import { doors, ownUrls } from "./doors.ts";
import { gatewayPath, isAltered } from "./gateway-path.ts";
import { withMetrics } from "./metrics.ts";
import { withTracing } from "./tracing.ts";

export const handler = withTracing(withMetrics(handle(doors(ownUrls, { rawPath: gatewayPath, isAltered }))));
