import { expect, it, onTestFinished } from "vitest";
import { sqliteStore } from "#lib/store/sqlite/store.ts";
import { imageOf } from "../support/images.ts";
import { anyCost, keep } from "./keep.ts";

it.each(["a", "a\ud7ff", "a\udbff\udfff", "\ud7ff", "\u{10ffff}"])(
  "the range of what begins with %j ends before what does not",
  async (prefix) => {
    const store = sqliteStore(":memory:");
    onTestFinished(() => store.close());
    const ids = [
      "A",
      "a",
      "a\ud7ff",
      "a\ud7ffx",
      "a\ue000",
      "a\uffff",
      "a😀",
      "a\u{10ffff}x",
      "b",
      "\ud7ffx",
      "\ue000",
      "\u{10ffff}x",
    ];
    await keep(
      store,
      ids.map((id) => imageOf({ id })),
    );
    const listed = (await Array.fromAsync(store.listed(prefix, undefined, anyCost()))).flat();
    expect(listed.map(({ id }) => id).sort()).toEqual(ids.filter((id) => id.startsWith(prefix)).sort());
  },
);
