/**
 * Who may know whom. The core knows only itself; what surrounds it knows the core; nothing knows what surrounds it.
 */

/** A layer of lib/ may import from these layers, and from no other. */
const inside = (layer, ...neighbours) => ({
  name: `${layer}-knows-only-${neighbours.join("-and-") || "itself"}`,
  severity: "error",
  from: { path: `^lib/${layer}/` },
  to: {
    path: "^(lib|functions|infra|test|bench|examples)/",
    pathNot: [layer, ...neighbours].map((name) => `^lib/${name}(/|\\.ts$)`),
  },
});

/** Packages of this name are for these places only. */
const only = (name, packages, ...places) => ({
  name,
  severity: "error",
  from: { path: "^(lib|functions|infra)/", pathNot: places.map((place) => `^${place}`) },
  to: { path: packages },
});

export default {
  forbidden: [
    {
      name: "the-core-does-no-io",
      severity: "error",
      from: { path: "^lib/core/" },
      to: { dependencyTypes: ["core", "npm", "npm-dev"] },
    },
    inside("core"),
    inside("ports", "core"),
    inside("service", "core", "ports"),
    inside("store/dynamodb", "core", "ports", "service"),
    inside("store/sqlite", "core", "ports", "service"),
    inside("bodies", "core", "ports", "aws-request"),
    inside("dispatch", "core", "ports", "aws-request"),
    inside("access", "core", "ports", "service"),
    inside("hooks", "core"),
    inside("protocol", "core", "ports", "service", "access", "hooks"),
    inside("tracing", "core", "ports"),
    ...["rest", "rpc", "poll"].map((door, _, doors) => ({
      name: `the-${door}-door-knows-no-other`,
      severity: "error",
      from: { path: `^lib/protocol/${door}/` },
      to: { path: doors.filter((other) => other !== door).map((other) => `^lib/protocol/${other}/`) },
    })),
    {
      name: "the-core-has-one-face",
      severity: "error",
      from: { path: "^(lib|functions|infra)/", pathNot: "^lib/core/" },
      to: { path: "^lib/core/", pathNot: "^lib/core/index\\.ts$" },
    },
    {
      name: "lib-knows-no-one-outside",
      severity: "error",
      from: { path: "^lib/" },
      to: { path: "^(functions|infra|test|bench|examples)/" },
    },
    {
      // And what the functions check their settings with: a deployment is to be refused before they are.
      name: "infra-reads-only-constants",
      severity: "error",
      from: { path: "^infra/" },
      to: {
        path: "^(lib|functions)/",
        pathNot: [
          "^lib/store/dynamodb/layout\\.ts$",
          "^lib/protocol/routes\\.ts$",
          "^lib/ports/metrics\\.ts$",
          "^functions/env\\.ts$",
          "^lib/access/(jwt-options|public-key|safe-url)\\.ts$",
        ],
      },
    },
    {
      name: "leaves-of-constants-import-nothing",
      severity: "error",
      from: {
        path: [
          "^lib/store/dynamodb/layout\\.ts$",
          "^lib/protocol/routes\\.ts$",
          "^lib/ports/metrics\\.ts$",
          "^functions/env\\.ts$",
        ],
      },
      to: {},
    },
    only(
      "aws-clients-stay-at-the-edge",
      "node_modules/@(aws-sdk|smithy)/",
      "lib/store/dynamodb/",
      "lib/dispatch/",
      "lib/aws-request.ts",
      "functions/",
    ),
    only(
      "http-stays-in-the-doors",
      "node_modules/(hono|@hono|zod)/",
      "lib/protocol/",
      "lib/hooks/",
      "lib/local/",
      "functions/",
    ),
    only("cdk-stays-in-infra", "node_modules/(aws-cdk-lib|constructs|cdk-nag)/", "infra/"),
    {
      name: "no-circles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
  ],
  options: {
    parser: "swc",
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
  },
};
