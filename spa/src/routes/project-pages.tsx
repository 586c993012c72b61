import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { queryOptions } from '@tanstack/react-query';
import { ChevronLeft } from 'lucide-react';
import type { ReactNode } from 'react';

import { request } from '@/api/client';
import { paths } from '@/api/paths';
import { keys } from '@/api/queries';
import type { Project } from '@/api/types';
import { Loaded } from '@/components/loaded';
import { EnvironmentsPanel } from '@/features/projects/environments-panel';
import { ProjectSettings } from '@/features/projects/project-settings';
import { VariablesEditor } from '@/features/secrets/variables-editor';
import { useCanIn } from '@/lib/permissions';
import { useOrg } from '@/lib/session';
import { useTitle } from '@/lib/use-title';

const projectRoute = getRouteApi('/signed-in/projects/$project');
const environmentRoute = getRouteApi('/signed-in/projects/$project/environments/$environment');

const projectQuery = (org: string, project: string) =>
  queryOptions({
    queryKey: [...keys.projects(org), project],
    queryFn: ({ signal }) => request<Project>(paths.project(org, project), { signal }),
  });

const backClass = 'mb-3 -ml-1 inline-flex items-center gap-1 rounded-sm text-[0.8125rem] text-muted hover:text-ink';

function Back({ children }: { children: ReactNode }) {
  return (
    <>
      <ChevronLeft aria-hidden className="size-3.5" />
      {children}
    </>
  );
}

/** One project: its environments, the variables of all of them, its names. */
export function ProjectPage() {
  const { project: slug } = projectRoute.useParams();
  const query = useQuery(projectQuery(useOrg(), slug));
  const mayVariables = useCanIn(slug, 'variable:read');
  const navigate = useNavigate();
  useTitle(query.data?.name ?? slug);
  return (
    <>
      <Link to="/projects" className={backClass}>
        <Back>Projects</Back>
      </Link>
      <Loaded query={query} what="the project" level={1}>
        {(project) => (
          <>
            <h1 className="mb-6 text-xl font-semibold tracking-tight break-words">{project.name}</h1>
            <div className="in-order grid gap-6">
              <EnvironmentsPanel project={project.slug} />
              {mayVariables && (
                <VariablesEditor
                  scope={{ kind: 'project', project: project.slug }}
                  title="Variables of all environments"
                  places={{ organization: '/organization/variables' }}
                />
              )}
              <ProjectSettings
                key={`${project.name} ${project.slug}`}
                project={project}
                onRenamed={(renamed) => void navigate({ to: '/projects/$project', params: { project: renamed }, replace: true })}
                onDeleted={() => void navigate({ to: '/projects' })}
              />
            </div>
          </>
        )}
      </Loaded>
    </>
  );
}

/** The variables of one environment. */
export function EnvironmentPage() {
  const { project, environment } = environmentRoute.useParams();
  useTitle(environment);
  return (
    <>
      <Link to="/projects/$project" params={{ project }} className={backClass}>
        <Back>{project}</Back>
      </Link>
      <h1 className="mb-6 text-xl font-semibold tracking-tight break-words">{environment}</h1>
      <VariablesEditor
        scope={{ kind: 'environment', project, environment }}
        title="Variables of this environment"
        places={{ project: `/projects/${encodeURIComponent(project)}`, organization: '/organization/variables' }}
      />
    </>
  );
}
