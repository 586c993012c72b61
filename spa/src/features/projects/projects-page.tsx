import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';

import { projectsQuery } from '@/api/queries';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { Dialog } from '@/components/dialog';
import { Field } from '@/components/field';
import { DialogForm } from '@/components/form';
import { Loaded } from '@/components/loaded';
import { Panel } from '@/components/panel';
import { plural } from '@/lib/format';
import { mistakeIn } from '@/lib/mistake';
import { useCan } from '@/lib/permissions';
import { useOrg } from '@/lib/session';
import { toast } from '@/lib/toast';
import { useTitle } from '@/lib/use-title';

import { useCreateProject } from './projects-api';

function CreateForm({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [slug, setSlug] = useState('');
  const create = useCreateProject((made) => {
    onClose();
    toast.done(`${made.name} was made`, 'It has the environment production.');
  });
  const submit = () => {
    if (slug.trim()) create.mutate({ slug: slug.trim(), ...(name.trim() ? { name: name.trim() } : {}) });
  };
  const mistake = mistakeIn(create.error);
  return (
    <DialogForm action="Make project" busy={create.isPending} ready={slug.trim() !== ''} error={mistake ? null : create.error} onClose={onClose} onSubmit={submit}>
      <Field
        label="Short name"
        hint="Lower-case letters, digits and dashes."
        mono
        value={slug}
        error={mistake}
        onChange={(event) => setSlug(event.target.value)}
      />
      <Field label="Name (optional)" value={name} onChange={(event) => setName(event.target.value)} />
    </DialogForm>
  );
}

/** The projects that somebody sees. */
export function ProjectsPage() {
  const query = useQuery(projectsQuery(useOrg()));
  const mayWrite = useCan('project:write');
  const [creating, setCreating] = useState(false);
  useTitle('Projects');
  return (
    <>
      <div className="mb-6 flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-xl font-semibold tracking-tight">Projects</h1>
        {mayWrite && (
          <Button onClick={() => setCreating(true)}>
            <Plus aria-hidden className="size-4" />
            Make project
          </Button>
        )}
      </div>
      <Panel title="Projects">
        <Loaded query={query} what="projects" empty="None yet. A project holds apps that belong together, with environments and variables of their own.">
          {(projects) => (
            <ul aria-label="Projects" className="divide-y divide-line">
              {projects.map((project) => (
                <li key={project.id}>
                  <Link to="/projects/$project" params={{ project: project.slug }} className="flex items-baseline justify-between gap-4 px-4 py-3 hover:bg-hover">
                    <span className="min-w-0">
                      <span className="font-medium">{project.name}</span>
                      <code className="ml-2 font-mono text-xs text-muted">{project.slug}</code>
                    </span>
                    <span className="text-[0.8125rem] whitespace-nowrap text-muted">{plural(project.apps, 'app')}</span>
                  </Link>
                </li>
              ))}
            </ul>
          )}
        </Loaded>
      </Panel>
      <CliTwin command="wh projects" className="mt-3" />
      <Dialog open={creating} onClose={() => setCreating(false)} title="Make a project">
        <CreateForm onClose={() => setCreating(false)} />
      </Dialog>
    </>
  );
}
