/**
 * A copy of plain data, all the way down. The exploration copies a world for each thing that may happen in it, and a frame for each that
 * travels: by the text of JSON that took twice as long, and was most of its time.
 * Without the copy one branch of the exploration would change the world of another.
 */
export function copied<T>(data: T): T {
  if (typeof data !== "object" || data === null) return data;
  if (Array.isArray(data)) return data.map(copied) as T;
  const copy = {} as T;
  for (const key in data) copy[key] = copied(data[key]);
  return copy;
}
