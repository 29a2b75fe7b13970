/**
 * The official clients, unchanged, as their registries have them: which ones, and where they are installed.
 *
 * @module
 */

declare module "vitest" {
  interface ProvidedContext {
    sdkClients: readonly Client[];
  }
}

/** A client that stands ready, or why it does not. */
export interface Client extends Release {
  /** Folder that it is installed in. */
  readonly folder: string;
  /** What runs its worker program: absent where the machine cannot. */
  readonly command?: readonly [program: string, ...args: string[]];
  readonly absent?: string;
}

export interface Release {
  readonly name: string;
  readonly language: "typescript" | "python";
  readonly specifier: string;
  /** What it is that messages are pushed to, beside the client itself: a package of its own; absent: the client's own. */
  readonly pushedTo?: string;
  /** What is installed beside it, for the examples. */
  readonly beside?: string;
  /** Messages can be pushed to it. */
  readonly takesPushes: boolean;
  /** A task is kept by its heartbeats, however long its steps take. */
  readonly namesTasksInHeartbeats: boolean;
}

export const releases: readonly Release[] = [
  {
    name: "TypeScript 0.11.5",
    language: "typescript",
    specifier: "@resonatehq/sdk@0.11.5",
    takesPushes: true,
    namesTasksInHeartbeats: true,
  },
  {
    name: "TypeScript 0.11.4",
    language: "typescript",
    specifier: "@resonatehq/sdk@0.11.4",
    takesPushes: true,
    namesTasksInHeartbeats: false,
  },
  {
    name: "Python 0.8.1",
    language: "python",
    specifier: "resonate-sdk==0.8.1",
    pushedTo: "resonate-sdk-aws==0.8.0",
    beside: "standardwebhooks==1.1.0",
    takesPushes: true,
    namesTasksInHeartbeats: true,
  },
  {
    name: "Python 0.7.4",
    language: "python",
    specifier: "resonate-sdk==0.7.4",
    takesPushes: false,
    namesTasksInHeartbeats: true,
  },
];
