/** What of the address behind the “?” the pages use; anything else is left out. */

const text = (value: unknown): string | undefined => {
  const given = typeof value === 'number' ? String(value) : value;
  return typeof given === 'string' && given !== '' && given.length <= 200 ? given : undefined;
};

function texts<Name extends string>(search: Record<string, unknown>, names: readonly Name[]): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = text(search[name]);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

export const auditSearch = (search: Record<string, unknown>) =>
  texts(search, ['since', 'until', 'actor', 'object', 'action']);

export const logSearch = (search: Record<string, unknown>) =>
  texts(search, ['since', 'replica', 'grep', 'level', 'at']);

export const deviceSearch = (search: Record<string, unknown>) => texts(search, ['code']);

const oneOf = <Value extends string>(value: unknown, values: readonly Value[]): Value | undefined =>
  values.find((each) => each === value);

export const activitySearch = (search: Record<string, unknown>) => {
  const show = oneOf(search['show'], ['deployments', 'apps', 'people', 'machines']);
  return show ? { show } : {};
};

export const metricsSearch = (search: Record<string, unknown>) => {
  const lines = oneOf(search['lines'], ['replicas']);
  return lines ? { lines } : {};
};
