import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, open, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EnvironmentSettings } from '../../environment/settings.js';
import { runCommand } from '../targets/command.js';
import { textOf } from '../support/failure.js';
import type { CheckDefinition, CheckFinding } from './check.js';

/** What must be in order on the worker's side: room for evidence, contacts, tracker, git. */
export function workerChecks(settings: EnvironmentSettings): CheckDefinition[] {
  return [
    {
      id: 'artifacts',
      title: 'Room for the evidence',
      seed: '§3.2',
      run: () => roomForEvidence(settings.artifacts),
    },
    {
      id: 'contacts',
      title: 'Emergency contacts are filled in',
      seed: '§13',
      run: async () => contactsFilledIn(settings.contacts),
    },
    ...(settings.publish.tracker === null ? [] : [trackerCheck(settings.publish.tracker)]),
    ...(settings.publish.gitCommit ? [gitCheck(settings.artifacts.root)] : []),
  ];
}

/** Really writes and deletes a file: rights, a full disk and a read-only mount show in no other way. */
async function roomForEvidence({
  root,
  minimumFreeBytes,
}: EnvironmentSettings['artifacts']): Promise<CheckFinding> {
  const probe = join(root, `.readiness-probe-${randomBytes(4).toString('hex')}`);
  const advice = `Free space, mend the permissions, or set artifacts.root to another folder.`;
  try {
    await mkdir(root, { recursive: true });
    const { bavail, bsize } = await statfs(root);
    const free = bavail * bsize;
    if (free < minimumFreeBytes) {
      return {
        ok: false,
        detail: `${root} has ${mebibytes(free)} MiB free, ${mebibytes(minimumFreeBytes)} are wanted`,
        advice,
      };
    }
    const handle = await open(probe, 'wx', 0o600);
    try {
      await handle.writeFile(Buffer.alloc(65_536, 1));
      await handle.sync();
    } finally {
      await handle.close();
    }
    return {
      ok: true,
      detail: `${root}: ${mebibytes(free)} MiB free, a probe file was written and deleted`,
      advice,
    };
  } catch (error) {
    return { ok: false, detail: `${root} cannot be written: ${textOf(error)}`, advice };
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

function contactsFilledIn(contacts: EnvironmentSettings['contacts']): CheckFinding {
  const empty = Object.entries(contacts)
    .filter(
      ([, value]) =>
        value.trim() === '' ||
        /\[?\s*fill[ _-]?in\s*\]?/i.test(value) ||
        /^(todo|tbd|n\/?a|-+|\?+|x+)$/i.test(value.trim()),
    )
    .map(([role]) => role);
  return {
    ok: empty.length === 0,
    detail: empty.length === 0 ? 'all four roles of seed §13' : `not filled in: ${empty.join(', ')}`,
    advice: 'Write a name and a way to reach the person into contacts of the environment file.',
  };
}

function trackerCheck(tracker: string): CheckDefinition {
  const advice =
    "Correct publish.tracker, or give the worker's user write permission on the file and its folder.";
  return {
    id: 'tracker',
    title: 'The tracker file can be written',
    seed: '§8.3',
    run: async () => {
      try {
        await access(tracker, constants.R_OK | constants.W_OK);
        await access(dirname(tracker), constants.W_OK);
        return { ok: true, detail: tracker, advice };
      } catch (error) {
        return { ok: false, detail: textOf(error), advice };
      }
    },
  };
}

function gitCheck(root: string): CheckDefinition {
  return {
    id: 'git-repository',
    title: 'The evidence folder stands in a git repository',
    seed: '§12',
    run: async (signal) => {
      const result = await runCommand(['git', '-C', root, 'rev-parse', '--show-toplevel'], {
        timeoutMs: 15_000,
        signal,
      });
      const ok = result.exitCode === 0;
      const why =
        result.problem === 'not-found' ? 'git is not installed' : `${root} is not in a git repository`;
      return {
        ok,
        detail: ok ? result.stdout.trim() : why,
        advice: 'Put artifacts.root into a repository, or set publish.gitCommit to false.',
      };
    },
  };
}

function mebibytes(bytes: number): string {
  return String(Math.floor(bytes / 1024 ** 2));
}
