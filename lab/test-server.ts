import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { keyOf, makeOnce } from './cache.js';
import { messageOf } from './lab-error.js';
import { silent, timedStep, type OnProgress } from './progress.js';
import { runTool, works } from './tools.js';

/** Pinned: this one was tried with version 1.24 of the TypeScript SDK. */
const VERSION = '1.38.0';

/** The time-skipping server for `TestWorkflowEnvironment.createTimeSkipping`, or why there is none. */
export type TimeSkippingExecutable =
  | {
      readonly available: true;
      readonly executable: { readonly type: 'existing-path'; readonly path: string };
    }
  | { readonly available: false; readonly reason: string };

/**
 * Finds or makes the time-skipping test server, which is a Java program. Never throws: a machine without Java and
 * Maven can do everything else, and a test that cannot run says so with the reason.
 */
export async function timeSkippingExecutable(
  onProgress: OnProgress = silent,
): Promise<TimeSkippingExecutable> {
  try {
    if (!(await works('java', ['-version'])))
      return { available: false, reason: 'java is not installed (Java 11 or newer)' };
    const folder = await makeOnce(join('test-server', keyOf(VERSION, POM, WRAPPER)), (target) =>
      timedStep(onProgress, 'Fetching the time-skipping test server', () => fetchServer(target)),
    );
    return { available: true, executable: { type: 'existing-path', path: join(folder, 'test-server') } };
  } catch (error) {
    return { available: false, reason: messageOf(error) };
  }
}

/** Named parts only; Maven knows by its own settings where they are to be had. */
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>readiness</groupId>
  <artifactId>test-server</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${VERSION}</version>
    </dependency>
    <dependency>
      <!-- Says nothing, and keeps slf4j from complaining that nobody says anything. -->
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-nop</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
`;

// The SDK starts it as "<path> <port> [more]" and gives it five seconds: hence the settings for a fast start. exec,
// so that the SDK's signal reaches Java and not a shell. No --enable-time-skipping: the SDK itself says when time
// may be skipped (while a result is awaited); with it, time would also run away while a test is still setting up.
const WRAPPER = `#!/bin/sh
here=$(dirname "$0")
exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx512m -cp "$here/lib/*" io.temporal.testserver.TestServer "$@"
`;

async function fetchServer(folder: string): Promise<void> {
  const pom = join(folder, 'pom.xml');
  await writeFile(pom, POM);
  await runTool({
    command: 'mvn',
    args: ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${join(folder, 'lib')}`],
    failure: 'The time-skipping test server could not be fetched',
    next: 'install Maven (package maven) and allow it to reach its repository.',
    timeoutMs: 600_000,
  });
  const wrapper = join(folder, 'test-server');
  await writeFile(wrapper, WRAPPER);
  await chmod(wrapper, 0o755);
}
