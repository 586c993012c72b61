import { Field } from '@/components/field';
import { TextArea } from '@/components/text-area';

export const commandFields = ['image', 'installCommand', 'buildCommand', 'startCommand'] as const;
export type CommandField = (typeof commandFields)[number];

interface Bound {
  name?: string;
  value: string;
  error: string | undefined;
  disabled?: boolean;
  onChange: (event: { target: { value: string } }) => void;
  onBlur?: () => void;
}

/** An image and the commands that install, build and start an app in it. */
export function CommandFields({ bind, required = false }: { bind: (field: CommandField) => Bound; required?: boolean }) {
  return (
    <>
      <Field label="Image" className="sm:col-span-2" required={required} mono placeholder="node:22" hint="The commands run in it, in the folder of the source. It needs a /bin/sh." {...bind('image')} />
      <TextArea label="Install command" rows={1} placeholder="npm ci" hint="Brings what the source needs. May be empty." {...bind('installCommand')} />
      <TextArea label="Build command" rows={1} placeholder="npm run build" hint="Runs after it. May be empty." {...bind('buildCommand')} />
      <TextArea label="Start command" className="sm:col-span-2" rows={1} required={required} placeholder="npm start" hint="Runs in each replica; it has to listen on $PORT." {...bind('startCommand')} />
    </>
  );
}
