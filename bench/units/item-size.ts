import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** Bytes of an item as DynamoDB counts them, names included; of the types that this table uses. */
export const itemBytes = (item: Readonly<Record<string, AttributeValue>>): number =>
  Object.entries(item).reduce((bytes, [name, value]) => bytes + Buffer.byteLength(name) + valueBytes(value), 0);

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) {
    return Buffer.byteLength(value.S);
  }
  if (value.SS !== undefined) {
    return value.SS.reduce((bytes, member) => bytes + Buffer.byteLength(member), 0);
  }
  if (value.BOOL !== undefined) {
    return 1;
  }
  if (value.N !== undefined) {
    // One byte for two digits, without the zeros at either end, and one for the rest.
    const digits = value.N.replace(/^-|\./g, "").replace(/^0+|0+$/g, "").length;
    return Math.ceil(digits / 2) + 1;
  }
  throw new Error(`no item of this table has an attribute of type ${Object.keys(value)}`);
}
