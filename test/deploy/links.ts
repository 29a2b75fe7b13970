import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { Issuer } from "../support/issuer.ts";
import { formTokenOf } from "../support/links.ts";
import { signIn, visitor } from "../support/visitor.ts";
import { far, type Scenarios } from "./stand.ts";

/** People who decide by links, and are known where they sign in. */
export const links =
  (people: () => Issuer): Scenarios =>
  (stand) => {
    it("has whoever decides by a link sign in first, where it asks for that", async () => {
      const { ask, deployed } = stand();
      const id = `known/${randomUUID()}`;
      await ask("POST", "/promises", { id, timeout: far });
      const terms = { outcomes: ["resolve"], question: "Approve?", signIn: { emails: ["ada@example.com"] } };
      const made = await ask("POST", `/promises/${id}/links`, terms);
      expect(made.status, JSON.stringify(made.body)).toBe(201);
      const link = deployed.url + new URL(made.body.url).pathname;

      const [ada, mallory] = [visitor(), visitor()];
      expect((await ada.open(link)).html).not.toContain(terms.question);
      const other = await signIn(mallory, await mallory.open(`${link}?sign-in`), "mallory");
      expect([other.status, other.html.includes(terms.question)]).toEqual([403, false]);
      const page = await signIn(ada, await ada.open(`${link}?sign-in`), "ada");
      expect([page.url, page.status, page.html.includes(terms.question)]).toEqual([link, 200, true]);
      const decided = await ada.send(link, { form: formTokenOf(page.html), decision: "resolve" });
      expect([decided.status, decided.html.includes("ada@example.com")]).toEqual([200, true]);
      const { body } = await ask("GET", `/links?promiseId=${id}`);
      const by = { issuer: people().url, subject: "ada", email: "ada@example.com" };
      expect(body.links).toMatchObject([{ decision: { outcome: "resolve", by } }]);
      expect((await ask("GET", `/promises/${id}`)).body.state).toBe("RESOLVED");
    });
  };
