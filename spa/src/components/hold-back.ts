/**
 * The ref of a shape of what loads. In containers that show their parts in order (`in-order`), what stands below it is not
 * shown while it is there, so that nothing jumps. A selector with `:has` would do the same, and have the style of every row
 * worked out anew with each step of a scroll.
 */
export function holdBack(shape: HTMLElement | null): () => void {
  const parts: HTMLElement[] = [];
  for (let at = shape; at; at = at.parentElement) {
    if (at.parentElement?.classList.contains('in-order')) parts.push(at);
  }
  const count = (part: HTMLElement, by: number) => {
    const loads = Number(part.dataset['loads'] ?? 0) + by;
    if (loads > 0) part.dataset['loads'] = String(loads);
    else delete part.dataset['loads'];
  };
  for (const part of parts) count(part, 1);
  return () => {
    for (const part of parts) count(part, -1);
  };
}
