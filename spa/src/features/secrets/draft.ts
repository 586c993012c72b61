import type { Change, NewValue } from './editor-api';

/** What somebody changed in the table and has not saved: new values by name, and names that go. */
export interface Draft {
  set: Readonly<Record<string, NewValue>>;
  unset: readonly string[];
}

export const emptyDraft: Draft = { set: {}, unset: [] };

export const withValue = (draft: Draft, value: NewValue): Draft => ({
  set: { ...draft.set, [value.name]: value },
  unset: draft.unset.filter((name) => name !== value.name),
});

export const without = (draft: Draft, name: string): Draft => ({
  set: Object.fromEntries(Object.entries(draft.set).filter(([each]) => each !== name)),
  unset: draft.unset.filter((each) => each !== name),
});

export const withRemoval = (draft: Draft, name: string): Draft => {
  const rest = without(draft, name);
  return { ...rest, unset: [...rest.unset, name] };
};

export const draftSize = (draft: Draft) => Object.keys(draft.set).length + draft.unset.length;

export const changeOf = (draft: Draft): Change => ({ set: Object.values(draft.set), unset: [...draft.unset] });
