import { access } from 'node:fs/promises';
import type { PublishStepOutput } from '../contract.js';
import { lastWords, runCommand, type CommandResult } from '../targets/command.js';

export interface CommitRequest {
  /** The evidence folder; nothing outside it is staged or committed. */
  readonly folder: string;
  readonly message: string;
}

const TIMEOUT_MS = 60_000;

/**
 * Commits a folder, and only it, to the repository in which it stands; changes that others have staged stay staged.
 * Nothing to commit is `done`, so a repetition makes no second commit. What goes wrong is `failed` with the reason.
 */
export async function commitFolder(request: CommitRequest, signal: AbortSignal): Promise<PublishStepOutput> {
  const { folder, message } = request;
  const git = (...args: string[]): Promise<CommandResult> =>
    runCommand(['git', '-C', folder, ...args], { timeoutMs: TIMEOUT_MS, signal });
  if (
    await access(folder).then(
      () => false,
      () => true,
    )
  )
    return failed(`the evidence folder ${folder} is not there`);
  const inside = await git('rev-parse', '--show-toplevel');
  if (inside.problem === 'not-found') return failed('git is not installed on the worker');
  if (inside.exitCode !== 0) return failed(`${folder} is not in a git repository (${lastWords(inside)})`);
  const repository = inside.stdout.trim();
  const ignored = await git('check-ignore', '-q', '.');
  // Evidence belongs into the repository even where a .gitignore keeps the runs of everyday work out.
  const added = await git('add', ...(ignored.exitCode === 0 ? ['--force'] : []), '--', '.');
  if (added.exitCode !== 0) return failed(`git add in ${repository}: ${lastWords(added)}`);
  const staged = await git('diff', '--cached', '--quiet', '--', '.');
  if (staged.exitCode === 0)
    return { status: 'done', detail: `nothing to commit: ${await headOf(git)} holds the folder as it is` };
  const committed = await git(...(await identity(git)), 'commit', '--quiet', '-m', message, '--', '.');
  if (committed.exitCode !== 0) return failed(`git commit in ${repository}: ${lastWords(committed)}`);
  return { status: 'done', detail: `commit ${await headOf(git)} in ${repository}` };
}

/** A worker rarely has a git identity; without one git refuses to commit. */
async function identity(git: (...args: string[]) => Promise<CommandResult>): Promise<string[]> {
  const [name, email] = await Promise.all([git('config', 'user.name'), git('config', 'user.email')]);
  return [
    ...(name.stdout.trim() === '' ? ['-c', 'user.name=readiness'] : []),
    ...(email.stdout.trim() === '' ? ['-c', 'user.email=readiness@localhost'] : []),
  ];
}

async function headOf(git: (...args: string[]) => Promise<CommandResult>): Promise<string> {
  const head = await git('rev-parse', '--short', 'HEAD');
  return head.exitCode === 0 ? head.stdout.trim() : '(no commit)';
}

function failed(reason: string): PublishStepOutput {
  return {
    status: 'failed',
    detail: `${reason}. The evidence stands complete in its folder; commit it by hand.`,
  };
}
