/**
 * The package: the service as a construct of one's own app.
 *
 * @module
 */

export type { Shards } from "#lib/store/dynamodb/layout.ts";
export type { EventsProps } from "./announcements.ts";
export type { Targets } from "./delivery.ts";
export type { DomainProps, ThrottleProps, TokenProps } from "./endpoint.ts";
export type { Capacity, CapacityRange } from "./promise-table.ts";
export { ResonateService, type ResonateServiceProps } from "./service.ts";
export type { SignInProps } from "./sign-in.ts";
export type { StreamingProps } from "./stream-url.ts";
export type { TracesProps } from "./traces.ts";
