import { useEffect, useState } from 'react';

/** Takes the token out of the address bar, so that neither the history nor a screenshot keeps it. */
function takeToken(): string {
  const token = window.location.hash.replace(/^#/, '');
  if (token) window.history.replaceState(window.history.state, '', window.location.pathname);
  return token;
}

/**
 * The token behind the “#” of a link; "" where the link had none, undefined before it was looked at. A second link pasted
 * into the same tab changes the hash only.
 */
export function useHashToken(): string | undefined {
  const [token, setToken] = useState<string>();
  useEffect(() => {
    const take = () => {
      const taken = takeToken();
      setToken((before) => taken || (before ?? ''));
    };
    take();
    window.addEventListener('hashchange', take);
    return () => window.removeEventListener('hashchange', take);
  }, []);
  return token;
}
