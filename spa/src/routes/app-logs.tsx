import { getRouteApi } from '@tanstack/react-router';

import { CliTwin } from '@/components/cli-twin';
import { RuntimeLog, type LogChoice } from '@/features/observability/runtime-log';
import { useTitle } from '@/lib/use-title';

const route = getRouteApi('/signed-in/apps/$app/logs');

/** The command that shows the same lines. */
function command(app: string, { since, replica, grep }: LogChoice): string {
  const words = ['wh logs -f', app];
  if (since) words.push(`--since ${since}`);
  if (replica) words.push(`--replica ${replica}`);
  if (grep) words.push(`--grep '${grep}'`);
  return words.join(' ');
}

/** What an app prints. What is chosen stands in the address. */
export function AppLogs() {
  const { app } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const choice: LogChoice = { since: '', replica: '', grep: '', ...search };
  useTitle(`${app}: logs`);
  const choose = (next: LogChoice) => {
    const chosen = Object.fromEntries(Object.entries(next).filter(([, value]) => value !== ''));
    void navigate({ search: chosen, replace: true });
  };
  return (
    <>
      <div className="overflow-hidden rounded-xl border border-line bg-surface">
        <RuntimeLog app={app} choice={choice} onChoice={choose} />
      </div>
      <CliTwin command={command(app, choice)} className="mt-3" />
    </>
  );
}
