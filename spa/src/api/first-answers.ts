/** What public/first.js asked before this program was there, by path. */
const asked = new Map(Object.entries((globalThis as { whAsked?: Record<string, Promise<Response>> }).whAsked ?? {}));

/** ms after the page was opened; later an answer is too old to be shown. */
const freshFor = 10_000;

/** The answer to a question that is under way since the page was opened; each is taken once. */
export function takeFirstAnswer(path: string): Promise<Response> | undefined {
  const answer = asked.get(path);
  asked.delete(path);
  return performance.now() < freshFor ? answer : undefined;
}
