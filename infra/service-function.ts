import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Duration, RemovalPolicy } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, Code, Function as LambdaFunction, LoggingFormat, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";

const project = resolve(import.meta.dirname, "..");

interface Purpose {
  /** Whether somebody waits for its answer. */
  readonly isAnswering: boolean;
  /** Whether it answers or sends: what the others do follows from a write, and belongs to no request. */
  readonly isTraced: boolean;
}

/** Files in `functions/` that are functions, without their ending, and what they are for. */
const purposes = {
  advance: { isAnswering: false, isTraced: false },
  announce: { isAnswering: false, isTraced: false },
  api: { isAnswering: true, isTraced: true },
  deliver: { isAnswering: false, isTraced: true },
  hooks: { isAnswering: true, isTraced: false },
  poll: { isAnswering: true, isTraced: false },
  stream: { isAnswering: true, isTraced: true },
  sweep: { isAnswering: false, isTraced: false },
} as const satisfies Record<string, Purpose>;

type FunctionName = keyof typeof purposes;

export const functionNames = Object.keys(purposes) as FunctionName[];

export interface ServiceFunctionProps {
  readonly name: FunctionName;
  readonly description: string;
  readonly timeout: Duration;
  readonly memorySize: number;
  /** Runs at once, kept apart for this function; absent: it shares what the account has. */
  readonly reservedConcurrentExecutions?: number;
}

/** A Lambda function of the service: one bundled file of `functions/`, and the group that keeps its logs. */
export class ServiceFunction extends LambdaFunction {
  readonly purpose: Purpose;

  constructor(scope: Construct, id: string, { name, ...props }: ServiceFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Not the role that the CDK would make, which may write to every log there is.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    logGroup.grantWrite(role);
    super(scope, id, {
      ...props,
      role,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: "index.handler",
      code: bundled(name),
      // What the platform adds to the functions' own lines is JSON like them.
      loggingFormat: LoggingFormat.JSON,
      logGroup,
    });
    this.purpose = purposes[name];
  }
}

/** What has been bundled by this process: a function is the same in every service of an app. */
const bundles = new Set<string>();

/** Says that the bundles have been made already: by whoever starts many processes that need them. */
export const bundlesMade = "RESONATE_BUNDLES_MADE";

/** Where the sources are: a folder for each function. */
export const bundlesFolder = resolve(project, ".cdk-bundle");

/**
 * The asset is named by its content: an unchanged function is not deployed again. The package has the bundles beside it;
 * where the sources are, they are made anew.
 */
export function bundled(name: FunctionName): Code {
  const ready = resolve(import.meta.dirname, "functions", name);
  if (existsSync(ready)) {
    return Code.fromAsset(ready);
  }
  const folder = resolve(bundlesFolder, name);
  if (!bundles.has(name) && process.env[bundlesMade] === undefined) {
    const entry = resolve(project, "functions", `${name}.ts`);
    execFileSync(process.execPath, [resolve(project, "infra/bundle.ts"), entry, folder], { stdio: "inherit" });
    bundles.add(name);
  }
  return Code.fromAsset(folder);
}
