import { Eye, Pencil, Plus, Trash2, Undo2 } from 'lucide-react';

import { Button } from '@/components/button';
import { TimeAgo } from '@/components/time-ago';
import { cn } from '@/lib/cn';

import type { Draft } from './draft';
import type { ScopedVariable } from './editor-api';
import { Levels } from './levels';

interface VariablesTableProps {
  variables: readonly ScopedVariable[];
  draft: Draft;
  /** The level that is edited here; the others are inherited. */
  own: string;
  /** Values by name, where they were revealed. */
  values: ReadonlyMap<string, string>;
  mayWrite: boolean;
  mayReveal: boolean;
  onReveal: (name: string) => void;
  onEdit: (name: string) => void;
  onRemove: (name: string) => void;
  onUndo: (name: string) => void;
}

interface RowProps extends Omit<VariablesTableProps, 'variables'> {
  name: string;
  variable: ScopedVariable | undefined;
}

function who(flags: { build_time?: boolean; run_time?: boolean; expand?: boolean }): string {
  const parts = [flags.build_time ? 'build' : '', flags.run_time === false ? '' : 'run', flags.expand ? 'references' : ''];
  return parts.filter(Boolean).join(', ') || 'nobody';
}

function Marks({ name, variable, draft }: Pick<RowProps, 'name' | 'variable' | 'draft'>) {
  const marks = [
    draft.set[name] ? 'in the draft' : '',
    draft.unset.includes(name) ? 'goes, in the draft' : '',
    variable?.staged ? 'staged' : '',
    variable && variable.refers_to.length > 0 ? `refers to ${variable.refers_to.join(', ')}` : '',
  ].filter(Boolean);
  if (marks.length === 0) return null;
  return <span className="block text-xs font-normal text-warn">{marks.join(' · ')}</span>;
}

const hidden = '••••••••';

function shownValue({ name, variable, draft, own, values }: RowProps): string {
  const drafted = draft.set[name];
  if (drafted) return drafted.value;
  return variable?.level === own ? (values.get(name) ?? hidden) : hidden;
}

function Row(props: RowProps) {
  const { name, variable, draft, own, values, mayWrite, mayReveal, onReveal, onEdit, onRemove, onUndo } = props;
  const drafted = draft.set[name] !== undefined || draft.unset.includes(name);
  const inherited = variable !== undefined && variable.level !== own;
  return (
    <tr className="border-t border-line align-top first:border-t-0">
      <th scope="row" className="px-4 py-2.5 text-left">
        <code className={cn('font-mono text-[0.8125rem] font-medium break-all', draft.unset.includes(name) && 'line-through')}>{name}</code>
        <Marks {...props} />
        {variable && (
          <span className="mt-0.5 block font-normal md:hidden">
            <Levels level={variable.level} hides={variable.hides} own={own} />
          </span>
        )}
      </th>
      <td className="px-4 py-2.5">
        <code className={cn('block max-h-24 max-w-80 overflow-auto font-mono text-xs text-muted', shownValue(props) === hidden ? 'whitespace-nowrap' : 'break-all whitespace-pre-wrap')}>
          {shownValue(props)}
        </code>
      </td>
      <td className="hidden px-4 py-2.5 md:table-cell">
        {variable ? <Levels level={variable.level} hides={variable.hides} own={own} /> : <span className="text-xs text-muted">{own}</span>}
      </td>
      <td className="hidden px-4 py-2.5 text-[0.8125rem] whitespace-nowrap text-muted sm:table-cell">{who(draft.set[name] ?? variable ?? {})}</td>
      <td className="hidden px-4 py-2.5 text-[0.8125rem] whitespace-nowrap text-muted xl:table-cell">
        {variable ? <TimeAgo at={variable.updated_at} /> : '–'}
      </td>
      <td className="px-2 py-1.5 text-right whitespace-nowrap">
        {mayReveal && variable && !inherited && !values.has(name) && !draft.set[name] && (
          <Button look="quiet" size="sm" aria-label={`Reveal ${name}`} title="Reveal; the audit log says that you did" onClick={() => onReveal(name)}>
            <Eye aria-hidden className="size-3.5" />
          </Button>
        )}
        {mayWrite && (
          <>
            {drafted && (
              <Button look="quiet" size="sm" aria-label={`Undo the change of ${name}`} title="Undo" onClick={() => onUndo(name)}>
                <Undo2 aria-hidden className="size-3.5" />
              </Button>
            )}
            <Button look="quiet" size="sm" aria-label={inherited ? `Override ${name} here` : `Change ${name}`} title={inherited ? 'Override here' : 'Change'} onClick={() => onEdit(name)}>
              {inherited ? <Plus aria-hidden className="size-3.5" /> : <Pencil aria-hidden className="size-3.5" />}
            </Button>
            {variable && !inherited && (
              <Button look="quiet" size="sm" aria-label={`Remove ${name}`} title="Remove" onClick={() => onRemove(name)}>
                <Trash2 aria-hidden className="size-3.5" />
              </Button>
            )}
          </>
        )}
      </td>
    </tr>
  );
}

/** The variables of a place with what the draft changes of them. */
export function VariablesTable({ variables, ...rest }: VariablesTableProps) {
  const known = new Map(variables.map((each) => [each.name, each]));
  const names = [...new Set([...known.keys(), ...Object.keys(rest.draft.set)])].sort();
  return (
    <div className="overflow-x-auto">
      <table className="w-full">
        <caption className="sr-only">Variables</caption>
        <thead>
          <tr className="border-b border-line text-left text-[0.8125rem] text-muted">
            <th scope="col" className="px-4 py-2.5 font-medium">Name</th>
            <th scope="col" className="px-4 py-2.5 font-medium">Value</th>
            <th scope="col" className="hidden px-4 py-2.5 font-medium md:table-cell">Set in</th>
            <th scope="col" className="hidden px-4 py-2.5 font-medium sm:table-cell">For</th>
            <th scope="col" className="hidden px-4 py-2.5 font-medium xl:table-cell">Changed</th>
            <th scope="col" className="px-4 py-2.5">
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <Row key={name} name={name} variable={known.get(name)} {...rest} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
