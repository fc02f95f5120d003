import { LabError } from '../../lab/lab-error.js';
import { showProgress } from '../../lab/progress.js';
import { clearAway } from './clear-away.js';
import { startCluster } from './cluster.js';
import { takeMachine } from './machine-lock.js';
import { ownKubeconfig } from './own-cluster.js';
import { clusterPossible } from './possible.js';
import { prepareCluster } from './prepare.js';
import { pythonLayer } from './python-layer.js';
import { WEB_IMAGE } from './settings.js';
import { writeWebImage } from './web-image.js';

const USAGE = `Usage: node test/cluster/main.mjs COMMAND
  start        starts a cluster and keeps it until Ctrl-C
  image FILE   writes the sample application's image, for a cluster of one's own
  prepare      only makes what a first start would take minutes for
  stop         clears away what a cluster left whose owner has died
`;

const say = (text: string): boolean => process.stderr.write(`${text}\n`);

/** The test cluster as a program; resolves to the exit code. */
export async function main([command = '', file = '', ...rest]: readonly string[]): Promise<number> {
  const commands = new Map([
    ['start', start],
    ['image', image],
    ['prepare', prepare],
    ['stop', stop],
  ]);
  const chosen = commands.get(command);
  if (chosen === undefined || rest.length > 0 || (file !== '') !== (chosen === image)) {
    process.stderr.write(USAGE);
    return 2;
  }
  const possible = await clusterPossible();
  if (!possible.possible) {
    say(`No test cluster here: ${possible.why}.`);
    return 1;
  }
  try {
    await chosen(file);
    return 0;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    say(error.message);
    return error.exitCode;
  }
}

async function start(): Promise<void> {
  if (ownKubeconfig() !== undefined) {
    throw new LabError(
      'READINESS_TEST_KUBECONFIG names a cluster that runs already.',
      'unset it to start another.',
    );
  }
  const asked = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  const cluster = await startCluster({ onProgress: showProgress(process.stderr) });
  process.stdout.write(`export KUBECONFIG=${cluster.kubeconfig}\n`);
  say(`Pods reach this machine at ${cluster.nodeIp}. Ctrl-C stops the cluster.`);
  // Nothing else may keep this process alive: the cluster's processes are no children that it waits for.
  const alive = setInterval(() => undefined, 60_000);
  await asked;
  clearInterval(alive);
  await cluster.stop();
  say('Stopped.');
}

async function image(file: string): Promise<void> {
  await writeWebImage(await pythonLayer(showProgress(process.stderr)), file);
  say(`Written: ${WEB_IMAGE}`);
}

async function prepare(): Promise<void> {
  await prepareCluster(showProgress(process.stderr));
  say('Everything is there.');
}

async function stop(): Promise<void> {
  const onProgress = showProgress(process.stderr);
  const giveBack = await takeMachine(5_000, onProgress);
  try {
    await clearAway();
  } finally {
    await giveBack();
  }
  say('Nothing of a test cluster is left.');
}
