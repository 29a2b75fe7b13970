/**
 * The secrets of hooks, each a secret of Secrets Manager's. Whoever makes hooks writes them and cannot read them; whoever
 * verifies what comes in reads them and cannot write.
 */

import { Fault } from "#lib/core/index.ts";
import type { HookSecretReader, HookSecretWriter, SecretName } from "#lib/ports/hook-secrets.ts";
import { read, variables } from "./env.ts";
import { askSecrets } from "./secret.ts";

const nameOf = ({ hook, id }: SecretName): string => `${read(variables.hookSecrets)}${hook}/${id}`;

/** @throws Fault `storeUnavailable` unless the answer is one of these kinds of errors, or none. */
async function ask(target: string, asked: object, ...expected: readonly string[]) {
  const { ok, status, answer } = await askSecrets(target, asked).catch((cause: unknown) => {
    throw new Fault("storeUnavailable", {}, { cause });
  });
  const kind = answer.__type?.split("#").at(-1) ?? "";
  if (!ok && !expected.includes(kind)) {
    throw new Fault("storeUnavailable", {}, { cause: new Error(`Secrets Manager answers ${status} ${kind}`) });
  }
  return ok ? answer : undefined;
}

export const hookSecretWriter = (): HookSecretWriter => ({
  async put(name, SecretString) {
    const Description = `What the provider of the hook ${name.hook} signs with`;
    await ask("CreateSecret", { Name: nameOf(name), Description, SecretString }, "ResourceExistsException");
  },
  async delete(name) {
    const asked = { SecretId: nameOf(name), ForceDeleteWithoutRecovery: true };
    await ask("DeleteSecret", asked, "ResourceNotFoundException");
  },
});

export const hookSecretReader = (): HookSecretReader => ({
  get: async (name) =>
    (await ask("GetSecretValue", { SecretId: nameOf(name) }, "ResourceNotFoundException"))?.SecretString,
});
