import { type Held, hasTask, type PromiseRecord, type TaskImage } from "#lib/core/index.ts";
import type { Fenced } from "#lib/service/tasks.ts";
import type { Form } from "../addresses.ts";
import { Refused, toEnvelope } from "./envelope.ts";
import { creation, settlement, toCreate, toSettle } from "./promise-verbs.ts";
import { toHeldTask, toPromise, toWatchedTask } from "./records.ts";
import * as rules from "./rules.ts";
import * as shapes from "./shapes.ts";
import { type Call, check, type Requirements, type Verb, verb } from "./verb.ts";

const pageDefault = 100;

const heldRules = ({ id, version }: Held) => [rules.taskId(id), rules.version(version)];

const toHeld = ({ named }: Call, { id, version }: Held): Held => ({ id: named(id).id, version });

const toPreload = (promises: readonly PromiseRecord[]): object[] => promises.map((promise) => toPromise(promise));

function toTaken(image: TaskImage, preload: readonly PromiseRecord[], form: Form): object {
  return { task: toHeldTask(image, form), promise: toPromise(image, form), preload: toPreload(preload) };
}

const nothing = { data: {} };

export const taskVerbs: readonly (readonly [kind: string, verb: Verb])[] = [
  [
    "task.get",
    verb({
      shape: shapes.ById,
      rules: ({ id }) => rules.broken(rules.taskId(id)),
      run: async ({ id }, { tasks, named, request }) => {
        const { id: canonical, form } = named(id);
        return { data: { task: toWatchedTask(await tasks.get(canonical, request), form) } };
      },
    }),
  ],
  [
    "task.create",
    verb({
      shape: shapes.CreateTask,
      rules: ({ pid, ttl, action }) => rules.broken(rules.pid(pid), rules.ttl(ttl), ...rules.creation(action.data)),
      crossRules: ({ action: { data } }) =>
        rules.broken(
          data.tags["resonate:target"] === undefined && "Action must have a resonate:target tag",
          data.tags["resonate:delay"] !== undefined && "Action must not have a resonate:delay tag",
        ),
      run: async ({ pid, ttl, action: { data } }, call) => {
        const { image, preload } = await call.tasks.create({ ...toCreate(call, data), pid, ttl }, call.request);
        return { data: toTaken(image, preload, call.named(data.id).form) };
      },
    }),
  ],
  [
    "task.acquire",
    verb({
      shape: shapes.AcquireTask,
      rules: ({ pid, ttl, ...held }) => rules.broken(...heldRules(held), rules.pid(pid), rules.ttl(ttl)),
      run: async ({ pid, ttl, ...held }, call) => {
        const { image, preload } = await call.tasks.acquire({ ...toHeld(call, held), pid, ttl }, call.request);
        return { data: toTaken(image, preload, call.named(held.id).form) };
      },
    }),
  ],
  [
    "task.release",
    verb({
      shape: shapes.HeldTask,
      rules: (held) => rules.broken(...heldRules(held)),
      run: async (held, call) => {
        await call.tasks.release(toHeld(call, held), call.request);
        return nothing;
      },
    }),
  ],
  [
    "task.fulfill",
    verb({
      shape: shapes.FulfillTask,
      rules: ({ action, ...held }) => rules.broken(...heldRules(held), rules.promiseId(action.data.id)),
      crossRules: ({ id, action }, named) =>
        rules.broken(named(action.data.id).id !== named(id).id && "Action ID must match the task ID"),
      run: async ({ version, action: { data } }, call) => {
        const promise = await call.tasks.fulfill({ ...toSettle(call, data), version }, call.request);
        return { data: { promise: toPromise(promise, call.named(data.id).form) } };
      },
    }),
  ],
  [
    "task.suspend",
    verb({
      shape: shapes.SuspendTask,
      rules: ({ actions, ...held }) =>
        rules.broken(
          ...heldRules(held),
          actions.length === 0 && "Actions array cannot be empty",
          ...actions.flatMap(({ data }) => rules.callback(data)),
        ),
      crossRules: ({ id, actions }, named) => {
        const waits = actions.map(({ data }) => ({ awaiter: named(data.awaiter).id, awaited: named(data.awaited).id }));
        return rules.broken(
          waits.some(({ awaiter, awaited }) => awaiter === awaited) && "Awaited and awaiter must be different promises",
          waits.some(({ awaiter }) => awaiter !== named(id).id) && "All action awaiter IDs must match the task ID",
        );
      },
      run: async ({ actions, ...held }, call) => {
        const awaited = actions.map(({ data }) => call.named(data.awaited).id);
        const suspended = await call.tasks.suspend(toHeld(call, held), awaited, call.request);
        return suspended === "suspended" ? nothing : { status: 300, data: { preload: toPreload(suspended) } };
      },
      tellings: {
        taskNotHeld: { status: 409, message: "Task is not acquired or version mismatch" },
        awaitedNotFound: { status: 422, message: "Awaited promise not found" },
      },
    }),
  ],
  [
    "task.fence",
    verb({
      shape: shapes.FenceTask,
      rules: (held) => rules.broken(...heldRules(held)),
      run: async ({ action: sent, ...held }, call) => {
        const { action, form } = toFenced(sent, held.id, call);
        const promise = await call.tasks.fence(toHeld(call, held), action, call.request);
        const echo = { kind: sent.kind, corrId: call.corrId };
        const inner =
          promise === undefined
            ? toEnvelope(echo, 404, "Promise not found")
            : toEnvelope(echo, 200, { promise: toPromise(promise, form) });
        return { data: { action: inner, preload: [] } };
      },
      tellings: { taskNotHeld: { status: 409, message: "Version mismatch" } },
    }),
  ],
  [
    "task.heartbeat",
    verb({
      shape: shapes.Heartbeat,
      rules: ({ pid, tasks }) => rules.broken(rules.pid(pid), ...tasks.flatMap(heldRules)),
      run: async ({ pid, tasks: held }, call) => {
        await call.tasks.heartbeat(
          pid,
          held.map((each) => toHeld(call, each)),
          call.request,
        );
        return nothing;
      },
    }),
  ],
  [
    "task.halt",
    verb({
      shape: shapes.ById,
      rules: ({ id }) => rules.broken(rules.taskId(id)),
      run: async ({ id }, { tasks, named, request }) => {
        await tasks.halt(named(id).id, request);
        return nothing;
      },
    }),
  ],
  [
    "task.continue",
    verb({
      shape: shapes.ById,
      rules: ({ id }) => rules.broken(rules.taskId(id)),
      run: async ({ id }, { tasks, named, request }) => {
        await tasks.continue(named(id).id, request);
        return nothing;
      },
    }),
  ],
  [
    "task.search",
    verb({
      shape: shapes.SearchTasks,
      rules: (page) => rules.broken(...rules.page(page)),
      run: async ({ state, limit, cursor }, { promises, request }) => {
        const page = await promises.list(
          { tags: {}, limit: limit ?? pageDefault, task: state ? { state } : {}, ...(cursor && { after: cursor }) },
          request,
        );
        return {
          data: {
            tasks: page.rows.flatMap((row) => (hasTask(row) ? [toWatchedTask(row)] : [])),
            ...(page.next && { cursor: page.next }),
          },
        };
      },
    }),
  ],
];

/** The action of a fence: what it is, decoded, and how it names its promise. */
function toFenced(
  { kind, data }: { readonly kind: string; readonly data?: unknown },
  taskId: string,
  call: Call,
): { action: Fenced; form: Form } {
  const { named } = call;
  const decode = <Data extends { readonly id: string }>(required: Requirements<Data>): Data =>
    check({ ...required, crossRules }, data, "Invalid action data", named);
  const crossRules = ({ id }: { readonly id: string }) =>
    rules.broken(named(id).id === named(taskId).id && "Action ID must not equal the task ID");
  switch (kind) {
    case "promise.create": {
      const sent = decode(creation);
      return { form: named(sent.id).form, action: { kind: "create", what: toCreate(call, sent) } };
    }
    case "promise.settle": {
      const sent = decode(settlement);
      return { form: named(sent.id).form, action: { kind: "settle", what: toSettle(call, sent) } };
    }
    default:
      throw new Refused(400, "Invalid fence action kind");
  }
}
