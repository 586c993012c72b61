// Program output is hostile text: of all that a terminal understands, only the basic colours and weights survive here.

import { afterReturns, control, escapeSequence, expandTabs, hasControl, visible } from '@/lib/plain-text';

export interface Sgr {
  /** 0–7, or null for the default colour. */
  colour: number | null;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
}

export interface Span {
  text: string;
  className: string;
}

export const plainSgr: Sgr = { colour: null, bold: false, dim: false, italic: false, underline: false };

function applySgr(before: Sgr, parameters: string): Sgr {
  let style = { ...before };
  const codes = parameters.split(/[;:]/).map((each) => (each === '' ? 0 : Number(each)));
  for (let i = 0; i < codes.length; i += 1) {
    const code = codes[i] ?? 0;
    if (code === 0) style = { ...plainSgr };
    else if (code === 1) style.bold = true;
    else if (code === 2) style.dim = true;
    else if (code === 3) style.italic = true;
    else if (code === 4) style.underline = true;
    else if (code === 22) style.bold = style.dim = false;
    else if (code === 23) style.italic = false;
    else if (code === 24) style.underline = false;
    else if (code >= 30 && code <= 37) style.colour = code - 30;
    else if (code >= 90 && code <= 97) style.colour = code - 90;
    else if (code === 39) style.colour = null;
    else if (code === 38 || code === 48) {
      // Of the wide palettes only the first 16 colours are taken over; the rest has no promise of contrast.
      const index = codes[i + 2];
      if (code === 38 && codes[i + 1] === 5 && index !== undefined && index < 16) style.colour = index % 8;
      i += codes[i + 1] === 5 ? 2 : 4;
    }
  }
  return style;
}

function classesOf(style: Sgr): string {
  const names = [
    style.colour === null ? '' : `ansi-${style.colour}`,
    style.bold ? 'ansi-bold' : '',
    style.dim ? 'ansi-dim' : '',
    style.italic ? 'ansi-italic' : '',
    style.underline ? 'ansi-underline' : '',
  ];
  return names.filter(Boolean).join(' ');
}

function pushText(spans: Span[], text: string, className: string): void {
  if (text === '') return;
  if (!hasControl.test(text)) {
    spans.push({ text, className });
    return;
  }
  let last = 0;
  for (const match of text.matchAll(control)) {
    if (match.index > last) spans.push({ text: text.slice(last, match.index), className });
    spans.push({ text: visible(match[0]), className: 'ansi-control' });
    last = match.index + match[0].length;
  }
  if (last < text.length) spans.push({ text: text.slice(last), className });
}

/** Splits one line (without its newline) into spans of inert text; `end` is the style the next line begins with. */
export function parseLine(raw: string, start: Sgr = plainSgr): { spans: Span[]; end: Sgr } {
  const line = expandTabs(afterReturns(raw));
  const spans: Span[] = [];
  let style = start;
  let last = 0;
  for (const match of line.matchAll(escapeSequence)) {
    pushText(spans, line.slice(last, match.index), classesOf(style));
    if (match[2] === 'm' && /^[\d;:]*$/.test(match[1] ?? '')) style = applySgr(style, match[1] ?? '');
    last = match.index + match[0].length;
  }
  pushText(spans, line.slice(last), classesOf(style));
  return { spans, end: style };
}
