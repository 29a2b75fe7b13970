/**
 * The whole API of durable promises, as four plain HTTP requests.
 *
 * @module
 */

export interface DurablePromise {
  readonly id: string;
  readonly state: "PENDING" | "RESOLVED" | "REJECTED" | "REJECTED_CANCELED" | "REJECTED_TIMEDOUT";
  /** What the creator said of the work, and what came of it. */
  readonly param: { readonly data?: string };
  readonly value: { readonly data?: string };
  readonly tags: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch, like every time here. */
  readonly timeout: number;
  readonly createdOn: number;
  readonly completedOn?: number;
}

/** What an answer of 400 or more says. */
export interface Refusal {
  readonly error: { readonly code: number; readonly message: string };
}

export interface Answer<Body = DurablePromise & Refusal> {
  readonly status: number;
  readonly body: Body;
}

interface Page {
  readonly promises: readonly DurablePromise[];
  readonly cursor: string | null;
}

export interface PromiseApi {
  create(
    promise: { id: string; timeout: number; param?: { data: string }; tags?: Record<string, string> },
    idempotencyKey?: string,
  ): Promise<Answer>;
  read(id: string): Promise<Answer>;
  complete(
    id: string,
    outcome: { state: "RESOLVED" | "REJECTED" | "REJECTED_CANCELED"; value?: { data: string } },
    idempotencyKey?: string,
  ): Promise<Answer>;
  /** Every promise that matches, newest first. */
  search(query: Record<string, string>): Promise<DurablePromise[]>;
}

/** @param url Where the service is, as `http://localhost:8001`. */
export function promiseApi(url: string): PromiseApi {
  async function ask<Body>(
    method: string,
    path: string,
    body?: object,
    idempotencyKey?: string,
  ): Promise<Answer<Body>> {
    const response = await fetch(url + path, {
      method,
      headers: idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Body };
  }

  return {
    create: (promise, idempotencyKey) => ask("POST", "/promises", promise, idempotencyKey),

    read: (id) => ask("GET", `/promises/${encodeURIComponent(id)}`),

    complete: (id, outcome, idempotencyKey) =>
      ask("PATCH", `/promises/${encodeURIComponent(id)}`, outcome, idempotencyKey),

    async search(query) {
      const found: DurablePromise[] = [];
      let page = `?${new URLSearchParams(query)}`;
      for (;;) {
        const { status, body } = await ask<Page>("GET", `/promises${page}`);
        if (status !== 200) {
          throw new Error(`the search ${page} was answered ${status}: ${JSON.stringify(body)}`);
        }
        found.push(...body.promises);
        // A page may be short, even empty, and not be the last: only the cursor tells.
        if (body.cursor === null) {
          return found;
        }
        page = `?${new URLSearchParams({ cursor: body.cursor })}`;
      }
    },
  };
}
