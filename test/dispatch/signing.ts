import { withNewKey } from "#lib/access/key-ring.ts";
import { signer } from "#lib/access/signer.ts";

const ring = withNewKey({});

/** What a push needs to sign, for tests that do not look at signatures. */
export const signing = { signer: signer(async () => ring), now: Date.now, newId: () => "msg_offer" };
