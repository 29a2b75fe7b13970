/** What people and scripts do to a client's promises from outside, over HTTP. */

const urlOf = (server: string, id: string): string => `${server}/promises/${encodeURIComponent(id)}`;

/** A completion with a value in the clients' encoding: JSON, in base64. */
export const completion = (value: unknown) => ({
  state: "RESOLVED",
  value: { data: Buffer.from(JSON.stringify(value)).toString("base64") },
});

/** Completes a promise. */
export function resolve(server: string, id: string, value: unknown): Promise<Response> {
  return fetch(urlOf(server, id), {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(completion(value)),
  });
}

export async function stateOf(server: string, id: string): Promise<string> {
  const { state } = (await (await fetch(urlOf(server, id))).json()) as { state: string };
  return state;
}

/** How often a task has been taken. */
export async function timesTaken(server: string, id: string): Promise<number> {
  const head = { corrId: "1", version: "2026-04-01" };
  const body = JSON.stringify({ kind: "task.get", head, data: { id } });
  const { data } = (await (await fetch(server, { method: "POST", body })).json()) as {
    data: { task: { version: number } };
  };
  return data.task.version;
}
