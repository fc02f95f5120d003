import { KUBERNETES } from './kubernetes.js';
import { PROGRAM, duration, section, text, texts, type SchemaNode } from './schema-node.js';

const RELATIVE = "A relative path counts from this file's own folder.";

const ENV_FILE = section(
  {
    title: 'Method D: env file and supervisor',
    description:
      "The flags stand in an env file; the application is a program of supervisord on the worker's own machine.",
    examples: [{ method: 'env-file', envFile: '/srv/deltacrown/.env.staging' }],
  },
  {
    method: {
      type: 'string',
      title: 'Method',
      description: '"env-file": seed §2, method D.',
      const: 'env-file',
      examples: ['env-file'],
    },
    envFile: text({
      title: 'Env file',
      description: `The file with the four variables. Only their lines are changed; comments, order, mode and owner are kept. ${RELATIVE}`,
      examples: ['/srv/deltacrown/.env.staging'],
    }),
    supervisor: section(
      {
        title: 'Supervisor',
        description: 'How the application is restarted.',
        examples: [{ program: 'deltacrown-web' }],
      },
      {
        command: texts(
          {
            title: 'Command',
            description: 'supervisorctl with its options, as argv. It must work without asking anything.',
            default: ['supervisorctl'],
            examples: [['supervisorctl', '-c', '/etc/supervisor/supervisord.conf']],
          },
          { minItems: 1 },
        ),
        program: text(
          {
            title: 'Program',
            description: 'Name of the one program that serves the API.',
            examples: ['deltacrown-web'],
          },
          PROGRAM,
        ),
      },
    ),
    manage: section(
      {
        title: 'Management command',
        description: 'How manage.py is called on this machine.',
        examples: [
          { command: ['/srv/deltacrown/venv/bin/python', 'manage.py'], workingFolder: '/srv/deltacrown' },
        ],
      },
      {
        command: texts(
          {
            title: 'Command',
            description: 'argv up to and including manage.py.',
            default: ['python', 'manage.py'],
            examples: [['/srv/deltacrown/venv/bin/python', 'manage.py']],
          },
          { minItems: 1 },
        ),
        workingFolder: text({
          title: 'Working folder',
          description: `Folder of manage.py. ${RELATIVE}`,
          examples: ['/srv/deltacrown'],
        }),
        environment: {
          type: 'object',
          title: 'Environment',
          description:
            'Variables for the command. It sees these, and of the worker only PATH, HOME, USER, LANG, LC_ALL, TZ and VIRTUAL_ENV. A secret as "env:NAME" or "file:PATH".',
          default: {},
          additionalProperties: text({
            title: 'Value',
            description: 'Value of one variable, or where it stands.',
            examples: ['deltacrown.settings'],
          }),
          examples: [
            { DJANGO_SETTINGS_MODULE: 'deltacrown.settings', DATABASE_URL: 'env:STAGING_DATABASE_URL' },
          ],
        },
      },
    ),
    log: section(
      {
        title: 'Log',
        description: "Where the application's log stands.",
        examples: [{ file: '/var/log/deltacrown/web.log' }],
      },
      {
        file: text({
          title: 'File',
          description: `The file to which the serving processes write their log. ${RELATIVE}`,
          examples: ['/var/log/deltacrown/web.log'],
        }),
      },
    ),
    restartTimeout: duration({
      title: 'Restart timeout',
      description:
        'How long one restart may take until every serving process has the new values and the readiness path answers 200; at most 8m.',
      default: '90s',
      examples: ['90s', '3m'],
    }),
  },
);

/** How the application is deployed: one branch a method of seed §2. */
export const TARGET: Readonly<Record<string, SchemaNode>> = {
  target: {
    type: 'object',
    title: 'Target',
    description: 'How the application is deployed (seed §2).',
    examples: [{ method: 'env-file' }],
    discriminator: { propertyName: 'method' },
    oneOf: [ENV_FILE, ...KUBERNETES],
  },
};
