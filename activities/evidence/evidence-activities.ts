import { link, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RETRYABLE } from '../../procedure/failures.js';
import type { EvidenceFolder } from '../../procedure/plan.js';
import type { RollbackRecord, RunRecord } from '../../procedure/run-record.js';
import type { EvidenceActivities, StepScope } from '../contract.js';
import type { ActivityDeps } from '../support/deps.js';
import { failure, textOf } from '../support/failure.js';
import {
  closeEvidence,
  jsonText,
  RECORD_FILE,
  writeEvidenceFile,
  writeSealed,
  writeWhole,
} from '../support/files.js';
import { deltaFiles } from './delta-files.js';
import { writeManifest } from './manifest.js';
import { readmeOf } from './readme.js';
import { summaryOf } from './summary-file.js';

const OWNER_FILE = 'run-id.txt';
const ROLLBACK_FILE = 'rollback.json';

/** The folder of seed §3.2 and §8, and the manifest that proves it whole. */
export function createEvidenceActivities(deps: Pick<ActivityDeps, 'loadEnvironment'>): EvidenceActivities {
  return {
    async openEvidence({ environment, runId, startedAt, tag }) {
      const { settings } = await deps.loadEnvironment(environment.name, environment.digest);
      const base = join('artifacts', 'p5_t6', startedAt.slice(0, 16).replace(/[-:]/g, '').replace('T', '_'));
      // Run ids begin with a time: two runs of one minute can share their first eight digits, hence the tag.
      for (const name of [base, `${base}-${runId.slice(0, 8)}`, `${base}-${tag}`]) {
        const folder = { name, path: join(settings.artifacts.root, name) };
        if (await take(folder, runId)) return folder;
      }
      throw failure(
        RETRYABLE.evidenceUnwritable,
        `The evidence folder ${base} below ${settings.artifacts.root} belongs to another run. Look into its ${OWNER_FILE}.`,
      );
    },

    async sealEvidence({ record, ...scope }) {
      if (record.outcome !== null) await closeEvidence(scope.evidence, jsonText(record));
      const write = record.outcome === null ? writeEvidenceFile : writeSealed;
      await writeRecord(scope, record, write);
      return writeManifest(scope.evidence, record, write);
    },

    async sealRollback({ rollback, ...scope }) {
      const before = await lastRecord(scope.evidence);
      if (before === null) {
        await writeSealed(scope.evidence, ROLLBACK_FILE, jsonText(rollback));
        await writeSealed(scope.evidence, 'SUMMARY.md', rollbackAlone(scope, rollback));
        const run = {
          workflowId: 'rollback',
          runId: scope.tag,
          recordedAt: rollback.endedAt,
        };
        return writeManifest(scope.evidence, run, writeSealed);
      }
      const record: RunRecord = {
        ...before,
        rollback,
        outcome: before.outcome ?? outcomeOf(rollback),
        outcomeReason:
          before.outcomeReason ?? `The run itself is gone; its guardian took over: ${rollback.reason}.`,
        recordedAt: rollback.endedAt,
      };
      await closeEvidence(scope.evidence, jsonText(record));
      await writeSealed(scope.evidence, ROLLBACK_FILE, jsonText(rollback));
      await writeRecord(scope, record, writeSealed);
      return writeManifest(scope.evidence, record, writeSealed);
    },
  };
}

/** Flags were touched when the rollback has a part for them; before that a run that ends was only rejected. */
function outcomeOf(rollback: RollbackRecord): RunRecord['outcome'] {
  if (!rollback.parts.some((part) => part.part === 'flags')) return 'REJECTED';
  return rollback.complete ? 'ROLLED_BACK' : 'ROLLBACK_INCOMPLETE';
}

/** Makes the folder; the same run gets it again, another run does not. The owner's file appears whole or not at all. */
async function take(folder: EvidenceFolder, runId: string): Promise<boolean> {
  const owner = join(folder.path, OWNER_FILE);
  try {
    for (const part of ['baseline', 'after', 'logs'])
      await mkdir(join(folder.path, part), { recursive: true });
    const mine = join(folder.path, `.${runId}.tmp`);
    await writeWhole(mine, `${runId}\n`);
    try {
      // Linking refuses a name that is there: of two runs at once one gets the folder.
      await link(mine, owner);
    } catch (error) {
      if (!isTaken(error)) throw error;
    } finally {
      await rm(mine, { force: true });
    }
    return (await readFile(owner, 'utf8')).trim() === runId;
  } catch (error) {
    throw failure(
      RETRYABLE.evidenceUnwritable,
      `The evidence folder ${folder.path} could not be made: ${textOf(error)}. Free space or mend the permissions of artifacts.root.`,
      error,
    );
  }
}

function isTaken(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST';
}

async function writeRecord(scope: StepScope, record: RunRecord, write: typeof writeSealed): Promise<void> {
  const files: Readonly<Record<string, string>> = {
    [RECORD_FILE]: jsonText(record),
    'plan.json': jsonText(record.plan),
    'observations.json': jsonText(record.observations),
    'findings.json': jsonText(record.findings),
    'decisions.json': jsonText({ decisions: record.decisions, commands: record.commands }),
    'logs/skipped_flows.txt': skipped(record),
    ...deltaFiles(record),
    'SUMMARY.md': summaryOf(record),
    'README.md': readmeOf(record),
  };
  for (const [name, content] of Object.entries(files)) await write(scope.evidence, name, content);
}

function skipped(record: RunRecord): string {
  if (record.skippedFlows.length === 0) return 'No flow was skipped.\n';
  return record.skippedFlows
    .map((one) => `${one.side} flow ${String(one.flow)}: skipped, ${one.reason}\n`)
    .join('');
}

async function lastRecord(folder: EvidenceFolder): Promise<RunRecord | null> {
  try {
    return JSON.parse(await readFile(join(folder.path, RECORD_FILE), 'utf8')) as RunRecord;
  } catch {
    // No phase was sealed yet: there is nothing to add to.
    return null;
  }
}

function rollbackAlone(scope: StepScope, rollback: RollbackRecord): string {
  return [
    `# Rollback of ${scope.environment.name} without a run`,
    '',
    `Ordered by ${rollback.by ?? 'unknown'}: ${rollback.reason}`,
    '',
    ...rollback.parts.map((part) => `- ${part.part}: **${part.status}**, ${part.detail}`),
    '',
  ].join('\n');
}
