import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { membersQuery } from '@/api/queries';
import type { Organization } from '@/api/types';
import { ActionError } from '@/components/action-error';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { Field } from '@/components/field';
import { Form } from '@/components/form';
import { Loaded } from '@/components/loaded';
import { Fact, Facts, Panel } from '@/components/panel';
import { CheckField, SelectField } from '@/components/select-field';
import { formatBytes, formatUtc } from '@/lib/format';
import { mistakeIn } from '@/lib/mistake';
import { useCan } from '@/lib/permissions';
import { useOrg, useSession } from '@/lib/session';
import { toast } from '@/lib/toast';

import { useChangeOrganization, useDeleteOrganization, useLeave, useTransfer, useUndoDeletion } from './api';

/** Name, address and rules. `onRenamed` with the new slug, under which everything is found from then on. */
export function NamePanel({ organization, onRenamed }: { organization: Organization; onRenamed: (slug: string) => void }) {
  const mayChange = useCan('organization:write');
  const [name, setName] = useState(organization.name);
  const [slug, setSlug] = useState(organization.slug);
  const [required, setRequired] = useState(organization.second_factor_required);
  const change = useChangeOrganization(organization.slug, (changed) => {
    toast.done('The organization was changed');
    if (changed.slug !== organization.slug) onRenamed(changed.slug);
  });
  const wanted = {
    ...(name.trim() === organization.name ? {} : { name: name.trim() }),
    ...(slug.trim() === organization.slug ? {} : { slug: slug.trim() }),
    ...(required === organization.second_factor_required ? {} : { second_factor_required: required }),
  };
  const fieldError = (pointer: string) => mistakeIn(change.error, pointer);
  const submit = () => change.mutate(wanted);
  return (
    <Panel title="Organization">
      <Form className="space-y-4 p-4" onSubmit={submit}>
        <fieldset disabled={!mayChange} className="space-y-4">
          <legend className="sr-only">Organization</legend>
          <Field label="Name" value={name} error={fieldError('/name')} onChange={(event) => setName(event.target.value)} />
          <Field
            label="Short name"
            hint="In addresses of the API and in commands. Those with the old one work no more."
            mono
            value={slug}
            error={fieldError('/slug')}
            onChange={(event) => setSlug(event.target.value)}
          />
          <CheckField
            label="Require a second factor"
            hint="Members without an authenticator get no further until they turn one on."
            checked={required}
            onChange={(event) => setRequired(event.target.checked)}
          />
        </fieldset>
        <ActionError error={change.error} onProved={submit} />
        {mayChange ? (
          <Button type="submit" busy={change.isPending} disabled={Object.keys(wanted).length === 0 || !name.trim() || !slug.trim()}>
            Save
          </Button>
        ) : (
          <p className="text-muted">Admins and owners can change this.</p>
        )}
      </Form>
    </Panel>
  );
}

const whole = (value: number) => String(value);
const minutes = (value: number) => `${value} min`;

/** What the operator allows, and what is used of it. */
export function LimitsPanel({ organization }: { organization: Organization }) {
  const { limits } = organization;
  if (!limits) return null;
  const rows = [
    { term: 'Apps', usage: limits.apps, text: whole },
    { term: 'Replicas', usage: limits.replicas, text: whole },
    { term: 'Memory', usage: limits.memory_bytes, text: formatBytes },
    { term: 'Build time', usage: limits.build_minutes, text: minutes },
  ];
  return (
    <Panel title="Limits">
      <Facts>
        {rows.map(({ term, usage, text }) => (
          <Fact key={term} term={term}>
            {text(usage.used)} of {usage.most === null ? 'as many as you like' : text(usage.most)}
            {usage.most !== null && usage.used >= usage.most && <span className="ml-2 text-warn">reached</span>}
          </Fact>
        ))}
      </Facts>
    </Panel>
  );
}

function TransferForm({ organization }: { organization: Organization }) {
  const self = useSession().person.id;
  const members = useQuery(membersQuery(organization.slug));
  const [person, setPerson] = useState('');
  const [asking, setAsking] = useState(false);
  const transfer = useTransfer(organization.slug, () => {
    setAsking(false);
    toast.done('The organization has a new owner', 'You are an admin now.');
  });
  const chosen = members.data?.find((each) => each.id === person);
  return (
    <div className="flex flex-wrap items-end gap-3 border-b border-line p-4">
      <Loaded query={members} what="members">
        {(items) => (
          <SelectField
            label="Give the organization to"
            hint="They become owner; you become admin."
            className="min-w-0 flex-1 basis-56"
            value={person}
            onChange={(event) => setPerson(event.target.value)}
          >
            <option value="">Choose a member</option>
            {items
              .filter((each) => each.id !== self)
              .map((each) => (
                <option key={each.id} value={each.id}>
                  {each.name}
                </option>
              ))}
          </SelectField>
        )}
      </Loaded>
      <Button
        disabled={!chosen}
        onClick={() => {
          transfer.reset();
          setAsking(true);
        }}
      >
        Transfer…
      </Button>
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        title={`Make ${chosen?.name ?? 'them'} owner?`}
        action="Transfer"
        busy={transfer.isPending}
        error={transfer.error}
        onConfirm={() => transfer.mutate(person)}
      >
        <p>From then on only they can delete {organization.name} or give it on. You stay as admin.</p>
      </ConfirmDialog>
    </div>
  );
}

interface EndProps {
  organization: Organization;
  /** They do not belong to it any more. */
  onLeft: () => void;
}

/** Transfer, leave, delete. */
export function EndPanel({ organization, onLeft }: EndProps) {
  const mayDelete = useCan('organization:delete');
  const owns = useCan('organization:own');
  const [asking, setAsking] = useState<'leave' | 'delete' | null>(null);
  const close = () => setAsking(null);
  const leave = useLeave(organization.slug, () => {
    close();
    onLeft();
  });
  const remove = useDeleteOrganization(organization.slug, () => {
    close();
    toast.done(`${organization.name} was deleted; it can be brought back for 24 hours`);
  });
  return (
    <Panel title="Leave, give away, delete">
      {owns && <TransferForm organization={organization} />}
      <div className="flex flex-wrap gap-2 p-4">
        <Button
          onClick={() => {
            leave.reset();
            setAsking('leave');
          }}
        >
          Leave…
        </Button>
        {mayDelete && (
          <Button
            look="danger"
            onClick={() => {
              remove.reset();
              setAsking('delete');
            }}
          >
            Delete organization…
          </Button>
        )}
      </div>
      <ConfirmDialog
        open={asking === 'leave'}
        onClose={close}
        title={`Leave ${organization.name}?`}
        action="Leave"
        busy={leave.isPending}
        error={leave.error}
        onConfirm={() => leave.mutate(null)}
      >
        <p>You see nothing of it any more until somebody invites you again. The last owner cannot leave.</p>
      </ConfirmDialog>
      <ConfirmDialog
        open={asking === 'delete'}
        onClose={close}
        title={`Delete ${organization.name}?`}
        action="Delete organization"
        typed={organization.slug}
        command={`wh orgs delete ${organization.slug}`}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(null)}
      >
        <p>All its apps stop at once. For 24 hours an owner can bring it back; then everything in it goes for good.</p>
      </ConfirmDialog>
    </Panel>
  );
}

/** A deleted organization can be brought back. */
export function DeletedOrganization({ organization }: { organization: Organization }) {
  const owns = useCan('organization:own');
  const undo = useUndoDeletion(useOrg());
  const restore = () => undo.mutate(null);
  return (
    <div className="mb-6 space-y-3 rounded-xl bg-warn-soft px-4 py-3">
      <p className="text-warn">
        <span className="font-medium">{organization.name} was deleted.</span>{' '}
        {organization.erased_at && `It is erased on ${formatUtc(organization.erased_at)}; until then an owner can bring it back.`}
      </p>
      {owns && (
        <Button size="sm" busy={undo.isPending} onClick={restore}>
          Bring it back
        </Button>
      )}
      <ActionError error={undo.error} onProved={restore} />
      <CliTwin command={`wh orgs undo ${organization.slug}`} />
    </div>
  );
}
