import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { membersQuery, projectsQuery } from '@/api/queries';
import type { Member } from '@/api/types';
import { ActionError } from '@/components/action-error';
import { Button } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { Dialog } from '@/components/dialog';
import { Loaded } from '@/components/loaded';
import { Panel } from '@/components/panel';
import { CheckField, SelectField } from '@/components/select-field';
import { TimeAgo } from '@/components/time-ago';
import { roleAtLeast, rolesUpTo, roleText, useCan } from '@/lib/permissions';
import { useOrg, useSession } from '@/lib/session';
import { toast } from '@/lib/toast';

import { useChangeMember, useProjectRole, useRemoveMember } from './api';

function ProjectRoles({ member }: { member: Member }) {
  const org = useOrg();
  const own = useSession().role;
  const projects = useQuery(projectsQuery(org));
  const change = useProjectRole(org);
  const [last, setLast] = useState<{ project: string; role: string | null }>();
  const set = (project: string, role: string | null) => {
    setLast({ project, role });
    change.mutate({ person: member.id, project, role });
  };
  return (
    <section aria-label="Roles in single projects">
      <h3 className="mb-1 font-medium">Roles in single projects</h3>
      <p className="mb-2 text-[0.8125rem] text-muted">Above the role that they have everywhere, in this project only.</p>
      <Loaded query={projects} what="projects" empty="There are no projects.">
        {(items) => (
          <ul className="divide-y divide-line rounded-lg border border-line">
            {items.map((project) => (
              <li key={project.id} className="flex items-center justify-between gap-3 px-3 py-2">
                <span className="min-w-0 truncate">{project.name}</span>
                <SelectField
                  bare
                  label={`Role in ${project.name}`}
                  disabled={change.isPending}
                  value={member.projects.find((each) => each.id === project.id)?.role ?? ''}
                  onChange={(event) => set(project.slug, event.target.value || null)}
                >
                  <option value="">as everywhere</option>
                  {rolesUpTo(own)
                    .filter((role) => role !== 'owner')
                    .map((role) => (
                      <option key={role} value={role}>
                        {role}
                      </option>
                    ))}
                </SelectField>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <ActionError error={change.error} onProved={() => last && set(last.project, last.role)} className="mt-3" />
    </section>
  );
}

function MemberForm({ member, onClose }: { member: Member; onClose: () => void }) {
  const org = useOrg();
  const own = useSession().role;
  const [role, setRole] = useState<string>(member.role);
  const [limited, setLimited] = useState(member.limited_to_projects);
  const change = useChangeMember(org);
  const submit = () =>
    change.mutate(
      {
        person: member.id,
        change: {
          ...(role === member.role ? {} : { role }),
          ...(limited === member.limited_to_projects ? {} : { limited_to_projects: limited }),
        },
      },
      {
        onSuccess: () => {
          onClose();
          toast.done(`${member.name} was changed`);
        },
      },
    );
  return (
    <form
      className="space-y-5"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <SelectField label="Role everywhere" hint={roleText(role)} value={role} onChange={(event) => setRole(event.target.value)}>
        {rolesUpTo(own).map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </SelectField>
      <CheckField
        label="Sees only the projects in which they have a role"
        checked={limited}
        onChange={(event) => setLimited(event.target.checked)}
      />
      {member.custom && (
        <p className="text-[0.8125rem] text-muted">
          Their permissions were chosen one by one: {member.permissions.join(', ')}.
        </p>
      )}
      <ProjectRoles member={member} />
      <ActionError error={change.error} onProved={submit} />
      <div className="flex flex-wrap items-center justify-end gap-2">
        <Button look="quiet" onClick={onClose}>
          Close
        </Button>
        <Button
          type="submit"
          look="primary"
          busy={change.isPending}
          disabled={role === member.role && limited === member.limited_to_projects}
        >
          Save
        </Button>
      </div>
    </form>
  );
}

const places = (member: Member) => member.projects.map((each) => `${each.role} in ${each.slug}`).join(', ');

function MemberRow({ member, onEdit, onRemove }: { member: Member; onEdit: () => void; onRemove: () => void }) {
  const session = useSession();
  const mayManage = useCan('member:manage');
  const self = member.id === session.person.id;
  const below = roleAtLeast(session.role, member.role);
  return (
    <tr className="border-t border-line first:border-t-0">
      <th scope="row" className="px-4 py-3 text-left font-medium">
        {member.name}
        {self && <span className="ml-2 text-xs font-normal text-muted">you</span>}
        {member.email && <span className="block text-[0.8125rem] font-normal break-all text-muted">{member.email}</span>}
      </th>
      <td className="px-4 py-3">
        {member.role}
        {member.custom && <span className="text-muted"> · own permissions</span>}
        {(member.projects.length > 0 || member.limited_to_projects) && (
          <span className="block text-[0.8125rem] text-muted">
            {[member.limited_to_projects ? 'these projects only' : '', places(member)].filter(Boolean).join(': ')}
          </span>
        )}
      </td>
      <td className="hidden px-4 py-3 whitespace-nowrap text-muted sm:table-cell">
        <TimeAgo at={member.since} />
      </td>
      <td className="px-4 py-3 text-right whitespace-nowrap">
        {mayManage && below && (
          <>
            <Button look="quiet" size="sm" aria-label={`Change ${member.name}`} onClick={onEdit}>
              Change
            </Button>
            {!self && (
              <Button look="quiet" size="sm" aria-label={`Remove ${member.name}`} onClick={onRemove}>
                Remove
              </Button>
            )}
          </>
        )}
      </td>
    </tr>
  );
}

/** Who belongs to the organization, and as what. */
export function MembersPanel() {
  const org = useOrg();
  const query = useQuery(membersQuery(org));
  const [editing, setEditing] = useState<string>();
  const [removing, setRemoving] = useState<Member | null>(null);
  const close = () => setRemoving(null);
  const remove = useRemoveMember(org, () => {
    close();
    toast.done('The member was removed', 'Their access has ended.');
  });
  const edited = query.data?.find((member) => member.id === editing);
  return (
    <>
      <Panel title="Members">
        <Loaded query={query} what="members" empty="None.">
          {(members) => (
            <div className="overflow-x-auto">
              <table className="w-full">
                <caption className="sr-only">Members</caption>
                <thead>
                  <tr className="border-b border-line text-left text-[0.8125rem] text-muted">
                    <th scope="col" className="px-4 py-2.5 font-medium">Name</th>
                    <th scope="col" className="px-4 py-2.5 font-medium">Role</th>
                    <th scope="col" className="hidden px-4 py-2.5 font-medium sm:table-cell">Since</th>
                    <th scope="col" className="px-4 py-2.5">
                      <span className="sr-only">Actions</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {members.map((member) => (
                    <MemberRow
                      key={member.id}
                      member={member}
                      onEdit={() => setEditing(member.id)}
                      onRemove={() => {
                        remove.reset();
                        setRemoving(member);
                      }}
                    />
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </Loaded>
      </Panel>
      <CliTwin command="wh members" />
      <Dialog open={edited !== undefined} onClose={() => setEditing(undefined)} title={edited?.name ?? 'Member'}>
        {edited && <MemberForm member={edited} onClose={() => setEditing(undefined)} />}
      </Dialog>
      <ConfirmDialog
        open={removing !== null}
        onClose={close}
        title={`Remove ${removing?.name ?? 'the member'}?`}
        action="Remove"
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => removing && remove.mutate(removing.id)}
      >
        <p>Their access to this organization ends at once. What they made stays.</p>
      </ConfirmDialog>
    </>
  );
}
