/**
 * Somebody with a browser, as far as signing in needs one: keeps cookies, follows where it is sent, fills in forms.
 *
 * @module
 */

export interface Visitor {
  /** Opens a page, and follows to where that leads. */
  open(url: string): Promise<Page>;
  /** Sends a form, and follows to where that leads. */
  send(url: string, form: Readonly<Record<string, string>>): Promise<Page>;
}

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly html: string;
}

const redirectsMax = 10;

export function visitor(): Visitor {
  /** By the host that has set them. */
  const cookies = new Map<string, Map<string, string>>();

  const go = async (url: string, init: RequestInit): Promise<Page> => {
    let [at, next] = [url, init];
    for (let redirects = 0; redirects < redirectsMax; redirects++) {
      const own = cookies.get(new URL(at).host) ?? new Map<string, string>();
      const cookie = [...own].map(([name, value]) => `${name}=${value}`).join("; ");
      const response = await fetch(at, { ...next, redirect: "manual", headers: { cookie } });
      for (const set of response.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        own.set(name, value);
      }
      cookies.set(new URL(at).host, own);
      const location = response.headers.get("location");
      if (location === null) {
        return { url: at, status: response.status, html: await response.text() };
      }
      [at, next] = [new URL(location, at).href, {}];
    }
    throw new Error(`${url} leads on and on`);
  };
  return {
    open: (url) => go(url, {}),
    send: (url, form) => go(url, { method: "POST", body: new URLSearchParams(form) }),
  };
}

/** Signs in at the tests' issuer, whose page this is, and consents; the page that follows. */
export async function signIn(by: Visitor, { url, html }: Page, login: string): Promise<Page> {
  const actionOf = (text: string) => new URL(/action="([^"]+)"/.exec(text)?.[1] ?? "", url).href;
  const consent = await by.send(actionOf(html), { prompt: "login", login, password: "any" });
  return by.send(actionOf(consent.html), { prompt: "consent" });
}
