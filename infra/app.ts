import { App } from "aws-cdk-lib";
import { ResonateStack } from "./stack.ts";

const app = new App();
/** `cdk deploy -c publicUrls=https://promises.example`, several by commas; or kept under `context` in `cdk.json`. */
const publicUrls: string | undefined = app.node.tryGetContext("publicUrls");

new ResonateStack(app, "Resonate", publicUrls === undefined ? {} : { publicUrls: publicUrls.split(",") });
