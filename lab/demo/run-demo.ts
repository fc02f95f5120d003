import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';

import { writeLabEnvironment } from '../environment-file.js';
import { listFaults } from '../faults.js';
import { LabError } from '../lab-error.js';
import { runningLab, type Lab } from '../lab.js';
import { showProgress, timedStep } from '../progress.js';
import { defaultLabFolder } from '../project.js';
import { startLab } from '../start-lab.js';
import { startWorker } from '../worker.js';
import { carryOut } from './carry-out.js';
import { endLeftovers } from './leftover-runs.js';
import type { DemoOptions } from './options.js';
import { evidenceOf } from './result.js';

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

/** Carries out one run on the lab and returns the exit code by which it ended (docs/commands.md). */
export async function runDemo(options: DemoOptions): Promise<number> {
  const onProgress = showProgress(process.stderr);
  const before = await runningLab(defaultLabFolder());
  const lab = before ?? (await startLab({ folder: defaultLabFolder(), onProgress }));
  try {
    await writeLabEnvironment(lab, lab.projectFolder);
    if (before === undefined) await timedStep(onProgress, 'Starting the worker', () => startWorker(lab));
    const connection = await Connection.connect({ address: lab.temporalAddress });
    try {
      const client = new Client({ connection, namespace: lab.namespace, identity: 'readiness-demo' });
      await lab.setFaults([]);
      await endLeftovers(client, 'lab', say);
      if (await lab.resetFlags())
        say('Dual-write was still on from an earlier run: the lab is back at its baseline flags.');
      await requireFaults(options.faults, lab);
      await lab.setFaults(options.faults);
      return await demo(client, lab, options);
    } finally {
      await lab.setFaults([]);
      await connection.close();
    }
  } finally {
    if (before === undefined) await lab.stop();
  }
}

async function demo(client: Client, lab: Lab, options: DemoOptions): Promise<number> {
  const workflowId = `demo-${new Date().toISOString().replace(/[-:]/g, '').slice(0, 15)}`;
  say(`The local staging is up: application ${lab.webUrl}, Temporal UI ${lab.temporalUi}`);
  if (options.faults.length > 0) say(`Faults switched on: ${options.faults.join(', ')}`);
  const code = await carryOut({ client, lab, options, workflowId });
  const evidence = await evidenceOf(client, workflowId);
  if (evidence !== null) {
    const summary = join(evidence, 'SUMMARY.md');
    if (existsSync(summary)) say(`\n${'─'.repeat(78)}\n${await readFile(summary, 'utf8')}${'─'.repeat(78)}`);
    say(`\nEvidence: ${evidence}`);
    say(`Verify it: npm run readiness -- verify "${evidence}"`);
  }
  return code;
}

async function requireFaults(wanted: readonly string[], lab: Lab): Promise<void> {
  if (wanted.length === 0) return;
  const known = (await listFaults({ bin: join(lab.python, '..'), python: lab.python })).map(
    (fault) => fault.name,
  );
  const unknown = wanted.filter((fault) => !known.includes(fault.split(':')[0] ?? ''));
  if (unknown.length === 0) return;
  throw new LabError(`There is no fault ${unknown.join(', ')}.`, `choose from: ${known.join(', ')}.`, {
    exitCode: 2,
  });
}
