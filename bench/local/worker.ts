import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";

export interface Worker {
  close(): void;
}

const data = "data: ";

/** Listens on a stream as a worker does, and tells of each message as soon as it is whole. */
export async function listen(
  port: number,
  group: string,
  id: string,
  onMessage: (text: string) => void,
): Promise<Worker> {
  const request = get({ host: "127.0.0.1", port, path: `/poll/${group}/${id}`, agent: false });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  if (response.statusCode !== 200) {
    throw new Error(`the stream was refused: ${response.statusCode}`);
  }
  let text = "";
  response.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      if (event.startsWith(data)) {
        onMessage(event.slice(data.length));
      }
    }
  });
  response.on("error", () => {});
  return { close: () => request.destroy() };
}
