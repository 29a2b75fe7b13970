/** The suffix of an id that names a step below the root of a workflow (`root:0.1`, `root:d9f…`, `root.0.1`). */
const suffix = /[:.](?:\d{1,6}|d[0-9a-f]{14,16})(?:\.(?:\d{1,6}|d[0-9a-f]{14,16}))*$/;

/** The root of the call tree that an id belongs to, by the id alone; of a root, itself. */
export const lineageRoot = (id: string): string => id.replace(suffix, "");
