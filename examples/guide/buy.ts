import { Resonate } from "@resonatehq/sdk";

const url = process.env["RESONATE_URL"] ?? "http://localhost:8001";
const [id = "purchase/1", user = "ada", song = "Blue in Green"] = process.argv.slice(2);

const resonate = new Resonate({ url, group: "shop" });
console.log(await resonate.rpc(id, "purchase", user, song, resonate.options({ target: "default" })));
await resonate.stop();
