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

export const deviceSearch = (search: Record<string, unknown>) => texts(search, ['code']);
