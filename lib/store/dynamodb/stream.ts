import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Changed } from "#lib/service/stream.ts";
import { fromItem } from "./items.ts";
import { fromItemKey, type ItemKey } from "./keys.ts";

type Image = Readonly<Record<string, unknown>>;

/** A record of the table's stream, as far as it is read. */
export interface StreamRecord {
  readonly dynamodb?:
    | {
        readonly Keys?: Image | undefined;
        readonly OldImage?: Image | undefined;
        readonly NewImage?: Image | undefined;
      }
    | undefined;
}

/** @throws Error where a later version of the service wrote the item. */
export function toChanged({ dynamodb: { Keys = {}, OldImage, NewImage } = {} }: StreamRecord): Changed {
  const key = fromItemKey(toItem(Keys) as unknown as ItemKey);
  return {
    key,
    ...(OldImage && { before: fromItem(key.of, toItem(OldImage)) }),
    ...(NewImage && { after: fromItem(key.of, toItem(NewImage)) }),
  };
}

const toItem = (image: Image) => unmarshall(image as Record<string, AttributeValue>);
