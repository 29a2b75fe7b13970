/**
 * What the load client asks, as it goes over the wire.
 *
 * @module
 */

/** The group of workers that the tasks are for. */
export const group = "bench";

export interface Step {
  readonly request: string;
  readonly status: 200 | 201;
}

/** What one connection asks, one after the other; ids are its own by `front`. */
type Script = (front: string) => Generator<Step>;

const deadline = 4_102_444_800_000;

const message = (method: string, path: string, body: unknown): string => {
  const text = JSON.stringify(body);
  const headers = `host: localhost\r\nidempotency-key: bench\r\ncontent-type: application/json`;
  return `${method} ${path} HTTP/1.1\r\n${headers}\r\ncontent-length: ${text.length}\r\n\r\n${text}`;
};

const create = (id: string): Step => ({
  request: message("POST", "/promises", {
    id,
    timeout: deadline,
    param: { data: "aGVsbG8=" },
    tags: { team: "music" },
  }),
  status: 201,
});

const settle = (id: string): Step => ({
  request: message("PATCH", `/promises/${id}`, { state: "RESOLVED", value: { data: "ZG9uZQ==" } }),
  status: 201,
});

const get = (id: string): Step => ({
  request: `GET /promises/${id} HTTP/1.1\r\nhost: localhost\r\n\r\n`,
  status: 200,
});

let corrId = 0;

/** A request to the RPC door, as the SDKs send it. */
export const envelope = (kind: string, data: object): object => ({
  kind,
  head: { corrId: String(++corrId), version: "2026-04-01" },
  data,
});

const rpc = (kind: string, data: object): Step => ({
  request: message("POST", "/", envelope(kind, data)),
  status: 200,
});

export const promiseData = (id: string, tags: Record<string, string>): object => ({
  id,
  timeoutAt: deadline,
  param: { data: "aGVsbG8=" },
  tags,
});

export const taskData = (id: string): object => promiseData(id, { "resonate:target": `poll://any@${group}` });

export const settleData = (id: string): object => ({ id, state: "resolved", value: { data: "ZG9uZQ==" } });

const scripts = {
  *create(front) {
    for (let count = 1; ; count++) {
      yield create(`${front}${count}`);
    }
  },
  *get(front) {
    yield create(front);
    for (;;) {
      yield get(front);
    }
  },
  *"create+settle"(front) {
    for (let count = 1; ; count++) {
      yield create(`${front}${count}`);
      yield settle(`${front}${count}`);
    }
  },
  *"rpc create"(front) {
    for (let count = 1; ; count++) {
      yield rpc("promise.create", promiseData(`${front}${count}`, { team: "music" }));
    }
  },
  *"rpc get"(front) {
    yield rpc("promise.create", promiseData(front, { team: "music" }));
    for (;;) {
      yield rpc("promise.get", { id: front });
    }
  },
  *"task round trip"(front) {
    for (let count = 1; ; count++) {
      const id = `${front}${count}`;
      yield rpc("promise.create", taskData(id));
      yield rpc("task.acquire", { id, version: 0, pid: "bench", ttl: 60_000 });
      yield rpc("task.fulfill", {
        id,
        version: 1,
        action: { kind: "promise.settle", head: {}, data: settleData(id) },
      });
    }
  },
} satisfies Record<string, Script>;

export type ScriptName = keyof typeof scripts;

export const script = (name: ScriptName): Script => scripts[name];

/** Requests of one task's life. */
export const requestsPerTask = 3;
