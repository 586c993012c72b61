import { useNavigate, useSearch } from '@tanstack/react-router';

import { CodePage as EnterCode } from '@/features/identity/code-page';
import { DevicePage as Device } from '@/features/identity/device-page';
import { SignInPage as SignIn } from '@/features/identity/sign-in-page';

export function SignInPage() {
  return <SignIn returnTo="/" />;
}

export function CodePage() {
  const navigate = useNavigate();
  return <EnterCode onDone={(returnTo) => void navigate({ href: returnTo, replace: true })} />;
}

export function DevicePage() {
  const { code = '' } = useSearch({ from: '/signed-in/device' });
  const navigate = useNavigate();
  return <Device code={code} onCode={(next) => void navigate({ to: '/device', search: next ? { code: next } : {} })} />;
}
