/**
 * Rotates the keys of links: reads them, and writes them with one more, which seals from then on. Links that the others
 * have sealed keep working until they expire, or until their key is taken out: `… | npm run -s link-keys -- retire k1`.
 *
 * @module
 */

import { ringCommand, runRing } from "./key-ring.ts";

await runRing(
  ringCommand(
    "link-keys",
    "Reads the keys of links from the standard input, and writes them changed to the standard output.",
    "every link that it has sealed stops working",
  ),
);
