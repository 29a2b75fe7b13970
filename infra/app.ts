import { App } from "aws-cdk-lib";
import { ResonateStack } from "./stack.ts";

new ResonateStack(new App(), "Resonate");
