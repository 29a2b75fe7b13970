import { type Context, Resonate } from "@resonatehq/sdk";

const url = process.env["RESONATE_URL"] ?? "http://localhost:8001";
const [id = "reports", cron = "0 8 * * MON-FRI"] = process.argv.slice(2);

async function report(context: Context, shop: string) {
  console.log(`report of ${shop}: ${context.id}`);
}

const resonate = new Resonate({ url, group: "reports" });
resonate.register("report", report);
await resonate.schedule(id, cron, "report", "songs", resonate.options({ target: "reports", timeout: 3_600_000 }));
