import { App, Duration } from "aws-cdk-lib";
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

/** `-c name=promises -c workersMax=200 -c retrySeconds=10 -c retentionDays=90`. What else there is to say, an app of one's own says. */
const name: string | undefined = app.node.tryGetContext("name");
const numberOf = (key: string): number | undefined => {
  const text: string | undefined = app.node.tryGetContext(key);
  return text === undefined ? undefined : Number(text);
};
const workersMax = numberOf("workersMax");
const retrySeconds = numberOf("retrySeconds");
const retentionDays = numberOf("retentionDays");

/** `-c events=BUS`: the name of an event bus that is there; `default` is the account's own. */
const eventBusName: string | undefined = app.node.tryGetContext("events");

/** `-c streaming=true`: a URL where workers listen on streams. */
const isStreaming = app.node.tryGetContext("streaming") === "true";

new ResonateStack(app, "Resonate", {
  ...(eventBusName !== undefined && { eventBusName }),
  service: {
    publicUrls,
    tokens,
    isAnyReceiver,
    ...(isStreaming && { streaming: {} }),
    ...(name !== undefined && { name }),
    ...(workersMax !== undefined && { workersMax }),
    ...(retentionDays !== undefined && { retention: Duration.days(retentionDays) }),
    ...(retrySeconds !== undefined && { retry: Duration.seconds(retrySeconds) }),
  },
});
