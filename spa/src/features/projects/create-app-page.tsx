import { useQuery } from '@tanstack/react-query';
import { ChevronRight, Lock } from 'lucide-react';
import { useEffect, useRef, useState, type SyntheticEvent } from 'react';

import { Link } from '@tanstack/react-router';

import { projectsQuery } from '@/api/queries';
import type { App } from '@/api/types';
import { Button, buttonClass } from '@/components/button';
import { CliTwin } from '@/components/cli-twin';
import { DocLink } from '@/components/doc-link';
import { Field } from '@/components/field';
import { SelectField } from '@/components/select-field';
import { InlineError, Notice } from '@/components/states';
import { suggestName } from '@/lib/grammar';
import { notAllowed, useMay } from '@/lib/permissions';
import { useOrg } from '@/lib/session';
import { shellWord } from '@/lib/shell-word';
import { useTitle } from '@/lib/use-title';

import { useCreateApp } from './api';
import { CommandFields } from './command-fields';
import { emptyForm, fromServer, toRequest, validate, type CreateAppForm, type FieldErrors } from './create-app';

const underMore: (keyof CreateAppForm)[] = ['containerfile', 'port', 'healthPath'];

function withMistake(errors: FieldErrors, field: keyof CreateAppForm, mistake: string | undefined): FieldErrors {
  const { [field]: fixed, ...others } = errors;
  if (mistake === undefined) return fixed === undefined ? errors : others;
  return { ...others, [field]: mistake };
}

function commandWords(form: CreateAppForm): string[] {
  const words = [`--image ${shellWord(form.image || 'IMAGE')}`];
  if (form.installCommand) words.push(`--install-command ${shellWord(form.installCommand)}`);
  if (form.buildCommand) words.push(`--build-command ${shellWord(form.buildCommand)}`);
  return [...words, `--start-command ${shellWord(form.startCommand || 'COMMAND')}`];
}

/** Spaces at the ends of what was typed mean nothing. */
function trimmedForm(form: CreateAppForm): CreateAppForm {
  const trimmed = { ...form };
  for (const field of ['gitUrl', 'branch', 'name', 'image', 'installCommand', 'buildCommand', 'startCommand'] as const) {
    trimmed[field] = form[field].trim();
  }
  return trimmed;
}

function cliTwin(form: CreateAppForm): string {
  const parts = [`wh apps create ${form.name || 'NAME'} --git ${form.gitUrl || 'URL'}`];
  if (form.branch !== 'main') parts.push(`--branch ${form.branch}`);
  if (form.builtFrom === 'static') parts.push(`--static ${form.staticDirectory || 'DIR'}`);
  else if (form.builtFrom === 'commands') parts.push(...commandWords(form));
  else if (form.containerfile) parts.push(`--containerfile ${form.containerfile}`);
  return `${parts.join(' ')} && wh deploy ${form.name || 'NAME'}`;
}

/** The projects in which they may make an app. */
function useProjects() {
  const may = useMay();
  const query = useQuery(projectsQuery(useOrg()));
  const allowed = (query.data ?? []).filter((project) => may('app:write', project.slug));
  return { anywhere: may('app:write'), allowed, everywhere: allowed.length === query.data?.length };
}

/** A new app in three decisions: repository, branch, name. `onCreated` gets the app, with its first deployment queued. */
export function CreateAppPage({ onCreated }: { onCreated: (app: App) => void }) {
  const [form, setForm] = useState(emptyForm);
  const [nameTouched, setNameTouched] = useState(false);
  const [checked, setChecked] = useState<FieldErrors>({});
  const [moreOpen, setMoreOpen] = useState(false);
  const formRef = useRef<HTMLFormElement>(null);
  const create = useCreateApp(onCreated);
  const server = fromServer(create.error);
  const errors: FieldErrors = { ...server.fields, ...checked };
  const projects = useProjects();
  // Whose role is in one project only does not choose: it is that one.
  const project = form.project || (projects.everywhere ? '' : (projects.allowed[0]?.slug ?? ''));
  useTitle('Create app');

  // The first mistake gets the focus, so that the keyboard is where the work is.
  useEffect(() => {
    formRef.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [create.error]);

  const set = (field: keyof CreateAppForm) => (value: string) => {
    setForm((old) => ({
      ...old,
      [field]: value,
      ...(field === 'gitUrl' && !nameTouched ? { name: suggestName(value.trim()) } : {}),
    }));
    setChecked((old) => withMistake(old, field, undefined));
    if (create.isError) create.reset();
  };

  const checkOne = (field: keyof CreateAppForm) => () => {
    if (form[field] === '') return;
    const mistake = validate(form)[field];
    setChecked((old) => withMistake(old, field, mistake));
  };

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const trimmed = trimmedForm(form);
    setForm(trimmed);
    const mistakes = validate(trimmed);
    setChecked(mistakes);
    if (underMore.some((field) => mistakes[field])) setMoreOpen(true);
    if (Object.keys(mistakes).length > 0) {
      setTimeout(() => formRef.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    create.mutate(toRequest({ ...trimmed, project }));
  };

  const bind = (field: keyof CreateAppForm) => ({
    name: field,
    value: form[field],
    error: errors[field],
    onChange: (event: { target: { value: string } }) => set(field)(event.target.value),
    onBlur: checkOne(field),
  });
  if (!projects.anywhere) {
    return (
      <Notice level={1} icon={Lock} title="You may not create apps here">
        <p>{notAllowed}</p>
      </Notice>
    );
  }
  const isStatic = form.builtFrom === 'static';
  const recipeHints = {
    containerfile: { text: 'Or a Dockerfile; your app runs as it says.', doc: 'first-app#an-app-of-your-own', link: 'The smallest one' },
    static: { text: 'Served as they are.', doc: 'static-sites', link: 'How sites are served' },
    commands: { text: 'No Containerfile is needed.', doc: 'build-commands', link: 'Examples' },
  }[form.builtFrom];
  const hasMoreErrors = underMore.some((field) => errors[field]);

  return (
    <div className="max-w-xl">
      <h1 className="text-xl font-semibold tracking-tight">Create app</h1>
      <p className="mt-1 text-muted">
        From a git repository to a URL. Without one, <DocLink to="cli#a-folder-live">send a folder</DocLink> with the command line.
      </p>

      <form
        ref={formRef}
        noValidate
        aria-label="Create app"
        onSubmit={submit}
        className="mt-6 rounded-xl border border-line bg-surface shadow-raise"
      >
        <div className="space-y-5 p-5">
          <Field
            label="Git URL"
            inputMode="url"
            placeholder="https://git.example.com/team/hello.git"
            hint="An https address that can be read without a password."
            autoFocus
            required
            mono
            {...bind('gitUrl')}
          />
          <div className="grid gap-5 sm:grid-cols-2">
            <Field
              label="Name"
              placeholder="hello"
              required
              hint="Becomes part of the URL."
              {...bind('name')}
              onChange={(event) => {
                setNameTouched(event.target.value !== '');
                set('name')(event.target.value);
              }}
            />
            <Field
              label="Branch"
              required
              hint="Its newest commit is built."
              {...bind('branch')}
            />
            <SelectField
              label="Built from"
              className={isStatic ? undefined : 'sm:col-span-2'}
              hint={
                <>
                  {recipeHints.text} <DocLink to={recipeHints.doc}>{recipeHints.link}</DocLink>
                </>
              }
              value={form.builtFrom}
              onChange={(event) => set('builtFrom')(event.target.value)}
            >
              <option value="containerfile">A Containerfile</option>
              <option value="static">Static files in a folder</option>
              <option value="commands">Commands in an image</option>
            </SelectField>
            {isStatic && (
              <Field
                label="Folder"
                required
                mono
                hint="In the repository; . for all of it."
                {...bind('staticDirectory')}
              />
            )}
            {form.builtFrom === 'commands' && <CommandFields required bind={bind} />}
          </div>

          <details
            open={moreOpen || hasMoreErrors}
            onToggle={(event) => setMoreOpen(event.currentTarget.open)}
            className="group border-t border-line pt-4"
          >
            <summary className="inline-flex items-center gap-1.5 rounded-md font-medium text-muted hover:text-ink">
              <ChevronRight aria-hidden className="size-4 transition-transform group-open:rotate-90" />
              More
            </summary>
            <div className="mt-4 grid gap-5 sm:grid-cols-2">
              {projects.allowed.length > 1 && (
                <SelectField
                  label="Project"
                  className="sm:col-span-2"
                  hint="Apps of one project share variables and a network."
                  value={project || (projects.allowed.some(({ slug }) => slug === 'default') ? 'default' : projects.allowed[0]?.slug)}
                  onChange={(event) => set('project')(event.target.value)}
                >
                  {projects.allowed.map(({ id, slug, name }) => (
                    <option key={id} value={slug}>
                      {name}
                    </option>
                  ))}
                </SelectField>
              )}
              {form.builtFrom === 'containerfile' && (
                <Field
                  label="Containerfile"
                  className="sm:col-span-2"
                  placeholder="Found by itself"
                  mono
                  hint="Its path in the repository, when it is not at the top."
                  {...bind('containerfile')}
                />
              )}
              <Field label="Port" inputMode="numeric" hint="Your app gets it as PORT." {...bind('port')} />
              <Field label="Health path" mono hint="Healthy below status 500. Empty: when it accepts a connection." {...bind('healthPath')} />
            </div>
          </details>

          {create.isError && Object.keys(server.fields).length === 0 && <InlineError error={create.error} />}
          {server.rest.map((message) => (
            <p key={message} role="alert" className="text-bad">
              {message}
            </p>
          ))}
        </div>
        <div className="flex flex-wrap items-center justify-end gap-3 border-t border-line bg-sunken px-5 py-3.5">
          <CliTwin command={cliTwin(form)} className="mr-auto w-full sm:w-auto sm:max-w-64" />
          <Link to="/" className={buttonClass('quiet')}>
            Cancel
          </Link>
          <Button type="submit" look="primary" busy={create.isPending}>
            Create and deploy
          </Button>
        </div>
      </form>
    </div>
  );
}
