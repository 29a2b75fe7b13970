/**
 * Schedules, as requests ask for them (`protocol/rest.md` 7, `protocol/rpc.md` 10).
 *
 * @module
 */

import {
  type Calendar,
  type CreateSchedule,
  checkId,
  createSchedule,
  deleteSchedule,
  Fault,
  type ScheduleImage,
  type Tags,
} from "#lib/core/index.ts";
import type { IdPage } from "./by-id.ts";
import type { Conduct, RequestContext } from "./carry-out.ts";
import { pageBytesMax, sizeOf } from "./sizes.ts";
import { wholeSchedules } from "./whole.ts";

export interface ScheduleSearch {
  /** The one id that is sought. */
  readonly id?: string;
  /** What every id that is sought begins with. */
  readonly beginning?: string;
  /** Whether an id is sought; absent: all. */
  readonly isMatch?: (id: string) => boolean;
  /** Tags of its own that a match has. */
  readonly ownTags?: Tags;
  /** Tags of its promises that a match has. */
  readonly tags: Tags;
  readonly limit: number;
  readonly after?: string;
}

export interface Schedules {
  /** @throws Fault `scheduleNotFound`, `invalid` */
  get(id: string, request: RequestContext): Promise<ScheduleImage>;
  /** @throws Fault `invalid`, `tooLarge` */
  create(what: CreateSchedule, request: RequestContext): Promise<{ changed: boolean; schedule: ScheduleImage }>;
  /** @throws Fault `scheduleNotFound`, `invalid` */
  delete(id: string, request: RequestContext): Promise<void>;
  /** In order of ids. */
  list(what: ScheduleSearch, request: RequestContext): Promise<IdPage<ScheduleImage>>;
}

/** What one page may look at before it ends, full or not. */
const recordsMax = 1_000;

type SchedulesConduct = Pick<Conduct, "store" | "feed">;

/** @param calendar Asked for when a schedule is created: whoever serves requests seldom needs it. */
export const scheduleService = (conduct: SchedulesConduct, calendar: () => Promise<Calendar>): Schedules =>
  wholeSchedules(conduct.store, schedulesOf(conduct, calendar));

function schedulesOf({ store, feed }: SchedulesConduct, calendar: () => Promise<Calendar>): Schedules {
  return {
    async get(id, { cost }) {
      checkId(id);
      const schedule = await store.find({ of: "schedule", id }, cost);
      if (schedule === undefined) {
        throw new Fault("scheduleNotFound", { id });
      }
      return schedule;
    },
    async create(what, request) {
      const { won, image } = await store.attempt(createSchedule(what, request, await calendar()), request.cost);
      if (won) {
        feed.arm(image.dueAt);
      }
      if (image === undefined) {
        throw new Error("a create is refused only by the schedule that is there");
      }
      return { changed: won, schedule: image };
    },
    async delete(id, { cost }) {
      checkId(id);
      if (!(await store.attempt(deleteSchedule(id), cost)).won) {
        throw new Fault("scheduleNotFound", { id });
      }
    },
    async list(search, { cost }) {
      if (search.id !== undefined) {
        const found = await store.find({ of: "schedule", id: search.id }, cost);
        return { rows: found !== undefined && isSought(search, found) ? [found] : [] };
      }
      const rows: ScheduleImage[] = [];
      let looked = 0;
      let bytes = 0;
      for await (const keys of store.listedById("schedule", search.after, cost)) {
        const found = await Promise.all(keys.map(({ id }) => store.find({ of: "schedule", id }, cost)));
        for (const schedule of found) {
          looked += 1;
          if (schedule !== undefined && isSought(search, schedule)) {
            bytes += sizeOf(schedule);
            const last = rows.at(-1);
            if (last !== undefined && (rows.length === search.limit || bytes > pageBytesMax)) {
              return { rows, next: last.id };
            }
            rows.push(schedule);
          }
        }
        const last = keys.at(-1);
        if (looked >= recordsMax && last !== undefined) {
          return { rows, next: last.id };
        }
      }
      return { rows };
    },
  };
}

const isSought = ({ isMatch, ownTags = {}, tags }: ScheduleSearch, { id, ...schedule }: ScheduleImage): boolean =>
  (isMatch?.(id) ?? true) && hasAll(schedule.tags, ownTags) && hasAll(schedule.promiseTags, tags);

const hasAll = (tags: Tags, sought: Tags): boolean =>
  Object.entries(sought).every(([name, text]) => tags[name] === text);
