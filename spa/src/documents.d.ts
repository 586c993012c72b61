/** The documents at /docs, of vite.config.ts. */
declare module 'virtual:documents' {
  const documents: readonly {
    href: string;
    title: string;
    /** What its headings say. */
    words: string;
  }[];
  export default documents;
}
