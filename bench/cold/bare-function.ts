import { Hono } from "hono";
import { handle } from "hono/aws-lambda";
import { dynamoClient } from "#lib/store/dynamodb/client.ts";
import { bareApp } from "../cpu/bare.ts";

/** The shortest handlers as a function of their own: what Hono and the client weigh by themselves. */
export const handler = handle(new Hono().route("/", bareApp(dynamoClient(), "bench")));
