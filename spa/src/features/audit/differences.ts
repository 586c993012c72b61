/** One member that an event changed. */
export interface Difference {
  path: string;
  before: string | null;
  after: string | null;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: unknown) => (value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value));

/** What differs between two JSON values, member by member; lists are compared as a whole. */
export function differences(before: unknown, after: unknown, path = ''): Difference[] {
  if (isObject(before) || isObject(after)) {
    const left = isObject(before) ? before : {};
    const right = isObject(after) ? after : {};
    const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
    return names.flatMap((name) => differences(left[name], right[name], path ? `${path}.${name}` : name));
  }
  const was = before === null ? null : text(before);
  const is = after === null ? null : text(after);
  return was === is ? [] : [{ path, before: was, after: is }];
}
