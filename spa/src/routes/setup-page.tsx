import { useNavigate } from '@tanstack/react-router';

import { SetupPage as Page } from '@/features/identity/setup-page';

export function SetupPage() {
  const navigate = useNavigate();
  return <Page onDone={() => void navigate({ to: '/', replace: true })} />;
}
