import type { Description } from "./description.ts";
export const docsPage = (_description: Description): string => "";
