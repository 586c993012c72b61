import { useState } from 'react';

import { Button } from '@/components/button';
import { Field } from '@/components/field';
import { CheckField } from '@/components/select-field';
import { TextArea } from '@/components/text-area';
import { checkVariableName } from '@/lib/grammar';

import type { NewValue } from './editor-api';
import { looksLikeEnv } from './env-text';

/** What a form begins with. `value` is known only where it was revealed. */
export interface FormStart {
  name: string;
  value: string;
  build_time: boolean;
  run_time: boolean;
  expand: boolean;
  /** The name stands. */
  fixed: boolean;
}

export const newVariable: FormStart = { name: '', value: '', build_time: false, run_time: true, expand: false, fixed: false };

/** Logs hide values of so many bytes and more: shorter ones would hit other text by chance. */
const shortestHidden = 6;
const isShown = (value: string) => value !== '' && new TextEncoder().encode(value).length < shortestHidden;

interface VariableFormProps {
  start: FormStart;
  onKeep: (value: NewValue) => void;
  onClose: () => void;
  /** The content of a .env file was pasted where a name belongs. */
  onPasted: (text: string) => void;
}

/** One variable of the draft: its name, value, and who gets it. */
export function VariableForm({ start, onKeep, onClose, onPasted }: VariableFormProps) {
  const [form, setForm] = useState(start);
  const [mistake, setMistake] = useState<string>();
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        const found = start.fixed ? undefined : checkVariableName(form.name);
        setMistake(found);
        const { name, value, build_time, run_time, expand } = form;
        if (!found) onKeep({ name, value, build_time, run_time, expand });
      }}
    >
      {!start.fixed && (
        <Field
          label="Variable name"
          placeholder="DATABASE_URL"
          mono
          value={form.name}
          error={mistake}
          hint="Or paste the lines of a .env file."
          onPaste={(event) => {
            const text = event.clipboardData.getData('text');
            if (!looksLikeEnv(text)) return;
            event.preventDefault();
            onPasted(text);
          }}
          onChange={(event) => {
            setForm({ ...form, name: event.target.value });
            setMistake(undefined);
          }}
        />
      )}
      <TextArea
        label="Value"
        rows={4}
        hint="Kept byte for byte, several lines too; at most 64 KiB. Sealed when it is saved."
        value={form.value}
        onChange={(event) => setForm({ ...form, value: event.target.value })}
      />
      {isShown(form.value) && (
        <p role="status" className="text-[0.8125rem] text-warn">
          Shorter than 6 bytes: logs show this value as it is. A secret is longer.
        </p>
      )}
      <CheckField label="The running app gets it" checked={form.run_time} onChange={(event) => setForm({ ...form, run_time: event.target.checked })} />
      <CheckField label="Builds get it" checked={form.build_time} onChange={(event) => setForm({ ...form, build_time: event.target.checked })} />
      <CheckField
        label="The value refers to other values"
        hint="${NAME} or ${service.name}; $${ is ${ itself."
        checked={form.expand}
        onChange={(event) => setForm({ ...form, expand: event.target.checked })}
      />
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" look="primary">
          Keep in the draft
        </Button>
      </div>
    </form>
  );
}
