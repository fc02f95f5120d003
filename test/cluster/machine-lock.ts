import { withLock } from '../../lab/lock.js';
import type { OnProgress } from '../../lab/progress.js';

/**
 * Takes this machine for one cluster and returns what gives it back. The kernel gives it back too when this process
 * dies; what of the cluster is then left, the next owner clears away.
 */
export async function takeMachine(waitMs: number, onProgress: OnProgress): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    const hold = (): Promise<void> =>
      new Promise((giveBack) => {
        resolve(async () => {
          giveBack();
          await held;
        });
      });
    const started = performance.now();
    const held = withLock('cluster', hold, {
      waitMs,
      doing: 'keeping a test cluster on this machine',
      onWait: (pid) =>
        onProgress({
          step: `Waiting for process ${pid}, which has a test cluster on this machine`,
          state: 'running',
          seconds: Math.max(2, (performance.now() - started) / 1000),
        }),
    });
    held.catch(reject);
  });
}
