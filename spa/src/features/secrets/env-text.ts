/** Whether text is several variables in .env form, and not one value: as when the content of a file was pasted. */
export function looksLikeEnv(text: string): boolean {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.trim().startsWith('#'));
  const assignments = lines.filter((line) => /^\s*(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*=/.test(line));
  // One alone may stand in a name's field by mistake; of several lines, most begin a variable (values may have lines too).
  return assignments.length > 0 && (lines.length === 1 || assignments.length * 2 > lines.length || /^\s*(?:export\s+)?[A-Za-z_]\w*=["']/.test(lines[0] ?? ''));
}

const most = 1024 * 1024;

/** The text of a dropped or chosen file; an error in words where it cannot be one of variables. */
export async function readEnvFile(file: File): Promise<string> {
  if (file.size > most) throw new Error(`${file.name} is larger than 1 MiB.`);
  const text = await file.text();
  if (text.includes('\0')) throw new Error(`${file.name} is no text file.`);
  return text;
}
