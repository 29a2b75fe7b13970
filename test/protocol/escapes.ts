/** Ways in which a client may write an id in a path. */
export const escapes: readonly (readonly [string, (id: string) => string])[] = [
  ["wholly escaped", encodeURIComponent],
  ["with raw slashes", (id) => encodeURIComponent(id).replaceAll("%2F", "/")],
  [
    "with every byte escaped",
    (id) => [...Buffer.from(id)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  ],
];
