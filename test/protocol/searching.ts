import { expect } from "vitest";
import type { Reply } from "../support/door.ts";

/** The ids on a page, in its order. */
export const idsOf = ({ status, body }: Reply): string[] => {
  expect({ status, keys: Object.keys(body).sort() }).toEqual({ status: 200, keys: ["cursor", "promises"] });
  return body.promises.map(({ id }: { id: string }) => id);
};

/** The path of a search. */
export const query = (parameters: Record<string, string>) => `/promises?${new URLSearchParams(parameters)}`;
