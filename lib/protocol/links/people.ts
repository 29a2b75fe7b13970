/**
 * Who opens a link: people are sent away to sign in, and come back as somebody. What is known of them stands in cookies
 * that only this service can read, each sealed, of one link, and good for a while.
 *
 * @module
 */

import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import type { EpochMs, Person } from "#lib/core/index.ts";
import type { Sealer } from "#lib/ports/sealer.ts";
import type { SignIn } from "#lib/ports/sign-in.ts";
import type { Addresses } from "../addresses.ts";
import type { DoorEnv } from "../context.ts";

/** In place of a token: where people come back to. */
export const cameBack = "signed-in";

/** For how long a sign-in may take, and how long it counts. */
const signInMs = 10 * 60 * 1_000;
const personMs = 60 * 60 * 1_000;

/** Bytes of all cookies together: a browser sends them all along, and a gateway takes 10,240 bytes of headers. */
const cookieBytesMax = 6_500;

const cookies = "resonate-";

export interface People {
  /** Sends whoever has opened the link away to sign in; anew, where `?sign-in=anew` asks for that. */
  send(c: Context<DoorEnv>, token: string): Promise<Response>;
  /** Takes in who comes back, and leads on to the link; nothing, where that one has not signed in. */
  welcome(c: Context<DoorEnv>): Promise<Response | undefined>;
  /** Who has signed in for this link. */
  signedIn(c: Context<DoorEnv>, token: string): Promise<Person | undefined>;
}

export interface PeopleParts {
  readonly sealer: Sealer;
  readonly addresses: Addresses;
  readonly signIn?: SignIn;
}

/** Nothing, where nobody can sign in. */
export function peopleOf({ sealer, addresses: { ownUrl }, signIn }: PeopleParts): People | undefined {
  if (signIn === undefined) {
    return undefined;
  }
  const callback = `${ownUrl}/links/${cameBack}`;
  const { protocol, pathname } = new URL(callback);
  const set = (c: Context<DoorEnv>, name: string, value: string, ms: number) =>
    setCookie(c, name, value, {
      httpOnly: true,
      // The way back comes from the issuer's page: a strict cookie would not be sent there.
      sameSite: "Lax",
      secure: protocol === "https:",
      path: pathname.slice(0, -cameBack.length - 1),
      maxAge: ms / 1_000,
    });
  /** What has been there for longest makes room, which browsers name first. */
  const keep = (c: Context<DoorEnv>, name: string, value: string, ms: number) => {
    set(c, name, value, ms);
    let bytes = name.length + value.length;
    for (const [other, text] of Object.entries(getCookie(c)).reverse()) {
      if (other !== name && other.startsWith(cookies)) {
        bytes += other.length + text.length;
        if (bytes > cookieBytesMax) {
          set(c, other, "", 0);
        }
      }
    }
  };
  // Each sign-in under way and each link has a cookie of its own: several can be open in one browser.
  const nameOf = (what: "sign-in" | "person", of: string) => `${cookies}${what}-${sealer.hash(of).slice(0, 16)}`;
  const signInName = (url: string) => nameOf("sign-in", new URL(url).searchParams.get("state") ?? "");

  return {
    async send(c, token) {
      const request = c.get("request");
      const { url, kept } = await signIn.begin(callback, c.req.query("sign-in") === "anew");
      const text = JSON.stringify([token, kept, request.now + signInMs]);
      keep(c, signInName(url), await sealer.seal("signIn", text, request), signInMs);
      return leave(c, url);
    },

    async welcome(c) {
      const request = c.get("request");
      const name = signInName(c.req.url);
      const text = await sealer.open("signIn", getCookie(c, name) ?? "", request);
      const [token, kept, until] =
        text === undefined ? noSignIn : (JSON.parse(text) as readonly [string, string, EpochMs]);
      if (request.now >= until) {
        return undefined;
      }
      const came = new URL(callback);
      came.search = new URL(c.req.url).search;
      const person = await signIn.finish(came, kept);
      set(c, name, "", 0);
      if (person === undefined) {
        return undefined;
      }
      const known = JSON.stringify([sealer.hash(token), person, request.now + personMs]);
      keep(c, nameOf("person", token), await sealer.seal("person", known, request), personMs);
      return leave(c, `./${token}`);
    },

    async signedIn(c, token) {
      const request = c.get("request");
      const text = await sealer.open("person", getCookie(c, nameOf("person", token)) ?? "", request);
      if (text === undefined) {
        return undefined;
      }
      const [hash, person, until] = JSON.parse(text) as readonly [string, Person, EpochMs];
      return sealer.isSame(hash, sealer.hash(token)) && request.now < until ? person : undefined;
    },
  };
}

const noSignIn = ["", "", 0] as const;

/** Leads on, without a word of where from. */
function leave(c: Context<DoorEnv>, url: string): Response {
  c.header("cache-control", "no-store");
  c.header("referrer-policy", "no-referrer");
  c.header("x-robots-tag", "noindex, nofollow");
  return c.redirect(url, 303);
}
