import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  createKubernetesClient,
  type KubernetesClient,
} from '../../../../../activities/targets/kubernetes/client.js';
import { execInPod } from '../../../../../activities/targets/kubernetes/exec.js';
import { execEnding } from '../../../../../activities/targets/kubernetes/exec-status.js';
import { RETRYABLE, TERMINAL } from '../../../../../procedure/failures.js';
import { ApiServer, type ExecPeer } from './api-server.js';

const REQUEST = {
  namespace: 'deltacrown',
  pod: 'web-1',
  container: 'web',
  argv: ['python', 'manage.py', 'check'],
};
const exit = (code: number) => ({
  status: 'Failure',
  reason: 'NonZeroExitCode',
  message: `command terminated with non-zero exit code: exit status ${String(code)}`,
  details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
});

describe('a command in a pod', () => {
  const server = new ApiServer();
  let client: KubernetesClient;
  beforeAll(() => server.start());
  afterAll(() => server.stop());
  beforeEach(() => {
    server.upgrade = 'accept';
    client = createKubernetesClient(server.config());
  });

  const run = (
    exec: (peer: ExecPeer) => void,
    { timeoutMs = 20_000, signal = new AbortController().signal } = {},
  ) => {
    server.exec = exec;
    return execInPod(client, REQUEST, { timeoutMs, signal, secrets: ['hunter22'] });
  };

  test('output apart, exit code, and the command bounded in the pod', async () => {
    let asked: ExecPeer | undefined;
    const result = await run((peer) => {
      asked = peer;
      peer.send(1, 'one ');
      peer.send(2, 'warning');
      peer.send(1, 'two\n');
      peer.status({ status: 'Success' });
    });
    expect(result).toEqual({ stdout: 'one two\n', stderr: 'warning', exitCode: 0, problem: null });
    expect(asked?.argv).toEqual(['timeout', '-k', '2', '19', ...REQUEST.argv]);
    expect(asked?.query.get('container')).toBe('web');
    await asked?.closed;
  });

  test.each([1, 3, 255, 124])('exit code %d is told as it is', async (code) => {
    await expect(
      run((peer) => {
        peer.status(exit(code));
      }),
    ).resolves.toMatchObject({ exitCode: code, problem: null });
  });

  test('characters that two frames share are whole, and secrets are masked', async () => {
    const bytes = Buffer.from('é hunter22');
    const result = await run((peer) => {
      peer.send(1, bytes.subarray(0, 1));
      peer.send(1, bytes.subarray(1, 6));
      peer.send(1, bytes.subarray(6));
      peer.status({ status: 'Success' });
    });
    expect(result.stdout).toBe('é ***');
  });

  test.each<[string, (peer: ExecPeer) => void]>([
    [
      'closes without a status',
      (peer) => {
        peer.send(1, 'half');
        peer.close();
      },
    ],
    [
      'is cut',
      (peer) => {
        peer.send(1, 'half');
        setTimeout(peer.destroy, 20);
      },
    ],
    [
      'is cut at once',
      (peer) => {
        peer.destroy();
      },
    ],
  ])('a connection that %s is a failure, at once', async (_, exec) => {
    const began = performance.now();
    await expect(run(exec)).rejects.toMatchObject({ type: RETRYABLE.targetUnreachable });
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test('a command that says nothing ends at the deadline, and so does its connection', async () => {
    let peer: ExecPeer | undefined;
    const result = await run(
      (one) => {
        peer = one;
        one.send(1, 'working');
      },
      { timeoutMs: 2500 },
    );
    expect(result).toEqual({ stdout: 'working', stderr: '', exitCode: null, problem: 'timed-out' });
    await peer?.closed;
  });

  test('`timeout` in the pod ended it: the same', async () => {
    const result = await run(
      (peer) => {
        setTimeout(() => {
          peer.status(exit(124));
        }, 1000);
      },
      { timeoutMs: 2000 },
    );
    expect(result).toMatchObject({ exitCode: null, problem: 'timed-out' });
  });

  test('a server that never opens the socket ends at the deadline, and is left soon after', async () => {
    server.upgrade = 'hang';
    await expect(run(() => undefined, { timeoutMs: 300 })).resolves.toMatchObject({ problem: 'timed-out' });
    await server.hangUp;
  });

  test('cancelled before and in the middle', async () => {
    await expect(run(() => undefined, { signal: AbortSignal.abort() })).resolves.toMatchObject({
      problem: 'cancelled',
    });
    const controller = new AbortController();
    const running = run(
      () => {
        controller.abort();
      },
      { signal: controller.signal },
    );
    await expect(running).resolves.toMatchObject({ exitCode: null, problem: 'cancelled' });
  });

  test('too much output ends it', async () => {
    const result = await run((peer) => {
      for (let index = 0; index < 5; index += 1) peer.send(1, Buffer.alloc(1024 * 1024, 'x'));
    });
    expect(result.problem).toBe('killed');
    expect(result.stdout).toHaveLength(4 * 1024 * 1024);
  });

  test.each([
    [401, TERMINAL.unauthorized],
    [403, TERMINAL.unauthorized],
    [404, TERMINAL.notFound],
    [500, RETRYABLE.targetUnreachable],
  ])('refused with %d', async (status, type) => {
    server.upgrade = status;
    await expect(run(() => undefined)).rejects.toMatchObject({ type });
  });

  test('no such program: by the runtime, and by `timeout`', async () => {
    const message = 'OCI runtime exec failed: exec: "timeout": executable file not found in $PATH: unknown';
    await expect(
      run((peer) => {
        peer.status({ status: 'Failure', reason: 'InternalError', message });
      }),
    ).resolves.toMatchObject({ problem: 'not-found', exitCode: null, stderr: message });
    await expect(
      run((peer) => {
        peer.send(2, "timeout: failed to run command 'python': No such file or directory\n");
        peer.status(exit(127));
      }),
    ).resolves.toMatchObject({ problem: 'not-found', exitCode: null });
  });

  test('a container that is just going away, and an end that cannot be understood', async () => {
    await expect(
      run((peer) => {
        peer.status({ status: 'Failure', message: 'container not found ("web")' });
      }),
    ).rejects.toMatchObject({ type: RETRYABLE.targetUnreachable });
    await expect(
      run((peer) => {
        peer.send(3, 'gibberish');
      }),
    ).rejects.toMatchObject({ type: TERMINAL.unexpected });
  });

  test('frames that nobody knows do no harm', async () => {
    const result = await run((peer) => {
      peer.send(7, 'what');
      peer.send(1, '');
      peer.send(1, 'fine');
      peer.status({ status: 'Success' });
    });
    expect(result).toMatchObject({ stdout: 'fine', exitCode: 0 });
  });
});

test.each([
  ['{"status":"Success"}', { kind: 'exited', exitCode: 0 }],
  [JSON.stringify(exit(7)), { kind: 'exited', exitCode: 7 }],
  ['{"status":"Failure","reason":"NonZeroExitCode"}', { kind: 'not-understood' }],
  ['{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":"x"}}', { kind: 'not-understood' }],
  ['{}', { kind: 'not-understood' }],
  ['[]', { kind: 'not-understood' }],
  ['', { kind: 'not-understood' }],
])('status frame %s', (frame, expected) => {
  expect(execEnding(Buffer.from(frame))).toMatchObject(expected);
});
