/** Things that are read or written at once. */
const atOnceMax = 25;

/** So many at a time, in order, as the store is asked for or told of them. */
export async function* inChunks<Each>(
  all: AsyncIterable<Each> | Iterable<Each>,
  countMax = atOnceMax,
): AsyncGenerator<readonly Each[]> {
  let chunk: Each[] = [];
  for await (const each of all) {
    chunk.push(each);
    if (chunk.length === countMax) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) {
    yield chunk;
  }
}
