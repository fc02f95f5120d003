import { resolve } from 'node:path';
import { handle, withSession, type Call, type Registry } from '../cli.js';
import { environmentsFolderOf } from '../environments-folder.js';
import { EXIT } from '../exit-codes.js';
import { toFillIn, writeEnvironment } from '../new-environment.js';
import { environmentName } from '../runs/find.js';
import { registerAttributes, registerByHand } from '../temporal/search-attributes.js';
import { usageError, UserError } from '../user-error.js';
import { grpcStatus } from '../temporal/failures.js';
import { SEARCH_ATTRIBUTES } from '../../procedure/search-attributes.js';
import { resolveSettings } from '../temporal/settings.js';

/** `readiness init`: a new environment file to fill in, or (with --search-attributes) the registration in Temporal. */
export function addInit(registry: Registry): void {
  const command = registry.program
    .command('init')
    .description('write a new environment file, or register the search attributes in Temporal')
    .argument('[name]', 'name of the environment: lower-case letters, digits and "-"')
    .option('--kind <kind>', 'kind of the environment: staging (a lab makes its own file)')
    .option(
      '--environments <folder>',
      'folder of the environment files (READINESS_ENVIRONMENTS_DIR; default: environments)',
    )
    .option('--search-attributes', 'register the five search attributes of the product; again does nothing');
  handle(command, registry, async (call) => {
    const [name] = call.args;
    const attributes = call.options.flag('searchAttributes');
    if (name === undefined && !attributes)
      throw usageError('Nothing to do: give the name of a new environment, --search-attributes, or both.');
    const written = name === undefined ? null : await newEnvironment(call, name);
    const registered = attributes ? await register(call) : null;
    call.output.document({ environment: written, searchAttributes: registered });
    return EXIT.ok;
  });
}

async function newEnvironment(
  call: Call,
  typed: string,
): Promise<{ readonly file: string; readonly fillIn: readonly string[] }> {
  const name = environmentName(typed);
  const kind = call.options.text('kind') ?? 'staging';
  if (kind !== 'staging')
    throw usageError(
      `There is no kind "${kind}" to make; known is staging. A lab makes its own file (npm run lab).`,
    );
  const { file, text } = await writeEnvironment(resolve(call.cli.io.cwd, environmentsFolderOf(call)), name);
  const fillIn = toFillIn(text);
  const { command } = resolveSettings(call.options, call.cli.io.env);
  call.output.line(
    `Wrote ${file}`,
    '',
    'Fill in what is yours; every line in it is explained there. These are different for everybody:',
    ...fillIn.map((line) => `  ${line}`),
    '',
    'Secrets do not belong in the file: it names where they stand (env:NAME or file:PATH).',
    'Then, with a worker on the machine that has this folder:',
    `  ${command} worker`,
    `  ${command} doctor --environment ${name}`,
    `  ${command} plan --environment ${name}`,
    `  ${command} start --environment ${name}`,
  );
  return { file, fillIn };
}

function register(
  call: Call,
): Promise<{ readonly added: readonly string[]; readonly before: readonly string[] }> {
  let done: { readonly added: readonly string[]; readonly before: readonly string[] } = {
    added: [],
    before: [],
  };
  return withSession(call, async (session) => {
    try {
      const { added, registered } = await registerAttributes(session);
      done = { added, before: registered };
      const where = `in namespace "${session.settings.namespace}" at ${session.settings.address}`;
      call.output.line(
        added.length === 0
          ? `All ${String(registered.length)} search attributes are registered ${where} already.`
          : `Registered ${where}: ${added.join(', ')}`,
      );
      return EXIT.ok;
    } catch (error) {
      const status = grpcStatus(error);
      if (status === null || status.reason === 'unavailable' || status.reason === 'deadlineExceeded')
        throw error;
      throw new UserError(`Temporal does not let this program register search attributes: ${status.text}`, {
        exitCode: EXIT.failed,
        next: `Somebody with the right may do it: ${registerByHand(SEARCH_ATTRIBUTES, session.settings)}`,
      });
    }
  }).then(() => done);
}
