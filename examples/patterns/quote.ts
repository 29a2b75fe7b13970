import { Resonate } from "@resonatehq/sdk";

const url = process.env["RESONATE_URL"] ?? "http://localhost:8001";
const [id = "quote-1", version = "1"] = process.argv.slice(2);

const resonate = new Resonate({ url, group: "shop" });
const options = resonate.options({ target: "quotes", version: Number(version) });
console.log(await resonate.rpc(id, "quote", options));
await resonate.stop();
