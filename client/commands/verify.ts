import { resolve } from 'node:path';
import { handle, type Registry } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import type { Paint } from '../terminal/paint.js';
import { printableDeep } from '../terminal/printable.js';
import { clock } from '../terminal/time.js';
import { verifyFolder, type Verification } from '../verify/verify-folder.js';

/** `readiness verify`: checks an evidence folder offline. 0 verified, 1 not, 2 nothing that could be checked. */
export function addVerify(registry: Registry): void {
  const command = registry.program
    .command('verify')
    .description('check an evidence folder against its manifest, offline')
    .argument('<folder>', 'evidence folder of a run')
    .option('--digest <hex>', "the manifest's SHA-256 as the run's page or result shows it");
  handle(command, registry, async (call) => {
    const [folder = '.'] = call.args;
    const result = await verifyFolder(resolve(call.cli.io.cwd, folder), {
      digest: call.options.text('digest'),
      onFile: (path) => {
        if (call.cli.io.terminal.err) call.output.progress(`reading ${path}`);
      },
    });
    call.output.line(...render(printableDeep(result), call.output.paint));
    call.output.document(result);
    return result.verified ? EXIT.ok : EXIT.failed;
  });
}

function render(result: Verification, paint: Paint): string[] {
  const count = result.differences.length;
  return [
    `Run ${result.run.workflowId}, ${result.run.runId}, sealed ${clock(result.createdAt)}`,
    `Manifest SHA-256: ${result.manifestDigest}`,
    ...(result.digestMatches === false
      ? [paint.red('This is NOT the digest that you gave: the manifest itself is another one.')]
      : []),
    ...(result.digestMatches === true ? [paint.green('This is the digest that you gave.')] : []),
    ...result.differences.map((one) => `  ${paint.red(one.change.padEnd(7))}  ${one.path}  ${one.detail}`),
    result.verified
      ? paint.green(
          `Verified: ${String(result.files)} files, ${String(result.bytes)} bytes, every one as the manifest says.`,
        )
      : paint.red(
          `NOT verified: ${count === 0 ? 'the manifest is another one' : `${String(count)} ${count === 1 ? 'difference' : 'differences'}`}.`,
        ),
    ...(result.verified && result.digestMatches === null
      ? [
          "→ The manifest's own bytes are proven by its digest only: compare it with the run's page, or give it with --digest.",
        ]
      : []),
  ];
}
