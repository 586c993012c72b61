/** The text as one word of a POSIX shell's command line, bare where it can be. */
export const shellWord = (text: string): string => (/^[\w%+,./:=@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
