import { decide } from "#lib/hooks/decide.ts";
import type { Hook, HookEvent } from "#lib/hooks/hook.ts";
import { verify } from "#lib/hooks/verify.ts";
import type { HookReader } from "#lib/ports/hook-reader.ts";

/** All providers there are. What is kept of a hook was checked when it was made. */
export const hookReader: HookReader<HookEvent> = {
  verify: (sent, definition, secrets, now) => verify(sent, definition as Hook, secrets, now),
  decide: (definition, sent, event) => decide(definition as Hook, sent, event),
};
