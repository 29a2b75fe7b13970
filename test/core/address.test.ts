import { describe, expect, it } from "vitest";
import { type Address, mailboxOf, parseAddress } from "#lib/core/address.ts";

const any = (group: string, id?: string): Address => ({ scheme: "poll", cast: "any", group, ...(id && { id }) });
const uni = (group: string, id?: string): Address => ({ scheme: "poll", cast: "uni", group, ...(id && { id }) });
const http = (url: string): Address => ({ scheme: "http", url });

describe("an address", () => {
  it.each<[text: string, Address]>([
    ["poll://any@g", any("g")],
    ["poll://any@g/", any("g")],
    ["poll://any@g/w", any("g", "w")],
    ["poll://uni@g/w", uni("g", "w")],
    ["poll://uni@g", uni("g")],
    ["POLL://any@Group/W", any("Group", "W")],
    ["poll://any@g/a/b//c/", any("g", "a/b//c/")],
    ["poll://any@g/w?x=1", any("g", "w")],
    ["poll://any@g/w#x", any("g", "w")],
    ["poll://any@g?x=/w", any("g")],
    ["poll://any@g#/w", any("g")],
    ["poll://any@g:80/w%20x", any("g:80", "w%20x")],
    ["poll://any@g@h/w", any("g@h", "w")],
    ["poll://any@grüße/über", any("grüße", "über")],
    ["http://host/path?query#fragment", http("http://host/path?query#fragment")],
    ["HTTPS://Host", http("HTTPS://Host")],
    ["lambda://my-fn_1", { scheme: "lambda", name: "my-fn_1" }],
    ["lambda://fn/", { scheme: "lambda", name: "fn" }],
    ["lambda://fn:live", { scheme: "lambda", name: "fn", alias: "live" }],
    ["LAMBDA://fn/12", { scheme: "lambda", name: "fn", alias: "12" }],
    ["sqs://Jobs", { scheme: "sqs", name: "Jobs" }],
    ["sqs://jobs.fifo", { scheme: "sqs", name: "jobs.fifo" }],
    ["sns://news.fifo", { scheme: "sns", name: "news.fifo" }],
    ["eventbridge://my.bus", { scheme: "eventbridge", name: "my.bus" }],
  ])("%s is understood", (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it.each([
    "",
    "default",
    "any@g",
    "local://any@g",
    "nats://any@g",
    "poll:any@g",
    "poll://g",
    "poll://g/w",
    "poll://ANY@g",
    "poll://Uni@g/w",
    "poll://all@g",
    "poll://any@",
    "poll://any@/w",
    "poll://any@?g",
    " poll://any@g",
    "http:host",
    "http://",
    "https://host:port",
    "lambda://",
    "lambda://a/b/c",
    "lambda://a?b",
    "lambda://user@fn",
    `lambda://${"a".repeat(65)}`,
    "sqs://",
    "sqs://a/b",
    "sqs://a.b",
    "sqs://../123456789012/queue",
    `sqs://${"a".repeat(76)}.fifo`,
    "sns://a:b",
    "sns://a&Action=x",
    "eventbridge://a/b",
    "eventbridge://a\n",
  ])("%j is none", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

describe("a mailbox", () => {
  it.each([
    ["poll://any@g/w", "poll://any@g"],
    ["POLL://any@g/v?x", "poll://any@g"],
    ["poll://uni@g/w", "poll://uni@g/w"],
    ["Poll://uni@g/w#x", "poll://uni@g/w"],
    ["poll://uni@g", "poll://uni@g"],
    ["https://Host/a?b#c", "https://Host/a?b#c"],
    ["Lambda://fn:live", "lambda://fn/live"],
    ["lambda://fn/", "lambda://fn"],
    ["SQS://Jobs", "sqs://Jobs"],
  ])("of %s is %s", (address, mailbox) => {
    expect(mailboxOf(address)).toBe(mailbox);
  });

  it("has itself as its mailbox", () => {
    const mailbox = mailboxOf("POLL://uni@g/a/b?c");
    expect(mailboxOf(mailbox)).toBe(mailbox);
  });
});
