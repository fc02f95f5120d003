import { mkdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { writeFileAtomic } from './files.js';
import { runTool } from './tools.js';

/** The team's repository of the lab: a git repository with the tracker file, into which evidence is committed. */
export interface LabRepository {
  readonly folder: string;
  readonly trackerFile: string;
}

const TRACKER = join('Documents', 'Team & Organization', 'Execution', 'TEAM_ORG_VNEXT_TRACKER.md');

/** Makes the repository when it is not there; one that is there is left as it is. */
export async function ensureRepository(labFolder: string): Promise<LabRepository> {
  const folder = join(labFolder, 'repository');
  const trackerFile = join(folder, TRACKER);
  if (!existsSync(join(folder, '.git'))) {
    await mkdir(folder, { recursive: true });
    const git = (args: readonly string[]): Promise<string> =>
      runTool({
        command: 'git',
        args: ['-c', 'user.name=lab', '-c', 'user.email=lab@localhost', ...args],
        cwd: folder,
        env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' },
        failure: "The lab's git repository could not be made",
        next: 'install git, or look at the message above.',
      });
    await git(['init', '-q']);
    if (!existsSync(trackerFile)) {
      await mkdir(dirname(trackerFile), { recursive: true });
      await writeFileAtomic(
        trackerFile,
        '# Team & Organization vNext: tracker\n\n## P5-T6 Manual Staging Execution\n',
      );
    }
    await git(['add', '-A']);
    await git(['commit', '-qm', 'Tracker']);
  }
  return { folder, trackerFile };
}
