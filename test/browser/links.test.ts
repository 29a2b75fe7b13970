/**
 * Goal: people can decide by a link, whatever they use. Method: Chromium opens the pages of a local server, mostly without
 * JavaScript.
 */

import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import type { LocalServer } from "#lib/local/server.ts";
import { quietServer } from "../support/local-server.ts";
import { openSqlite } from "../support/stores.ts";

/** As much of a page's own world as is looked at from within it. */
interface Seen {
  readonly parentElement: Seen | null;
  readonly textContent: string | null;
}
declare const document: {
  readonly documentElement: { readonly scrollWidth: number };
  readonly body: { append(element: object): void };
  title: string;
  createElement(name: string): { textContent: string };
};
declare const getComputedStyle: (
  element: Seen,
) => Readonly<Record<"outlineWidth" | "color" | "backgroundColor", string>>;

const executablePath = inject("chromium");
const args =
  "no-sandbox disable-gpu disable-quic no-first-run disable-background-networking disable-component-update disable-sync";

const terms = {
  outcomes: ["resolve", "reject"],
  label: "Expense 17: train to Vienna",
  from: "Ada, travel desk",
  question: "Approve 120 EUR for the train to Vienna on 3 December?",
};

const why = executablePath === undefined ? " (skipped: no Chromium here, and none could be installed)" : "";

describe.skipIf(executablePath === undefined)(`In a browser${why}, the page of a link`, () => {
  let server: LocalServer;
  let browser: Browser;
  let close: () => void;
  beforeAll(async () => {
    const opened = await openSqlite();
    close = opened.close;
    server = await quietServer(opened.store);
    browser = await chromium.launch({
      ...(executablePath && { executablePath }),
      args: args.split(" ").map((name) => `--${name}`),
    });
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    close();
  });

  const post = async (path: string, body: object) =>
    (await fetch(server.url + path, { method: "POST", body: JSON.stringify(body) })).json();
  const stateOf = async (id: string) =>
    ((await (await fetch(`${server.url}/promises/${id}`)).json()) as { state: string }).state;

  async function visit(id: string, options: BrowserContextOptions = {}): Promise<Page> {
    await post("/promises", { id, timeout: Date.now() + 3 * 24 * 60 * 60 * 1_000 });
    const { url } = (await post(`/promises/${id}/links`, terms)) as { url: string };
    const context = await browser.newContext({ javaScriptEnabled: false, ...options });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }

  it("is approved by mouse, without JavaScript, and then shows the decision, back button and reload included", async () => {
    const page = await visit("mouse");
    await page.getByLabel("Comment").fill("Fine,\ntake the early one.");
    await page.getByRole("button", { name: "Approve" }).click();
    expect(await stateOf("mouse")).toBe("RESOLVED");
    // The decision stands before the page that follows it has come.
    await page.getByRole("heading", { level: 2, name: "Approved" }).waitFor();
    await page.reload();
    await page.goBack();
    await page.reload();
    expect(await page.getByRole("heading", { level: 2 }).textContent()).toBe("Approved");
    expect(await page.locator("blockquote").textContent()).toBe("Fine,\ntake the early one.");
    expect(await page.getByRole("button").count()).toBe(0);
  });

  it("is rejected by the keyboard alone, the focus in sight all the way", async () => {
    const page = await visit("keyboard");
    const focused = page.locator(":focus");
    const seen: string[] = [];
    for (let at = 0; at < 3; at++) {
      await page.keyboard.press("Tab");
      seen.push((await focused.getAttribute("name")) ?? "");
      expect(await focused.evaluate((element) => getComputedStyle(element).outlineWidth)).toBe("3px");
      if (at === 0) {
        await page.keyboard.type("Too dear");
      }
    }
    expect(seen).toEqual(["comment", "decision", "decision"]);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Rejected" }).waitFor();
    expect(await stateOf("keyboard")).toBe("REJECTED");
    expect(await page.locator("blockquote").textContent()).toBe("Too dear");
  });

  it("has landmarks, a language, one main heading and a name for each control, for a screen reader", async () => {
    const page = await visit("reader");
    expect(await page.locator("html").getAttribute("lang")).toBe("en");
    expect(await page.title()).toBe(`Your decision: ${terms.label}`);
    expect((await page.getByRole("main").ariaSnapshot()).replace(/time: .+ UTC/, "time: then")).toMatchInlineSnapshot(`
      "- main:
        - paragraph: "Expense 17: train to Vienna"
        - heading "Approve 120 EUR for the train to Vienna on 3 December?" [level=1]
        - paragraph:
          - text: Asked by
          - strong: Ada, travel desk
        - text: Comment (optional)
        - textbox "Comment (optional)"
        - group "Your decision":
          - button "Approve"
          - button "Reject"
        - paragraph:
          - text: You can decide until
          - time: then
          - text: ", 2 days from now.""
    `);
  });

  it.each(["light", "dark"] as const)(
    "fits a phone 360 wide, with targets for thumbs, and is readable: %s",
    async (colorScheme) => {
      const page = await visit(`phone-${colorScheme}`, {
        viewport: { width: 360, height: 740 },
        colorScheme,
        javaScriptEnabled: true,
      });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
      for (const control of await page.locator("button, textarea").all()) {
        const { width = 0, height = 0 } = (await control.boundingBox()) ?? {};
        expect(Math.min(width, height)).toBeGreaterThanOrEqual(44);
      }
      for (const contrast of await page.locator("h1, p, label, button, strong, .soft").evaluateAll(contrasts)) {
        expect(contrast.ratio, contrast.text).toBeGreaterThanOrEqual(4.5);
      }
    },
  );

  it("loads nothing else and runs nothing, though it is written into it", async () => {
    const page = await visit("quiet", { javaScriptEnabled: true });
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "document.title = 'taken over'";
      document.body.append(script);
    });
    await page.reload();
    expect(await page.title()).not.toBe("taken over");
    expect(asked).toEqual([page.url()]);
  });
});

/** The contrast of each element's text with what is behind it (WCAG 2.2, 1.4.3). Runs in the page. */
function contrasts(elements: readonly Seen[]): { text: string; ratio: number }[] {
  const parse = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (rgb: readonly number[]) => {
    const [r = 0, g = 0, b = 0] = rgb.slice(0, 3).map((each) => {
      const part = each / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element: Seen | null): readonly number[] => {
    if (element === null) {
      return [255, 255, 255];
    }
    const color = parse(getComputedStyle(element).backgroundColor);
    return color[3] === 0 ? behind(element.parentElement) : color;
  };
  return elements.map((element) => {
    const [a, b] = [luminance(parse(getComputedStyle(element).color)), luminance(behind(element))];
    return { text: element.textContent ?? "", ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) };
  });
}
