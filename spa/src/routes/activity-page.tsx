import { useNavigate, useSearch } from '@tanstack/react-router';

import { ActivityPage as Page } from '@/features/activity/activity-page';

export function ActivityPage() {
  const { show = 'all' } = useSearch({ from: '/signed-in/activity' });
  const navigate = useNavigate();
  return <Page show={show} onShow={(next) => void navigate({ to: '/activity', search: next === 'all' ? {} : { show: next } })} />;
}
