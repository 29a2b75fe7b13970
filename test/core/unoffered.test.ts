/** Tasks that are not to be offered, or not yet, though somebody has taken them by their id and given them up again. */

import { describe, expect, it } from "vitest";
import { acquire, advance, type PromiseImage, release, run, type Tags } from "#lib/core/index.ts";
import { at, retryMs } from "./images.ts";
import { carryOut, target, taskIn } from "./tasks.ts";

/** All that is due by now: what is left of the promise, and how often its task was offered. */
function retried(first: PromiseImage, now: number) {
  let image = first;
  let offers = 0;
  for (let step = advance(image, now, retryMs, []); step?.kind === "write"; step = advance(image, now, retryMs, [])) {
    image = run(step.write, image).image ?? image;
    offers += step.offers ? 1 : 0;
  }
  return { image, offers };
}

describe("A task that is not to be offered yet, or ever, though somebody took it by its id", () => {
  const givenUp = (tags: Tags, end: (image: PromiseImage) => PromiseImage) => {
    const born = taskIn("pending", { tags, retryAt: 1_300, dueAt: 1_300 });
    const taking = { id: "p", version: 3, pid: "a", ttl: 100 };
    return end(carryOut(() => acquire(taking, at(1_200, "take")), born, 1_200).left as PromiseImage);
  };
  const released = (image: PromiseImage) =>
    carryOut(() => release({ id: "p", version: 4 }, at(1_250, "give")), image, 1_250).left as PromiseImage;
  const lapsed = (image: PromiseImage) => image;

  it.each([
    ["released", released],
    ["let lapse", lapsed],
  ])("is offered to nobody where it is a timer's, and was %s", (_how, end) => {
    let image = givenUp({ ...target, "resonate:timer": "true" }, end);
    for (let now = 1_300; now < 100_000; now += 10_000) {
      const { offers, image: left } = retried(image, now);
      expect(offers).toBe(0);
      image = left;
    }
  });

  it.each([
    ["released", released],
    ["let lapse", lapsed],
  ])("is offered no sooner than at its delay where it has one, and was %s", (_how, end) => {
    let image = givenUp({ ...target, "resonate:delay": "90000" }, end);
    for (let now = 1_300; now < 90_000; now += 5_000) {
      const { offers, image: left } = retried(image, now);
      expect(offers, `at ${now}`).toBe(0);
      image = left;
    }
  });
});
