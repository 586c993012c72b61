import { useEffect, useState, type RefObject } from 'react';

/** ms; what is scrolled past is gone before. */
const stayMs = 250;

/** Whether an element stays on the screen; where the browser cannot tell, it does. */
export function useVisible(ref: RefObject<Element | null>): boolean {
  const [visible, setVisible] = useState(typeof IntersectionObserver === 'undefined');
  useEffect(() => {
    const element = ref.current;
    if (!element || typeof IntersectionObserver === 'undefined') return undefined;
    let stays: ReturnType<typeof setTimeout> | undefined;
    const observer = new IntersectionObserver((entries) => {
      clearTimeout(stays);
      if (entries.some((each) => each.isIntersecting)) stays = setTimeout(() => setVisible(true), stayMs);
      else setVisible(false);
    });
    observer.observe(element);
    return () => {
      clearTimeout(stays);
      observer.disconnect();
    };
  }, [ref]);
  return visible;
}
