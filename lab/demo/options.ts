import { parseArgs } from 'node:util';

/** What a person may choose about a demo. */
export interface DemoOptions {
  /** Approve every gate by itself; recorded as automatic. */
  readonly yes: boolean;
  /** `name` or `name:argument`; see `npm run lab -- faults`. */
  readonly faults: readonly string[];
  readonly soak: string;
  /** Left out: a sixth of the soak. */
  readonly soakInterval: string | undefined;
}

export const DEMO_USAGE = `npm run demo [-- options]

  --yes                 approve every gate by itself (recorded as automatic)
  --fault NAME[:ARG]    switch a fault of the sample application on; may be given several times
                        (npm run lab -- faults lists them)
  --soak 60s            how long to watch with dual-write on
  --soak-interval 10s   how often to check meanwhile (a sixth of the soak)
  --help                this text`;

/** Reads the command line; `usage` = what is wrong with it, empty when help was asked for. */
export function parseDemoOptions(argv: readonly string[]): DemoOptions | { readonly usage: string } {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        yes: { type: 'boolean', default: false },
        fault: { type: 'string', multiple: true, default: [] },
        soak: { type: 'string', default: '60s' },
        'soak-interval': { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { usage: '' };
    return {
      yes: values.yes,
      faults: values.fault,
      soak: values.soak,
      soakInterval: values['soak-interval'],
    };
  } catch (error) {
    return { usage: error instanceof Error ? error.message : String(error) };
  }
}
