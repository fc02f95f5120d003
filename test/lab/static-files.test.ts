/** Seed §4 on the real application: collectstatic, and a file that is served or not. */
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request as ask, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { request } from 'undici';
import { projectFolder } from '../../lab/project.js';
import { observationsOf, type StaticFilesObservation } from '../../procedure/observations.js';
import type { RunRecord } from '../../procedure/run-record.js';
import { Rig } from '../support/rig.js';
import { recordOf } from '../support/steering.js';

const STYLE = '/static/css/main.css';
const SAMPLES = { samples: { measured: 3, warmUp: 1 } };

let rig: Rig;
let collected: string;
let front: Server;

beforeAll(async () => {
  rig = await Rig.start({ environment: SAMPLES });
  collected = join(rig.lab.folder, 'web', 'static');
  front = await startFront();
});
afterAll(async () => {
  front.close();
  await rig.close();
});
afterEach(async () => {
  await rig.reset();
  await rm(collected, { recursive: true, force: true });
});

/** A web server before the application as many a staging has: it answers each file that it does not find with its start page. */
async function startFront(): Promise<Server> {
  const { hostname, port } = new URL(rig.lab.webUrl);
  const server = createServer((incoming, outgoing) => {
    if (incoming.url?.startsWith('/static/') === true) {
      outgoing.setHeader('content-type', 'text/html; charset=utf-8');
      outgoing.end('<!doctype html><title>Deltacrown</title><p>There is nothing here.');
      return;
    }
    const { method, url, headers } = incoming;
    const behind = ask({ hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    behind.on('error', () => outgoing.destroy());
    incoming.pipe(behind);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** The lab's environment with something else in its section `api`. */
async function environment(name: string, api: Readonly<Record<string, unknown>>): Promise<string> {
  const password = `file:${rig.lab.passwordFile}`;
  await rig.environment(name, {
    ...SAMPLES,
    api: {
      baseUrl: rig.lab.webUrl,
      authentication: { kind: 'password', username: 'captain4', password },
      moreUsers: [{ kind: 'password', username: 'captain3', password }],
      ...api,
    },
  });
  return name;
}

interface Seen {
  readonly record: RunRecord;
  readonly files: readonly StaticFilesObservation[];
}

/** A whole run that is asked to collect static files, each gate approved. */
async function runOn(name: string, input: Readonly<Record<string, unknown>> = {}): Promise<Seen> {
  const run = await rig.run({
    ...{ environment: name, staticFiles: true, soak: '4s', soakInterval: '2s' },
    ...input,
  });
  const { result } = await rig.approveAll(run);
  const record = await recordOf(result.evidence?.path ?? '');
  return { record, files: observationsOf(record.observations, 'static-files') };
}

/** Such a run goes on to its end, and is no GO. */
function expectNotServed({ record, files }: Seen, reason: RegExp): void {
  const { outcome, verdict, verdictReasons, findings } = record;
  expect({ outcome, verdict }).toEqual({ outcome: 'COMPLETED', verdict: 'INCONCLUSIVE' });
  expect(files).toEqual([
    expect.objectContaining({ status: 'failed', reason: expect.stringMatching(reason) as unknown }),
  ]);
  expect(findings.filter(({ rule }) => !rule.startsWith('p95-'))).toEqual([
    expect.objectContaining({
      ...{ rule: 'static-files-not-served', severity: 'MEDIUM', action: 'investigate' },
      ...{ verdict: 'INCONCLUSIVE', proof: ['static-files'] },
    }),
  ]);
  // Nothing else keeps it from GO.
  expect(verdictReasons).toEqual([expect.stringMatching(reason)]);
}

const inRepository = (file: string): string => join(projectFolder(), 'lab', 'target', file);

test('collected and served: GO', async () => {
  // Before the run nothing is collected and nothing served: it is the run that makes the file answer.
  await expect(access(join(collected, 'css', 'main.css'))).rejects.toThrow('ENOENT');
  const before = await request(`${rig.lab.webUrl}${STYLE}`);
  await before.body.dump();
  expect(before.statusCode).toBe(404);

  const { record, files } = await runOn('lab');
  const { outcome, verdict, verdictReasons, findings } = record;
  expect({ outcome, verdict, verdictReasons, findings }).toMatchObject({
    outcome: 'COMPLETED',
    verdict: 'GO',
  });
  expect(findings.map(({ rule }) => rule)).not.toContain('static-files-not-served');
  expect(files).toEqual([
    expect.objectContaining({
      status: 'ok',
      reason: expect.stringMatching(
        /^collectstatic: \d+ static files? copied.*; http.*\/static\/css\/main\.css answered 200$/,
      ) as unknown,
    }),
  ]);
  const after = await request(`${rig.lab.webUrl}${STYLE}`);
  expect(await after.body.text()).toBe(await readFile(inRepository('static/css/main.css'), 'utf8'));
});

test('a file that answers 404: no GO, and people are told to look', async () => {
  const name = await environment('absent', { staticFile: '/static/css/absent.css' });
  expectNotServed(await runOn(name), /collectstatic ended well .*\/static\/css\/absent\.css answered 404/);
});

test('a page of HTML instead of the file, with 200: no GO', async () => {
  const { port } = front.address() as AddressInfo;
  const name = await environment('front', {
    ...{ baseUrl: `http://127.0.0.1:${String(port)}`, staticFile: STYLE },
  });
  expectNotServed(await runOn(name), /main\.css answered 200 with a page of HTML/);
  // Collected it was, and the application itself serves it.
  await access(join(collected, 'css', 'main.css'));
});

test('collectstatic itself fails: no GO, with its last words', async () => {
  await mkdir(join(collected, '..'), { recursive: true });
  await writeFile(collected, 'no folder');
  expectNotServed(await runOn('lab'), /collectstatic failed: exit code 1: .*(Error|exists|directory)/);
});

test('asked for without a file that is to answer: refused, nothing is changed', async () => {
  const spawns = await rig.spawns();
  const name = await environment('no-file', { staticFile: null });
  const { result } = await rig.end(await rig.run({ environment: name, staticFiles: true, failFast: true }));
  expect(result.outcome).toBe('REFUSED');
  expect(result.problems.map(({ path, message }) => `${path}: ${message}`).join('\n')).toMatch(
    /staticFiles: needs api\.staticFile/,
  );
  expect(await rig.spawns()).toBe(spawns);
});
