import { ApiError } from '@/api/client';

/** What the server says is wrong with a field: the one at this pointer ("/name"), or the first that it names. */
export function mistakeIn(error: unknown, pointer?: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  return (pointer === undefined ? error.fields[0] : error.fields.find((each) => each.pointer === pointer))?.message;
}
