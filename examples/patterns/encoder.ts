import { type Context, Resonate } from "@resonatehq/sdk";

const url = process.env["RESONATE_URL"] ?? "http://localhost:8001";
const resonate = new Resonate({ url, group: "encoders" });

async function encode(_: Context, track: string) {
  return { track, by: process.pid };
}

resonate.register("encode", encode);
