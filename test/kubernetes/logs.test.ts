/** The logs of real containers, read on while they are written, through ends, new starts and replaced pods. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { V1Pod } from '@kubernetes/client-node';
import type { LogCursor } from '../../activities/contract.js';
import type { LogSource } from '../../activities/logs/log-source.js';
import { createPodLogSource } from '../../activities/logs/pod-log-source.js';
import {
  createKubernetesTarget,
  kubernetesParts,
} from '../../activities/targets/kubernetes/kubernetes-target.js';
import type { Target } from '../../activities/targets/target.js';
import { TargetWatch } from '../../activities/watch/target-watch.js';
import { showProgress } from '../../lab/progress.js';
import { BASELINE_FLAGS } from '../../procedure/flags.js';
import { startCluster, type Cluster } from '../cluster/cluster.js';
import { ownKubeconfig } from '../cluster/own-cluster.js';
import { clusterPossible } from '../cluster/possible.js';
import { until } from '../cluster/ready.js';
import { CONTAINERS, deployTalkers, problemsOf, streamsOf, type Talker, type Talkers } from './talkers.js';

const possible = await clusterPossible();
if (!possible.possible) process.stdout.write(`kubernetes tests skipped: ${possible.why}\n`);
const onCluster = possible.possible ? describe : describe.skip;
const onOwnNode = ownKubeconfig() === undefined;
if (!onOwnNode)
  process.stdout.write('skipped: what is done to files of the node, which is another machine\n');
const onNode = onOwnNode ? test : test.skip;

const { signal } = new AbortController();
let cluster: Cluster;
let talkers: Talkers;
let source: LogSource;
let target: Target;
let at: LogCursor;
let lines: string[];
let pod: string;

const nameOf = ({ metadata }: V1Pod): string => metadata?.name ?? '';
const uidOf = ({ metadata }: V1Pod): string => metadata?.uid ?? '';

/** One read, as the watch makes it; what it tells. */
async function read(): Promise<{
  readonly note: string | null;
  readonly lost?: boolean;
  readonly count: number;
}> {
  const before = lines.length;
  const { next, ...told } = await source.read(at, (line) => lines.push(line), signal);
  at = next;
  return { ...told, count: lines.length - before };
}

/** Until the end of a life, or of the newest life of a container, has been read; the notes on the way. */
async function readOn(life: RegExp): Promise<string[]> {
  const notes: string[] = [];
  await until(`all of ${life.source} is read`, async () => {
    const { note } = await read();
    if (note !== null) notes.push(note);
    const newest = [...streamsOf(lines)].findLast(([key]) => life.test(key));
    return newest !== undefined && newest[1].total !== null;
  });
  return notes;
}

/** Nothing is written any more; everything is read. */
async function quiet(name: string): Promise<string[]> {
  for (const container of CONTAINERS) await talkers.order(name, container, 'quiet');
  const notes = await readOn(new RegExp(`^${name} one`));
  return [...notes, ...(await readOn(new RegExp(`^${name} two`)))];
}

const running = (restarts: number) => (status: { restartCount: number; state?: { running?: unknown } }) =>
  status.restartCount === restarts && status.state?.running !== undefined;
const looping = (status: { state?: { waiting?: { reason?: string } } }): boolean =>
  status.state?.waiting?.reason === 'CrashLoopBackOff';

async function crash(container: Talker, restarts: number): Promise<void> {
  await talkers.order(pod, container, 'crash');
  await talkers.untilStatus(pod, container, running(restarts));
}

onCluster('logs of a Deployment', () => {
  beforeAll(async () => {
    cluster = await startCluster({ onProgress: showProgress(process.stderr) });
  }, 3_600_000);
  afterAll(() => cluster.stop());
  beforeEach(async () => {
    talkers = await deployTalkers(cluster, 2);
    source = createPodLogSource(kubernetesParts(talkers.settings, BASELINE_FLAGS));
    target = createKubernetesTarget(talkers.settings, {
      readinessProblem: () => Promise.resolve(null),
      baseline: BASELINE_FLAGS,
    });
    // From the very beginning of every log.
    const marks = { generation: '[]', position: 0, at: new Date().toISOString() };
    at = { source: (await source.mark()).source, ...marks };
    lines = [];
    pod = nameOf((await talkers.pods())[0] ?? {});
  });
  afterEach(() => talkers.remove());

  test('two pods of two containers, read again and again while they write to both streams: each line once and in order', async () => {
    let reads = 0;
    for (const end = performance.now() + 10_000; performance.now() < end; reads += 1) {
      expect(await read()).toMatchObject({ note: null });
      await pause(200);
    }
    for (const one of await talkers.pods()) expect(await quiet(nameOf(one))).toEqual([]);
    const streams = streamsOf(lines);
    process.stdout.write(
      `${String(lines.length)} lines of ${String(streams.size)} streams in ${String(reads)} reads\n`,
    );
    expect(streams.size).toBe(8);
    expect(problemsOf(streams)).toEqual([]);
    expect(lines.length).toBeGreaterThan(4000);
  });

  test('a container that ends and is started again between two reads: the rest of its former life, then the new one', async () => {
    expect(await read()).toMatchObject({ note: null });
    await crash('one', 1);
    const after = await read();
    expect(after.note).toBeNull();
    expect(await quiet(pod)).toEqual([]);
    const streams = streamsOf(lines);
    expect(streams.get(`${pod} one 0 o`)?.total).toBeGreaterThan(0);
    expect(streams.get(`${pod} one 1 o`)?.total).toBeGreaterThan(0);
    expect(problemsOf(streams)).toEqual([]);
  });

  test('read on through the very moment of each end and start: nothing twice and nothing left out', async () => {
    for (const [index, one] of (await talkers.pods()).entries()) {
      // At another moment between two looks each time.
      await pause(index * 150);
      for (const container of CONTAINERS) {
        await talkers.order(nameOf(one), container, 'crash');
        expect(await readOn(new RegExp(`^${nameOf(one)} ${container} 0`))).toEqual([]);
        // The other container's order is given through this one.
        await talkers.untilStatus(nameOf(one), container, running(1));
      }
    }
    for (const one of await talkers.pods()) expect(await quiet(nameOf(one))).toEqual([]);
    expect(problemsOf(streamsOf(lines))).toEqual([]);
    expect(streamsOf(lines).size).toBe(16);
  });

  test('started again twice between two reads: the life that nobody can read is told, the others are read whole', async () => {
    await read();
    await crash('one', 1);
    await talkers.order(pod, 'one', 'crash');
    // It waits for its next start: now the API has the log of its last life alone.
    await talkers.untilStatus(pod, 'one', looping);
    const { note, lost } = await read();
    expect(lost).toBe(true);
    expect(note).toMatch(
      new RegExp(`^container one of pod ${pod} was started once again since the former look`),
    );
    await talkers.untilStatus(pod, 'one', running(2));
    expect(await quiet(pod)).toEqual([]);
    const streams = streamsOf(lines);
    expect(streams.get(`${pod} one 0 o`)?.total).toBeNull();
    expect(streams.get(`${pod} one 1 o`)?.total).toBeGreaterThan(0);
    expect(problemsOf(streams)).toEqual([]);

    // And with two starts and none to wait for.
    await talkers.order(pod, 'two', 'go on');
    await talkers.order(pod, 'one', 'go on');
    await crash('two', 1);
    await crash('two', 2);
    expect((await read()).note).toMatch(
      /^container two of pod \S+ was started 2 times since the former look/,
    );
  });

  test('a pod that is deleted is told as a gap by its name, and the one in its place is read from its beginning', async () => {
    await read();
    await talkers.deletePod(pod);
    await until('another pod is there', async () => {
      const names = (await talkers.pods()).map(nameOf);
      return names.length === 2 && !names.includes(pod);
    });
    const successor = nameOf((await talkers.pods()).at(-1) ?? {});
    await until('it writes', async () => {
      const { note } = await read();
      if (note !== null) lines.push(`note: ${note}`);
      return lines.some((line) => line.startsWith(`${successor} one`));
    });
    const notes = lines.filter((line) => line.startsWith('note: ')).join('; ');
    for (const container of CONTAINERS)
      expect(notes).toMatch(
        new RegExp(`pod ${pod} is gone with its log: what container ${container} wrote since`),
      );
    lines = lines.filter((line) => !line.startsWith('note: '));
    expect(await quiet(successor)).toEqual([]);
    expect(problemsOf(streamsOf(lines))).toEqual([]);
    expect((await read()).note).toBeNull();
  });

  onNode(
    'a former log whose file is gone from the node: told as lost, and what the kubelet says of it is no line',
    async () => {
      const [first = {}] = await talkers.pods();
      await read();
      await crash('one', 1);
      await rm(join(logFolder(first, 'one'), '0.log'));
      const { note, lost } = await read();
      expect(lost).toBe(true);
      expect(note).toMatch(
        new RegExp(`^container one of pod ${pod} was started again, and a log of it is gone`),
      );
      expect(await quiet(pod)).toEqual([]);
      expect(streamsOf(lines).get(`${pod} one 0 o`)?.total).toBeNull();
      expect(streamsOf(lines).get(`${pod} one 1 o`)?.total).toBeGreaterThan(0);
      expect(problemsOf(streamsOf(lines))).toEqual([]);
    },
  );

  onNode(
    'a log that the kubelet rotates between two reads: what was rotated away is told as lost, the rest is read',
    async () => {
      const [first = {}] = await talkers.pods();
      await read();
      await talkers.order(pod, 'one', 'flood');
      await until('the kubelet has begun another file', async () => {
        return (await readdir(logFolder(first, 'one'))).length > 1;
      });
      const notes: string[] = [];
      await until('the cut is told', async () => {
        const { note } = await read();
        if (note !== null) notes.push(note);
        return notes.length > 0;
      });
      expect(notes.join()).toMatch(
        new RegExp(`beginning of the log of container one of pod ${pod} was cut off`),
      );
      lines = [];
      expect(await quiet(pod)).toEqual([]);
      const { numbers = [] } = streamsOf(lines).get(`${pod} one 0 e`) ?? {};
      expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
      expect((await read()).note).toBeNull();
    },
  );

  test('what ends during a watch is an observation: an end with its code, a kill for memory, a crash loop', async () => {
    const watch = new TargetWatch({ observationId: 'watch-state-0001' });
    const seen = async (): Promise<unknown> => {
      await watch.look(target, signal);
      return watch.observations();
    };
    expect(await seen()).toEqual([]);
    await crash('one', 1);
    const common = { kind: 'restarts', id: 'watch-state-0001-containers', count: 1, loop: false };
    const about = (how: string): RegExp => new RegExp(`^container one of pod ${pod} ${how} at \\S+ and was`);
    expect(await seen()).toEqual([
      expect.objectContaining({
        ...common,
        reason: expect.stringMatching(about('ended \\(Error, exit code 3\\)')),
      }),
    ]);
    expect(await seen()).toEqual([]);

    await talkers.order(pod, 'two', 'eat');
    await talkers.untilStatus(pod, 'two', running(1));
    expect(await seen()).toEqual([
      expect.objectContaining({
        ...common,
        reason: expect.stringMatching(
          `^container two of pod ${pod} was killed because it used too much memory \\(OOMKilled, exit code 137\\)`,
        ),
      }),
    ]);

    await talkers.order(pod, 'one', 'crash always');
    await talkers.untilStatus(pod, 'one', looping);
    expect(await seen()).toEqual([
      expect.objectContaining({
        ...{ kind: 'restarts', loop: true },
        reason: expect.stringContaining(`container ${pod}/one dies again and again (CrashLoopBackOff)`),
      }),
    ]);
    expect(await seen()).toEqual([]);
  });
});

/** Where the node keeps the logs of a container. */
function logFolder(of: V1Pod, container: Talker): string {
  const name = `${talkers.settings.namespace}_${nameOf(of)}_${uidOf(of)}`;
  return join(cluster.folder, 'pod-logs', name, container);
}
