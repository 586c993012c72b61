// Ways into schema.gen.ts, by the operation's id: so that a feature names what it gets and never copies it.
import type { operations } from './schema.gen';

type Operations = operations;
type JsonOf<Part> = Part extends { content: { 'application/json': infer Body } } ? Body : never;
type Answers<Name extends keyof Operations> = Operations[Name] extends { responses: infer All } ? All : never;

/** The JSON of the good answer of an operation. */
export type Answer<Name extends keyof Operations> = JsonOf<Answers<Name>[keyof Answers<Name> & (200 | 201 | 202)]>;

/** One item of a list. */
export type Item<Name extends keyof Operations> = Answer<Name> extends { items: (infer One)[] } ? One : never;

/** The JSON that an operation takes. */
export type Body<Name extends keyof Operations> = Operations[Name] extends { requestBody: infer Given } ? JsonOf<NonNullable<Given>> : never;
