import type { Cost } from "./store.ts";

/** A secret of a hook. What it is called says which one it is: under one name there is never another. */
export interface SecretName {
  readonly hook: string;
  readonly id: string;
}

/** Where the secrets of hooks are, for whoever makes hooks: who may write them need not be able to read them. */
export interface HookSecretWriter {
  /** Whether or not it is there already. */
  put(name: SecretName, secret: string, cost: Cost): Promise<void>;
  /** Whether or not it is there. */
  delete(name: SecretName, cost: Cost): Promise<void>;
}

/** The same, for whoever verifies. */
export interface HookSecretReader {
  /** Undefined: there is none. */
  get(name: SecretName, cost: Cost): Promise<string | undefined>;
}
