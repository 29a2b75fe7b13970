import type { TestSpecification } from "vitest/node";
import { BaseSequencer } from "vitest/node";

/** Files that wait longer than they compute: begun last, they would go on when all others have ended. */
const waiting = ["/test/deploy/deploy.test.ts", "/test/sdk/time.test.ts"];

export class WaitingFirst extends BaseSequencer {
  /** Projects' own order of groups stands: files are handed to groups in the order that they are given here. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isWaiting = ({ moduleId }: TestSpecification) => waiting.some((file) => moduleId.endsWith(file));
    return [...sorted.filter(isWaiting), ...sorted.filter((file) => !isWaiting(file))];
  }
}
