import { describe, expect, it } from "vitest";
import { onlyFromAws } from "#lib/dispatch/aws/elsewhere.ts";
import { transports } from "#lib/dispatch/transports.ts";
import { idHash, logger, toldOf } from "#lib/log.ts";
import type { Outgoing, Sent } from "#lib/ports/transport.ts";
import { offer } from "./messages.ts";

const recorder = (answer: Sent) => {
  const messages: Outgoing[] = [];
  const send = async (message: Outgoing) => {
    messages.push(message);
    return answer;
  };
  return { messages, send };
};

describe("the transports together", () => {
  it.each([
    ["http://host/", "http", "sent"],
    ["HTTPS://host/", "http", "sent"],
    ["poll://any@g", "poll", "nobody"],
    ["POLL://uni@g/w", "poll", "nobody"],
  ] as const)("send what is for %s by %s, and pass its answer on", async (address, scheme, answer) => {
    const by = { http: recorder("sent"), poll: recorder("nobody"), ...onlyFromAws };
    expect(await transports(by).send(offer(address, "t"))).toBe(answer);
    expect(by[scheme].messages).toEqual([offer(address, "t")]);
    expect([...by.http.messages, ...by.poll.messages]).toHaveLength(1);
  });

  it("fail for an address of no known form, without repeating it", async () => {
    const by = { http: recorder("sent"), poll: recorder("sent"), ...onlyFromAws };
    await expect(transports(by).send(offer("smtp://user:secret@host", "t"))).rejects.toThrow(
      "nothing is sent to addresses of this form",
    );
  });

  it.each(["lambda", "sqs", "sns", "eventbridge"])("fail for %s:// where they are not on AWS", async (scheme) => {
    const by = { http: recorder("sent"), poll: recorder("sent"), ...onlyFromAws };
    await expect(transports(by).send(offer(`${scheme}://name`, "t"))).rejects.toThrow(
      `${scheme}:// is only sent from AWS`,
    );
  });
});

describe("each attempt to send", () => {
  it("is a line: what became of it, and which request it comes from; of the id only a hash", async () => {
    const lines: string[] = [];
    const log = logger({ write: (line) => lines.push(line) });
    const failing = { send: () => Promise.reject(new Error("secret")) };
    const message = { ...offer("http://host/secret", "secret"), trace: { requestId: "r-1" } };
    expect(await toldOf(recorder("sent"), log).send(message)).toBe("sent");
    expect(await toldOf(recorder("nobody"), log).send(offer("poll://any@g", "other"))).toBe("nobody");
    await expect(toldOf(failing, log).send(message)).rejects.toThrow("secret");
    const line = { verb: "send", kind: "execute", idHash: idHash("secret"), requestId: "r-1" };
    expect(lines.map((each) => JSON.parse(each))).toMatchObject([
      { ...line, outcome: "sent" },
      { verb: "send", idHash: idHash("other"), outcome: "waiting" },
      { ...line, outcome: "failed", err: { type: "Error" } },
    ]);
    expect(lines[1]).not.toContain("requestId");
    expect(lines.join()).not.toContain("secret");
  });
});
