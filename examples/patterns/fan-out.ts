import { type Context, Resonate } from "@resonatehq/sdk";

const url = process.env["RESONATE_URL"] ?? "http://localhost:8001";
const [id = "album-1", count = "30"] = process.argv.slice(2);

interface Encoded {
  readonly track: string;
  readonly by: number;
}

function* encodeAlbum(context: Context, count: number) {
  const encoders = context.options({ target: "encoders" });
  const begun = [];
  for (let track = 1; track <= count; track++) {
    begun.push(yield* context.beginRpc<Encoded>("encode", `track ${track}`, encoders));
  }
  const encoded: Encoded[] = [];
  for (const each of begun) {
    encoded.push(yield* each);
  }
  return encoded;
}

const resonate = new Resonate({ url, group: "albums" });
resonate.register("encodeAlbum", encodeAlbum);
const encoded = await resonate.run<Encoded[]>(id, "encodeAlbum", Number(count));
for (const [worker, tracks] of Map.groupBy(encoded, ({ by }) => by)) {
  console.log(`worker ${worker}: ${tracks.length} tracks`);
}
await resonate.stop();
