import { useState } from 'react';

import type { Organization } from '@/api/types';
import { ActionError } from '@/components/action-error';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { Field } from '@/components/field';
import { Form } from '@/components/form';
import { mistakeIn } from '@/lib/mistake';
import { useTitle } from '@/lib/use-title';

import { useCreateOrganization } from './api';

export function CreateOrganizationForm({ onCreated }: { onCreated: (made: Organization) => void }) {
  const [name, setName] = useState('');
  const [slug, setSlug] = useState('');
  const create = useCreateOrganization(onCreated);
  const fieldError = (pointer: string) => mistakeIn(create.error, pointer);
  const submit = () => {
    if (name.trim()) create.mutate({ name: name.trim(), ...(slug.trim() ? { slug: slug.trim() } : {}) });
  };
  return (
    <Form onSubmit={submit}>
      <Field label="Name" placeholder="Acme" value={name} error={fieldError('/name')} onChange={(event) => setName(event.target.value)} />
      <Field
        label="Short name (optional)"
        hint="In addresses of the API and in commands; made of the name when empty."
        mono
        value={slug}
        error={fieldError('/slug')}
        onChange={(event) => setSlug(event.target.value)}
      />
      <ActionError error={create.error} onProved={submit} />
      <Button type="submit" look="primary" busy={create.isPending} disabled={!name.trim()}>
        Make organization
      </Button>
    </Form>
  );
}

/** A new organization, whose owner is who makes it. */
export function CreateOrganizationPage({ onCreated }: { onCreated: (made: Organization) => void }) {
  useTitle('New organization');
  return (
    <div className="max-w-lg">
      <h1 className="mb-1 text-xl font-semibold tracking-tight">New organization</h1>
      <p className="mb-6 text-muted">Apps, members and variables of its own. You become its owner.</p>
      <CreateOrganizationForm onCreated={onCreated} />
      <CliTwin command="wh orgs create NAME" className="mt-4" />
    </div>
  );
}
