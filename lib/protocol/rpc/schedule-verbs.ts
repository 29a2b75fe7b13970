import { toSchedule } from "./records.ts";
import * as rules from "./rules.ts";
import * as shapes from "./shapes.ts";
import { type Verb, verb } from "./verb.ts";

const pageDefault = 10;

export const scheduleVerbs: readonly (readonly [kind: string, verb: Verb])[] = [
  [
    "schedule.get",
    verb({
      shape: shapes.ById,
      rules: ({ id }) => rules.broken(rules.scheduleId(id)),
      run: async ({ id }, { schedules, named, request }) => {
        const { id: canonical, form } = named(id);
        return { data: { schedule: toSchedule(await schedules.get(canonical, request), form) } };
      },
    }),
  ],
  [
    "schedule.create",
    verb({
      shape: shapes.CreateSchedule,
      rules: ({ id, cron, promiseId, promiseTimeout }) =>
        rules.broken(
          rules.scheduleId(id),
          cron === "" && "Cron expression is required",
          promiseId === "" && "Promise ID template is required",
          promiseTimeout < 0 && "Promise timeout must be a non-negative integer",
        ),
      crossRules: ({ promiseTags }) =>
        rules.broken(promiseTags["resonate:target"] === undefined && "promiseTags must include a resonate:target tag"),
      run: async ({ id, timezone, promiseId, ...data }, { schedules, named, request }) => {
        const { id: canonical, form } = named(id);
        // Promises have canonical ids, these too.
        const template = { promiseId: named(promiseId).id };
        const what = {
          ...data,
          ...template,
          id: canonical,
          tags: {},
          ...(typeof timezone === "string" && { timezone }),
        };
        const { schedule } = await schedules.create(what, request);
        return { data: { schedule: toSchedule(schedule, form) } };
      },
      tellings: {
        invalid: ({ violations }) => ({
          status: 400,
          message: violations
            .map(({ field, message }) => (field === "cron" ? "Invalid cron expression" : message))
            .join("; "),
        }),
      },
    }),
  ],
  [
    "schedule.delete",
    verb({
      shape: shapes.ById,
      rules: ({ id }) => rules.broken(rules.scheduleId(id)),
      run: async ({ id }, { schedules, named, request }) => {
        await schedules.delete(named(id).id, request);
        return { data: {} };
      },
    }),
  ],
  [
    "schedule.search",
    verb({
      shape: shapes.SearchSchedules,
      rules: (page) => rules.broken(...rules.page(page)),
      run: async ({ tags, limit, cursor }, { schedules, request }) => {
        const page = await schedules.list(
          { tags: tags ?? {}, limit: limit ?? pageDefault, ...(cursor && { after: cursor }) },
          request,
        );
        return {
          data: { schedules: page.rows.map((row) => toSchedule(row)), ...(page.next && { cursor: page.next }) },
        };
      },
    }),
  ],
];
