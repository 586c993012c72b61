import { send } from '@/api/client';
import { paths } from '@/api/paths';

/** Where the JSON value that begins at `start` ends. The text is the server's own, and was parsed before. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at += 1) {
    const c = text[at];
    if (inString) {
      if (c === '\\') at += 1;
      else if (c === '"') inString = false;
    } else if (c === '"') inString = true;
    else if (c === '{' || c === '[') depth += 1;
    else if (c === '}' || c === ']') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}

/**
 * The values of the array that is the member `name` of the object `text`, each as it was sent, byte for byte: what is
 * hashed is the text that the database printed, and JSON that is read and written again is another text.
 */
export function rawItems(text: string, name: string): string[] {
  const opening = memberStart(text, name);
  const items: string[] = [];
  if (opening < 0) return items;
  let at = opening + 1;
  for (;;) {
    while (at < text.length && /[\s,]/.test(text[at] ?? '')) at += 1;
    if (at >= text.length || text[at] === ']') return items;
    const end = endOfValue(text, at);
    items.push(text.slice(at, end));
    at = end;
  }
}

/** Where the value of a member of the outermost object begins, for a value that is an object or an array; else -1. */
export function memberStart(text: string, name: string): number {
  let at = text.indexOf('{') + 1;
  const wanted = JSON.stringify(name);
  while (at > 0 && at < text.length) {
    while (/[\s,]/.test(text[at] ?? '')) at += 1;
    if (text[at] !== '"') return -1;
    let end = at + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
    const found = text.slice(at, end + 1) === wanted;
    at = text.indexOf(':', end) + 1;
    while (/\s/.test(text[at] ?? '')) at += 1;
    const nested = text[at] === '{' || text[at] === '[';
    if (found) return nested ? at : -1;
    if (nested) at = endOfValue(text, at);
    else if (text[at] === '"') {
      at += 1;
      while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
      at += 1;
    } else while (at < text.length && !/[,}]/.test(text[at] ?? '')) at += 1;
  }
  return -1;
}

interface ChainPage {
  chain: string;
  keys: unknown[];
  items: { sequence: number }[];
  next_cursor: string | null;
  head: unknown;
}

/**
 * The whole sealed log as JSON lines, as `wh audit export` writes it and `wh audit verify --from` reads it: a line that
 * says what it is, the events, and the signed head.
 */
export async function exportLog(org: string, onProgress: (events: number) => void): Promise<Blob> {
  const lines: string[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? 'limit=500' : `limit=500&cursor=${encodeURIComponent(cursor)}`;
    const text = await (await send(`${paths.auditChain(org)}?${query}`)).text();
    const page = JSON.parse(text) as ChainPage;
    if (lines.length === 0) lines.push(JSON.stringify({ format: 'wisehosting-audit/1', chain: page.chain, keys: page.keys }));
    const raw = rawItems(text, 'items');
    // What is not sealed yet is in the next export.
    lines.push(...raw.filter((_, index) => (page.items[index]?.sequence ?? 0) > 0));
    onProgress(lines.length - 1);
    cursor = page.next_cursor;
    if (cursor === null) lines.push(JSON.stringify({ head: page.head }));
  } while (cursor !== null);
  return new Blob([`${lines.join('\n')}\n`], { type: 'application/x-ndjson' });
}
