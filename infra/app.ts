import { App } from "aws-cdk-lib";
import { ResonateStack } from "./stack.ts";

const app = new App();
/** `cdk deploy -c publicUrls=https://promises.example`, several by commas; or a list under `context` in `cdk.json`. */
const given: string | string[] = app.node.tryGetContext("publicUrls") ?? [];
const publicUrls = [given].flat().flatMap((urls) => urls.split(",").map((url) => url.trim()));

new ResonateStack(app, "Resonate", { publicUrls });
