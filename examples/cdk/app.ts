/**
 * Promises in a stack of one's own, beside the functions that use them: `npx cdk synth --app "node examples/cdk/app.ts"`.
 *
 * In an app of its own, the import is `from "resonate-on-aws"`.
 */
import { App, CfnOutput, Stack } from "aws-cdk-lib";
import { ResonateService } from "../../infra/index.ts";

const app = new App();
const shop = new Stack(app, "Shop");
const promises = new ResonateService(shop, "Promises", { throttle: { rateLimit: 200, burstLimit: 400 } });
new CfnOutput(shop, "PromisesUrl", { value: promises.url });
