import { toast } from './toast';

/** Puts the page's address, as it stands, where it can be pasted. */
export async function copyLink(): Promise<void> {
  try {
    await navigator.clipboard.writeText(window.location.href);
    toast.done('Link copied');
  } catch {
    toast.done('The address names this line now', 'Copy it from the address bar.');
  }
}
