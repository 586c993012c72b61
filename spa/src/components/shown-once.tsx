import { CopyButton } from './copy-button';

/** A value that is shown once, to be copied. */
export function ShownOnce({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <p className="mb-1 font-medium">{label}</p>
      <div className="flex items-start justify-between gap-2 rounded-lg border border-line bg-sunken px-3 py-2">
        <code className="min-w-0 font-mono text-xs leading-5 break-all">{value}</code>
        <CopyButton text={value} what={label.toLowerCase()} className="-my-1" />
      </div>
    </div>
  );
}
