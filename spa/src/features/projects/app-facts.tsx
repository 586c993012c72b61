import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import type { App } from '@/api/types';
import { CliTwin } from '@/components/cli-twin';
import { CopyButton } from '@/components/copy-button';
import { Fact, Facts, Panel } from '@/components/panel';
import { Term } from '@/components/term';
import { TimeAgo } from '@/components/time-ago';
import { noRepository } from '@/lib/deployment';
import { shortCommit, shortDigest } from '@/lib/format';

const Mono = ({ children, title }: { children: ReactNode; title?: string }) => (
  <code title={title} className="font-mono text-[0.8125rem] wrap-anywhere">
    {children}
  </code>
);

export function ReleasePanel({ app }: { app: App }) {
  const release = app.current_release;
  return (
    <Panel title="Current release">
      {!release && <p className="px-4 py-5 text-muted">None yet. The first deployment makes it.</p>}
      {release && (
        <Facts>
          <Fact term={<Term word="Release" meaning="An image with the variables and settings that it was made with. It never changes, so going back to it is exact." />}>
            <Link
              to="/apps/$app/deployments/$deploymentId"
              params={{ app: app.name, deploymentId: release.deployment_id }}
              className="font-medium underline decoration-line-strong underline-offset-3 hover:decoration-current"
            >
              Release {release.number}
            </Link>
            <span className="text-muted">
              {' · '}
              <TimeAgo at={release.created_at} />
            </span>
          </Fact>
          {release.commit && (
            <Fact term="Commit">
              <span className="inline-flex items-center gap-1">
                <Mono title={release.commit}>{shortCommit(release.commit)}</Mono>
                <CopyButton text={release.commit} what="commit" className="h-5" />
              </span>
            </Fact>
          )}
          <Fact term="Image">
            <Mono title={release.image_digest}>{shortDigest(release.image_digest)}</Mono>
          </Fact>
        </Facts>
      )}
    </Panel>
  );
}

export function SourcePanel({ app }: { app: App }) {
  return (
    <Panel title="Source">
      <Facts>
        {app.source.git_url === noRepository ? (
          <Fact term="Folders">
            Sent with the command line.
            <CliTwin command={`wh deploy ${app.name} --folder .`} />
          </Fact>
        ) : (
          <>
            <Fact term="Repository">
              <Mono>{app.source.git_url}</Mono>
            </Fact>
            <Fact term="Branch">
              <Mono>{app.source.branch}</Mono>
            </Fact>
          </>
        )}
        {app.source.static_directory && (
          <Fact term="Static files of">
            <Mono>{app.source.static_directory}</Mono>
          </Fact>
        )}
        {app.source.commands && (
          <>
            <Fact term="Image">
              <Mono>{app.source.commands.image}</Mono>
            </Fact>
            {app.source.commands.install_command && (
              <Fact term="Install command">
                <Mono>{app.source.commands.install_command}</Mono>
              </Fact>
            )}
            {app.source.commands.build_command && (
              <Fact term="Build command">
                <Mono>{app.source.commands.build_command}</Mono>
              </Fact>
            )}
            <Fact term="Start command">
              <Mono>{app.source.commands.start_command}</Mono>
            </Fact>
          </>
        )}
        {app.source.containerfile && (
          <Fact term="Containerfile">
            <Mono>{app.source.containerfile}</Mono>
          </Fact>
        )}
        <Fact term="Port">{app.port}</Fact>
        <Fact term={<Term word="Health path" meaning="Asked of every replica. It gets visitors once this answers below status 500, and loses them when it no longer does. Without a path it has to accept a connection." />}>
          {app.health_path ? <Mono>{app.health_path}</Mono> : 'a connection'}
        </Fact>
      </Facts>
    </Panel>
  );
}
