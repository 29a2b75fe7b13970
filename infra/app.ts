import { App } from "aws-cdk-lib";
import { ResonateStack } from "./stack.ts";

const app = new App();
/** `cdk deploy -c publicUrls=https://promises.example`, several by commas; or a list under `context` in `cdk.json`. */
const given: string | string[] = app.node.tryGetContext("publicUrls") ?? [];
const publicUrls = [given].flat().flatMap((urls) => urls.split(",").map((url) => url.trim()));

/** `-c jwksUrl=… -c issuer=… -c audience=…`, or `-c publicKey="$(cat key.pem)"`: whose tokens are accepted. */
const tokens = Object.fromEntries(
  (["publicKey", "jwksUrl", "issuer", "audience"] as const).flatMap((name) => {
    const given: string | undefined = app.node.tryGetContext(name);
    return given === undefined ? [] : [[name, given]];
  }),
);

/** `-c anyReceiver=true`: for tests, whose receivers are not on the public internet. */
const isAnyReceiver = app.node.tryGetContext("anyReceiver") === "true";

new ResonateStack(app, "Resonate", { publicUrls, tokens, isAnyReceiver });
