import { useState } from 'react';

import type { Project } from '@/api/types';
import { ActionError } from '@/components/action-error';
import { Button } from '@/components/button';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { Field } from '@/components/field';
import { Form } from '@/components/form';
import { Panel } from '@/components/panel';
import { mistakeIn } from '@/lib/mistake';
import { useCanIn } from '@/lib/permissions';
import { toast } from '@/lib/toast';

import { useChangeProject, useDeleteProject } from './projects-api';

interface ProjectSettingsProps {
  project: Project;
  onRenamed: (slug: string) => void;
  onDeleted: () => void;
}

/** A project's names, and deleting it. */
export function ProjectSettings({ project, onRenamed, onDeleted }: ProjectSettingsProps) {
  const mayWrite = useCanIn(project.slug, 'project:write');
  const mayDelete = useCanIn(project.slug, 'project:delete');
  const [name, setName] = useState(project.name);
  const [slug, setSlug] = useState(project.slug);
  const [asking, setAsking] = useState(false);
  const change = useChangeProject(project.slug, (changed) => {
    toast.done('The project was changed');
    if (changed.slug !== project.slug) onRenamed(changed.slug);
  });
  const remove = useDeleteProject(project.slug, () => {
    setAsking(false);
    onDeleted();
  });
  if (!mayWrite) return null;
  const wanted = {
    ...(name.trim() === project.name ? {} : { name: name.trim() }),
    ...(slug.trim() === project.slug ? {} : { slug: slug.trim() }),
  };
  const mistake = mistakeIn(change.error);
  const submit = () => change.mutate(wanted);
  return (
    <Panel title="Settings">
      <Form className="space-y-4 p-4" onSubmit={submit}>
        <Field label="Name" value={name} onChange={(event) => setName(event.target.value)} />
        <Field label="Short name" mono value={slug} error={mistake} onChange={(event) => setSlug(event.target.value)} />
        {!mistake && <ActionError error={change.error} onProved={submit} />}
        <div className="flex flex-wrap gap-2">
          <Button type="submit" busy={change.isPending} disabled={Object.keys(wanted).length === 0 || !name.trim() || !slug.trim()}>
            Save
          </Button>
          {mayDelete && (
            <Button look="danger" onClick={() => setAsking(true)}>
              Delete project…
            </Button>
          )}
        </div>
      </Form>
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        title={`Delete ${project.name}?`}
        action="Delete project"
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(null)}
      >
        <p>Its environments and their variables go with it. Only a project without apps can be deleted.</p>
      </ConfirmDialog>
    </Panel>
  );
}
