import type { SignIn } from '@/api/types';

/** What people call the provider: "Google", or the host of its address. */
export function providerName(signIn: SignIn | null | undefined): string {
  if (!signIn?.issuer || signIn.is_google) return 'Google';
  return hostOf(signIn.issuer);
}

/** "accounts.example" of "https://accounts.example/tenant"; the text itself where it is no address. */
export function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}

/** The page that is shown, as the server takes it for a way back. */
export const hereAsPath = () => window.location.pathname + window.location.search;

/** Leaves the dashboard for a page of the provider. Never for another scheme, whatever an answer says. */
export function leaveFor(address: string): void {
  if (!URL.canParse(address)) return;
  const url = new URL(address);
  if (url.protocol === 'https:' || url.protocol === 'http:') window.location.assign(url.href);
}
