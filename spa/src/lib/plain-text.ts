// Program output is hostile text; what is shown of it acts on nothing.

/* eslint-disable no-control-regex */
// CSI, then string sequences (OSC, DCS, SOS, PM, APC) up to their end, then other escapes, then a lone escape.
export const escapeSequence =
  /(?:\u001b\[|\u009b)([0-?]*)[ -/]*([@-~])|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c|$)|\u001b[ -/]*[0-~]|\u001b/g;
// What is left of C0 and C1, and the marks that turn the direction of text (they can make a line read as another one).
export const control = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
export const hasControl = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;
/* eslint-enable no-control-regex */

/** A visible stand-in for a character that must not act. */
export function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}

/** Tabs as spaces up to the next column of eight. */
export function expandTabs(text: string): string {
  if (!text.includes('\t')) return text;
  let column = 0;
  return text.replace(/\t|[^\t]+/g, (part) => {
    const width = part === '\t' ? 8 - (column % 8) : part.length;
    column += width;
    return part === '\t' ? ' '.repeat(width) : part;
  });
}

/** What a terminal would show after carriage returns: the last thing written to the line. */
export function afterReturns(raw: string): string {
  const trimmed = raw.replace(/\r+$/, '');
  return trimmed.slice(trimmed.lastIndexOf('\r') + 1);
}

/** A line as it is read: no colours, no escapes, control characters made visible. */
export const plainText = (raw: string): string => expandTabs(afterReturns(raw)).replace(escapeSequence, '').replace(control, visible);
