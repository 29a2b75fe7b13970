/** The service as this repository deploys it: `npx cdk deploy -c NAME=VALUE`, with the names of docs/deploying.md. */

import { App } from "aws-cdk-lib";
import { propsIn } from "./context.ts";
import { ResonateStack } from "./stack.ts";

const app = new App();
new ResonateStack(app, "Resonate", { service: (stack) => propsIn(app.node.getAllContext(), stack) });
