import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { Button } from '@/components/button';
import { Field } from '@/components/field';
import { DialogForm } from '@/components/form';
import { ListPanel } from '@/components/list-panel';
import { TextArea } from '@/components/text-area';
import { TimeAgo } from '@/components/time-ago';
import { mistakeIn } from '@/lib/mistake';
import { toast } from '@/lib/toast';

import { sshKeysQuery, useAddSshKey, useRemoveSshKey, type SshKey } from './account-api';

/** What a public key carries behind its text, often "name@machine". */
const commentOf = (key: string) => key.trim().split(/\s+/).slice(2).join(' ').slice(0, 100);

function AddForm({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [key, setKey] = useState('');
  const add = useAddSshKey(() => {
    onClose();
    toast.done('The key was added');
  });
  const wanted = { name: name.trim() || commentOf(key) || 'SSH key', public_key: key.trim() };
  const submit = () => {
    if (wanted.public_key) add.mutate(wanted);
  };
  const mistake = mistakeIn(add.error);
  return (
    <DialogForm action="Add key" busy={add.isPending} ready={key.trim() !== ''} error={mistake ? null : add.error} onClose={onClose} onSubmit={submit}>
      <TextArea
        label="Public key"
        hint="The content of a .pub file: ed25519, ecdsa, or rsa of 3072 bits and more."
        placeholder="ssh-ed25519 AAAA… you@machine"
        rows={4}
        value={key}
        error={mistake}
        onChange={(event) => setKey(event.target.value)}
      />
      <Field label="Name" placeholder={commentOf(key) || 'Laptop'} value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />
    </DialogForm>
  );
}

function KeyRow({ sshKey }: { sshKey: SshKey }) {
  const remove = useRemoveSshKey();
  return (
    <li className="flex items-center gap-3 px-4 py-2.5">
      <div className="min-w-0 flex-1">
        <p className="font-medium">{sshKey.name}</p>
        <p className="text-[0.8125rem] text-muted">
          {sshKey.algorithm} · added <TimeAgo at={sshKey.created_at} />
          {sshKey.last_used_at ? (
            <>
              {' '}
              · used <TimeAgo at={sshKey.last_used_at} />
            </>
          ) : (
            ' · never used'
          )}
        </p>
        <code className="font-mono text-xs break-all text-muted">{sshKey.fingerprint}</code>
      </div>
      <Button
        size="sm"
        busy={remove.isPending}
        aria-label={`Remove ${sshKey.name}`}
        onClick={() => remove.mutate(sshKey.id, { onError: (error) => toast.error('The key was not removed', error.message) })}
      >
        Remove
      </Button>
    </li>
  );
}

/** Public keys of this person, for git push. */
export function SshKeysPanel() {
  return (
    <ListPanel
      title="SSH keys"
      query={useQuery(sshKeysQuery())}
      empty="None yet."
      add={{ action: 'Add key', title: 'Add an SSH key', form: (close) => <AddForm onClose={close} /> }}
    >
      {(each) => <KeyRow key={each.id} sshKey={each} />}
    </ListPanel>
  );
}
