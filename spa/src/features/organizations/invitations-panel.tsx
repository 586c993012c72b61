import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { Button } from '@/components/button';
import { Field } from '@/components/field';
import { DialogForm } from '@/components/form';
import { ListPanel } from '@/components/list-panel';
import { MadeOnce } from '@/components/made-once';
import { SelectField } from '@/components/select-field';
import { TimeAgo } from '@/components/time-ago';
import { formatUtc } from '@/lib/format';
import { mistakeIn } from '@/lib/mistake';
import { rolesUpTo, roleText } from '@/lib/permissions';
import { useOrg, useSession } from '@/lib/session';
import { toast } from '@/lib/toast';

import { invitationsQuery, useInvite, useRevokeInvitation, type Invitation } from './api';

function InviteForm({ onClose }: { onClose: () => void }) {
  const org = useOrg();
  const own = useSession().role;
  const [role, setRole] = useState('member');
  const [email, setEmail] = useState('');
  const invite = useInvite(org);
  if (invite.data) {
    const how = invite.data.mailed
      ? `It goes to ${email.trim()} by e-mail. You can pass this link on as well:`
      : 'Pass this link on yourself:';
    return (
      <MadeOnce
        text={`${how} it works once, until ${formatUtc(invite.data.invitation.expires_at)}, for whoever opens it, and is not shown again.`}
        values={{ 'Invitation link': invite.data.link }}
        done="Done"
        onClose={onClose}
      />
    );
  }
  const submit = () => invite.mutate({ role, ...(email.trim() ? { email: email.trim() } : {}) });
  const mistake = mistakeIn(invite.error);
  return (
    <DialogForm action="Make link" busy={invite.isPending} error={mistake ? null : invite.error} onClose={onClose} onSubmit={submit}>
      <SelectField label="Role" hint={roleText(role)} value={role} onChange={(event) => setRole(event.target.value)}>
        {rolesUpTo(own).map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </SelectField>
      <Field
        label="E-mail (optional)"
        type="email"
        hint="Where the link is sent, if a mail server is set up."
        value={email}
        error={mistake}
        onChange={(event) => setEmail(event.target.value)}
      />
    </DialogForm>
  );
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const revoke = useRevokeInvitation(useOrg());
  const who = invitation.email ?? 'Whoever has the link';
  return (
    <li className="flex items-center gap-3 px-4 py-2.5">
      <div className="min-w-0 flex-1">
        <p className="font-medium break-all">{who}</p>
        <p className="text-[0.8125rem] text-muted">
          as {invitation.role} · by {invitation.invited_by} <TimeAgo at={invitation.created_at} /> · until{' '}
          {formatUtc(invitation.expires_at)}
        </p>
      </div>
      <Button
        size="sm"
        busy={revoke.isPending}
        aria-label={`Take back the invitation: ${who}`}
        onClick={() =>
          revoke.mutate(invitation.id, {
            onError: (error) => toast.error('The invitation was not taken back', error.message),
            onSuccess: () => toast.done('The invitation is void'),
          })
        }
      >
        Take back
      </Button>
    </li>
  );
}

/** Open invitations, and new ones. For who manages members. */
export function InvitationsPanel() {
  return (
    <ListPanel
      title="Invitations"
      query={useQuery(invitationsQuery(useOrg()))}
      what="invitations"
      empty="None open. An invitation is a link that works once, for seven days."
      add={{ action: 'Invite', title: 'Invite somebody', form: (close) => <InviteForm onClose={close} /> }}
    >
      {(each) => <InvitationRow key={each.id} invitation={each} />}
    </ListPanel>
  );
}
