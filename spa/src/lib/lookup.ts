/** The entry of `key`, or `fallback` for a value that this build of the dashboard does not know yet. */
export function lookup<T>(table: Readonly<Record<string, T>>, key: string, fallback: NoInfer<T>): T {
  return Object.hasOwn(table, key) ? (table[key] ?? fallback) : fallback;
}
